/* lexicon.h - which words translate which, learnt from parallel text.
 *
 * IBM Model 1 (Brown et al. 1993): every word of a target was written for one word of its
 * source, or for none,
 *
 *   p(target | source) ~ product over t of sum over s of p(t | s),   s = none, s_1, ..., s_m
 *
 * and the p(t | s) that make the text likeliest are found by expectation maximisation, from
 * equal ones.  The text is gone through in its order by one thread: the same text gives the
 * same numbers.
 *
 * Memory: 4 bytes for each word of the text, 20 for each pair of words that stand in a pair
 * of sentences.
 */
#ifndef CAROUSEL_CORPORA_LEXICON_H
#define CAROUSEL_CORPORA_LEXICON_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_lexicon car_lexicon;

car_lexicon *car_lexicon_new(int source_words, int target_words);
void car_lexicon_free(car_lexicon *lexicon);

/* A pair of sentences, which are copied; before _learn. */
void car_lexicon_add(car_lexicon *lexicon, const int32_t *source, int n_source, const int32_t *target, int n_target);

/* So many rounds of expectation and maximisation; once. */
void car_lexicon_learn(car_lexicon *lexicon, int rounds);

typedef struct car_likely {
    int32_t word; /* of the target           */
    double p;     /* p(word | source word)   */
} car_likely;

/* The likeliest of the words that stood with source word s into best [most], by falling p and
 * then by rising word; returns how many. */
int car_lexicon_best(const car_lexicon *lexicon, int32_t s, int most, car_likely *best);

#ifdef __cplusplus
}
#endif
#endif
