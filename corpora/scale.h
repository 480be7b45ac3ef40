/* scale.h - numbers as models see them: (x - mean) / deviation, both of the training data.
 *
 * Of the columns of tables and of the places of vectors.  Numbers that are missing are NaN,
 * and stay so.
 */
#ifndef CAROUSEL_CORPORA_SCALE_H
#define CAROUSEL_CORPORA_SCALE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The deviation of n numbers whose squared differences from the mean add up to `squares`; 1 if
 * they do not change. */
double car_scale_deviation(double squares, int64_t n, double mean);

/* Could a model have been trained with these? */
bool car_scale_is_valid(double mean, double deviation);

/* False for a number so far from the mean that 32 bits cannot hold it scaled. */
bool car_scale_apply(double number, double mean, double deviation, float *scaled);

#ifdef __cplusplus
}
#endif
#endif
