/* batches.h - a corpus cut into minibatches: the car_batch_source of training and
 * validation.
 *
 * An epoch is made so, from the seed and its number alone:
 *
 *   1. all pairs in a random order;
 *   2. in windows of maxi_batch * mini_batch pairs, sorted by length, so that the
 *      sentences of a minibatch are about equally long;
 *   3. each window cut into minibatches;
 *   4. the minibatches of the epoch in a random order.
 *
 * Sorted is by target length, pairs of equal target by source length: a step of the
 * decoder (attention, and a product with the whole vocabulary) costs several times
 * one of the encoder, so padding is dearest there.
 *
 * Nothing is drawn while an epoch runs: to resume is to start(epoch, skip).
 */
#ifndef CAROUSEL_CORPORA_BATCHES_H
#define CAROUSEL_CORPORA_BATCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/batch.h"
#include "base/error.h"
#include "corpora/corpus.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_batches_options {
    int mini_batch;       /* pairs of a minibatch, at least 1                        */
    int mini_batch_words; /* if not 0: no more target ids, CAR_END included, and as
                             many pairs as that allows; one pair may be over it      */
    int maxi_batch;       /* minibatches of mini_batch pairs in a window, at least 1 */
    uint64_t seed;
    bool sequential; /* every epoch the same: the whole corpus is one window, the
                        shortest first; for validation and translation      */
} car_batches_options;

typedef struct car_batches car_batches;

/* Borrows the corpus, which has less than 2^31 pairs (else NULL with *e, 65). */
car_batches *car_batches_new(const car_corpus *corpus, const car_batches_options *options, car_error *e);
void car_batches_free(car_batches *batches);

/* The interface to it, valid as long as it lives.  start refuses (65) to skip more
 * minibatches than the epoch has: the corpus is then not the one of the saved
 * position.  batches_per_epoch is that of the epoch last started, or of the first. */
car_batch_source car_batches_source(car_batches *batches);

#ifdef __cplusplus
}
#endif
#endif
