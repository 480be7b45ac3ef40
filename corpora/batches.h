/* batches.h - a corpus cut into minibatches: the car_batch_source of training and
 * validation.
 *
 * An epoch is made so, from the seed and its number alone:
 *
 *   1. the blocks of the corpus in a random order, and of these as many at a time as
 *      may be held in memory: one filling;
 *   2. all pairs of the filling in a random order, each as often as the weight of its
 *      set says: of a weight w floor(w) times, and once more with probability
 *      w - floor(w), which is drawn anew for each pair and epoch;
 *   3. in windows of maxi_batch * mini_batch pairs, sorted by length, so that the
 *      sentences of a minibatch are about equally long;
 *   4. each window cut into minibatches;
 *   5. the minibatches of the filling in a random order.
 *
 * A corpus that is in memory whole is one block and one filling; the order of a larger
 * one is as random except that what is far apart in the text and in no filling together
 * is in no minibatch together.
 *
 * Sorted is by target length, pairs of equal target by source length: a step of the
 * decoder (attention, and a product with the whole vocabulary) costs several times
 * one of the encoder, so padding is dearest there.
 *
 * With dropout each pair is cut into other pieces (recut.h) when it is given out, by its
 * place in the epoch.  Its lengths for 3 and 4 are those without.
 *
 * What is drawn does not depend on what was drawn before: to resume is to start(epoch, skip), which reads
 * the fillings in front of that place again.
 */
#ifndef CAROUSEL_CORPORA_BATCHES_H
#define CAROUSEL_CORPORA_BATCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/batch.h"
#include "base/error.h"
#include "corpora/corpus.h"
#include "corpora/recut.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_batches_options {
    int mini_batch;       /* pairs of a minibatch, at least 1                        */
    int mini_batch_words; /* if not 0: no more target ids, CAR_END included, and as
                             many pairs as that allows; one pair may be over it      */
    int maxi_batch;       /* minibatches of mini_batch pairs in a window, at least 1 */
    uint64_t seed;
    bool sequential;       /* every epoch the same: each filling is one window, the shortest
                              first, and there are no weights; for validation             */
    int64_t memory;        /* bytes of blocks in a filling, one block at least; 0: all */
    const double *weights; /* [n_weights] of the sets, borrowed; of those behind: 1    */
    int n_weights;
    car_recutter *recutter[CAR_SIDES]; /* for sides with dropout, borrowed             */
    double dropout[CAR_SIDES];         /* 0: none                                      */
} car_batches_options;

typedef struct car_batches car_batches;

/* Borrows the corpus, which nobody else makes hold other blocks. */
car_batches *car_batches_new(car_corpus *corpus, const car_batches_options *options);
void car_batches_free(car_batches *batches);

/* The interface to it, valid as long as it lives.  start refuses (65) to skip more
 * minibatches than the epoch has: the corpus is then not the one of the saved
 * position; and an epoch to which the weights leave no pair.  Both fail (74) if blocks
 * cannot be read.  batches_per_epoch is that of the epoch last started, or of the first;
 * with several fillings an estimate from one of them. */
car_batch_source car_batches_source(car_batches *batches);

#ifdef __cplusplus
}
#endif
#endif
