/* random.h - random numbers as a function of where they are used.
 *
 * Used by everything that draws: initial weights, dropout, the order of an
 * epoch.  There is no generator that moves on: a number is a pure function of a
 * stream (a seed and a name), of `high` (say, the update) and of an index (say,
 * the position in a tensor).  So nothing has to be saved to resume, and no
 * result depends on threads or on the order of the calls.
 *
 * The bits are Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel Random
 * Numbers: As Easy as 1, 2, 3", SC 2011): a keyed bijection of 128-bit
 * counters.  Numbers of different kinds at one place are made of the same bits;
 * give each use its own stream or its own `high`.  Not for secrets.
 */
#ifndef CAROUSEL_MATH_RANDOM_H
#define CAROUSEL_MATH_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "carousel/cell.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_stream {
    uint64_t key;
} car_stream;

/* Streams of different seeds or different names have nothing in common. */
car_stream car_stream_named(uint64_t seed, const char *name);

/* The 128 bits at counter (high, low). */
void car_random_block(car_stream stream, uint64_t high, uint64_t low, uint32_t out[4]);

/* Uniform in [0, 1): a multiple of 2^-53. */
double car_random_uniform(car_stream stream, uint64_t high, uint64_t index);

/* Uniform in 0 .. n-1, each exactly as likely as the others; n >= 1. */
uint64_t car_random_below(car_stream stream, uint64_t high, uint64_t index, uint64_t n);

/* Mean 0, variance 1. */
double car_random_normal(car_stream stream, uint64_t high, uint64_t index);

/* Puts `values` [n] into a random order, each of the n! as likely. */
void car_random_shuffle(car_stream stream, uint64_t high, int32_t *values, ptrdiff_t n);

/* Inverted dropout (Srivastava et al., 2014): mask[i] is 0 with probability
 * `rate`, else 1 / (1 - rate), for i = 0 .. n-1.  mask[i] depends on stream, high
 * and first + i alone, so a range may be made in any number of pieces.
 *
 * rate is in [0, 1) and is rounded to a multiple of 1/65536 first (at most
 * 65535/65536): an element costs 16 bits.  The rounded rate is used for both
 * values, so that the mean of the mask stays 1.
 *
 * Elements are made 128 at a time (those with the same (first + i) / 128), so a
 * whole panel in one call is faster than many short rows. */
void car_dropout_mask(car_stream stream, uint64_t high, uint64_t first, ptrdiff_t n, double rate, car_real *mask);

#ifdef __cplusplus
}
#endif
#endif
