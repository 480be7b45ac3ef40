/* sampling.h - draws a word instead of taking the likeliest.
 *
 *   p(v) proportional to exp(x_v / temperature), over
 *     all words
 *     the top_k likeliest                     (Fan, Lewis and Dauphin 2018)
 *     the likeliest that together have top_p  (Holtzman et al. 2020)
 *
 * With both, top_p is a share of what the top_k have.  Of equally likely words the
 * smaller id comes first.  Used by search.h; where random numbers come from is its
 * business.
 */
#ifndef CAROUSEL_DECODE_SAMPLING_H
#define CAROUSEL_DECODE_SAMPLING_H

#include "math/real.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_sampling {
    double temperature; /* above 0; 1: the model's own probabilities */
    int top_k;          /* 0: all                                    */
    double top_p;       /* above 0; 1: all                           */
} car_sampling;

/* The word that u, uniform in [0, 1), stands for, or -1 if the largest x [n] is not finite.
 * `weight` and `ids` [n] are overwritten. */
int32_t car_sample(const car_sampling *sampling, int n, const car_real *x, double u, car_real *weight, int32_t *ids);

#ifdef __cplusplus
}
#endif
#endif
