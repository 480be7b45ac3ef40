/* Byte pair encoding learned from any text: the merges can be read, all of them, and cut
 * the words they were learned from into what makes them up. */
#include "tokenizers/bpe_learn.h"

#include <string.h>

#include "base/memory.h"
#include "fuzz/fuzz.h"
#include "tokenizers/bpe_apply.h"

static void check_words(const car_bpe_codes *codes, const char *line)
{
    static car_pieces pieces;
    static car_string joined;
    car_error e;
    car_bpe_segmenter *segmenter = car_bpe_segmenter_new(codes, &(car_bpe_options){0}, &e);
    fuzz_input words = {line, (ptrdiff_t)strlen(line)};
    const char *word;
    ptrdiff_t length;
    while (fuzz_part(&words, ' ', &word, &length)) {
        if (length == 0)
            continue;
        car_pieces_empty(&pieces);
        car_string_empty(&joined);
        car_bpe_segment(segmenter, word, length, &pieces);
        for (ptrdiff_t i = 0; i < pieces.count; i++)
            car_string_add(&joined, car_pieces_view(&pieces, i), car_pieces_length(&pieces, i));
        CAR_REQUIRE(joined.length == length && memcmp(joined.at, word, (size_t)length) == 0);
    }
    car_bpe_segmenter_free(segmenter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_string text;
    fuzz_input input = fuzz_input_of(data, size);
    unsigned choice = fuzz_byte(&input);
    car_bpe_learn_options options = {
        .symbols = choice / 8, .min_frequency = 1 + choice % 4, .total_symbols = choice / 4 % 2 == 1};
    car_bpe_learner *learner = car_bpe_learner_new();
    fuzz_input lines = input;
    const char *part;
    ptrdiff_t length;
    while (fuzz_part(&lines, '\n', &part, &length)) {
        char *line = fuzz_copy_text(part, length);
        car_bpe_learner_add_line(learner, line, (ptrdiff_t)strlen(line));
        car_free(line);
    }
    car_string_empty(&text);
    int64_t learned = car_bpe_learn(learner, &options, &text);
    CAR_REQUIRE(learned >= 0 && learned <= options.symbols);
    car_bpe_learner_free(learner);

    car_error e;
    car_bpe_codes *codes = car_bpe_codes_read(text.at, text.length, "learned", -1, &e);
    CAR_REQUIRE(codes != NULL && car_bpe_codes_count(codes) == learned);
    char *line = fuzz_copy_text(input.at, input.left);
    check_words(codes, line);
    car_free(line);
    car_bpe_codes_free(codes);
    return 0;
}
