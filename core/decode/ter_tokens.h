/* ter_tokens.h - the tokenisation that translation edit rate is defined on: that of
 * its first program, Tercom.
 */
#ifndef CAROUSEL_DECODE_TER_TOKENS_H
#define CAROUSEL_DECODE_TER_TOKENS_H

#include "decode/metrics_symbols.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_ter_options {
    bool normalized;     /* part marks from words, turn &amp; and the like into characters   */
    bool no_punctuation; /* take out . , ? : ; ! " ( )                                        */
    bool asian;          /* for these two: Chinese characters are words, and East Asian
                          * marks are marks too                                               */
    bool case_sensitive; /* do not lower-case both sides                                      */
} car_ter_options;

/* Reads a line and puts white space between its tokens.  `spare` lends memory. */
void car_ter_tokenize(const car_ter_options *options, const char *line, car_symbols *segment, car_symbols *spare);

#ifdef __cplusplus
}
#endif
#endif
