/* norm.h - normalisation of a panel: of every row (layer normalisation; Ba, Kiros and
 * Hinton 2016, eqs. 3 and 4) or of every column (batch normalisation; Ioffe and Szegedy
 * 2015, algorithm 1).
 *
 *   mean = 1/n sum_i x_i,   variance = 1/n sum_i (x_i - mean)^2,   inverse = 1 / sqrt(variance + 1e-5)
 *   hat_i = (x_i - mean) inverse,   y_i += gain hat_i
 *
 * with the n numbers x_i of a row or of a column.  The shift is the caller's: it is what y
 * holds before.
 */
#ifndef CAROUSEL_MATH_NORM_H
#define CAROUSEL_MATH_NORM_H

#include <stdbool.h>

#include "math/real.h"

#ifdef __cplusplus
extern "C" {
#endif

/* x [rows, width] becomes hat; `inverse` [rows, 1] is kept for backward. */
void car_norm_rows(int rows, int width, car_panel x, const car_real *gain, car_panel inverse, car_panel y);

/* From d_y [rows, width] and what forward left.  With e = gain d_y, all of a row:
 *
 *   d_x = inverse (e - mean(e) - hat mean(e hat)),   d_gain = sum over rows of d_y hat
 *
 * d_x is written; hat becomes the summands d_y hat of d_gain. */
void car_norm_back_rows(int rows, int width, car_panel d_y, const car_real *gain, car_panel hat, car_panel inverse,
                        car_panel d_x);

/* mean and variance [width] of the columns of x [rows, width]. */
void car_norm_measure(int rows, int width, car_panel x, car_real *mean, car_real *variance);

/* x [rows, width] becomes hat, by that mean and variance or by others; `inverse` [width] is kept
 * for backward. */
void car_norm_columns(int rows, int width, car_panel x, const car_real *mean, const car_real *variance,
                      const car_real *gain, car_real *inverse, car_panel y);

/* From d_y [rows, width] and what forward left.  If mean and variance were `measured` on x itself,
 * with means over the column,
 *
 *   d_x = gain inverse (d_y - mean(d_y) - hat mean(d_y hat)),   d_gain = sum over rows of d_y hat
 *
 * otherwise d_x = gain inverse d_y.  d_x is written; hat becomes the summands d_y hat of d_gain. */
void car_norm_back_columns(int rows, int width, car_panel d_y, const car_real *gain, const car_real *inverse,
                           bool measured, car_panel hat, car_panel d_x);

#ifdef __cplusplus
}
#endif
#endif
