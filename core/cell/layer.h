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

#include "cell/dropout.h"
#include "cell/parameters.h"
#include "cell/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The shape of a ragged batch. */
typedef struct car_steps {
    int batch, steps, total; /* B, T, N */
    const int *rows;         /* [T], not rising; rows[0] == B */
    const int *first;        /* [T] */
} car_steps;

/* Indices 0 .. n-1 by falling length, equals in their order.  [n] */
int *car_order_by_length(car_arena *arena, const int *lengths, int n);

/* From B >= 1 lengths >= 1 that do not rise. */
car_steps car_steps_take(car_arena *arena, const int *lengths, int batch);

/* For every packed row of sequences with these lengths, the row of the same
 * sequence read from its other end: reversal, its own inverse.  [N] */
int *car_steps_reversal(car_arena *arena, const car_steps *steps, const int *lengths);

typedef enum car_norm { CAR_NORM_NONE, CAR_NORM_LAYER, CAR_NORM_BATCH } car_norm;

/* What the host adds to the steps of any cell; {0} adds nothing.
 *
 *   norm      CAR_NORM_LAYER: every product F.W that enters a gate is normalised over the
 *             gate's units and scaled by a gain of its own (Ba et al. 2016, eq. 20; the
 *             gate's bias is the b there).
 *             CAR_NORM_BATCH: of the products only the input's, x.W, is normalised, every
 *             unit over all rows and steps, and scaled by a gain (Laurent et al. 2016, eq. 9;
 *             the gate's bias is the beta there).  In training the mean and variance are
 *             those of the shard that the tape runs over, not of all shards of the
 *             minibatch ("ghost batches", Hoffer et al. 2017): shards are fixed, none waits
 *             for another, and the threads do not matter.  In use, and where the shard has
 *             one row, they are running ones, kept beside the parameters and moved by
 *             car_layer_update_statistics
 *   zoneout   share of units that keep their former value in a step (Krueger et al.
 *             2017): of state 0, the output, and of the other states
 *   clip      dL/d gate is kept within [-clip, clip] before it goes on (Graves 2013,
 *             section 2.1); 0 leaves it as it is
 */
typedef struct car_layer_options {
    car_norm norm;
    double zoneout[2];
    double clip;
} car_layer_options;

typedef struct car_layer {
    const car_cell_plan *plan; /* belongs to the layer */
    car_layer_options options;
    char name[64];             /* of its parameters, and of what it draws */
    car_block *matrix[CAR_MAX_GATES]; /* of link i, [rows, columns]        */
    car_block *bias;                  /* [1, plan->columns], or NULL        */
    car_block *weight[CAR_MAX_WEIGHTS]; /* [1, width]                       */
    car_block *gain[CAR_MAX_GATES];     /* of link i, [1, columns], where it is normalised */
    car_block *mean[CAR_MAX_GATES], *variance[CAR_MAX_GATES]; /* the same with CAR_NORM_BATCH: running */
} car_layer;

/* Takes the plan and registers its parameters as "name.feed.gate",
 * "name.b.gate", "name.weight" and "name.gain.feed.gate"; "name.mean.x.gate" and
 * "name.variance.x.gate" of CAR_NORM_BATCH are not learnt. */
void car_layer_init(car_layer *layer, car_cell_plan *plan, const car_layer_options *options,
                    car_parameters *parameters, const char *name);
void car_layer_clear(car_layer *layer);

/* Starting values as the plan says; every tensor draws from a stream of its
 * own name. `he` replaces Glorot by He initialisation. */
void car_layer_start(const car_layer *layer, const car_parameters *parameters, uint64_t seed, bool he);

typedef struct car_tape {
    const car_layer *layer;
    car_steps steps;
    car_panel x;                     /* [N, I], the caller's                          */
    car_panel gate;                  /* [N, columns]                                  */
    car_panel initial[CAR_MAX_STATES]; /* [B, w] before the first step                */
    car_panel made[CAR_MAX_STATES];  /* [N, w] by the cell                            */
    car_panel next[CAR_MAX_STATES];  /* [N, w] after the step, made unless there is zoneout; next[0] is
                                        the layer's output                            */
    car_panel local[CAR_MAX_LOCALS]; /* [N, w]                                        */
    /* of the host's options; panels without memory where there is nothing to do */
    car_panel keep[CAR_MAX_STATES];  /* [N, w] zoneout: next = keep prev + (1 - keep) made */
    car_panel mask[CAR_MAX_STATES];  /* [B, w] dropout of states                      */
    car_panel fed[CAR_MAX_STATES];   /* [N, w] what enters products: states before the step, masked */
    car_panel hat[CAR_MAX_GATES];    /* [N, columns of link i] normalised products    */
    car_panel inverse[CAR_MAX_GATES]; /* [N, gates of link i], or [1, columns] of CAR_NORM_BATCH */
    car_panel statistics[CAR_MAX_GATES]; /* CAR_NORM_BATCH in training, N > 1: [2, columns] mean, variance */
    /* backward */
    bool spends_gates;                 /* d_gate takes the place of gate: for holders that do not read it then */
    car_panel d_gate;                  /* [N, columns]                                */
    car_panel d_gate_now;              /* [B, columns] of the step, where it spends gates */
    car_panel d_x;                     /* [N, I], complete after car_layer_back_feed  */
    car_panel d_state[CAR_MAX_STATES]; /* [B, w] arriving from the step after; in the end dL/d initial */
    car_panel d_prev[CAR_MAX_STATES];  /* [B, w] */
    car_panel d_next[CAR_MAX_STATES];  /* [B, w] */
    car_panel d_made[CAR_MAX_STATES];  /* [B, w] d_next, or its part with zoneout */
    car_panel d_fed[CAR_MAX_STATES];   /* [B, w] d_prev, or before the mask       */
    car_panel d_local[CAR_MAX_LOCALS]; /* [B, w] */
    car_panel d_product[CAR_MAX_GATES]; /* [N, columns of link i], where normalised */
    const car_panel *d_final;          /* [n_states] of [B, w], or NULL               */
    car_panel d_before[CAR_MAX_STATES]; /* [N, w] dL/d prev of every step, if car_tape_watch was called */
    car_real *d_weight[CAR_MAX_WEIGHTS];
} car_tape;

/* A tape over x [N, I], the memory of which is the caller's and may be filled
 * later, up to the step that reads it.  `dropout` is NULL in use. */
car_tape car_tape_take(car_arena *arena, const car_layer *layer, car_steps steps, car_panel x,
                       const car_dropout *dropout);

/* States before the first step, [n_states] of [B, w]; NULL for zeros. */
void car_layer_begin(car_tape *tape, const car_panel *initial);

/* A state before step t, [rows[t], w]: car_layer_begin's, or what the step before made of it. */
car_panel car_tape_before(const car_tape *tape, int state, int t);

/* Gates of steps t0 .. t1-1: b + x.W.  One product for all those steps; with CAR_NORM_BATCH
 * in training they must be all steps there are. */
void car_layer_feed(car_tape *tape, int t0, int t1);

/* Step t, for which car_layer_feed was done. */
void car_layer_step(car_tape *tape, int t);

/* begin, feed and all steps. */
void car_layer_forward(car_tape *tape, const car_panel *initial);

/* States after the last step of every sequence, [n_states] of [B, w]. */
void car_layer_final(const car_tape *tape, car_panel *final);

/* Before backward: keeps dL/d states before every step, for those who look at them. */
void car_tape_watch(car_tape *tape, car_arena *arena);

/* Backward: begin, then every step from the last to the first with dL/d output
 * of that step ([rows[t], w], or at == NULL for none), then finish.  `d_final`
 * [n_states] of [B, w] is dL/d final states, or NULL. */
void car_layer_back_begin(car_tape *tape, car_arena *arena, const car_panel *d_final);
void car_layer_back_step(car_tape *tape, int t, car_panel d_output);

/* dL/dx of steps t0 .. t1-1, after their car_layer_back_step; all, where forward wanted all. */
void car_layer_back_feed(car_tape *tape, int t0, int t1);

/* Notes what is owed to the weight gradients; car_layer_back_feed must have
 * been done for all steps.  tape->d_state now holds dL/d initial states. */
void car_layer_back_finish(car_tape *tape, car_dues *dues);

/* begin, all steps with d_output [N, w] (may be at == NULL), feed and finish. */
void car_layer_backward(car_tape *tape, car_arena *arena, car_panel d_output, const car_panel *d_final,
                        car_dues *dues);

/* With CAR_NORM_BATCH, after an update: the running mean and variance become 0.9 of what they
 * were and 0.1 of those of the layer's tapes [n], each weighing as many as it has rows m, and its
 * variance times m / (m - 1), without bias (Ioffe and Szegedy 2015, algorithm 2).  Tapes of one
 * row are left out; if there are no others, nothing changes. */
void car_layer_update_statistics(const car_layer *layer, const car_tape *const *tape, int n);

#ifdef __cplusplus
}
#endif
#endif
