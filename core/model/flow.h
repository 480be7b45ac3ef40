/* flow.h - how far back through time a gradient reaches in a layer.
 *
 * Of every sequence v . h_T is differentiated, h_T being the layer's last output and
 * v a random direction of length 1.  What arrives k steps before,
 *
 *   size(s, k) = mean over sequences of |d (v . h_T) / d s_{T-k}|,   k = 1 .. T
 *
 * for each state s, says whether the gradient vanishes or explodes (Bengio et al.
 * 1994; Pascanu et al. 2013, eq. 5).  It goes through the cell's own backward kernels
 * and the host's products, so it works for any cell.
 */
#ifndef CAROUSEL_MODEL_FLOW_H
#define CAROUSEL_MODEL_FLOW_H

#include "cell/layer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_flow {
    int n_states, lags;
    ptrdiff_t sum_capacity, count_capacity;
    double *sum;    /* [lags, n_states] of sizes  */
    int64_t *count; /* [lags] sequences           */
} car_flow;

void car_flow_init(car_flow *flow, const car_layer *layer);
void car_flow_clear(car_flow *flow);

/* Adds the sequences of a tape of flow's layer that was run forward, of one that is used up
 * by it.  The directions are drawn from the seed. */
void car_flow_add(car_flow *flow, car_tape *tape, car_arena *arena, uint64_t seed);

/* Mean size at lag 1 <= k <= flow->lags; how many sequences are as long as that. */
double car_flow_size(const car_flow *flow, int state, int lag);
int64_t car_flow_count(const car_flow *flow, int lag);

/* The largest singular value of the Jacobian of one step, d (all states after it) /
 * d (all states before it), at packed row `row` of a tape: a vector of all states
 * grows at most by that in the step.  Power iteration on J^T J to 1e-6. */
double car_jacobian_size(const car_tape *tape, int row, car_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
