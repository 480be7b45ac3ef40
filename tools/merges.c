#include "tools/merges.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "corpora/corpus.h"
#include "tokenizers/bpe_learn.h"
#include "tools/sets.h"

char *car_merges_learn(const car_vocabulary_builder *builder, int64_t symbols)
{
    car_bpe_learner *learner = car_bpe_learner_new();
    car_bpe_learn_options wanted = {.symbols = symbols, .min_frequency = 2};
    car_string codes = {0};
    const char *piece;
    ptrdiff_t length;
    int64_t count;
    for (int i = 0; (piece = car_vocabulary_builder_view(builder, i, &length, &count)) != NULL; i++)
        if (memchr(piece, '\r', (size_t)length) == NULL) /* files of merges end lines with it */
            car_bpe_learner_add_word(learner, piece, length, count);
    int64_t learned = car_bpe_learn(learner, &wanted, &codes);
    car_log(CAR_LOG_INFO, "[data] %" PRId64 " merges learned", learned);
    car_bpe_learner_free(learner);
    return codes.at;
}

char *car_merges_load(const char *path, car_error *e)
{
    car_string text = {0};
    if (car_text_load(path, &text, e))
        return text.at != NULL ? text.at : car_copy_text("");
    car_string_clear(&text);
    return NULL;
}

static bool load(char *codes[CAR_SIDES], car_tokenizer *const tokenizer[CAR_SIDES], const car_options *options,
                 car_error *e)
{
    for (int side = 0; side < CAR_SIDES; side++) {
        if (tokenizer[side] == NULL)
            continue;
        codes[side] = car_merges_load(car_options_side(options, "bpe-codes", side), e);
        if (codes[side] == NULL)
            return false;
    }
    return true;
}

static bool learn(char *codes[CAR_SIDES], car_tokenizer *const tokenizer[CAR_SIDES], const car_options *options,
                  car_error *e)
{
    bool joint = car_options_texts_count(options, "bpe-symbols") == 1;
    car_vocabulary_builder *builder[CAR_SIDES];
    bool good = car_sets_count_pieces(options, tokenizer, &(car_bpe_dropout){0}, joint, builder, e);
    for (int side = 0; side < CAR_SIDES && good; side++) {
        int64_t symbols = car_options_side_count(options, "bpe-symbols", side);
        if (symbols > 0 && tokenizer[side] != NULL)
            codes[side] = joint && codes[CAR_SOURCE] != NULL
                              ? car_copy_text(codes[CAR_SOURCE])
                              : car_merges_learn(builder[joint ? CAR_SOURCE : side], symbols);
    }
    for (int side = 0; side < CAR_SIDES; side++)
        car_vocabulary_builder_free(builder[side]);
    return good;
}

bool car_merges_find(car_tokenizer *const tokenizer[CAR_SIDES], const car_options *options, char *codes[CAR_SIDES],
                     car_error *e)
{
    bool loads = car_options_texts_count(options, "bpe-codes") > 0;
    codes[CAR_SOURCE] = codes[CAR_TARGET] = NULL;
    if (!loads && car_options_texts_count(options, "bpe-symbols") == 0)
        return true;
    return car_options_check_list(options, loads ? "bpe-codes" : "bpe-symbols", 1, 2, e) &&
           (loads ? load(codes, tokenizer, options, e) : learn(codes, tokenizer, options, e));
}
