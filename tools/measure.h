/* measure.h - what a model or its translations are worth, as numbers: what
 * validation and evaluate have in common.
 */
#ifndef CAROUSEL_TOOLS_MEASURE_H
#define CAROUSEL_TOOLS_MEASURE_H

#include "decode/bleu.h"
#include "decode/chrf.h"
#include "tools/pairs.h"
#include "train/shards.h"

/* Of the reference, word by word, the model being told the words before. */
typedef struct car_reference_scores {
    double cross_entropy; /* nats a word */
    double perplexity;
    double accuracy; /* share of words that the model holds for the likeliest */
} car_reference_scores;

/* `shards` without label smoothing. */
bool car_measure_reference(car_shards *shards, car_pairs *pairs, car_reference_scores *scores, car_error *e);

/* Of translations, against one or more references. */
typedef struct car_text_scores {
    car_bleu_options bleu_options;
    car_chrf_options chrf_options;
    car_bleu_score bleu;
    car_chrf_score chrf;
    double exact;    /* share of lines that equal a reference              */
    double accuracy; /* share of places with the first reference's token   */
} car_text_scores;

/* The options are read, the rest is filled.  False with *e (65) if the numbers of
 * lines differ. */
bool car_measure_texts(const car_line_list *hypotheses, const char *name, const car_line_list *references,
                       const char *const *reference_names, int n_references, car_text_scores *scores, car_error *e);

#endif
