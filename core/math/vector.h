/* vector.h - sums, products and squashing of rows, and the softmax loss of a row.
 *
 * Everything that adds up does so in a fixed order which does not depend on the
 * processor's vector width: 16 partial sums (8 in the 64-bit build), then those
 * pairwise.
 */
#ifndef CAROUSEL_MATH_VECTOR_H
#define CAROUSEL_MATH_VECTOR_H

#include "math/real.h"

#ifdef __cplusplus
extern "C" {
#endif

/* a . b */
car_real car_dot(int n, const car_real *a, const car_real *b);

/* The sum and the largest of n >= 1 numbers. */
car_real car_sum(int n, const car_real *a);
car_real car_largest(int n, const car_real *a);

/* y += factor * x;   y += x;   y *= x;   y = 0 */
void car_add_scaled(int n, car_real factor, const car_real *x, car_real *y);
void car_add(int n, const car_real *x, car_real *y);
void car_multiply(int n, const car_real *x, car_real *y);
void car_scale(int n, car_real factor, car_real *y);
void car_zero(int n, car_real *y);
void car_copy(int n, const car_real *x, car_real *y);

/* y = tanh(y), and d *= 1 - y^2, its derivative from the value. */
void car_tanh_row(int n, car_real *y);
void car_tanh_back_row(int n, const car_real *y, car_real *d);

/* v . tanh(q + k), the score of additive attention; and its gradients:
 * d_sum[j] = d v[j] (1 - tanh^2(q[j] + k[j])), d_v[j] += d tanh(q[j] + k[j]). */
car_real car_additive_score(int n, const car_real *v, const car_real *q, const car_real *k);
void car_additive_score_back(int n, car_real d, const car_real *v, const car_real *q, const car_real *k,
                             car_real *d_sum, car_real *d_v);

/* x = softmax(x), n >= 1. */
void car_softmax(int n, car_real *x);

/* Softmax cross-entropy with label smoothing (Szegedy et al. 2016) of one row
 * of logits x [n] against `label`, the smoothing spread over all n words:
 *
 *   loss = log sum_v exp(x_v) - (1 - s) x_label - s / n sum_v x_v
 *   d loss / d x_v = softmax(x)_v - (1 - s) [v = label] - s / n
 */
typedef struct car_row_loss {
    double loss;          /* the smoothed one, which is trained on       */
    double cross_entropy; /* -log p(label), in nats                      */
    int correct;          /* 1 if the label's logit is the largest       */
} car_row_loss;

/* Replaces x by scale times the gradient. */
car_row_loss car_softmax_loss(int n, car_real *x, int label, double smoothing, car_real scale);

/* Mean squared error of numbers x [n], |x - wanted|^2 / n, which is both losses; none is
 * correct.  Replaces x by scale times the gradient. */
car_row_loss car_squared_loss(int n, car_real *x, const car_real *wanted, car_real scale);

/* The rows of a panel. */
void car_panel_zero(car_panel y, int rows, int width);
void car_panel_copy(car_panel x, car_panel y, int rows, int width);
void car_panel_add(car_panel x, car_panel y, int rows, int width);          /* y += x      */
void car_panel_multiply(car_panel x, car_panel y, int rows, int width);     /* y *= x      */
void car_panel_fill(const car_real *row, car_panel y, int rows, int width); /* y[b] = row */
void car_panel_sum(car_panel x, car_real *sum, int rows, int width);        /* sum += x[b], b in order */

#ifdef __cplusplus
}
#endif
#endif
