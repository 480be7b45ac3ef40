/* Normal forms: well-formed, the same once more, never a run of marks that ICU would
 * labour at. */
#include "tokenizers/normalize.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/memory.h"
#include "fuzz/fuzz.h"

enum { FORMS = 4 };

/* The longest run of characters of another combining class than 0. */
static int longest_run(const char *text, ptrdiff_t length)
{
    const uint8_t *bytes = (const uint8_t *)text;
    int run = 0, longest = 0;
    for (int32_t i = 0; i < (int32_t)length;) {
        UChar32 c;
        U8_NEXT_UNSAFE(bytes, i, c);
        run = u_getCombiningClass(c) != 0 ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static car_normalizer *normalizers[FORMS][2];
    static car_string once;
    fuzz_input input = fuzz_input_of(data, size);
    unsigned choice = fuzz_byte(&input), form = choice % FORMS, lower = choice / FORMS % 2;
    car_normalizer **normalizer = &normalizers[form][lower];
    car_error e;
    if (*normalizer == NULL)
        *normalizer = car_normalizer_new((car_normalization)form, lower == 1, &e);
    char *line = fuzz_copy_text(input.at, input.left);
    const char *out;
    ptrdiff_t length;
    car_normalizer_apply(*normalizer, line, (ptrdiff_t)strlen(line), &out, &length);
    CAR_REQUIRE(car_utf8_check(out, length) < 0 && memchr(out, 0, (size_t)length) == NULL);
    if (form == CAR_NORMALIZE_NONE && lower == 0)
        CAR_REQUIRE(length == (ptrdiff_t)strlen(line) && memcmp(out, line, (size_t)length) == 0);
    CAR_REQUIRE(form == CAR_NORMALIZE_NONE || longest_run(out, length) <= 30);
    car_string_empty(&once);
    car_string_add(&once, out, length);
    /* What was cut by U+034F is put together again where that is dropped, and may be cut elsewhere. */
    bool was_cut = form == CAR_NORMALIZE_NFKC_CASEFOLD && strstr(once.at, "\xCD\x8F") != NULL;
    car_free(line);

    car_normalizer_apply(*normalizer, once.at, once.length, &out, &length);
    if (!was_cut)
        CAR_REQUIRE(length == once.length && memcmp(out, once.at, (size_t)length) == 0);
    return 0;
}
