/* The tokenizer "char": what a reader calls one character (an extended grapheme
 * cluster) is one piece, and a space is the piece U+2581. */
#include <string.h>

#include "tokenizers/kinds.h"
#include "tokenizers/marks.h"

/* A cluster may hold a space: with a combining mark behind it, or a prepended
 * sign such as U+0600 before it.  The space is still a piece of its own. */
static void add_cluster(const char *at, const char *end, car_pieces *pieces)
{
    while (at < end) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space != NULL ? space : end;
        if (stop > at) {
            car_marks_escape(at, stop - at, pieces);
            car_pieces_close(pieces);
        }
        if (space != NULL)
            car_pieces_add(pieces, CAR_MARK_SPACE, CAR_MARK_LENGTH);
        at = stop + 1;
    }
}

static void apply(car_breaks *breaks, const char *line, ptrdiff_t length, car_pieces *pieces)
{
    car_breaks_start(breaks, line, length);
    ptrdiff_t start = 0;
    for (ptrdiff_t end; (end = car_breaks_next(breaks)) >= 0; start = end)
        add_cluster(line + start, line + end, pieces);
}

static void join(const car_pieces *pieces, car_string *text)
{
    for (ptrdiff_t i = 0; i < pieces->count; i++) {
        const char *piece = car_pieces_view(pieces, i);
        ptrdiff_t length = car_pieces_length(pieces, i);
        if (length == CAR_MARK_LENGTH && car_mark_is(piece, piece + length, CAR_MARK_SPACE))
            car_string_add(text, " ", 1);
        else
            car_marks_undo(piece, length, text);
    }
}

const car_tokenizer_kind car_tokenizer_char = {"char", UBRK_CHARACTER, true, true, apply, join, NULL};
