#include "model/flow.h"

#include <math.h>

#include "base/memory.h"
#include "math/initialise.h"
#include "math/vector.h"

void car_flow_init(car_flow *flow, const car_layer *layer) { *flow = (car_flow){.n_states = layer->plan->n_states}; }

void car_flow_clear(car_flow *flow)
{
    car_free(flow->sum);
    car_free(flow->count);
    *flow = (car_flow){0};
}

static void make_room(car_flow *flow, int lags)
{
    for (; flow->lags < lags; flow->lags++) {
        flow->count = car_grow(flow->count, flow->lags, &flow->count_capacity, sizeof *flow->count);
        flow->count[flow->lags] = 0;
        for (int k = 0; k < flow->n_states; k++) {
            ptrdiff_t at = (ptrdiff_t)flow->lags * flow->n_states + k;
            flow->sum = car_grow(flow->sum, at, &flow->sum_capacity, sizeof *flow->sum);
            flow->sum[at] = 0;
        }
    }
}

/* In double: squares of what has vanished or exploded leave the range of float. */
static double length_of(int n, const car_real *x)
{
    double sum = 0;
    for (int j = 0; j < n; j++)
        sum += (double)x[j] * (double)x[j];
    return sqrt(sum);
}

/* Panels [rows, w] of zeros for every state. */
static void zero_states(const car_cell_plan *plan, car_arena *arena, int rows, car_panel *state)
{
    for (int k = 0; k < plan->n_states; k++) {
        state[k] = car_panel_take(arena, rows, plan->state[k].width);
        car_panel_zero(state[k], rows, plan->state[k].width);
    }
}

void car_flow_back(car_tape *tape, car_arena *arena, uint64_t seed)
{
    const car_cell_plan *plan = tape->layer->plan;
    const car_steps *steps = &tape->steps;
    car_panel d_final[CAR_MAX_STATES];
    zero_states(plan, arena, steps->batch, d_final);
    car_initialise(d_final[0], steps->batch, plan->output, CAR_INIT_UNIFORM, 1, car_stream_named(seed, "flow"));
    for (int b = 0; b < steps->batch; b++)
        car_scale(plan->output, (car_real)(1 / length_of(plan->output, car_row(d_final[0], b))),
                  car_row(d_final[0], b));
    car_layer_back_begin(tape, arena, d_final);
    for (int t = steps->steps - 1; t >= 0; t--)
        car_layer_back_step(tape, t, (car_panel){NULL, 0});
}

void car_flow_add(car_flow *flow, const car_tape *tape)
{
    const car_cell_plan *plan = tape->layer->plan;
    const car_steps *steps = &tape->steps;
    make_room(flow, steps->steps);
    for (int b = 0, length = steps->steps; b < steps->batch; b++) {
        while (steps->rows[length - 1] <= b)
            length--;
        for (int t = 0; t < length; t++) { /* the states before step t */
            int lag = length - t;
            for (int k = 0; k < plan->n_states; k++)
                flow->sum[(lag - 1) * flow->n_states + k] +=
                    length_of(plan->state[k].width, car_row(tape->d_before[k], steps->first[t] + b));
            flow->count[lag - 1]++;
        }
    }
}

double car_flow_size(const car_flow *flow, int state, int lag)
{
    return flow->sum[(lag - 1) * flow->n_states + state] / (double)flow->count[lag - 1];
}

int64_t car_flow_count(const car_flow *flow, int lag) { return flow->count[lag - 1]; }

/* y = J x or, transposed, J^T x, of J [n, n]. */
static void multiply(const car_panel *jacobian, const car_cell_plan *plan, int n, bool transposed, const double *x,
                     double *y)
{
    for (int i = 0; i < n; i++)
        y[i] = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0, column = 0; k < plan->n_states; column += plan->state[k++].width) {
            const car_real *row = car_row(jacobian[k], i);
            for (int j = 0; j < plan->state[k].width; j++)
                y[transposed ? column + j : i] += (double)row[j] * x[transposed ? i : column + j];
        }
}

double car_jacobian_size(const car_tape *tape, int row, car_arena *arena)
{
    const car_layer *layer = tape->layer;
    const car_cell_plan *plan = layer->plan;
    int n = 0;
    for (int k = 0; k < plan->n_states; k++)
        n += plan->state[k].width;

    int t = 0;
    while (t + 1 < tape->steps.steps && tape->steps.first[t + 1] <= row)
        t++;
    const car_real *before[CAR_MAX_STATES];
    for (int k = 0; k < plan->n_states; k++)
        before[k] = car_row(car_tape_before(tape, k, t), row - tape->steps.first[t]);

    /* The same step n times, each differentiated at another unit of the states after it. */
    int *length = car_arena_take(arena, n, sizeof *length);
    for (int i = 0; i < n; i++)
        length[i] = 1;
    car_steps steps = car_steps_take(arena, length, n);
    car_panel x = car_panel_take(arena, n, plan->input), initial[CAR_MAX_STATES], d_final[CAR_MAX_STATES];
    zero_states(plan, arena, n, initial);
    zero_states(plan, arena, n, d_final);
    for (int i = 0; i < n; i++) {
        car_copy(plan->input, car_row(tape->x, row), car_row(x, i));
        for (int k = 0, first = 0; k < plan->n_states; first += plan->state[k++].width) {
            car_copy(plan->state[k].width, before[k], car_row(initial[k], i));
            if (i >= first && i < first + plan->state[k].width)
                car_row(d_final[k], i)[i - first] = 1;
        }
    }
    car_tape step = car_tape_take(arena, layer, steps, x, NULL);
    car_layer_forward(&step, initial);
    car_layer_back_begin(&step, arena, d_final);
    car_layer_back_step(&step, 0, (car_panel){NULL, 0});

    double *v = car_arena_take(arena, n, sizeof *v), *u = car_arena_take(arena, n, sizeof *u), size = 0;
    for (int i = 0; i < n; i++)
        v[i] = 1 + 0.5 * sin(i + 1.0); /* no direction of the units' own */
    for (int round = 0; round < 200; round++) {
        double norm = 0, last = size;
        for (int i = 0; i < n; i++)
            norm += v[i] * v[i];
        if (norm == 0)
            return 0;
        for (int i = 0; i < n; i++)
            v[i] /= sqrt(norm);
        size = sqrt(sqrt(norm)); /* |J^T J v| of the round before */
        if (round > 1 && fabs(size - last) <= 1e-6 * size)
            break;
        multiply(step.d_state, plan, n, false, v, u);
        multiply(step.d_state, plan, n, true, u, v);
    }
    return size;
}
