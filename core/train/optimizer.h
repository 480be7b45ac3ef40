/* optimizer.h - turns a gradient into a step of the parameters.
 *
 * Used by the trainer, which owns one flat vector of all parameters and one of
 * their gradients; this file owns the moments.  An update passes over memory
 * once: scale and clip the gradient, move the moments, move the parameters.  It
 * does not know of learning-rate schedules (schedule.h), of batches or of what a
 * parameter means.
 *
 *   g = clip(scale x gradient), a the learning rate, t the number of the update:
 *
 *   SGD      m <- beta1 m + g                           p <- p - a m
 *            (Rumelhart, Hinton and Williams, 1986)     beta1 = 0: no buffer
 *   RMSPROP  s <- beta2 s + (1 - beta2) g^2             p <- p - a g / (sqrt(s) + epsilon)
 *            (Tieleman and Hinton, 2012)
 *   ADAM     m <- beta1 m + (1 - beta1) g               p <- p - a m' / (sqrt(v') + epsilon)
 *            v <- beta2 v + (1 - beta2) g^2             m' = m / (1 - beta1^t)
 *            (Kingma and Ba, 2015)                      v' = v / (1 - beta2^t)
 *
 * The vectors may hold padding.  An element whose parameter and gradient are
 * zero has zero moments and stays exactly zero under all three.
 *
 * Results are the same bits on any number of threads: work is cut into chunks of
 * CAR_OPTIMIZER_CHUNK elements, and sums over chunks are added in order.
 */
#ifndef CAROUSEL_TRAIN_OPTIMIZER_H
#define CAROUSEL_TRAIN_OPTIMIZER_H

#include <stddef.h>
#include <stdint.h>

#include "carousel/cell.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_OPTIMIZER_CHUNK = 65536 };

typedef enum car_optimizer_kind { CAR_SGD, CAR_RMSPROP, CAR_ADAM } car_optimizer_kind;

typedef struct car_optimizer_options {
    car_optimizer_kind kind;
    double beta1;   /* [0, 1): SGD's momentum, Adam's first moment        */
    double beta2;   /* [0, 1): the squares of RMSProp and Adam            */
    double epsilon; /* > 0: RMSProp and Adam                              */
} car_optimizer_options;

/* What the papers recommend: SGD without momentum; RMSProp 0.9; Adam 0.9,
 * 0.999; epsilon 1e-8. */
car_optimizer_options car_optimizer_defaults(car_optimizer_kind kind);

typedef struct car_optimizer car_optimizer;

/* For vectors of n elements; all moments zero, no update made. */
car_optimizer *car_optimizer_new(const car_optimizer_options *options, ptrdiff_t n);
void car_optimizer_free(car_optimizer *optimizer);

/* Euclidean norm of gradient [n], summed in double.  It is NaN or infinite if an
 * element is not finite: what the trainer looks for before it steps. */
double car_gradient_norm(const car_real *gradient, ptrdiff_t n);

/* One update of parameters [n] by gradient [n].  The gradient is multiplied by
 * `scale` (one over the words of the batch, times the factor that clips the
 * norm), then each element is limited to [-clip_value, clip_value]; clip_value 0
 * is no limit. */
void car_optimizer_step(car_optimizer *optimizer, car_real *parameters, const car_real *gradient, double learning_rate,
                        double scale, double clip_value);

/* For checkpoints.  Moment buffer `i` [n] with its name ("momentum"; "ms"; "m",
 * "v"), or NULL from the first i there is none for.  To resume, write into the
 * buffers and set the number of updates made. */
car_real *car_optimizer_moment_view(car_optimizer *optimizer, int i, const char **name);
int64_t car_optimizer_updates(const car_optimizer *optimizer);
void car_optimizer_set_updates(car_optimizer *optimizer, int64_t updates);

#ifdef __cplusplus
}
#endif
#endif
