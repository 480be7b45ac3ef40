/* roof.h - what a processor can do at most: the loops that measure its roof.
 *
 * The two sides of a roofline (Williams, Waterman and Patterson 2009): multiply-adds
 * on numbers that stay in registers, and reading memory in order.  Both use the vectors
 * of the path that products take (product.h) and nothing else of theirs, so that
 * products can be held against them.  The caller holds the stopwatch.
 */
#ifndef CAROUSEL_MATH_ROOF_H
#define CAROUSEL_MATH_ROOF_H

#include <stdint.h>

#include "math/real.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Operations of one round: a multiplication and an addition are two. */
int car_roof_operations(void);

/* So many rounds on this thread, each of x <- x / 2 + 1 for many x; returns their sum. */
car_real car_roof_compute(int64_t rounds);

/* Reads memory [n], aligned to CAR_ALIGNMENT, from its beginning to its end; what
 * is left of n above the last multiple of CAR_ROOF_REALS is not read.  Returns the
 * exclusive or of its words of 64 bits. */
enum { CAR_ROOF_REALS = 128 };
uint64_t car_roof_read(const car_real *memory, ptrdiff_t n);

#ifdef __cplusplus
}
#endif
#endif
