/* carousel lexicon: which pieces translate which, as a table for --shortlist. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "corpora/lexicon.h"
#include "tools/commands.h"
#include "tools/pairs.h"
#include "tools/system.h"

enum { ROUNDS = 5, SENTENCES = 64 };

static bool add_all(car_lexicon *lexicon, car_pairs *pairs, car_error *e)
{
    car_batch_source source = car_pairs_source(pairs);
    car_batch batch;
    int got = source.start(source.self, 1, 0, e) ? 1 : -1;
    while (got == 1 && (got = source.next(source.self, &batch, e)) == 1)
        for (int i = 0; i < batch.rows; i++) /* without END, which is in every list */
            car_lexicon_add(lexicon, batch.source[i].ids, batch.source[i].length - 1, batch.target[i].ids,
                            batch.target[i].length - 1);
    return got == 0;
}

/* A tab is what parts the fields of the table. */
static bool fits(const char *piece) { return strchr(piece, '\t') == NULL; }

static void print(const car_lexicon *lexicon, const car_texts *texts, int most)
{
    const car_vocabulary *source = texts->vocabulary[CAR_SOURCE], *target = texts->vocabulary[CAR_TARGET];
    car_likely *best = car_alloc(most, sizeof *best);
    for (int32_t s = CAR_SPECIALS; s < car_vocabulary_size(source); s++) {
        const char *word = car_vocabulary_piece(source, s);
        int n = fits(word) ? car_lexicon_best(lexicon, s, most, best) : 0;
        for (int k = 0; k < n; k++) {
            const char *other = car_vocabulary_piece(target, best[k].word);
            if (best[k].word >= CAR_SPECIALS && fits(other))
                (void)printf("%s\t%s\t%.6g\n", other, word, best[k].p);
        }
    }
    car_free(best);
}

/* A lexicon is of words that become words. */
static bool load_texts(car_system *system, const char *path, car_error *e)
{
    car_model_task task;
    return car_system_load_texts(system, path, &task, e) &&
           ((task == CAR_TRANSLATE && system->texts.vocabulary[CAR_SOURCE] != NULL) ||
            car_error_set(e, CAR_EXIT_CONFIG, "%s: the model translates no words, so there is no lexicon for it",
                          path));
}

int run_lexicon(car_options *options, car_error *e)
{
    if (!car_options_check_list(options, "models", 1, 1, e))
        return e->code;
    car_sets sets = {0};
    car_system system = {0};
    car_pairs *pairs = NULL;
    car_lexicon *lexicon = NULL;
    const car_pairs_options wanted = {.complete = true, .mini_batch = SENTENCES, .maxi_batch = 1};
    bool good = load_texts(&system, car_options_texts(options, "models", 0), e) &&
                car_sets_of_options(&sets, options, "sets", false, e) &&
                (pairs = car_pairs_load(&sets, &system.texts, CAR_TRANSLATE, &wanted, e)) != NULL;
    if (good) {
        const car_texts *texts = &system.texts;
        lexicon = car_lexicon_new(car_vocabulary_size(texts->vocabulary[CAR_SOURCE]),
                                  car_vocabulary_size(texts->vocabulary[CAR_TARGET]));
        good = add_all(lexicon, pairs, e);
    }
    if (good) {
        car_lexicon_learn(lexicon, ROUNDS);
        print(lexicon, &system.texts, (int)car_options_count(options, "best"));
    }
    car_lexicon_free(lexicon);
    car_pairs_free(pairs);
    car_system_clear(&system);
    car_sets_clear(&sets);
    return good ? CAR_EXIT_DONE : e->code;
}
