/* measure.h - what a model makes of the reference translations, as numbers: for
 * validation and evaluate.  Scores of its own translations are in scores.h.
 */
#ifndef CAROUSEL_TOOLS_MEASURE_H
#define CAROUSEL_TOOLS_MEASURE_H

#include "tools/pairs.h"
#include "train/shards.h"

/* Of the reference, word by word, the model being told the words before. */
typedef struct car_reference_scores {
    double cross_entropy; /* nats a word */
    double perplexity;
    double accuracy; /* share of words that the model holds for the likeliest */
} car_reference_scores;

/* Of a guess that knows nothing of the words before: the frequencies of the `words` kinds of
 * pieces in this very text. */
bool car_measure_unigram(car_pairs *pairs, int words, car_reference_scores *scores, car_error *e);

/* `shards` without label smoothing. */
bool car_measure_reference(car_shards *shards, car_pairs *pairs, car_reference_scores *scores, car_error *e);

#endif
