/* sentencepiece.h - models of SentencePiece (Kudo and Richardson 2018): text to pieces and
 * back by its library.  For tokenizer.c; the program asks whether it is there.
 *
 * The library is C++ and optional.  Where it is there, sentencepiece.cpp stands behind this
 * header, else sentencepiece_absent.c, which has only the message that says so.
 *
 * The library believes what a model says: a damaged one may crash it.  So models come from
 * the user's own file, or with a hash.
 */
#ifndef CAROUSEL_TOKENIZERS_SENTENCEPIECE_H
#define CAROUSEL_TOKENIZERS_SENTENCEPIECE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "tokenizers/pieces.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_sentencepiece car_sentencepiece;

/* Is the library there? */
bool car_sentencepiece_is_built(void);

/* From the bytes of a .model file.  NULL with *e: 65 if they are none, 78 without the library. */
car_sentencepiece *car_sentencepiece_new(const char *model, ptrdiff_t length, car_error *e);
void car_sentencepiece_free(car_sentencepiece *model);

/* Adds the pieces of well-formed text.  65 if the library fails. */
bool car_sentencepiece_apply(const car_sentencepiece *model, const char *line, ptrdiff_t length, car_pieces *pieces,
                             car_error *e);

/* Adds the text of any pieces; one line of well-formed UTF-8.  May be called by several
 * threads at once. */
void car_sentencepiece_join(const car_sentencepiece *model, const car_pieces *pieces, car_string *text);

#ifdef __cplusplus
}
#endif
#endif
