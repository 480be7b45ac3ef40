#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tools/commands.h"
#include "tools/measure.h"
#include "tools/translator.h"

enum { DECIMALS = 2 };

static car_text_scores scores_of_options(const car_options *options)
{
    car_text_scores scores = {.bleu_options = car_bleu_defaults(), .chrf_options = car_chrf_defaults()};
    car_error e;
    bool good = car_bleu_tokenizer_named(car_options_text(options, "tok"), &scores.bleu_options.tokenizer, &e);
    CAR_REQUIRE(good);
    scores.bleu_options.lowercase = scores.chrf_options.lowercase = car_options_flag(options, "lowercase");
    return scores;
}

/* What was counted how, and the scores; `how` leaves the scores out. */
static void print_scores(const car_text_scores *scores, bool how)
{
    car_string bleu = {0}, chrf = {0};
    car_bleu_text(&scores->bleu_options, &scores->bleu, CAR_PROGRAM, DECIMALS, &bleu);
    car_chrf_text(&scores->chrf_options, &scores->chrf, CAR_PROGRAM, DECIMALS, &chrf);
    if (how)
        *strstr(bleu.at, " = ") = *strstr(chrf.at, " = ") = '\0';
    (void)printf("%s\n%s\n", bleu.at, chrf.at);
    if (!how)
        (void)printf("exact match = %.2f%%\ntoken accuracy = %.2f%%\n", 100 * scores->exact, 100 * scores->accuracy);
    car_string_clear(&bleu);
    car_string_clear(&chrf);
}

/* ---- translations that are there ---------------------------------------------------------- */

static bool evaluate_text(const car_options *options, car_error *e)
{
    const char *path = car_options_text(options, "hypothesis");
    int n = car_options_texts_count(options, "reference");
    car_line_list hypotheses = {0}, *references = car_alloc(n, sizeof *references);
    const char **names = car_alloc(n, sizeof *names);
    car_text_scores scores = scores_of_options(options);
    bool good = car_line_list_load(&hypotheses, path, e);
    for (int i = 0; i < n && good; i++) {
        names[i] = car_options_texts(options, "reference", i);
        good = car_line_list_load(&references[i], names[i], e);
    }
    good = good && car_measure_texts(&hypotheses, path, references, names, n, &scores, e);
    if (good)
        print_scores(&scores, false);
    car_line_list_clear(&hypotheses);
    for (int i = 0; i < n; i++)
        car_line_list_clear(&references[i]);
    car_free(references);
    car_free(names);
    return good;
}

/* ---- models -------------------------------------------------------------------------------- */

typedef struct test_set {
    const char *path[CAR_SIDES];
    car_line_list source, reference;
} test_set;

static bool evaluate_model(const car_options *options, const char *model, const test_set *test, car_text_scores *scores,
                           car_reference_scores *of_reference, car_error *e)
{
    car_system system = {0};
    car_translator translator = {&system, car_search_of_options(options)};
    car_pairs_options wanted = {.complete = true, .mini_batch = translator.search.mini_batch, .maxi_batch = 1};
    car_pairs *pairs = NULL;
    car_shards *shards = NULL;
    car_line_list texts = {0};
    *scores = scores_of_options(options);
    bool good = car_system_load(&system, model, car_options_flag(options, "insecure-plugins"), e) &&
                (pairs = car_pairs_load(test->path, &system.texts, &wanted, e)) != NULL &&
                (shards = car_shards_new(system.model, 0)) != NULL &&
                car_measure_reference(shards, pairs, of_reference, e) &&
                car_translator_lines(&translator, &test->source, test->path[CAR_SOURCE], &texts, e) &&
                car_measure_texts(&texts, "the translations", &test->reference, &test->path[CAR_TARGET], 1, scores, e);
    car_line_list_clear(&texts);
    car_shards_free(shards);
    car_pairs_free(pairs);
    car_system_clear(&system);
    return good;
}

static bool evaluate_models(const car_options *options, const test_set *test, car_error *e)
{
    int n = car_options_texts_count(options, "models");
    car_text_scores scores = {0};
    car_reference_scores of_reference;
    if (n > 1)
        (void)printf("%8s %8s %12s %9s %9s  %s\n", "BLEU", "chrF2", "perplexity", "accuracy", "exact", "model");
    for (int i = 0; i < n; i++) {
        const char *model = car_options_texts(options, "models", i);
        if (!evaluate_model(options, model, test, &scores, &of_reference, e))
            return false;
        if (n == 1) {
            print_scores(&scores, false);
            (void)printf("perplexity = %.4f\nreference word accuracy = %.2f%%\n", of_reference.perplexity,
                         100 * of_reference.accuracy);
        } else {
            (void)printf("%8.2f %8.2f %12.4f %8.2f%% %8.2f%%  %s\n", scores.bleu.score, scores.chrf.score,
                         of_reference.perplexity, 100 * scores.accuracy, 100 * scores.exact, model);
            (void)fflush(stdout);
        }
    }
    if (n > 1)
        print_scores(&scores, true);
    return true;
}

int run_evaluate(car_options *options, car_error *e)
{
    bool on_text = car_options_text(options, "hypothesis")[0] != '\0';
    bool on_models = car_options_texts_count(options, "models") > 0;
    if (car_options_operand_count(options) > 0 || on_text == on_models) {
        (void)car_error_set(e, CAR_EXIT_USAGE,
                            "evaluate needs either --models and --test-sets or --hypothesis and "
                            "--reference");
        return e->code;
    }
    if (on_text)
        return car_options_check_list(options, "reference", 1, 1000, e) && evaluate_text(options, e) ? CAR_EXIT_DONE
                                                                                                     : e->code;
    if (!car_options_check_list(options, "test-sets", 2, 2, e))
        return e->code;
    test_set test = {.path = {car_options_texts(options, "test-sets", 0), car_options_texts(options, "test-sets", 1)}};
    bool good = car_line_list_load(&test.source, test.path[CAR_SOURCE], e) &&
                car_line_list_load(&test.reference, test.path[CAR_TARGET], e) && evaluate_models(options, &test, e);
    car_line_list_clear(&test.source);
    car_line_list_clear(&test.reference);
    return good ? CAR_EXIT_DONE : e->code;
}
