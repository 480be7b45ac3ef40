/* batch.h - sentence pairs as the model sees them, and where they come from.
 *
 * The trainer takes minibatches from a car_batch_source; corpora/ implements
 * one over parallel text.  Neither knows the other.
 */
#ifndef CAROUSEL_BASE_BATCH_H
#define CAROUSEL_BASE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Token ids that mean the same in every vocabulary. */
enum { CAR_END = 0, CAR_UNKNOWN = 1, CAR_START = 2, CAR_SPECIALS = 3 };

/* One side of one pair: ids, the last of them CAR_END unless the text goes on in the next
 * minibatch, so length >= 1; or, where the model reads or writes numbers, so many of them
 * at each of its steps. */
typedef struct car_sentence {
    union {
        const int32_t *ids;   /* [length]          */
        const float *numbers; /* [length, numbers] */
    };
    int length;
} car_sentence;

/* A minibatch of pairs.  All memory is borrowed from the source and valid until
 * the next call to it. */
typedef struct car_batch {
    int rows;                   /* pairs                                   */
    const car_sentence *source; /* [rows]                                  */
    const car_sentence *target; /* [rows]                                  */
    const int64_t *line;        /* [rows] number of the pair, from 1; NULL: not of lines */
    const int32_t *before;      /* [rows] the word before each target; NULL: CAR_START   */
    bool follows;               /* row i goes on where row i of the minibatch before ended; there were
                                 * no fewer rows then */
} car_batch;

/* Where minibatches come from.  What an epoch holds, and in which order, is a
 * pure function of the source's seed and the number of the epoch. */
typedef struct car_batch_source {
    void *self;
    /* Begin epoch `epoch` (from 1) and skip its first `skip` minibatches. */
    bool (*start)(void *self, int64_t epoch, int64_t skip, car_error *e);
    /* 1 with *batch filled, 0 at the end of the epoch, -1 with *e. */
    int (*next)(void *self, car_batch *batch, car_error *e);
    /* Updates one epoch takes, for the time left; 0 if not known. */
    int64_t (*batches_per_epoch)(void *self);
} car_batch_source;

#ifdef __cplusplus
}
#endif
#endif
