/* search.h - the likeliest translations by a model: beam search over many sentences at once.
 *
 *   log p(y) = sum_t log p(y_t | y_1 .. y_{t-1}, x),   END being the last word
 *   score(y) = log p(y) / length(y)^normalize
 *
 * At every step a sentence has at most `beam` hypotheses less those that have
 * ended; all ways to go on with one more word are ranked by log p, the best of
 * them are kept, and those whose word is END have ended.  Endings are ranked by
 * score.  A sentence is done when no hypothesis is left, or when no live one can
 * still get among its n_best: log p only falls with every word, so its score
 * cannot pass log p / longest^normalize.  A beam of 1 takes the likeliest word
 * at every step: greedy search is not a case of its own.
 *
 * Rows of the decoder are the live hypotheses of all sentences of a minibatch;
 * what has ended leaves at once.  Every row's arithmetic is its own, so neither
 * the minibatch nor the threads change a bit of any result.
 *
 * CAR_START is never produced, CAR_UNKNOWN only if asked for; probabilities
 * are those of the model all the same, nothing is shared out among the others.
 * Text is none of its business: ids in, ids out.
 */
#ifndef CAROUSEL_DECODE_SEARCH_H
#define CAROUSEL_DECODE_SEARCH_H

#include "model/seq2seq.h"

#ifdef __cplusplus
extern "C" {
#endif

/* However short the source, so many words may be written for it. */
enum { CAR_SEARCH_LEAST_LENGTH = 10 };

typedef struct car_search_options {
    int beam;                 /* hypotheses of a sentence, >= 1                        */
    double normalize;         /* exponent of the length, >= 0; END counts              */
    double max_length_factor; /* words for a source word, END counting in both, > 0    */
    int max_length;           /* never more words than that, END counting; 0: no limit */
    int n_best;               /* hypotheses wanted of a sentence, 1 .. beam            */
    int mini_batch;           /* sentences searched side by side, >= 1                 */
    bool allow_unknown;       /* may CAR_UNKNOWN be produced?                          */
    bool keep_alignment;      /* note where each word looked                           */
} car_search_options;

/* Beam 6, normalize 0.6, 3 words a word, 1 hypothesis, minibatches of 64. */
car_search_options car_search_defaults(void);

typedef struct car_hypothesis {
    int length;             /* words, END not counted                              */
    const int32_t *ids;     /* [length]                                            */
    const int32_t *place;   /* [length] the source position, that of END included,
                             * with the largest attention weight when the word was
                             * chosen; NULL if not asked for or without attention  */
    double log_probability; /* END included, nats                                  */
    double score;           /* log_probability over length^normalize               */
    bool complete;          /* did it end with END, or was it cut?                 */
} car_hypothesis;

/* All hypotheses differ; the best score first, of equals the one that ended first. */
typedef struct car_translation {
    int n;                      /* 1 .. n_best; fewer than n_best when fewer ended */
    car_hypothesis *hypothesis; /* [n] */
    int32_t *words;             /* where ids and places are */
} car_translation;

typedef struct car_search_results {
    int n;
    car_translation *translation; /* [n], in the order of the sources */
} car_search_results;

/* Translates sources[0 .. n-1] on all threads into *results, to be cleared. */
void car_search(const car_model *model, const car_search_options *options, const car_sentence *sources, int n,
                car_search_results *results);
void car_search_results_clear(car_search_results *results);

#ifdef __cplusplus
}
#endif
#endif
