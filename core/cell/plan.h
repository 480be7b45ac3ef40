/* plan.h - the host's side of a cell's plan: checked, laid out, described.
 *
 * car_plan (carousel/cell.h) is how a cell declares what it is made of;
 * car_cell_plan is what the host makes of it for one input width, one hidden
 * width and one choice of options.  The loader (loader.h) finds cells, the
 * layer engine (layer.h) runs plans.  A plan is immutable once made.
 *
 * Gate panel.  The gates of all stages lie side by side in one panel
 * [B, plan->columns].  Within a stage, gates with the same feeds are
 * neighbours, those fed by x alone first, then those fed by x and others, then
 * the rest: so the input product and the recurrent product each write one
 * contiguous block of columns.  Such a block is a link: the product of one
 * feed with one weight matrix.
 */
#ifndef CAROUSEL_CELL_PLAN_H
#define CAROUSEL_CELL_PLAN_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "carousel/cell.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CAR_MAX_STATES = 8,
    CAR_MAX_LOCALS = 16,
    CAR_MAX_WEIGHTS = 32,
    CAR_MAX_GATES = 64,
    CAR_MAX_STAGES = 32,
    CAR_MAX_CELL_OPTIONS = 32,
    CAR_MAX_INITS = 128,
    CAR_MAX_WIDTH = 1 << 16,
    CAR_NAME_SIZE = 48
};

/* A state or a local. */
typedef struct car_vector_plan {
    char name[CAR_NAME_SIZE];
    int width;
} car_vector_plan;

typedef struct car_weight_plan {
    char name[CAR_NAME_SIZE];
    int width;
    car_init init;
    double scale;
} car_weight_plan;

typedef struct car_gate_plan {
    char name[CAR_NAME_SIZE];
    int width, stage, column; /* its columns of the gate panel: column .. column + width - 1 */
    uint32_t feeds;           /* without CAR_NO_BIAS; without CAR_X when the cell gets no input */
    bool has_bias;
    double bias;
} car_gate_plan;

typedef struct car_stage_plan {
    car_kernel forward, backward;
} car_stage_plan;

/* G[:, column .. column + columns - 1] += F . W, W [rows, columns], for one
 * feed F of one stage.  gates[first .. first + n - 1] of `order` are its gates. */
typedef struct car_link {
    int stage;
    uint32_t feed; /* one bit: CAR_X, CAR_STATE(k) or CAR_LOCAL(k) */
    int rows;      /* width of the feed */
    int column, columns;
    int first, n_gates; /* slice of car_cell_plan.order */
} car_link;

typedef struct car_init_plan {
    int gate;
    uint32_t feeds;
    car_init init;
    double scale;
} car_init_plan;

typedef struct car_cell_plan {
    const car_cell *cell;
    int input, hidden, output;               /* I, H, width of state 0 */
    double option[CAR_MAX_CELL_OPTIONS];     /* values, in the order of cell->options */
    int n_states, n_locals, n_weights, n_gates, n_stages, n_links, n_inits;
    car_vector_plan state[CAR_MAX_STATES], local[CAR_MAX_LOCALS];
    car_weight_plan weight[CAR_MAX_WEIGHTS];
    car_gate_plan gate[CAR_MAX_GATES];
    car_stage_plan stage[CAR_MAX_STAGES];
    car_link link[CAR_MAX_GATES];            /* ordered by stage; x-links first within a stage */
    int order[CAR_MAX_GATES];                /* gates in the order of their columns */
    car_init_plan inits[CAR_MAX_INITS];
    int columns;                             /* width of the gate panel */
    bool reads_x;
    void *config;                            /* copy of what the cell gave, or NULL */
} car_cell_plan;

/* Makes the plan of `cell` for widths I >= 0 and H >= 1.  `settings` chooses
 * options, "forget_bias=0,activation=relu" (NULL or "": all at their
 * defaults).  NULL and *e (69: the cell refused or declared nonsense; 2: bad
 * settings) on failure, the message naming cell and item. */
car_cell_plan *car_cell_plan_new(const car_cell *cell, int input, int hidden, const char *settings, car_error *e);
void car_cell_plan_free(car_cell_plan *plan);

/* Parameters of one layer, and multiply-adds of one step of one row. */
int64_t car_cell_plan_parameters(const car_cell_plan *plan);
int64_t car_cell_plan_products(const car_cell_plan *plan);

/* How the block of `gate` in the matrix of `feed` starts: the cell's wish, or
 * orthogonal for states and Glorot for x and locals. */
car_init_plan car_cell_plan_init(const car_cell_plan *plan, int gate, uint32_t feed);

/* "x", "h", ... : the name of a single feed bit. */
const char *car_cell_plan_feed_name(const car_cell_plan *plan, uint32_t feed);

/* Adds every option and its value, "activation=relu,depth=3"; what
 * car_cell_plan_new accepts as settings. */
void car_cell_plan_settings(const car_cell_plan *plan, car_string *out);

/* Adds a description for people: states, locals, weights, gates by stage. */
void car_cell_plan_describe(const car_cell_plan *plan, car_string *out);

#ifdef __cplusplus
}
#endif
#endif
