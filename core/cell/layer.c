#include "cell/layer.h"

#include <stdio.h>
#include <string.h>

#include "cell/crash.h"
#include "math/initialise.h"
#include "math/norm.h"
#include "math/vector.h"

/* ---- shapes ------------------------------------------------------------------------ */

int *car_order_by_length(car_arena *arena, const int *lengths, int n)
{
    int *order = car_arena_take(arena, n, sizeof *order);
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at > 0 && lengths[order[at - 1]] < lengths[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return order;
}

car_steps car_steps_take(car_arena *arena, const int *lengths, int batch)
{
    CAR_REQUIRE(batch >= 1 && lengths[batch - 1] >= 1);
    for (int b = 1; b < batch; b++)
        CAR_REQUIRE(lengths[b] <= lengths[b - 1]);
    car_steps steps = {.batch = batch, .steps = lengths[0]};
    int *rows = car_arena_take(arena, steps.steps, sizeof *rows);
    int *first = car_arena_take(arena, steps.steps, sizeof *first);
    for (int t = 0, live = batch; t < steps.steps; t++) {
        while (lengths[live - 1] <= t)
            live--;
        rows[t] = live;
        first[t] = steps.total;
        steps.total += live;
    }
    steps.rows = rows;
    steps.first = first;
    return steps;
}

int *car_steps_reversal(car_arena *arena, const car_steps *steps, const int *lengths)
{
    int *map = car_arena_take(arena, steps->total, sizeof *map);
    for (int t = 0; t < steps->steps; t++)
        for (int b = 0; b < steps->rows[t]; b++)
            map[steps->first[t] + b] = steps->first[lengths[b] - 1 - t] + b;
    return map;
}

/* ---- a layer ------------------------------------------------------------------------- */

static bool is_normalised(const car_layer *layer, int link)
{
    return layer->options.norm == CAR_NORM_LAYER ||
           (layer->options.norm == CAR_NORM_BATCH && layer->plan->link[link].feed == CAR_X);
}

/* A vector as wide as link i, its parts named "name.what.feed.gate". */
static car_block *add_vector(const car_layer *layer, int i, car_parameters *parameters, const char *what)
{
    const car_cell_plan *plan = layer->plan;
    const car_link *link = &plan->link[i];
    car_block *block = car_parameters_add(parameters, 1, link->columns, CAR_READ);
    for (int k = 0; k < link->n_gates; k++) {
        const car_gate_plan *gate = &plan->gate[plan->order[link->first + k]];
        car_parameters_name(parameters, block, gate->column - link->column, gate->width, "%s.%s.%s.%s", layer->name,
                            what, car_cell_plan_feed_name(plan, link->feed), gate->name);
    }
    return block;
}

void car_layer_init(car_layer *layer, car_cell_plan *plan, const car_layer_options *options, car_parameters *parameters,
                    const char *name)
{
    *layer = (car_layer){.plan = plan, .options = *options};
    (void)snprintf(layer->name, sizeof layer->name, "%s", name);
    for (int i = 0; i < plan->n_links; i++) {
        const car_link *link = &plan->link[i];
        car_block *block = car_parameters_add(parameters, link->rows, link->columns, CAR_TIMES);
        for (int k = 0; k < link->n_gates; k++) {
            const car_gate_plan *gate = &plan->gate[plan->order[link->first + k]];
            car_parameters_name(parameters, block, gate->column - link->column, gate->width, "%s.%s.%s", name,
                                car_cell_plan_feed_name(plan, link->feed), gate->name);
        }
        layer->matrix[i] = block;
        if (!is_normalised(layer, i))
            continue;
        layer->gain[i] = add_vector(layer, i, parameters, "gain");
        if (options->norm == CAR_NORM_BATCH) {
            layer->mean[i] = add_vector(layer, i, parameters, "mean");
            layer->variance[i] = add_vector(layer, i, parameters, "variance");
            layer->mean[i]->running = layer->variance[i]->running = true;
        }
    }
    for (int i = 0; i < plan->n_gates; i++)
        if (plan->gate[i].has_bias) {
            if (layer->bias == NULL)
                layer->bias = car_parameters_add(parameters, 1, plan->columns, CAR_READ);
            car_parameters_name(parameters, layer->bias, plan->gate[i].column, plan->gate[i].width, "%s.b.%s", name,
                                plan->gate[i].name);
        }
    for (int i = 0; i < plan->n_weights; i++) {
        layer->weight[i] = car_parameters_add(parameters, 1, plan->weight[i].width, CAR_READ);
        car_parameters_name(parameters, layer->weight[i], 0, plan->weight[i].width, "%s.%s", name,
                            plan->weight[i].name);
    }
}

void car_layer_clear(car_layer *layer)
{
    car_cell_plan_free((car_cell_plan *)layer->plan);
    layer->plan = NULL;
}

/* The stream of the tensor that starts at this column of the block. */
static car_stream stream_of(const car_parameters *parameters, const car_block *block, int column, uint64_t seed)
{
    for (ptrdiff_t i = 0; i < parameters->n_tensors; i++)
        if (parameters->tensor[i].block == block && parameters->tensor[i].column == column)
            return car_stream_named(seed, parameters->tensor[i].name);
    CAR_REQUIRE(!"the column starts a tensor");
    return (car_stream){0};
}

void car_layer_start(const car_layer *layer, const car_parameters *parameters, uint64_t seed, bool he)
{
    const car_cell_plan *plan = layer->plan;
    for (int i = 0; i < plan->n_links; i++) {
        const car_link *link = &plan->link[i];
        const car_block *block = layer->matrix[i];
        for (int k = 0; k < link->n_gates; k++) {
            int g = plan->order[link->first + k], column = plan->gate[g].column - link->column;
            car_init_plan init = car_cell_plan_init(plan, g, link->feed);
            int pattern = he && init.init == CAR_INIT_GLOROT ? CAR_INIT_HE : (int)init.init;
            car_initialise((car_panel){block->value + column, block->stride}, block->rows, plan->gate[g].width, pattern,
                           init.scale, stream_of(parameters, block, column, seed));
        }
        for (int j = 0; layer->gain[i] != NULL && j < link->columns; j++)
            layer->gain[i]->value[j] = 1;
        for (int j = 0; layer->variance[i] != NULL && j < link->columns; j++)
            layer->variance[i]->value[j] = 1;
    }
    for (int i = 0; i < plan->n_gates; i++)
        if (plan->gate[i].has_bias)
            for (int j = 0; j < plan->gate[i].width; j++)
                layer->bias->value[plan->gate[i].column + j] = (car_real)plan->gate[i].bias;
    for (int i = 0; i < plan->n_weights; i++)
        car_initialise((car_panel){layer->weight[i]->value, layer->weight[i]->stride}, 1, plan->weight[i].width,
                       (int)plan->weight[i].init, plan->weight[i].scale,
                       stream_of(parameters, layer->weight[i], 0, seed));
}

/* ---- forward ---------------------------------------------------------------------------- */

static bool enters_products(const car_cell_plan *plan, int state)
{
    bool does = false;
    for (int i = 0; i < plan->n_links; i++)
        does |= plan->link[i].feed == CAR_STATE(state);
    return does;
}

car_tape car_tape_take(car_arena *arena, const car_layer *layer, car_steps steps, car_panel x,
                       const car_dropout *dropout)
{
    const car_cell_plan *plan = layer->plan;
    int n = steps.total;
    car_tape tape = {.layer = layer, .steps = steps, .x = x};
    tape.gate = car_panel_take(arena, n, plan->columns);
    for (int k = 0; k < plan->n_states; k++) {
        int width = plan->state[k].width;
        char site[128];
        tape.initial[k] = car_panel_take(arena, steps.batch, width);
        tape.made[k] = car_panel_take(arena, n, width);
        (void)snprintf(site, sizeof site, "zoneout.%s.%d", layer->name, k);
        tape.keep[k] = car_zoneout_take(dropout, layer->options.zoneout[k > 0], arena, site, n, width);
        tape.next[k] = tape.keep[k].at != NULL ? car_panel_take(arena, n, width) : tape.made[k];
        (void)snprintf(site, sizeof site, "dropout.%s.%d", layer->name, k);
        if (!enters_products(plan, k))
            continue;
        tape.mask[k] = car_dropout_take_states(dropout, arena, site, steps.batch, width);
        tape.fed[k] = car_panel_take(arena, n, width);
    }
    for (int k = 0; k < plan->n_locals; k++)
        tape.local[k] = car_panel_take(arena, n, plan->local[k].width);
    for (int i = 0; i < plan->n_links; i++) {
        const car_link *link = &plan->link[i];
        bool batch = layer->options.norm == CAR_NORM_BATCH;
        if (!is_normalised(layer, i))
            continue;
        tape.hat[i] = car_panel_take(arena, n, link->columns);
        tape.inverse[i] = batch ? car_panel_take(arena, 1, link->columns) : car_panel_take(arena, n, link->n_gates);
        if (batch && dropout != NULL && n > 1) /* one row has no variance */
            tape.statistics[i] = car_panel_take(arena, 2, link->columns);
    }
    return tape;
}

void car_layer_begin(car_tape *tape, const car_panel *initial)
{
    const car_cell_plan *plan = tape->layer->plan;
    for (int k = 0; k < plan->n_states; k++)
        if (initial != NULL)
            car_panel_copy(initial[k], tape->initial[k], tape->steps.batch, plan->state[k].width);
        else
            car_panel_zero(tape->initial[k], tape->steps.batch, plan->state[k].width);
}

car_panel car_tape_before(const car_tape *tape, int state, int t)
{
    return t == 0 ? tape->initial[state] : car_panel_from_row(tape->next[state], tape->steps.first[t - 1]);
}

/* Packed rows of steps t0 .. t1-1. */
static int rows_of(const car_steps *steps, int t0, int t1)
{
    return (t1 < steps->steps ? steps->first[t1] : steps->total) - steps->first[t0];
}

/* y [n, columns of link i] += batch normalised product; `hat` holds the product. */
static void normalise_batch(const car_tape *tape, int i, int n, car_panel hat, car_panel y)
{
    const car_layer *layer = tape->layer;
    int columns = layer->plan->link[i].columns;
    car_real *mean = layer->mean[i]->value, *variance = layer->variance[i]->value;
    if (tape->statistics[i].at != NULL) {
        CAR_REQUIRE(n == tape->steps.total);
        mean = car_row(tape->statistics[i], 0);
        variance = car_row(tape->statistics[i], 1);
        car_norm_measure(n, columns, hat, mean, variance);
    }
    car_norm_columns(n, columns, hat, mean, variance, layer->gain[i]->value, tape->inverse[i].at, y);
}

/* Gates [n, columns] += what `feed` [n, .] gives by link i; the rows are those of
 * the tape from `row` on. */
static void add_link(const car_tape *tape, int i, int row, int n, car_panel feed, car_panel gates)
{
    const car_layer *layer = tape->layer;
    const car_link *link = &layer->plan->link[i];
    car_panel out = car_panel_from_column(gates, link->column);
    if (!is_normalised(layer, i)) {
        car_product(n, feed.at, feed.stride, 1, &layer->matrix[i]->forward, &out, out);
        return;
    }
    car_panel hat = car_panel_from_row(tape->hat[i], row);
    car_product(n, feed.at, feed.stride, 1, &layer->matrix[i]->forward, NULL, hat);
    if (layer->options.norm == CAR_NORM_BATCH) {
        normalise_batch(tape, i, n, hat, out);
        return;
    }
    car_panel inverse = car_panel_from_row(tape->inverse[i], row);
    for (int k = 0; k < link->n_gates; k++) {
        const car_gate_plan *gate = &layer->plan->gate[layer->plan->order[link->first + k]];
        int column = gate->column - link->column;
        car_norm_rows(n, gate->width, car_panel_from_column(hat, column), layer->gain[i]->value + column,
                      car_panel_from_column(inverse, k), car_panel_from_column(out, column));
    }
}

void car_layer_feed(car_tape *tape, int t0, int t1)
{
    const car_layer *layer = tape->layer;
    const car_cell_plan *plan = layer->plan;
    int row = tape->steps.first[t0], n = rows_of(&tape->steps, t0, t1);
    car_panel gate = car_panel_from_row(tape->gate, row);
    if (layer->bias != NULL)
        car_panel_fill(layer->bias->value, gate, n, plan->columns);
    else
        car_panel_zero(gate, n, plan->columns);
    for (int i = 0; i < plan->n_links; i++)
        if (plan->link[i].feed == CAR_X)
            add_link(tape, i, row, n, car_panel_from_row(tape->x, row), gate);
}

/* The panels of one step as the kernels see them. */
typedef struct step_view {
    car_step step;
    const car_real *weight[CAR_MAX_WEIGHTS];
    car_panel x, d_x;
    car_panel prev[CAR_MAX_STATES], next[CAR_MAX_STATES], gate[CAR_MAX_GATES], local[CAR_MAX_LOCALS];
    car_panel fed[CAR_MAX_STATES];
    car_panel d_gate[CAR_MAX_GATES];
} step_view;

static void view_step(const car_tape *tape, int t, step_view *view)
{
    const car_cell_plan *plan = tape->layer->plan;
    int row = tape->steps.first[t];
    view->x = plan->input > 0 ? car_panel_from_row(tape->x, row) : (car_panel){NULL, 0};
    for (int k = 0; k < plan->n_states; k++) {
        view->prev[k] = car_tape_before(tape, k, t);
        view->next[k] = car_panel_from_row(tape->made[k], row);
        if (tape->fed[k].at != NULL)
            view->fed[k] = car_panel_from_row(tape->fed[k], row);
    }
    for (int k = 0; k < plan->n_locals; k++)
        view->local[k] = car_panel_from_row(tape->local[k], row);
    for (int g = 0; g < plan->n_gates; g++)
        view->gate[g] = car_panel_from_column(car_panel_from_row(tape->gate, row), plan->gate[g].column);
    for (int w = 0; w < plan->n_weights; w++)
        view->weight[w] = tape->layer->weight[w]->value;
    view->step = (car_step){.size = sizeof view->step,
                            .t = t,
                            .rows = tape->steps.rows[t],
                            .input = plan->input,
                            .hidden = plan->hidden,
                            .config = plan->config,
                            .weight = view->weight,
                            .x = &view->x,
                            .prev = view->prev,
                            .next = view->next,
                            .gate = view->gate,
                            .local = view->local};
}

/* Calls a kernel, and has its name at hand should it crash. */
static void call_kernel(const car_tape *tape, car_kernel kernel, const car_step *step, car_plugin_work work)
{
    car_plugin_now = (car_plugin_call){work, tape->layer->name, tape->layer->plan->cell, step};
    kernel(step);
    car_plugin_now.work = CAR_WORK_NONE;
}

/* The panel of a state or local that feeds a gate. */
static car_panel *feed_panel(const car_link *link, car_panel *states, car_panel *locals)
{
    int bit = __builtin_ctz(link->feed);
    return bit < 9 ? &states[bit - 1] : &locals[bit - 9];
}

/* next = keep prev + (1 - keep) made, where there is zoneout */
static void keep_states(const car_tape *tape, int t)
{
    const car_cell_plan *plan = tape->layer->plan;
    const int row = tape->steps.first[t];
    for (int k = 0; k < plan->n_states; k++)
        for (int b = 0; tape->keep[k].at != NULL && b < tape->steps.rows[t]; b++) {
            const car_real *keep = car_row(tape->keep[k], row + b), *made = car_row(tape->made[k], row + b),
                           *prev = car_row(car_tape_before(tape, k, t), b);
            car_real *next = car_row(tape->next[k], row + b);
            for (int j = 0; j < plan->state[k].width; j++)
                next[j] = keep[j] * prev[j] + (1 - keep[j]) * made[j];
        }
}

void car_layer_step(car_tape *tape, int t)
{
    const car_cell_plan *plan = tape->layer->plan;
    const car_steps *steps = &tape->steps;
    int rows = steps->rows[t], row = steps->first[t];
    step_view view;
    view_step(tape, t, &view);
    car_panel gates = car_panel_from_row(tape->gate, row);
    for (int k = 0; k < plan->n_states; k++) {
        if (tape->fed[k].at != NULL)
            car_panel_copy(view.prev[k], view.fed[k], rows, plan->state[k].width);
        if (tape->mask[k].at != NULL)
            car_panel_multiply(tape->mask[k], view.fed[k], rows, plan->state[k].width);
    }

    for (int stage = 0, i = 0; stage < plan->n_stages; stage++) {
        for (; i < plan->n_links && plan->link[i].stage == stage; i++) {
            const car_link *link = &plan->link[i];
            if (link->feed == CAR_X)
                continue; /* car_layer_feed did it */
            add_link(tape, i, row, rows, *feed_panel(link, view.fed, view.local), gates);
        }
        view.step.stage = stage;
        call_kernel(tape, plan->stage[stage].forward, &view.step, CAR_WORK_FORWARD);
    }
    keep_states(tape, t);
}

void car_layer_forward(car_tape *tape, const car_panel *initial)
{
    car_layer_begin(tape, initial);
    car_layer_feed(tape, 0, tape->steps.steps);
    for (int t = 0; t < tape->steps.steps; t++)
        car_layer_step(tape, t);
}

void car_layer_final(const car_tape *tape, car_panel *final)
{
    const car_cell_plan *plan = tape->layer->plan;
    const car_steps *steps = &tape->steps;
    for (int t = 0; t < steps->steps; t++) {
        int goes_on = t + 1 < steps->steps ? steps->rows[t + 1] : 0;
        for (int k = 0; k < plan->n_states; k++)
            car_panel_copy(car_panel_from_row(tape->next[k], steps->first[t] + goes_on),
                           car_panel_from_row(final[k], goes_on), steps->rows[t] - goes_on, plan->state[k].width);
    }
}

/* ---- backward --------------------------------------------------------------------------- */

void car_tape_watch(car_tape *tape, car_arena *arena)
{
    const car_cell_plan *plan = tape->layer->plan;
    for (int k = 0; k < plan->n_states; k++)
        tape->d_before[k] = car_panel_take(arena, tape->steps.total, plan->state[k].width);
}

void car_layer_back_begin(car_tape *tape, car_arena *arena, const car_panel *d_final)
{
    const car_cell_plan *plan = tape->layer->plan;
    int batch = tape->steps.batch;
    tape->d_gate = tape->spends_gates ? tape->gate : car_panel_take(arena, tape->steps.total, plan->columns);
    if (tape->spends_gates)
        tape->d_gate_now = car_panel_take(arena, batch, plan->columns);
    if (plan->input > 0)
        tape->d_x = car_panel_take(arena, tape->steps.total, plan->input);
    for (int k = 0; k < plan->n_states; k++) {
        tape->d_state[k] = car_panel_take(arena, batch, plan->state[k].width);
        tape->d_prev[k] = car_panel_take(arena, batch, plan->state[k].width);
        tape->d_next[k] = car_panel_take(arena, batch, plan->state[k].width);
        tape->d_made[k] =
            tape->keep[k].at != NULL ? car_panel_take(arena, batch, plan->state[k].width) : tape->d_next[k];
        if (tape->mask[k].at != NULL)
            tape->d_fed[k] = car_panel_take(arena, batch, plan->state[k].width);
    }
    for (int i = 0; i < plan->n_links; i++)
        if (is_normalised(tape->layer, i))
            tape->d_product[i] = car_panel_take(arena, tape->steps.total, plan->link[i].columns);
    for (int k = 0; k < plan->n_locals; k++)
        tape->d_local[k] = car_panel_take(arena, batch, plan->local[k].width);
    for (int w = 0; w < plan->n_weights; w++) {
        tape->d_weight[w] = car_arena_take(arena, plan->weight[w].width, sizeof(car_real));
        car_zero(plan->weight[w].width, tape->d_weight[w]);
    }
    tape->d_final = d_final;
}

/* d_state [rows of step t] is dL/d the states before step t, of all that comes after them. */
static void keep_watched(const car_tape *tape, int t, const car_panel *d_state)
{
    const car_cell_plan *plan = tape->layer->plan;
    for (int k = 0; k < plan->n_states && tape->d_before[k].at != NULL; k++)
        car_panel_copy(d_state[k], car_panel_from_row(tape->d_before[k], tape->steps.first[t]), tape->steps.rows[t],
                       plan->state[k].width);
}

/* d_next: what arrives from step t+1, for sequences that end here what arrives
 * from outside, and at the output what this step is told. */
static void gather_d_next(car_tape *tape, int t, car_panel d_output)
{
    const car_cell_plan *plan = tape->layer->plan;
    int rows = tape->steps.rows[t], goes_on = t + 1 < tape->steps.steps ? tape->steps.rows[t + 1] : 0;
    for (int k = 0; k < plan->n_states; k++) {
        int width = plan->state[k].width;
        car_panel_copy(tape->d_state[k], tape->d_next[k], goes_on, width);
        car_panel ending = car_panel_from_row(tape->d_next[k], goes_on);
        if (tape->d_final != NULL)
            car_panel_copy(car_panel_from_row(tape->d_final[k], goes_on), ending, rows - goes_on, width);
        else
            car_panel_zero(ending, rows - goes_on, width);
    }
    if (d_output.at != NULL)
        car_panel_add(d_output, tape->d_next[0], rows, plan->output);
    if (goes_on > 0)
        keep_watched(tape, t + 1, tape->d_next);
}

/* d_made = (1 - keep) d_next, d_prev = keep d_next; all of it goes to the cell
 * without zoneout. */
static void part_d_next(car_tape *tape, int row, int rows)
{
    const car_cell_plan *plan = tape->layer->plan;
    for (int k = 0; k < plan->n_states; k++) {
        if (tape->keep[k].at == NULL) {
            car_panel_zero(tape->d_prev[k], rows, plan->state[k].width);
            continue;
        }
        for (int b = 0; b < rows; b++) {
            const car_real *keep = car_row(tape->keep[k], row + b), *d_next = car_row(tape->d_next[k], b);
            car_real *d_made = car_row(tape->d_made[k], b), *d_prev = car_row(tape->d_prev[k], b);
            for (int j = 0; j < plan->state[k].width; j++) {
                d_made[j] = (1 - keep[j]) * d_next[j];
                d_prev[j] = keep[j] * d_next[j];
            }
        }
    }
}

/* Keeps d_gates [rows, columns] of one stage within [-clip, clip]. */
static void clip_gates(const car_tape *tape, int stage, int rows, car_panel d_gates)
{
    const car_cell_plan *plan = tape->layer->plan;
    car_real most = (car_real)tape->layer->options.clip;
    for (int g = 0; most > 0 && g < plan->n_gates; g++)
        for (int i = 0; plan->gate[g].stage == stage && i < rows; i++) {
            car_real *d = car_row(d_gates, i) + plan->gate[g].column;
            for (int j = 0; j < plan->gate[g].width; j++)
                d[j] = d[j] > most ? most : d[j] < -most ? -most : d[j];
        }
}

/* d_feed [n, .] = or += what arrives by link i from d_gates [n, columns]; rows as
 * in add_link. */
static void back_link(const car_tape *tape, int i, int row, int n, car_panel d_gates, car_panel d_feed, bool add)
{
    const car_layer *layer = tape->layer;
    const car_link *link = &layer->plan->link[i];
    car_panel d = car_panel_from_column(d_gates, link->column);
    if (is_normalised(layer, i)) {
        car_panel hat = car_panel_from_row(tape->hat[i], row), d_product = car_panel_from_row(tape->d_product[i], row);
        bool batch = layer->options.norm == CAR_NORM_BATCH, measured = tape->statistics[i].at != NULL;
        if (batch) {
            CAR_REQUIRE(!measured || n == tape->steps.total);
            car_norm_back_columns(n, link->columns, d, layer->gain[i]->value, tape->inverse[i].at, measured, hat,
                                  d_product);
        }
        for (int k = 0; k < link->n_gates && !batch; k++) {
            car_panel inverse = car_panel_from_row(tape->inverse[i], row);
            const car_gate_plan *gate = &layer->plan->gate[layer->plan->order[link->first + k]];
            int column = gate->column - link->column;
            car_norm_back_rows(n, gate->width, car_panel_from_column(d, column), layer->gain[i]->value + column,
                               car_panel_from_column(hat, column), car_panel_from_column(inverse, k),
                               car_panel_from_column(d_product, column));
        }
        d = d_product;
    }
    car_product(n, d.at, d.stride, 1, &layer->matrix[i]->backward, add ? &d_feed : NULL, d_feed);
}

void car_layer_back_step(car_tape *tape, int t, car_panel d_output)
{
    const car_cell_plan *plan = tape->layer->plan;
    int rows = tape->steps.rows[t], row = tape->steps.first[t];
    step_view view;
    view_step(tape, t, &view);
    gather_d_next(tape, t, d_output);
    part_d_next(tape, row, rows);
    car_panel d_fed[CAR_MAX_STATES];
    for (int k = 0; k < plan->n_states; k++) {
        d_fed[k] = tape->mask[k].at != NULL ? tape->d_fed[k] : tape->d_prev[k];
        if (tape->mask[k].at != NULL)
            car_panel_zero(d_fed[k], rows, plan->state[k].width);
    }
    for (int k = 0; k < plan->n_locals; k++)
        car_panel_zero(tape->d_local[k], rows, plan->local[k].width);
    car_panel d_gates = tape->spends_gates ? tape->d_gate_now : car_panel_from_row(tape->d_gate, row);
    for (int g = 0; g < plan->n_gates; g++)
        view.d_gate[g] = car_panel_from_column(d_gates, plan->gate[g].column);
    if (plan->reads_x) {
        view.d_x = car_panel_from_row(tape->d_x, row);
        car_panel_zero(view.d_x, rows, plan->input);
        view.step.d_x = &view.d_x;
    }
    view.step.d_next = tape->d_made;
    view.step.d_prev = tape->d_prev;
    view.step.d_gate = view.d_gate;
    view.step.d_local = tape->d_local;
    view.step.d_weight = tape->d_weight;

    for (int stage = plan->n_stages - 1, i = plan->n_links - 1; stage >= 0; stage--) {
        view.step.stage = stage;
        call_kernel(tape, plan->stage[stage].backward, &view.step, CAR_WORK_BACKWARD);
        clip_gates(tape, stage, rows, d_gates);
        for (; i >= 0 && plan->link[i].stage == stage; i--) {
            const car_link *link = &plan->link[i];
            if (link->feed == CAR_X)
                continue; /* car_layer_back_feed does it */
            back_link(tape, i, row, rows, d_gates, *feed_panel(link, d_fed, tape->d_local), true);
        }
    }
    if (tape->spends_gates)
        car_panel_copy(d_gates, car_panel_from_row(tape->d_gate, row), rows, plan->columns);
    for (int k = 0; k < plan->n_states; k++) {
        if (tape->mask[k].at != NULL) {
            car_panel_multiply(tape->mask[k], d_fed[k], rows, plan->state[k].width);
            car_panel_add(d_fed[k], tape->d_prev[k], rows, plan->state[k].width);
        }
        car_panel done = tape->d_prev[k];
        tape->d_prev[k] = tape->d_state[k];
        tape->d_state[k] = done;
    }
    if (t == 0)
        keep_watched(tape, 0, tape->d_state);
}

void car_layer_back_feed(car_tape *tape, int t0, int t1)
{
    const car_cell_plan *plan = tape->layer->plan;
    if (plan->input == 0)
        return;
    int row = tape->steps.first[t0], n = rows_of(&tape->steps, t0, t1);
    bool add = plan->reads_x;
    for (int i = 0; i < plan->n_links; i++)
        if (plan->link[i].feed == CAR_X) {
            back_link(tape, i, row, n, car_panel_from_row(tape->d_gate, row), car_panel_from_row(tape->d_x, row), add);
            add = true;
        }
    if (!add)
        car_panel_zero(car_panel_from_row(tape->d_x, row), n, plan->input);
}

void car_layer_back_finish(car_tape *tape, car_dues *dues)
{
    const car_layer *layer = tape->layer;
    const car_cell_plan *plan = layer->plan;
    int n = tape->steps.total;
    for (int i = 0; i < plan->n_links; i++) {
        const car_link *link = &plan->link[i];
        car_panel feed = link->feed == CAR_X ? tape->x : *feed_panel(link, tape->fed, tape->local);
        car_dues_product(
            dues, layer->matrix[i], 0, link->columns, feed,
            is_normalised(layer, i) ? tape->d_product[i] : car_panel_from_column(tape->d_gate, link->column), n);
        if (is_normalised(layer, i)) /* back_link left the summands there */
            car_dues_sum(dues, layer->gain[i], 0, link->columns, tape->hat[i], n);
    }
    for (int g = 0; g < plan->n_gates; g++)
        if (plan->gate[g].has_bias)
            car_dues_sum(dues, layer->bias, plan->gate[g].column, plan->gate[g].width,
                         car_panel_from_column(tape->d_gate, plan->gate[g].column), n);
    for (int w = 0; w < plan->n_weights; w++)
        car_dues_sum(dues, layer->weight[w], 0, plan->weight[w].width, (car_panel){tape->d_weight[w], 0}, 1);
}

void car_layer_backward(car_tape *tape, car_arena *arena, car_panel d_output, const car_panel *d_final, car_dues *dues)
{
    car_layer_back_begin(tape, arena, d_final);
    for (int t = tape->steps.steps - 1; t >= 0; t--)
        car_layer_back_step(tape, t,
                            d_output.at != NULL ? car_panel_from_row(d_output, tape->steps.first[t]) : d_output);
    car_layer_back_feed(tape, 0, tape->steps.steps);
    car_layer_back_finish(tape, dues);
}

static void move_to(car_real *running, double batch) { *running = (car_real)(0.9 * (double)*running + 0.1 * batch); }

void car_layer_update_statistics(const car_layer *layer, const car_tape *const *tape, int n)
{
    for (int i = 0; i < layer->plan->n_links; i++)
        for (int j = 0; layer->mean[i] != NULL && j < layer->mean[i]->columns; j++) {
            double rows = 0, mean = 0, variance = 0;
            for (int k = 0; k < n; k++) {
                const car_panel statistics = tape[k]->statistics[i];
                if (statistics.at == NULL)
                    continue;
                double m = tape[k]->steps.total;
                rows += m;
                mean += m * (double)car_row(statistics, 0)[j];
                variance += m * (double)car_row(statistics, 1)[j] * m / (m - 1);
            }
            if (rows == 0)
                return;
            move_to(&layer->mean[i]->value[j], mean / rows);
            move_to(&layer->variance[i]->value[j], variance / rows);
        }
}
