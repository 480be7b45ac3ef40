/* step.h - the gradients of one step: those of the backward kernels beside central
 * differences of the forward kernels.
 *
 * The products with matrices are cut off: the affine part of every gate is an input of
 * the step like the old states, x and the weights, so that every number is the work of
 * the kernels alone, and of one unit of one row.  What arrives comes from one source at a
 * time: a new state, or a local (in the place of the gates that it feeds).  For the
 * 64-bit build; diagnosis.h says what is wrong with a gradient.
 */
#ifndef CAROUSEL_CHECK_STEP_H
#define CAROUSEL_CHECK_STEP_H

#include "check/bench.h"
#include "check/differences.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_STEP_TENSORS = 2 * CAR_MAX_GATES, CAR_STEP_SOURCES = CAR_MOST_LOSSES };

/* The gradient of one input, by source; element i is row i / width, unit i % width. */
typedef struct car_step_tensor {
    car_role role; /* of the gradient: CAR_AT_D_GATE, ... */
    int index, width, n;
    double *analytic[CAR_STEP_SOURCES], *numeric[CAR_STEP_SOURCES]; /* [n] */
    bool *smooth;                                                   /* [n] do the differences mean anything? */
} car_step_tensor;

typedef struct car_step_gradients {
    car_bench *bench;  /* after forward: holds the values that belong to the gradients */
    double *affine[CAR_MAX_GATES];     /* of the gates before forward */
    int n_sources, n_tensors;
    car_role source[CAR_STEP_SOURCES]; /* CAR_AT_D_NEXT or CAR_AT_D_LOCAL ... */
    int source_index[CAR_STEP_SOURCES];
    double *arriving[CAR_STEP_SOURCES]; /* ... and what arrives there, [rows * width] */
    car_step_tensor tensor[CAR_STEP_TENSORS];
    int rough, n; /* elements that are not smooth, and all */
} car_step_gradients;

/* NULL if there is no plan for these widths. */
car_step_gradients *car_step_gradients_new(car_case *c, int input, int hidden, uint64_t draw);
void car_step_gradients_free(car_step_gradients *g);

/* The backward kernels once more, with gradients from one source or from all (-1), on the
 * panels as they are now; what is added to is `start` before.  Then the bench holds the
 * gradients. */
void car_step_backward(car_step_gradients *g, int source, double start);

/* Does this tensor agree: from one source, or from all (-1: every single one)? */
bool car_step_tensor_agrees(const car_step_gradients *g, const car_step_tensor *tensor, int source);

#ifdef __cplusplus
}
#endif
#endif
