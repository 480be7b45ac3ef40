/* Tables of likely translations: the first byte says how many of them a source word keeps; what comes of one
 * holds words of the vocabularies, and no more of them. */
#include "tools/shortlist.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "fuzz/fuzz.h"
#include "tokenizers/vocabulary_import.h"

/* From fairseq's form. */
static car_vocabulary *vocabulary_of(const char *words)
{
    car_error e;
    car_tokenizer *tokenizer = car_tokenizer_new("space", NULL, &e);
    car_vocabulary *vocabulary = car_vocabulary_import(words, (ptrdiff_t)strlen(words), "words", tokenizer, &e);
    CAR_REQUIRE(vocabulary != NULL);
    car_tokenizer_free(tokenizer);
    return vocabulary;
}

enum { MOST = 4 }; /* words kept, below it */

static void check(const car_shortlist *shortlist, int best)
{
    CAR_REQUIRE(shortlist->start[0] == 0);
    for (int s = 0; s < shortlist->source_words; s++) {
        int64_t n = shortlist->start[s + 1] - shortlist->start[s];
        CAR_REQUIRE(n >= 0 && n <= best);
    }
    for (int64_t k = 0; k < shortlist->start[shortlist->source_words]; k++)
        CAR_REQUIRE(shortlist->word[k] >= 0 && shortlist->word[k] < shortlist->target_words);
}

static car_options *options_of(const char *path, int best)
{
    char kept[8];
    (void)snprintf(kept, sizeof kept, "%d", best);
    char *arguments[] = {"carousel", "--shortlist", (char *)path, "1", kept};
    car_options *options = car_options_new(car_option_table, CAR_FOR_TRANSLATE);
    car_error e;
    bool good = car_options_parse(options, 5, arguments, &e);
    CAR_REQUIRE(good);
    return options;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_texts texts;
    if (texts.vocabulary[CAR_SOURCE] == NULL) {
        car_log_set(CAR_LOG_ERROR, true);
        texts.vocabulary[CAR_SOURCE] = vocabulary_of("a 9\nb 4\nc 1\n");
        texts.vocabulary[CAR_TARGET] = vocabulary_of("x 9\ny 4\nz 1\na 1\n");
    }
    fuzz_input input = fuzz_input_of(data, size);
    int best = (int)(fuzz_byte(&input) % MOST);
    if (fuzz_is_compressed(input.at, (size_t)input.left))
        return 0;
    const char *path = fuzz_file(0, input.at, input.left); /* always the same */
    static car_options *options[MOST];
    if (options[best] == NULL)
        options[best] = options_of(path, best);
    car_shortlist shortlist = {0};
    car_error e;
    if (car_shortlist_of_options(&shortlist, &texts, options[best], &e))
        check(&shortlist, best);
    else
        CAR_REQUIRE(e.code == CAR_EXIT_DATA || e.code == CAR_EXIT_CONFIG);
    car_shortlist_clear(&shortlist);
    return 0;
}
