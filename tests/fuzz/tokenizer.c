/* One tokenizer (FUZZ_TOKENIZER) in every normal form, with each treatment of case, with
 * and without byte pairs: what it cuts, it puts together again; its pieces are such that
 * a file can hold them; and pieces that a model made up become a line. */
#include "tokenizers/tokenizer.h"

#include <string.h>

#include "fuzz/fuzz.h"

enum { FORMS = 4, CASES = 3, SUBWORDS = 3 };

static const char codes[] = "#version: 0.2\n"
                            "t h\nth e</w>\ni n\na n\na a\naa aa\n@ @\n@ @</w>\n< 0\nx E\n"
                            "\xd0\xb0 \xd0\xb1\n\xe4\xbd\xa0 \xe5\xa5\xbd</w>\n\xe2\x96\x81 a\n\xcc\x81 \xcc\x81\n";
static const char *const known_pieces[] = {
    "a", "b", "e@@", "th@@", "the", "an@@", "@@", "@@@", "t@@", "h", "0@@", "x", "\xd0\xb0\xd0\xb1@@", "\xe2\x96\x81"};

static car_tokenizer *make(unsigned form, unsigned letter_case, unsigned subwords)
{
    static car_names *known[FORMS][CASES];
    car_tokenizer_options options = {.normalization = (car_normalization)form,
                                     .letter_case = (car_letter_case)letter_case,
                                     .codes = subwords > 0 ? codes : NULL,
                                     .no_bytes = subwords == 1};
    car_error e;
    car_tokenizer *tokenizer = car_tokenizer_new(FUZZ_TOKENIZER, &options, &e);
    if (tokenizer != NULL && subwords == 2) {
        car_names *names = known[form][letter_case] = car_names_new();
        car_pieces bytes = {0};
        car_tokenizer_add_bytes(tokenizer, &bytes);
        for (size_t i = 0; i < sizeof known_pieces / sizeof *known_pieces; i++)
            (void)car_names_add(names, known_pieces[i], (ptrdiff_t)strlen(known_pieces[i]));
        for (ptrdiff_t i = 0; i < bytes.count; i++)
            (void)car_names_add(names, car_pieces_view(&bytes, i), car_pieces_length(&bytes, i));
        car_pieces_clear(&bytes);
        car_tokenizer_limit(tokenizer, names);
    }
    return tokenizer;
}

static bool is_line(const char *text, ptrdiff_t length)
{
    return car_utf8_check(text, length) < 0 && memchr(text, '\0', (size_t)length) == NULL &&
           memchr(text, '\n', (size_t)length) == NULL;
}

static void check_pieces(const car_pieces *pieces)
{
    for (ptrdiff_t i = 0; i < pieces->count; i++) {
        const char *piece = car_pieces_view(pieces, i);
        ptrdiff_t length = car_pieces_length(pieces, i);
        CAR_REQUIRE(length > 0 && is_line(piece, length) && memchr(piece, ' ', (size_t)length) == NULL);
    }
}

/* What a model might put out: any pieces. */
static void join_anything(const car_tokenizer *tokenizer, fuzz_input input)
{
    static car_pieces pieces;
    static car_string text;
    const char *part;
    ptrdiff_t length;
    car_pieces_empty(&pieces);
    while (fuzz_part(&input, ' ', &part, &length))
        if (length > 0)
            car_pieces_add(&pieces, part, length);
    car_tokenizer_join(tokenizer, &pieces, &text);
    CAR_REQUIRE(is_line(text.at, text.length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_tokenizer *tokenizers[FORMS][CASES][SUBWORDS];
    static car_pieces pieces;
    static car_string text, expected;
    fuzz_input input = fuzz_input_of(data, size);
    unsigned choice = fuzz_byte(&input), form = choice % FORMS, subwords = choice / FORMS % 4,
             letter_case = choice / 16 % 4 % CASES;
    bool joins = subwords == SUBWORDS;
    subwords = joins ? choice / 64 % SUBWORDS : subwords;
    car_tokenizer **tokenizer = &tokenizers[form][letter_case][subwords];
    if (*tokenizer == NULL)
        *tokenizer = make(form, letter_case, subwords);
    if (*tokenizer == NULL) {
        CAR_REQUIRE(letter_case == CAR_CASE_MARK); /* which byte does not have */
        return 0;
    }
    bool good = is_line(input.at, input.left);
    if (joins) {
        if (good)
            join_anything(*tokenizer, input);
        return 0;
    }
    car_error e;
    CAR_REQUIRE(car_tokenizer_apply(*tokenizer, input.at, input.left, &pieces, &e) == good);
    if (!good) {
        CAR_REQUIRE(e.code == CAR_EXIT_DATA);
        return 0;
    }
    check_pieces(&pieces);
    CAR_REQUIRE(car_tokenizer_normalize(*tokenizer, input.at, input.left, &expected, &e));
    car_tokenizer_join(*tokenizer, &pieces, &text);
    CAR_REQUIRE(text.length == expected.length && memcmp(text.at, expected.at, (size_t)text.length) == 0);
    return 0;
}
