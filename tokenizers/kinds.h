/* kinds.h - what a kind of tokenizer supplies to tokenizer.c.  Private; a new
 * kind is one .c file and one line in the table of tokenizer.c.
 */
#ifndef CAROUSEL_TOKENIZERS_KINDS_H
#define CAROUSEL_TOKENIZERS_KINDS_H

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "tokenizers/breaks.h"
#include "tokenizers/pieces.h"

typedef struct car_tokenizer_kind {
    const char *name;
    UBreakIteratorType boundaries; /* read only if `needs_breaks` */
    bool needs_breaks;
    bool has_letters; /* do its pieces show the text, so that case can be marked? */
    /* Adds the pieces of a normalised line; `breaks` is NULL if none are needed. */
    void (*apply)(car_breaks *breaks, const char *line, ptrdiff_t length, car_pieces *pieces);
    /* Adds the text of the pieces. */
    void (*join)(const car_pieces *pieces, car_string *text);
    /* Adds what of a normalised line comes back; NULL: all of it. */
    void (*add_kept)(const char *line, ptrdiff_t length, car_string *text);
} car_tokenizer_kind;

extern const car_tokenizer_kind car_tokenizer_space; /* space.c     */
extern const car_tokenizer_kind car_tokenizer_byte;  /* bytes.c     */
extern const car_tokenizer_kind car_tokenizer_char;  /* graphemes.c */
extern const car_tokenizer_kind car_tokenizer_word;  /* words.c     */

#endif
