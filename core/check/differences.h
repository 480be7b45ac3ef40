/* differences.h - gradients against central differences of fourth order,
 *
 *   f'(x) = (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12h + O(h^4).
 *
 * With 64-bit reals and h = 2e-4 both truncation and rounding stay near 1e-11, where the
 * formula with two points cannot get below 1e-9.
 */
#ifndef CAROUSEL_CHECK_DIFFERENCES_H
#define CAROUSEL_CHECK_DIFFERENCES_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_MOST_LOSSES = 24 };

/* The losses when one number is moved by so much. */
typedef void (*car_moved)(void *context, double by, double *losses);

/* Is the analytic value what the numeric one says? */
bool car_gradients_agree(double analytic, double numeric);

/* The slopes of n <= CAR_MOST_LOSSES losses.  Where they do not agree with the analytic
 * ones they are taken again with shorter steps: a kink between x - 2h and x + 2h gives
 * others then.  False if they do not settle down, which says nothing about the analytic
 * ones. */
bool car_differentiate(car_moved function, void *context, int n, const double *analytic, double *numeric);

#ifdef __cplusplus
}
#endif
#endif
