/* layer.h - runs a cell's plan over a batch of sequences, forward and backward.
 *
 * A layer is a plan with its parameters; it holds no state and is shared by all
 * shards.  A tape is one run of a layer over one shard: everything forward
 * leaves for backward, in the shard's arena.
 *
 * Packed rows.  A shard's sequences are sorted by falling length.  Step t has
 * rows[t] live ones, and a panel over a sequence holds just those: N = sum of
 * rows[t] rows, step t at first[t].  There are no padding rows: products over
 * all steps are plain products over N rows, and a step is a slice.
 *
 * The same kernels run a whole sequence (car_layer_forward), one step after
 * another when the input depends on the step before (input feeding, greedy and
 * beam search: a tape of one step), and backward.
 */
#ifndef CAROUSEL_CELL_LAYER_H
#define CAROUSEL_CELL_LAYER_H

#include "cell/parameters.h"
#include "cell/plan.h"
#include "math/random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The shape of a ragged batch. */
typedef struct car_steps {
    int batch, steps, total; /* B, T, N */
    const int *rows;         /* [T], not rising; rows[0] == B */
    const int *first;        /* [T] */
} car_steps;

/* From B >= 1 lengths >= 1 that do not rise. */
car_steps car_steps_take(car_arena *arena, const int *lengths, int batch);

/* For every packed row of sequences with these lengths, the row of the same
 * sequence read from its other end: reversal, its own inverse.  [N] */
int *car_steps_reversal(car_arena *arena, const car_steps *steps, const int *lengths);

typedef struct car_layer {
    const car_cell_plan *plan; /* belongs to the layer */
    car_block *matrix[CAR_MAX_GATES]; /* of link i, [rows, columns]        */
    car_block *bias;                  /* [1, plan->columns], or NULL        */
    car_block *weight[CAR_MAX_WEIGHTS]; /* [1, width]                       */
} car_layer;

/* Takes the plan and registers its parameters as "name.feed.gate",
 * "name.b.gate", "name.weight". */
void car_layer_init(car_layer *layer, car_cell_plan *plan, car_parameters *parameters, const char *name);
void car_layer_clear(car_layer *layer);

/* Starting values as the plan says; every tensor draws from a stream of its
 * own name. `he` replaces Glorot by He initialisation. */
void car_layer_start(const car_layer *layer, const car_parameters *parameters, uint64_t seed, bool he);

typedef struct car_tape {
    const car_layer *layer;
    car_steps steps;
    car_panel x;                     /* [N, I], the caller's                          */
    car_panel gate;                  /* [N, columns]                                  */
    car_panel prev[CAR_MAX_STATES];  /* [N, w] before the step                        */
    car_panel next[CAR_MAX_STATES];  /* [N, w] after it; next[0] is the layer's output */
    car_panel local[CAR_MAX_LOCALS]; /* [N, w]                                        */
    /* backward */
    car_panel d_gate;                  /* [N, columns]                                */
    car_panel d_x;                     /* [N, I], complete after car_layer_finish     */
    car_panel d_state[CAR_MAX_STATES]; /* [B, w] arriving from the step after; in the end dL/d initial */
    car_panel d_prev[CAR_MAX_STATES];  /* [B, w] */
    car_panel d_next[CAR_MAX_STATES];  /* [B, w] */
    car_panel d_local[CAR_MAX_LOCALS]; /* [B, w] */
    const car_panel *d_final;          /* [n_states] of [B, w], or NULL               */
    car_real *d_weight[CAR_MAX_WEIGHTS];
} car_tape;

/* A tape over x [N, I], the memory of which is the caller's and may be filled
 * later, up to the step that reads it. */
car_tape car_tape_take(car_arena *arena, const car_layer *layer, car_steps steps, car_panel x);

/* States before the first step, [n_states] of [B, w]; NULL for zeros. */
void car_layer_begin(car_tape *tape, const car_panel *initial);

/* Gates of steps t0 .. t1-1: b + x.W.  One product for all those steps. */
void car_layer_feed(car_tape *tape, int t0, int t1);

/* Step t, for which car_layer_feed was done. */
void car_layer_step(car_tape *tape, int t);

/* begin, feed and all steps. */
void car_layer_forward(car_tape *tape, const car_panel *initial);

/* States after the last step of every sequence, [n_states] of [B, w]. */
void car_layer_final(const car_tape *tape, car_panel *final);

/* Backward: begin, then every step from the last to the first with dL/d output
 * of that step ([rows[t], w], or at == NULL for none), then finish.  `d_final`
 * [n_states] of [B, w] is dL/d final states, or NULL. */
void car_layer_back_begin(car_tape *tape, car_arena *arena, const car_panel *d_final);
void car_layer_back_step(car_tape *tape, int t, car_panel d_output);

/* dL/dx of steps t0 .. t1-1, after their car_layer_back_step. */
void car_layer_back_feed(car_tape *tape, int t0, int t1);

/* Notes what is owed to the weight gradients; car_layer_back_feed must have
 * been done for all steps.  tape->d_state now holds dL/d initial states. */
void car_layer_back_finish(car_tape *tape, car_dues *dues);

/* begin, all steps with d_output [N, w] (may be at == NULL), feed and finish. */
void car_layer_backward(car_tape *tape, car_arena *arena, car_panel d_output, const car_panel *d_final,
                        car_dues *dues);

#ifdef __cplusplus
}
#endif
#endif
