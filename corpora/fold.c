#include "corpora/fold.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/memory.h"
#include "base/text.h"
#include "tokenizers/normalize.h"

/* Both halves of a product of 64-bit numbers, folded onto each other: every bit of the
 * factors has a say in every bit of the result. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t car_text_hash(const char *bytes, ptrdiff_t length)
{
    /* Fractions of the golden ratio and of the square roots of 3 and 5, made odd. */
    static const uint64_t seed = UINT64_C(0x9e3779b97f4a7c15), by_word = UINT64_C(0xbb67ae8584caa73b),
                          by_length = UINT64_C(0x3c6ef372fe94f82b);
    uint64_t hash = seed ^ (uint64_t)length;
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = mix(hash ^ word, by_word);
    }
    uint64_t rest = 0;
    if (length > 0)
        memcpy(&rest, bytes, (size_t)length);
    return mix(mix(hash ^ rest, by_word) ^ seed, by_length);
}

struct car_folding {
    car_normalizer *normalizer;
    car_string text;
};

car_folding *car_folding_new(car_error *e)
{
    car_normalizer *normalizer = car_normalizer_new(CAR_NORMALIZE_NFKC_CASEFOLD, false, e);
    if (normalizer == NULL)
        return NULL;
    car_folding *folding = car_alloc(1, sizeof *folding);
    folding->normalizer = normalizer;
    return folding;
}

void car_folding_free(car_folding *folding)
{
    if (folding == NULL)
        return;
    car_normalizer_free(folding->normalizer);
    car_string_clear(&folding->text);
    car_free(folding);
}

static bool stays(UChar32 c) { return (U_GET_GC_MASK(c) & (U_GC_Z_MASK | U_GC_P_MASK | U_GC_CC_MASK)) == 0; }

void car_folding_apply(car_folding *folding, const char *line, ptrdiff_t length, const char **out,
                       ptrdiff_t *out_length)
{
    const char *form;
    ptrdiff_t n;
    car_normalizer_apply(folding->normalizer, line, length, &form, &n);
    car_string *text = &folding->text;
    car_string_empty(text);
    for (int32_t i = 0, start; start = i, i < n;) {
        UChar32 c;
        U8_NEXT_UNSAFE(form, i, c);
        if (stays(c))
            car_string_add(text, form + start, i - start);
    }
    bool is_empty = text->length == 0;
    *out = is_empty ? line : text->at;
    *out_length = is_empty ? length : text->length;
}
