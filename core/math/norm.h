/* norm.h - layer normalisation of rows (Ba, Kiros and Hinton 2016, eqs. 3 and 4).
 *
 *   mean = 1/n sum_j x_j,   inverse = 1 / sqrt(1/n sum_j (x_j - mean)^2 + 1e-5)
 *   hat_j = (x_j - mean) inverse,   y_j += gain_j hat_j
 *
 * The bias of eq. 4 is the caller's: it is what y holds before.
 */
#ifndef CAROUSEL_MATH_NORM_H
#define CAROUSEL_MATH_NORM_H

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

#ifdef __cplusplus
}
#endif
#endif
