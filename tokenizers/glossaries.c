#include "tokenizers/glossaries.h"

#include <unicode/uregex.h>
#include <unicode/ustring.h>

#include "base/memory.h"
#include "base/text.h"

typedef struct glossary {
    URegularExpression *whole; /* ^G$  */
    URegularExpression *inner; /* (G)  */
} glossary;

struct car_glossaries {
    glossary *glossaries;
    int n;
    URegularExpression *any; /* ^(G|H|...)$ */
    UChar *text;             /* what is looked at, in UTF-16 */
    int32_t length;
    ptrdiff_t capacity;
    car_pieces parts; /* between two patterns     */
};

/* 10 000 steps each.  Some expressions, such as (a+)+b, take ages to fail on a few letters; ICU then gives up. */
enum { TIME_LIMIT = 10 };

static URegularExpression *compile(const char *before, const char *pattern, const char *after, car_error *e)
{
    car_string whole = {0};
    car_string_format(&whole, "%s%s%s", before, pattern, after);
    UErrorCode status = U_ZERO_ERROR;
    UParseError place;
    UChar *text = car_resize(NULL, whole.length + 1, sizeof *text);
    int32_t length = 0;
    URegularExpression *compiled = NULL;
    u_strFromUTF8(text, (int32_t)whole.length + 1, &length, whole.at, (int32_t)whole.length, &status);
    if (U_SUCCESS(status)) /* Python's "$" knows no line end but LF */
        compiled = uregex_open(text, length, UREGEX_UNIX_LINES, &place, &status);
    if (U_SUCCESS(status))
        uregex_setTimeLimit(compiled, TIME_LIMIT, &status);
    if (U_FAILURE(status)) {
        (void)car_error_set(e, CAR_EXIT_USAGE, "the glossary '%s' is no regular expression (%s)", pattern,
                            u_errorName(status));
        compiled = NULL;
    }
    car_free(text);
    car_string_clear(&whole);
    return compiled;
}

car_glossaries *car_glossaries_new(const char *const *patterns, int n, car_error *e)
{
    car_glossaries *g = car_alloc(1, sizeof *g);
    car_string all = {0};
    g->glossaries = car_alloc(n, sizeof *g->glossaries);
    bool good = true;
    for (; g->n < n && good; g->n++) {
        glossary *here = &g->glossaries[g->n];
        here->whole = compile("^", patterns[g->n], "$", e);
        here->inner = here->whole != NULL ? compile("(", patterns[g->n], ")", e) : NULL;
        good = here->inner != NULL;
        car_string_format(&all, "%s%s", g->n > 0 ? "|" : "", patterns[g->n]);
    }
    if (good)
        g->any = compile("^(", all.at, ")$", e);
    car_string_clear(&all);
    if (g->any != NULL)
        return g;
    car_glossaries_free(g);
    return NULL;
}

void car_glossaries_free(car_glossaries *g)
{
    if (g == NULL)
        return;
    for (int i = 0; i < g->n; i++) {
        uregex_close(g->glossaries[i].whole);
        uregex_close(g->glossaries[i].inner);
    }
    uregex_close(g->any);
    car_free(g->glossaries);
    car_free(g->text);
    car_pieces_clear(&g->parts);
    car_free(g);
}

static void set_text(car_glossaries *g, const char *text, ptrdiff_t length)
{
    UErrorCode status = U_ZERO_ERROR;
    if (g->capacity < length + 1) {
        g->capacity = 2 * length + 1;
        g->text = car_resize(g->text, g->capacity, sizeof *g->text);
    }
    u_strFromUTF8(g->text, (int32_t)g->capacity, &g->length, text, (int32_t)length, &status);
    CAR_REQUIRE(U_SUCCESS(status));
}

/* A match from the start of the text; where ICU gives up, for time or memory, there is none. */
static bool matches(car_glossaries *g, URegularExpression *pattern)
{
    UErrorCode status = U_ZERO_ERROR;
    uregex_setText(pattern, g->text, g->length, &status);
    return uregex_lookingAt(pattern, 0, &status) && U_SUCCESS(status);
}

bool car_glossaries_match(car_glossaries *g, const char *text, ptrdiff_t length)
{
    set_text(g, text, length);
    return matches(g, g->any);
}

/* Adds text[from .. to-1], if that is anything. */
static void add_part(car_glossaries *g, int32_t from, int32_t to, car_pieces *parts)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t length = 0;
    if (from < 0 || to <= from)
        return;
    ptrdiff_t most = 3 * (ptrdiff_t)(to - from) + 1;
    char *bytes = car_resize(NULL, most, 1);
    u_strToUTF8WithSub(bytes, (int32_t)most, &length, g->text + from, to - from, 0xFFFD, NULL, &status);
    CAR_REQUIRE(U_SUCCESS(status));
    car_pieces_add(parts, bytes, length);
    car_free(bytes);
}

static void isolate_one(car_glossaries *g, const glossary *one, const char *part, ptrdiff_t length, car_pieces *parts)
{
    UErrorCode status = U_ZERO_ERROR;
    set_text(g, part, length);
    if (matches(g, one->whole)) {
        car_pieces_add(parts, part, length);
        return;
    }
    int32_t done = 0;
    uregex_setText(one->inner, g->text, g->length, &status);
    while (uregex_findNext(one->inner, &status) && U_SUCCESS(status)) {
        int32_t groups = uregex_groupCount(one->inner, &status);
        add_part(g, done, uregex_start(one->inner, 0, &status), parts);
        for (int32_t i = 1; i <= groups; i++)
            add_part(g, uregex_start(one->inner, i, &status), uregex_end(one->inner, i, &status), parts);
        done = uregex_end(one->inner, 0, &status);
    }
    add_part(g, done, g->length, parts);
}

void car_glossaries_isolate(car_glossaries *g, const char *word, ptrdiff_t length, car_pieces *parts)
{
    car_pieces_empty(parts);
    car_pieces_add(parts, word, length);
    for (int k = 0; k < g->n; k++) {
        car_pieces before = *parts;
        *parts = g->parts;
        g->parts = before;
        car_pieces_empty(parts);
        for (ptrdiff_t i = 0; i < g->parts.count; i++)
            isolate_one(g, &g->glossaries[k], car_pieces_view(&g->parts, i), car_pieces_length(&g->parts, i), parts);
    }
}
