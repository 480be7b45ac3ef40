/* layer_bench.h - a cell in the host's layer, with everything drawn: parameters, input,
 * initial states, and what arrives.
 *
 * The loss is <d_output, outputs> + <d_final, final states>.  Arenas hand out NaN, so
 * that what nobody writes shows.  For the checks of whole sequences.
 */
#ifndef CAROUSEL_CHECK_LAYER_BENCH_H
#define CAROUSEL_CHECK_LAYER_BENCH_H

#include "cell/layer.h"
#include "check/case.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_layer_bench {
    car_case *c;
    car_arena arena, scratch; /* scratch: for runs that may be forgotten */
    car_parameters *parameters;
    car_layer layer;
    const car_cell_plan *plan;
    const int *lengths; /* [steps.batch], not rising */
    car_steps steps;
    car_panel x, d_output;                               /* [N, I], [N, output] */
    car_panel initial[CAR_MAX_STATES], d_final[CAR_MAX_STATES]; /* [B, w] */
} car_layer_bench;

/* NULL if there is no plan for these widths.  `lengths` is borrowed. */
car_layer_bench *car_layer_bench_new(car_case *c, int input, int hidden, const int *lengths, int batch);
void car_layer_bench_free(car_layer_bench *bench);

/* The live part of a panel in [-1, 1); numbers of another `name` are other numbers. */
void car_layer_bench_draw(const car_layer_bench *bench, const char *name, car_panel panel, int rows, int width);

car_tape car_layer_bench_forward(car_layer_bench *bench, car_arena *memory);

/* All gradients, those of the parameters among them. */
void car_layer_bench_backward(car_layer_bench *bench, car_tape *tape, car_arena *memory);

/* The loss of a run that was made. */
double car_layer_bench_loss(const car_layer_bench *bench, const car_tape *tape, car_arena *memory);

/* <a, b> over the live part. */
double car_panel_inner(car_panel a, car_panel b, int rows, int width);

/* The sequence as a chain of tapes of one step, each starting where the one before ended;
 * [steps.steps], in `memory`. */
car_tape *car_layer_bench_chain(car_layer_bench *bench, car_arena *memory);

/* Backward through the chain: arriving[k] [N, w] is what arrives at state k after each
 * step from outside. */
void car_layer_bench_chain_back(car_layer_bench *bench, car_tape *chain, const car_panel *arriving, car_arena *memory);

#ifdef __cplusplus
}
#endif
#endif
