#include "model/carried.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "math/vector.h"

void car_carried_init(car_carried *carried, const car_layer *layers, int depth)
{
    *carried = (car_carried){.state = car_alloc((ptrdiff_t)depth * CAR_MAX_STATES, sizeof *carried->state)};
    for (int l = 0; l < depth; l++)
        for (int k = 0; k < layers[l].plan->n_states; k++) {
            car_carried_state *state = &carried->state[carried->n++];
            state->width = layers[l].plan->state[k].width;
            (void)snprintf(state->name, sizeof state->name, "%s.%s", layers[l].name, layers[l].plan->state[k].name);
        }
}

static void free_rows(car_carried *carried)
{
    for (int i = 0; i < carried->n; i++)
        car_free(carried->state[i].at.at);
}

void car_carried_clear(car_carried *carried)
{
    free_rows(carried);
    car_free(carried->state);
    *carried = (car_carried){0};
}

void car_carried_reset(car_carried *carried, int rows)
{
    free_rows(carried);
    carried->rows = rows;
    for (int i = 0; i < carried->n; i++) {
        car_carried_state *state = &carried->state[i];
        state->at = (car_panel){car_alloc((ptrdiff_t)rows * state->width, sizeof(car_real)), state->width};
    }
}

car_panel *car_carried_take(const car_carried *carried, car_arena *arena, const int *row, int n_rows)
{
    car_panel *taken = car_arena_take(arena, carried->n, sizeof *taken);
    for (int i = 0; i < carried->n; i++) {
        const car_carried_state *state = &carried->state[i];
        taken[i] = car_panel_take(arena, n_rows, state->width);
        for (int b = 0; b < n_rows; b++)
            car_copy(state->width, car_row(state->at, row[b]), car_row(taken[i], b));
    }
    return taken;
}

void car_carried_keep(car_carried *carried, car_arena *arena, const car_tape *tapes, int depth, const int *row)
{
    car_carried_state *state = carried->state;
    for (int l = 0; l < depth; l++) {
        int n_states = tapes[l].layer->plan->n_states, batch = tapes[l].steps.batch;
        car_panel final[CAR_MAX_STATES];
        for (int k = 0; k < n_states; k++)
            final[k] = car_panel_take(arena, batch, state[k].width);
        car_layer_final(&tapes[l], final);
        for (int k = 0; k < n_states; k++, state++)
            for (int b = 0; b < batch; b++) {
                const car_real *ended = car_row(final[k], b);
                car_real *kept = car_row(state->at, row[b]);
                if (isfinite((double)car_dot(state->width, ended, ended)))
                    car_copy(state->width, ended, kept);
                else
                    car_zero(state->width, kept);
            }
    }
}
