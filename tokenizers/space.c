/* The tokenizer "space": for text that was tokenized before it came here. */
#include <string.h>

#include "tokenizers/kinds.h"

static void apply(car_breaks *breaks, const char *line, ptrdiff_t length, car_pieces *pieces)
{
    (void)breaks;
    const char *end = line + length;
    for (const char *at = line; at < end;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space != NULL ? space : end;
        if (stop > at)
            car_pieces_add(pieces, at, stop - at);
        at = stop + 1;
    }
}

static void join(const car_pieces *pieces, car_string *text)
{
    for (ptrdiff_t i = 0; i < pieces->count; i++) {
        if (i > 0)
            car_string_add(text, " ", 1);
        car_string_add(text, car_pieces_view(pieces, i), car_pieces_length(pieces, i));
    }
}

/* One space between pieces, none at the ends. */
static void add_kept(const char *line, ptrdiff_t length, car_string *text)
{
    while (length > 0 && line[length - 1] == ' ')
        length--;
    char before = ' ';
    for (ptrdiff_t i = 0; i < length; before = line[i++])
        car_string_add(text, line + i, line[i] != ' ' || before != ' ');
}

const car_tokenizer_kind car_tokenizer_space = {"space", UBRK_CHARACTER, false, true, apply, join, add_kept};
