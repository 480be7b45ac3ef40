/* marks.h - visible marks for what pieces cannot hold, and the way out when the
 * text itself has such a mark.  Private to the tokenizers char and word, which
 * share one scheme:
 *
 *   U+2581 alone     one space
 *   U+FFED at an end of a piece: no space on this side (word only)
 *   U+241B           the next character is text, not a mark
 *
 * A mark in the text is written with U+241B before it: U+241B U+2581 is a
 * literal U+2581, U+241B U+241B a literal U+241B.
 *
 * The space mark is that of SentencePiece (Kudo and Richardson 2018), the joiner
 * that of OpenNMT (Klein et al. 2017).
 */
#ifndef CAROUSEL_TOKENIZERS_MARKS_H
#define CAROUSEL_TOKENIZERS_MARKS_H

#include <stdbool.h>
#include <stddef.h>

#include "tokenizers/pieces.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CAR_MARK_SPACE "\xe2\x96\x81"
#define CAR_MARK_JOIN "\xef\xbf\xad"
#define CAR_MARK_LITERAL "\xe2\x90\x9b"
enum { CAR_MARK_LENGTH = 3 };

bool car_mark_is(const char *at, const char *end, const char *mark);

/* Lengthens the piece that is being made by text, with its marks escaped. */
void car_marks_escape(const char *text, ptrdiff_t length, car_pieces *pieces);

/* Adds to *text what car_marks_escape was given. */
void car_marks_undo(const char *piece, ptrdiff_t length, car_string *text);

#ifdef __cplusplus
}
#endif
#endif
