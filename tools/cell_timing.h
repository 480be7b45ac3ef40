/* cell_timing.h - a cell as a layer with drawn parameters, on sequences of one length,
 * to be run forward and backward on one thread and timed: for `carousel bench` and
 * `carousel cell bench`.
 */
#ifndef CAROUSEL_TOOLS_CELL_TIMING_H
#define CAROUSEL_TOOLS_CELL_TIMING_H

#include "cell/layer.h"
#include "cell/loader.h"

typedef enum car_cell_part { CAR_CELL_FORWARD, CAR_CELL_BACKWARD, CAR_CELL_BOTH, CAR_CELL_PARTS } car_cell_part;

typedef struct car_cell_timer {
    const car_loaded_cell *loaded;
    car_layer layer;
    car_parameters *parameters;
    car_arena data, run;
    car_steps steps;
    car_panel x, d_output;
    double seconds[CAR_CELL_PARTS]; /* of this thread, of the last run */
} car_cell_timer;

/* The shape that a cell is timed in. */
typedef struct car_cell_shape {
    int input, hidden, rows, steps; /* rows: sequences side by side */
} car_cell_shape;

/* Of "CELL:name=value,..."; to be cleared, unless it was all zero and this failed. */
bool car_cell_timer_init(car_cell_timer *timer, car_cells *cells, const char *spec, const car_cell_shape *shape,
                         car_error *e);
void car_cell_timer_clear(car_cell_timer *timer);

/* Forward, then backward down to the gradients of input and parameters. */
void car_cell_timer_run(car_cell_timer *timer);

/* Operations of a run in matrices: a multiply-add is two, and backward has two products for
 * each one forward, to the feeds and to the weights. */
double car_cell_timer_operations(const car_cell_timer *timer, car_cell_part part);

#endif
