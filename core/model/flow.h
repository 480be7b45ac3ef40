/* flow.h - how far back through time a gradient reaches in a layer.
 *
 * Of every sequence of T steps some L is differentiated, by what layers and cells do
 * backwards in training, so it works for any cell.  What arrives k steps before the end,
 *
 *   size(s, k) = mean over sequences of |dL / d s_{T-k}|,   k = 1 .. T
 *
 * for each state s, says whether the gradient vanishes or explodes (Bengio et al.
 * 1994; Pascanu et al. 2013, eq. 5).  L is the loss of a model, or of a layer alone v . h_T,
 * h_T being its last output and v a random direction of length 1.
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

/* Runs a tape backward from v . h_T of each sequence; the directions v are drawn from the seed. */
void car_flow_back(car_tape *tape, car_arena *arena, uint64_t seed);

/* Adds the sequences of a tape of flow's layer that was watched (car_tape_watch) and run
 * backward. */
void car_flow_add(car_flow *flow, const car_tape *tape);

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
