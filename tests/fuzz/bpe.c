/* Merges of byte pair encoding, applied to words: the pieces of a word are the word.  A
 * first byte of choices, a glossary's expression up to a NUL, the merges up to a NUL, and a
 * line. */
#include "tokenizers/bpe_apply.h"

#include <string.h>

#include "base/memory.h"
#include "fuzz/fuzz.h"

enum { LONGEST_EXPRESSION = 24, LONGEST_WORD = 24 };

static bool is_known(void *context, const char *piece, ptrdiff_t length, bool final)
{
    (void)context;
    return (piece[0] + length + final) % 3 == 0;
}

/* A group in a glossary gives its text once more, and an expression may match half a
 * character; without one, nothing is lost or added. */
static void check_word(car_bpe_segmenter *segmenter, const char *word, ptrdiff_t length, bool is_exact)
{
    static car_pieces pieces;
    static car_string joined;
    car_pieces_empty(&pieces);
    car_string_empty(&joined);
    car_bpe_segment(segmenter, word, length, &pieces);
    for (ptrdiff_t i = 0; i < pieces.count; i++) {
        ptrdiff_t of_piece = car_pieces_length(&pieces, i);
        CAR_REQUIRE(of_piece > 0 && car_utf8_check(car_pieces_view(&pieces, i), of_piece) < 0);
        car_string_add(&joined, car_pieces_view(&pieces, i), of_piece);
    }
    if (is_exact)
        CAR_REQUIRE(joined.length == length && memcmp(joined.at, word, (size_t)length) == 0);
}

static void segment(car_bpe_segmenter *segmenter, const char *line, bool is_exact)
{
    static car_string out;
    fuzz_input words = {line, (ptrdiff_t)strlen(line)};
    const char *word;
    ptrdiff_t length;
    while (fuzz_part(&words, ' ', &word, &length))
        if (length > 0 && (is_exact || length <= LONGEST_WORD))
            check_word(segmenter, word, length, is_exact);
    if (!is_exact)
        return;
    car_string_empty(&out);
    car_bpe_segment_line(segmenter, "@@", line, (ptrdiff_t)strlen(line), 1, &out);
    CAR_REQUIRE(car_utf8_check(out.at, out.length) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = fuzz_input_of(data, size);
    unsigned choice = fuzz_byte(&input);
    const char *part = "", *codes_text = "";
    ptrdiff_t length = 0, codes_length = 0;
    (void)fuzz_part(&input, '\0', &part, &length);
    (void)fuzz_part(&input, '\0', &codes_text, &codes_length);
    car_error e;
    car_bpe_codes *codes =
        car_bpe_codes_read(codes_text, codes_length, "codes", choice / 4 % 2 == 0 ? -1 : (int64_t)(choice / 16), &e);
    if (codes == NULL) {
        CAR_REQUIRE(e.code == CAR_EXIT_DATA);
        return 0;
    }
    char *glossary = fuzz_copy_text(part, length < LONGEST_EXPRESSION ? length : LONGEST_EXPRESSION);
    const char *const glossaries[] = {glossary, "[0-9]+"};
    car_bpe_options options = {.is_known = choice % 2 == 0 ? NULL : is_known,
                               .glossaries = glossaries,
                               .n_glossaries = glossary[0] == '\0' ? 0 : 2,
                               .dropout = choice / 2 % 2 == 0 ? 0 : 0.5,
                               .seed = choice};
    car_bpe_segmenter *segmenter = car_bpe_segmenter_new(codes, &options, &e);
    if (segmenter != NULL) {
        char *line = fuzz_copy_text(input.at, input.left);
        segment(segmenter, line, options.n_glossaries == 0);
        car_free(line);
    } else {
        CAR_REQUIRE(options.n_glossaries > 0 && e.code == CAR_EXIT_USAGE);
    }
    car_bpe_segmenter_free(segmenter);
    car_bpe_codes_free(codes);
    car_free(glossary);
    return 0;
}
