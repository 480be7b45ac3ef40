#include "tokenizers/case_marks.h"

#include <string.h>
#include <unicode/ucasemap.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/memory.h"
#include "tokenizers/marks.h"

#define MARK_CAPITAL "\xe2\x87\xa7"  /* U+21E7 */
#define MARK_CAPITALS "\xe2\x87\xaa" /* U+21EA */

struct car_case_marks {
    UCaseMap *icu;
    car_string lower, back; /* of the word at hand */
};

car_case_marks *car_case_marks_new(car_error *e)
{
    UErrorCode status = U_ZERO_ERROR;
    UCaseMap *icu = ucasemap_open("", 0, &status);
    if (U_FAILURE(status)) {
        (void)car_error_set(e, CAR_EXIT_BUG, "ICU has no case mappings (%s); reinstall ICU", u_errorName(status));
        return NULL;
    }
    car_case_marks *marks = car_alloc(1, sizeof *marks);
    marks->icu = icu;
    return marks;
}

void car_case_marks_free(car_case_marks *marks)
{
    if (marks == NULL)
        return;
    ucasemap_close(marks->icu);
    car_string_clear(&marks->lower);
    car_string_clear(&marks->back);
    car_free(marks);
}

/* ---- mappings: what *out held before is dropped ---------------------------------------------- */

static bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

typedef int32_t mapping(const UCaseMap *map, char *to, int32_t capacity, const char *from, int32_t length,
                        UErrorCode *status);

static void apply_mapping(const car_case_marks *marks, mapping *map, const char *word, ptrdiff_t length,
                          car_string *out)
{
    char small[256];
    UErrorCode status = U_ZERO_ERROR;
    int32_t needed = map(marks->icu, small, sizeof small, word, (int32_t)length, &status);
    car_string_empty(out);
    if (U_SUCCESS(status)) {
        car_string_add(out, small, needed);
        return;
    }
    CAR_REQUIRE(status == U_BUFFER_OVERFLOW_ERROR);
    status = U_ZERO_ERROR;
    char *large = car_resize(NULL, needed + 1, 1);
    needed = map(marks->icu, large, needed + 1, word, (int32_t)length, &status);
    CAR_REQUIRE(U_SUCCESS(status));
    car_string_add(out, large, needed);
    car_free(large);
}

/* Returns whether that is another word; if not, *out is nothing of use. */
static bool lower(const car_case_marks *marks, const char *word, ptrdiff_t length, car_string *out)
{
    bool ascii = true, capitals = false;
    for (ptrdiff_t i = 0; i < length; i++) {
        ascii = ascii && (unsigned char)word[i] < 0x80;
        capitals = capitals || is_capital(word[i]);
    }
    if (!ascii) {
        apply_mapping(marks, ucasemap_utf8ToLower, word, length, out);
        return out->length != length || memcmp(out->at, word, (size_t)length) != 0;
    }
    if (!capitals)
        return false;
    car_string_empty(out);
    car_string_add(out, word, length);
    for (ptrdiff_t i = 0; i < length; i++)
        out->at[i] = (char)(word[i] + (is_capital(word[i]) ? 'a' - 'A' : 0));
    return true;
}

/* The word with the first character that has a title case in it. */
static void capitalise(const char *word, ptrdiff_t length, car_string *out)
{
    car_string_empty(out);
    for (int32_t at = 0, next = 0; at < length; at = next) {
        UChar32 c;
        U8_NEXT_UNSAFE(word, next, c);
        UChar32 title = u_totitle(c);
        if (title == c)
            continue;
        uint8_t bytes[U8_MAX_LENGTH];
        int32_t n = 0;
        U8_APPEND_UNSAFE(bytes, n, (uint32_t)title);
        car_string_add(out, word, at);
        car_string_add(out, (const char *)bytes, n);
        car_string_add(out, word + next, length - next);
        return;
    }
    car_string_add(out, word, length);
}

/* ---- pieces ----------------------------------------------------------------------------------- */

/* The mark that a piece is, behind *literals times U+241B; NULL if it is another. */
static const char *mark_of(const char *piece, ptrdiff_t length, ptrdiff_t *literals)
{
    const char *end = piece + length, *at = piece;
    while (car_mark_is(at, end, CAR_MARK_LITERAL))
        at += CAR_MARK_LENGTH;
    *literals = (at - piece) / CAR_MARK_LENGTH;
    if (end - at != CAR_MARK_LENGTH)
        return NULL;
    return car_mark_is(at, end, MARK_CAPITAL)    ? MARK_CAPITAL
           : car_mark_is(at, end, MARK_CAPITALS) ? MARK_CAPITALS
                                                 : NULL;
}

static bool equals(const car_string *text, const char *word, ptrdiff_t length)
{
    return text->length == length && memcmp(text->at, word, (size_t)length) == 0;
}

static void add_word(car_case_marks *m, const char *word, ptrdiff_t length, car_pieces *pieces)
{
    const char *mark = NULL;
    if (lower(m, word, length, &m->lower)) {
        capitalise(m->lower.at, m->lower.length, &m->back);
        if (equals(&m->back, word, length))
            mark = MARK_CAPITAL;
        else
            apply_mapping(m, ucasemap_utf8ToUpper, m->lower.at, m->lower.length, &m->back);
        if (mark == NULL && equals(&m->back, word, length))
            mark = MARK_CAPITALS;
    }
    if (mark != NULL) {
        car_pieces_add(pieces, mark, CAR_MARK_LENGTH);
        car_pieces_add(pieces, m->lower.at, m->lower.length);
        return;
    }
    ptrdiff_t literals;
    if (mark_of(word, length, &literals) != NULL)
        car_pieces_extend(pieces, CAR_MARK_LITERAL, CAR_MARK_LENGTH);
    car_pieces_add(pieces, word, length);
}

void car_case_marks_apply(car_case_marks *marks, const car_pieces *words, car_pieces *pieces)
{
    for (ptrdiff_t i = 0; i < words->count; i++)
        add_word(marks, car_pieces_view(words, i), car_pieces_length(words, i), pieces);
}

void car_case_marks_join(const car_case_marks *marks, const car_pieces *pieces, car_pieces *words)
{
    car_string word = {0};
    const char *pending = NULL;
    for (ptrdiff_t i = 0; i < pieces->count; i++) {
        const char *piece = car_pieces_view(pieces, i);
        ptrdiff_t length = car_pieces_length(pieces, i), literals;
        const char *mark = mark_of(piece, length, &literals);
        if (mark != NULL && literals == 0) {
            pending = mark;
            continue;
        }
        if (mark != NULL) {
            car_pieces_add(words, piece + CAR_MARK_LENGTH, length - CAR_MARK_LENGTH);
        } else if (pending != NULL) {
            if (strcmp(pending, MARK_CAPITAL) == 0)
                capitalise(piece, length, &word);
            else
                apply_mapping(marks, ucasemap_utf8ToUpper, piece, length, &word);
            car_pieces_add(words, word.at, word.length);
        } else {
            car_pieces_add(words, piece, length);
        }
        pending = NULL;
    }
    car_string_clear(&word);
}
