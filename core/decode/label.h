/* label.h - what a model that tags or classifies says of sentences (model/seq2seq.h).
 *
 * The results are those of search.h, so that all that shows or scores translations does
 * so with labels: a tagged sentence is one hypothesis of as many labels as it has words,
 * a classified one has a hypothesis of one label for each of the likeliest labels.  No
 * label is CAR_END, CAR_START or, unless that is asked for or all there is, CAR_UNKNOWN.  The end needs
 * no saying: hypotheses are complete, and END has probability 1.
 */
#ifndef CAROUSEL_DECODE_LABEL_H
#define CAROUSEL_DECODE_LABEL_H

#include "decode/search.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Labels inputs[0 .. n-1] on all threads into *results, to be cleared.  Of the options
 * n_best (of what is classified), mini_batch and allow_unknown count; prefixes do not. */
void car_label(car_model *model, const car_search_options *options, const car_search_input *inputs, int n,
               car_search_results *results);

#ifdef __cplusplus
}
#endif
#endif
