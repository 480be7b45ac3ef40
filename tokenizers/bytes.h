/* bytes.h - bytes as pieces, "<0xE2>" as SentencePiece writes them, and text from bytes
 * that a model put together.  Private to the tokenizer byte and to subwords.h.
 */
#ifndef CAROUSEL_TOKENIZERS_BYTES_H
#define CAROUSEL_TOKENIZERS_BYTES_H

#include <stddef.h>

#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_BYTE_PIECE = 6 }; /* bytes of "<0xE2>" */

void car_byte_piece(unsigned char byte, char piece[CAR_BYTE_PIECE]);

/* The byte that a piece stands for, or -1. */
int car_byte_of(const char *piece, ptrdiff_t length);

/* Adds bytes to text; U+FFFD for those that are not UTF-8, NUL or LF. */
void car_bytes_add_repaired(const char *bytes, ptrdiff_t length, car_string *text);

#ifdef __cplusplus
}
#endif
#endif
