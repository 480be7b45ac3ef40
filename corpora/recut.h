/* recut.h - BPE-dropout in training: a sentence is cut into other pieces each time it is
 * drawn (Provilkov, Emelianenko and Voita, "BPE-Dropout: Simple and Effective Subword
 * Regularization", ACL 2020).
 *
 * No text is kept for that: the ids of a sentence tell its words, which are cut anew.
 * A word stays as it is if one of its pieces, or of those it would get, is unknown, or if
 * its end was cut off.  batches.h does it to the minibatches it gives out.
 */
#ifndef CAROUSEL_CORPORA_RECUT_H
#define CAROUSEL_CORPORA_RECUT_H

#include <stdint.h>

#include "base/batch.h"
#include "base/error.h"
#include "corpora/bitext.h"
#include "tokenizers/vocabulary.h"

#ifdef __cplusplus
extern "C" {
#endif

/* {0} is none. */
typedef struct car_bpe_dropout {
    double rate[CAR_SIDES]; /* with which each possible merge is passed over in each round */
    uint64_t seed;
} car_bpe_dropout;

/* What the sides of a sentence pair are drawn by, at one place of one epoch; in epoch 0 it
 * is counted for the vocabulary. */
void car_bpe_dropout_draw(const car_bpe_dropout *dropout, int64_t epoch, uint64_t place, uint64_t draw[CAR_SIDES]);

/* Of one side; for one thread. */
typedef struct car_recutter car_recutter;

/* Borrows the vocabulary, whose tokenizer has merges.  NULL with *e if that cannot be made (65). */
car_recutter *car_recutter_new(const car_vocabulary *vocabulary, car_error *e);
void car_recutter_free(car_recutter *recutter);

/* The sentence in other pieces, and CAR_END if it has that; borrowed until the next call. */
car_sentence car_recutter_apply(car_recutter *recutter, car_sentence sentence, double dropout, uint64_t draw);

#ifdef __cplusplus
}
#endif
#endif
