/* bleu_tokens.h - the tokenisations that BLEU is defined on.
 *
 * They belong to the measure, not to the model: a BLEU score says which one it
 * was counted under, and all who report that one cut text in the same way.
 */
#ifndef CAROUSEL_DECODE_BLEU_TOKENS_H
#define CAROUSEL_DECODE_BLEU_TOKENS_H

#include "base/error.h"
#include "decode/metrics_symbols.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_bleu_tokenizer {
    CAR_BLEU_TOK_13A,  /* the rules of the NIST script mteval-v13a                 */
    CAR_BLEU_TOK_INTL, /* those of mteval-v14 --international: Unicode punctuation */
    CAR_BLEU_TOK_CHAR, /* every character a token                                  */
    CAR_BLEU_TOK_ZH,   /* every Chinese character a token, the rest as 13a         */
    CAR_BLEU_TOK_NONE  /* what white space parts                                   */
} car_bleu_tokenizer;

/* The name a signature gives it: "13a", "intl", "char", "zh", "none". */
const char *car_bleu_tokenizer_name(car_bleu_tokenizer tokenizer);

/* The tokenizer of that name; 2 with the list of names otherwise. */
bool car_bleu_tokenizer_named(const char *name, car_bleu_tokenizer *tokenizer, car_error *e);

/* Puts white space between the tokens of a segment (in code points).  `spare`
 * lends memory. */
void car_bleu_tokenize(car_bleu_tokenizer tokenizer, car_symbols *segment, car_symbols *spare);

#ifdef __cplusplus
}
#endif
#endif
