#include "tokenizers/normalize.h"

#include <string.h>
#include <unicode/ucasemap.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#include "base/memory.h"

enum {
    LONGEST_RUN = 30,         /* combining marks in a row, UAX #15 D4         */
    LONGEST_DECOMPOSED = 32,  /* UTF-16 units one character can decompose to  */
    FIRST_NON_INERT = 0x00A8, /* below it nothing combines or decomposes to what does */
    GRAPHEME_JOINER = 0x034F
};

static const struct {
    const char *name;
    car_normalization form;
} FORMS[] = {{"none", CAR_NORMALIZE_NONE},
             {"nfc", CAR_NORMALIZE_NFC},
             {"nfkc", CAR_NORMALIZE_NFKC},
             {"nfkc-casefold", CAR_NORMALIZE_NFKC_CASEFOLD}};

enum { N_FORMS = sizeof FORMS / sizeof FORMS[0] };

const char *car_normalization_name(car_normalization form)
{
    int i = 0;
    while (i < N_FORMS && FORMS[i].form != form)
        i++;
    CAR_REQUIRE(i < N_FORMS);
    return FORMS[i].name;
}

bool car_normalization_parse(const char *name, car_normalization *form, car_error *e)
{
    for (int i = 0; i < N_FORMS; i++) {
        if (strcmp(name, FORMS[i].name) == 0) {
            *form = FORMS[i].form;
            return true;
        }
    }
    return car_error_set(e, CAR_EXIT_CONFIG,
                         "no normalization is called '%s'; there are none, nfc, nfkc and "
                         "nfkc-casefold",
                         name);
}

/* A growing buffer of UTF-16. */
typedef struct wide {
    UChar *at;
    int32_t length, capacity;
} wide;

static void reserve(wide *text, int32_t capacity)
{
    if (capacity <= text->capacity)
        return;
    text->capacity = capacity > 2 * text->capacity ? capacity : 2 * text->capacity;
    text->at = car_resize(text->at, text->capacity, sizeof *text->at);
}

/* A growing buffer of bytes. */
typedef struct narrow {
    char *at;
    int32_t capacity;
} narrow;

static void reserve_bytes(narrow *text, int32_t capacity)
{
    if (capacity <= text->capacity)
        return;
    text->at = car_resize(text->at, capacity, 1);
    text->capacity = capacity;
}

struct car_normalizer {
    car_normalization form;
    const UNormalizer2 *icu; /* ICU's own, never freed; NULL for "none"  */
    const UNormalizer2 *decomposer; /* shows the marks that sorting will see: those left by case folding */
    wide before, after;
    narrow bytes;         /* the form in UTF-8   */
    UCaseMap *lower_case; /* NULL: keeps case    */
    narrow lower_bytes;   /* the form lower-cased */
};

car_normalizer *car_normalizer_new(car_normalization form, bool lower, car_error *e)
{
    UErrorCode status = U_ZERO_ERROR;
    UCaseMap *lower_case = lower ? ucasemap_open("", 0, &status) : NULL;
    const UNormalizer2 *icu = NULL, *decomposer = unorm2_getNFKDInstance(&status);
    if (form == CAR_NORMALIZE_NFC)
        icu = unorm2_getNFCInstance(&status);
    else if (form == CAR_NORMALIZE_NFKC)
        icu = unorm2_getNFKCInstance(&status);
    else if (form == CAR_NORMALIZE_NFKC_CASEFOLD)
        icu = decomposer = unorm2_getNFKCCasefoldInstance(&status);
    if (U_FAILURE(status)) {
        (void)car_error_set(e, CAR_EXIT_BUG, "ICU has no data for normalization %s (%s); reinstall ICU",
                            car_normalization_name(form), u_errorName(status));
        ucasemap_close(lower_case);
        return NULL;
    }
    car_normalizer *normalizer = car_alloc(1, sizeof *normalizer);
    normalizer->form = form;
    normalizer->icu = icu;
    normalizer->decomposer = decomposer;
    normalizer->lower_case = lower_case;
    return normalizer;
}

void car_normalizer_free(car_normalizer *normalizer)
{
    if (normalizer == NULL)
        return;
    car_free(normalizer->before.at);
    car_free(normalizer->after.at);
    car_free(normalizer->bytes.at);
    car_free(normalizer->lower_bytes.at);
    ucasemap_close(normalizer->lower_case);
    car_free(normalizer);
}

static UChar32 next_character(const UChar *text, int32_t *at)
{
    UChar unit = text[(*at)++];
    return U16_IS_LEAD(unit) ? U16_GET_SUPPLEMENTARY(unit, text[(*at)++]) : unit;
}

/* The run of non-starters goes on through character c: how many stand before the
 * first starter of its full decomposition, how many behind the last.  What case
 * folding drops decomposes to nothing, so that what stands on both sides meets. */
typedef struct run {
    int32_t initial, trailing;
    bool has_starter;
} run;

static run run_of(const car_normalizer *normalizer, UChar32 c)
{
    UChar units[LONGEST_DECOMPOSED];
    UErrorCode status = U_ZERO_ERROR;
    run result = {0, 0, false};
    int32_t length = unorm2_getDecomposition(normalizer->decomposer, c, units, LONGEST_DECOMPOSED, &status);
    CAR_REQUIRE(U_SUCCESS(status));
    if (length < 0) { /* decomposes to itself */
        length = 0;
        U16_APPEND_UNSAFE(units, length, c);
    }
    for (int32_t i = 0; i < length;) {
        if (u_getCombiningClass(next_character(units, &i)) == 0) {
            result.has_starter = true;
            result.trailing = 0;
        } else {
            result.trailing++;
            result.initial += !result.has_starter;
        }
    }
    return result;
}

/* Where the text from `start` on must be cut, or its length. */
static int32_t next_cut(const car_normalizer *normalizer, const wide *text, int32_t start)
{
    int32_t marks = 0;
    for (int32_t i = start; i < text->length;) {
        int32_t here = i;
        UChar32 c = next_character(text->at, &i);
        if (c < FIRST_NON_INERT) {
            marks = 0;
            continue;
        }
        run marks_of = run_of(normalizer, c);
        if (marks + marks_of.initial > LONGEST_RUN)
            return here;
        marks = marks_of.has_starter ? marks_of.trailing : marks + marks_of.initial;
    }
    return text->length;
}

/* Adds the normal form of a stretch of `before` to `after`; false if it is
 * what it was. */
static bool add_normal(car_normalizer *normalizer, int32_t start, int32_t end)
{
    const UChar *text = normalizer->before.at + start;
    wide *after = &normalizer->after;
    UErrorCode status = U_ZERO_ERROR;
    int32_t same = unorm2_spanQuickCheckYes(normalizer->icu, text, end - start, &status);
    reserve(after, after->length + end - start);
    if (same == end - start) {
        memcpy(after->at + after->length, text, (size_t)same * sizeof *text);
        after->length += same;
        return false;
    }
    int32_t length;
    for (;;) {
        length = unorm2_normalize(normalizer->icu, text, end - start, after->at + after->length,
                                  after->capacity - after->length, &status);
        if (status != U_BUFFER_OVERFLOW_ERROR)
            break;
        status = U_ZERO_ERROR;
        reserve(after, after->length + length);
    }
    CAR_REQUIRE(U_SUCCESS(status));
    after->length += length;
    return true;
}

static bool is_ascii(const char *line, ptrdiff_t length)
{
    unsigned char all = 0;
    for (ptrdiff_t i = 0; i < length; i++)
        all |= (unsigned char)line[i];
    return all < 0x80;
}

/* *line in the form, *length bytes: itself or `bytes`. */
static void apply_form(car_normalizer *normalizer, const char **line, ptrdiff_t *line_length)
{
    ptrdiff_t length = *line_length;
    if (normalizer->icu == NULL || (normalizer->form != CAR_NORMALIZE_NFKC_CASEFOLD && is_ascii(*line, length)))
        return;

    UErrorCode status = U_ZERO_ERROR;
    wide *before = &normalizer->before, *after = &normalizer->after;
    reserve(before, (int32_t)length + 1); /* UTF-16 has no more units than UTF-8 has bytes */
    u_strFromUTF8(before->at, before->capacity, &before->length, *line, (int32_t)length, &status);
    CAR_REQUIRE(U_SUCCESS(status));

    bool changed = false;
    after->length = 0;
    for (int32_t start = 0; start < before->length;) {
        int32_t end = next_cut(normalizer, before, start);
        changed |= add_normal(normalizer, start, end);
        if (end < before->length) {
            reserve(after, after->length + 1);
            after->at[after->length++] = GRAPHEME_JOINER;
            changed = true;
        }
        start = end;
    }
    if (!changed)
        return;

    reserve_bytes(&normalizer->bytes, 3 * after->length + 1); /* a UTF-16 unit becomes at most 3 bytes */
    int32_t bytes;
    u_strToUTF8(normalizer->bytes.at, normalizer->bytes.capacity, &bytes, after->at, after->length, &status);
    CAR_REQUIRE(U_SUCCESS(status));
    *line = normalizer->bytes.at;
    *line_length = bytes;
}

/* Lower-cases *line.  Returns whether that may have undone the form: "J" with a caron is two
 * characters, "ǰ" is one. */
static bool apply_lower_case(car_normalizer *normalizer, const char **line, ptrdiff_t *line_length)
{
    narrow *lower = &normalizer->lower_bytes;
    int32_t length = (int32_t)*line_length;
    reserve_bytes(lower, length + 1);
    bool ascii = is_ascii(*line, length);
    if (ascii) {
        for (int32_t i = 0; i < length; i++)
            lower->at[i] = (char)((*line)[i] + ((*line)[i] >= 'A' && (*line)[i] <= 'Z' ? 'a' - 'A' : 0));
    } else {
        UErrorCode status = U_ZERO_ERROR;
        int32_t needed =
            ucasemap_utf8ToLower(normalizer->lower_case, lower->at, lower->capacity, *line, length, &status);
        if (status == U_BUFFER_OVERFLOW_ERROR) {
            status = U_ZERO_ERROR;
            reserve_bytes(lower, needed + 1);
            needed = ucasemap_utf8ToLower(normalizer->lower_case, lower->at, lower->capacity, *line, length, &status);
        }
        CAR_REQUIRE(U_SUCCESS(status));
        length = needed;
    }
    bool changed = !ascii && (length != *line_length || memcmp(lower->at, *line, (size_t)length) != 0);
    *line = lower->at;
    *line_length = length;
    return changed;
}

void car_normalizer_apply(car_normalizer *normalizer, const char *line, ptrdiff_t length, const char **out,
                          ptrdiff_t *out_length)
{
    CAR_REQUIRE(length <= CAR_NORMALIZE_LONGEST);
    *out = line;
    *out_length = length;
    apply_form(normalizer, out, out_length);
    if (normalizer->lower_case != NULL && apply_lower_case(normalizer, out, out_length))
        apply_form(normalizer, out, out_length);
}
