#include "tokenizers/marks.h"

#include <string.h>

bool car_mark_is(const char *at, const char *end, const char *mark)
{
    return end - at >= CAR_MARK_LENGTH && memcmp(at, mark, CAR_MARK_LENGTH) == 0;
}

static bool is_mark(const char *at, const char *end)
{
    return car_mark_is(at, end, CAR_MARK_SPACE) || car_mark_is(at, end, CAR_MARK_JOIN) ||
           car_mark_is(at, end, CAR_MARK_LITERAL);
}

void car_marks_escape(const char *text, ptrdiff_t length, car_pieces *pieces)
{
    const char *end = text + length, *done = text;
    for (const char *at = text; at < end;) {
        if (!is_mark(at, end)) {
            at++;
            continue;
        }
        car_pieces_extend(pieces, done, at - done);
        car_pieces_extend(pieces, CAR_MARK_LITERAL, CAR_MARK_LENGTH);
        done = at;
        at += CAR_MARK_LENGTH;
    }
    car_pieces_extend(pieces, done, end - done);
}

void car_marks_undo(const char *piece, ptrdiff_t length, car_string *text)
{
    const char *end = piece + length, *done = piece;
    for (const char *at = piece; at < end;) {
        if (!car_mark_is(at, end, CAR_MARK_LITERAL) || !is_mark(at + CAR_MARK_LENGTH, end)) {
            at++;
            continue;
        }
        car_string_add(text, done, at - done);
        done = at + CAR_MARK_LENGTH;
        at = done + CAR_MARK_LENGTH;
    }
    car_string_add(text, done, end - done);
}
