/* token_rules.h - what the tokenisations of scores are written in.
 *
 * The common ground of bleu_tokens.c and ter_tokens.c, not for use outside.  A
 * tokenisation is a list of rules, applied one after the other to the whole
 * segment (in code points).  A rule looks, from left to right and without overlap,
 * for a symbol or for two neighbours of given kinds, and puts spaces around or
 * between.
 */
#ifndef CAROUSEL_DECODE_TOKEN_RULES_H
#define CAROUSEL_DECODE_TOKEN_RULES_H

#include "decode/metrics_symbols.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_SPACE_BEFORE = 1, CAR_SPACE_BETWEEN = 2, CAR_SPACE_AFTER = 4 };

typedef struct car_token_rule {
    bool (*first)(int32_t c);
    bool (*second)(int32_t c); /* NULL: the rule is about one symbol */
    int spaces;
} car_token_rule;

/* `spare` lends memory, here and below. */
void car_token_rules_apply(const car_token_rule *rules, size_t n_rules, car_symbols *segment, car_symbols *spare);

/* Spaces around ASCII marks but for ' , - . and, but in numbers, around stops
 * and commas; around a hyphen after a digit.  In two parts, for TER has a rule in
 * between: the marks, then the rest. */
void car_token_rules_marks(car_symbols *segment, car_symbols *spare);
void car_token_rules_stops(car_symbols *segment, car_symbols *spare);

/* Replaces every `from` by `to`, which is no longer. */
void car_token_replace(car_symbols *segment, const char *from, const char *to);

/* &quot; &amp; &lt; &gt;, in this order, so that "&amp;lt;" is "<" in the end. */
void car_token_unescape(car_symbols *segment);

void car_token_strip_start(car_symbols *segment); /* white space */
void car_token_strip_end(car_symbols *segment);

/* A space at either end, so that a rule about two finds a neighbour there. */
void car_token_pad(car_symbols *segment);

#ifdef __cplusplus
}
#endif
#endif
