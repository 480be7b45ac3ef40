/* search.h - translations by a model or an ensemble: beam search and sampling, many
 * sentences at once.
 *
 *   log p(y) = sum_t log p(y_t | y_1 .. y_{t-1}, x),   END being the last word
 *   score(y) = log p(y) / length(y)^normalize + coverage(x, y)
 *   coverage(x, y) = coverage_penalty * sum_i log min(1, sum_t a_{t,i})
 *
 * (Wu et al. 2016, eq. 14; a_{t,i} is the attention of word t on word i of the source,
 * whose END does not count.)
 *
 * Beam search: at every step a sentence has at most `beam` hypotheses less those that
 * have ended; all ways to go on with one more word are ranked by log p, the best of
 * them are kept, and those whose word is END have ended.  Endings are ranked by
 * score.  A sentence is done when no hypothesis is left, or when no live one can
 * still get among its n_best: log p only falls with every word, so its score
 * cannot pass log p / longest^normalize.  A beam of 1 takes the likeliest word
 * at every step: greedy search is not a case of its own.
 *
 * Sampling: a sentence has `beam` hypotheses, which draw one word each at every step
 * and know nothing of each other.  The random number is a function of the seed, the
 * number of the sentence, of the hypothesis and of the step.
 *
 * Rows of the decoder are the live hypotheses of all sentences of a minibatch;
 * what has ended leaves at once.  Every row's arithmetic is its own, so neither
 * the minibatch nor the threads change a bit of any result.
 *
 * With a shortlist a sentence has only the words of its list, and those of its prefix.
 *
 * CAR_START is never produced, CAR_UNKNOWN only if asked for; probabilities
 * are those of the model (of the list) all the same, nothing is shared out among the others.
 * Text is none of its business: ids in, ids out.
 */
#ifndef CAROUSEL_DECODE_SEARCH_H
#define CAROUSEL_DECODE_SEARCH_H

#include "decode/predictor.h"
#include "decode/sampling.h"

#ifdef __cplusplus
extern "C" {
#endif

/* However short the source, so many words may be written for it, also behind a prefix that
 * is longer than what the source allows. */
enum { CAR_SEARCH_LEAST_LENGTH = 10 };

typedef struct car_search_options {
    int beam;                 /* hypotheses of a sentence, >= 1                        */
    double normalize;         /* exponent of the length, >= 0; END counts              */
    double coverage_penalty;  /* >= 0; without attention it must be 0                  */
    double max_length_factor; /* words for a source word, END counting in both, > 0    */
    int max_length;           /* never more words than that, END counting; 0: no limit */
    int min_length;           /* words before END may come                             */
    int no_repeat_ngram;      /* so many words that stood together do not so again; 0: they may */
    int n_best;               /* hypotheses wanted of a sentence, 1 .. beam            */
    int mini_batch;           /* sentences searched side by side, >= 1                 */
    bool allow_unknown;       /* may CAR_UNKNOWN be produced?                          */
    bool keep_attention;      /* tell where each word looked                           */
    bool through_ends;        /* END is a word like others: a text ends when it is long enough */
    bool sample;              /* draw words, as told below                             */
    car_sampling sampling;
    uint64_t seed;
    const car_shortlist *shortlist; /* borrowed; NULL: all words may be produced */
} car_search_options;

/* Beam 6, normalize 0.6, 3 words a word, 1 hypothesis, minibatches of 64; of all words at
 * temperature 1 from seed 1, if it samples. */
car_search_options car_search_defaults(void);

/* A sentence to translate. */
typedef struct car_search_input {
    car_sentence source;
    const int32_t *prefix; /* [n_prefix] words that the translation begins with, END not among
                            * them; no rule holds for them, and one more word always fits   */
    int n_prefix;
    int64_t number; /* what is drawn for it depends on that */
    int longest;    /* if not 0: most words, END and the prefix counting, whatever the options say */
} car_search_input;

typedef struct car_hypothesis {
    int length;                      /* words, END not counted                           */
    bool complete;                   /* did it end with END, or was it cut?              */
    const int32_t *ids;              /* [length]                                         */
    const double *log_probabilities; /* [outputs]: of the words and, if complete, of END;
                                      * outputs = length + complete                      */
    const car_real *attention;       /* [outputs, source length], END counting in both;
                                      * NULL if not asked for or without attention       */
    double log_probability;          /* the sum, nats                                    */
    double score;
} car_hypothesis;

/* All hypotheses differ, unless they are drawn; the best score first, of equals the one
 * that ended first. */
typedef struct car_translation {
    int n;                      /* 1 .. n_best; fewer than n_best when fewer ended */
    car_hypothesis *hypothesis; /* [n] */
    int32_t *ids;               /* where these of all hypotheses are */
    double *log_probabilities;
    car_real *attention;
} car_translation;

typedef struct car_search_results {
    int n;
    car_translation *translation; /* [n], in the order of the inputs */
} car_search_results;

/* Translates inputs[0 .. n-1] on all threads into *results, to be cleared. */
void car_search(const car_ensemble *ensemble, const car_search_options *options, const car_search_input *inputs, int n,
                car_search_results *results);
void car_search_results_clear(car_search_results *results);

#ifdef __cplusplus
}
#endif
#endif
