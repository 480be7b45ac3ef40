/* base64.h - bytes as lines of letters (RFC 4648) and back: how a vocabulary, which is text,
 * keeps a model of SentencePiece.
 */
#ifndef CAROUSEL_TOKENIZERS_BASE64_H
#define CAROUSEL_TOKENIZERS_BASE64_H

#include <stdbool.h>

#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds lines of at most 76 characters, each with its LF. */
void car_base64_encode(const char *bytes, ptrdiff_t length, car_string *text);

/* Adds the bytes; false if the text is nothing that car_base64_encode writes. */
bool car_base64_decode(const char *text, car_string *bytes);

#ifdef __cplusplus
}
#endif
#endif
