/* pieces.h - the pieces of one line, in one growing buffer.
 *
 * Tokenizers fill it, the vocabulary turns it into ids and back.  One object
 * serves line after line: emptied, it keeps its memory, so that nothing is
 * allocated once it has seen the longest line.
 *
 * A piece is well-formed UTF-8, not empty, and holds no space, LF or NUL: the
 * pieces of a line can be written with spaces between them and read back.
 */
#ifndef CAROUSEL_TOKENIZERS_PIECES_H
#define CAROUSEL_TOKENIZERS_PIECES_H

#include <stddef.h>

#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* {0} is an empty list. */
typedef struct car_pieces {
    car_string bytes; /* piece after piece, each with a NUL behind it */
    ptrdiff_t *ends;  /* [count] offset behind the NUL of each piece  */
    ptrdiff_t count, capacity;
} car_pieces;

void car_pieces_clear(car_pieces *pieces); /* frees */
void car_pieces_empty(car_pieces *pieces); /* keeps the memory */

/* Piece i, terminated; borrowed until the list changes. */
const char *car_pieces_view(const car_pieces *pieces, ptrdiff_t i);
ptrdiff_t car_pieces_length(const car_pieces *pieces, ptrdiff_t i);

/* Appends a piece. */
void car_pieces_add(car_pieces *pieces, const char *bytes, ptrdiff_t length);

/* The same in steps: lengthen the piece that is being made, then close it. */
void car_pieces_extend(car_pieces *pieces, const char *bytes, ptrdiff_t length);
void car_pieces_close(car_pieces *pieces);

#ifdef __cplusplus
}
#endif
#endif
