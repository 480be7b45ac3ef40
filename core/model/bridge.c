#include "model/bridge.h"

#include <stdio.h>
#include <string.h>

#include "math/initialise.h"
#include "math/vector.h"

/* The encoder state of this name and width at this height, or -1. */
static int same_state(const car_encoder *encoder, int layer, const char *name, int width)
{
    const car_cell_plan *plan = encoder->layer[layer][0].plan;
    for (int k = 0; k < plan->n_states; k++)
        if (strcmp(plan->state[k].name, name) == 0 && car_encoder_state_width(encoder, layer, k) == width)
            return k;
    return -1;
}

void car_bridge_init(car_bridge *bridge, const car_encoder *encoder, const car_layer *layers, int depth,
                     car_parameters *parameters)
{
    *bridge = (car_bridge){.link = car_alloc((ptrdiff_t)depth * CAR_MAX_STATES, sizeof *bridge->link)};
    for (int l = 0; l < depth; l++)
        for (int k = 0; k < layers[l].plan->n_states; k++) {
            const car_vector_plan *state = &layers[l].plan->state[k];
            int from_layer = l < encoder->depth ? l : encoder->depth - 1;
            int from_state = encoder->depth > 0 ? same_state(encoder, from_layer, state->name, state->width) : -1;
            car_bridge_link *link = &bridge->link[bridge->n++];
            *link = (car_bridge_link){l, k, state->width, from_layer, from_state, NULL, NULL};
            if (from_state < 0 && encoder->width > 0) {
                link->matrix = car_parameters_add(parameters, encoder->width, state->width, CAR_TIMES);
                link->bias = car_parameters_add(parameters, 1, state->width, CAR_READ);
                car_parameters_name(parameters, link->matrix, 0, state->width, "bridge.%d.%s", l, state->name);
                car_parameters_name(parameters, link->bias, 0, state->width, "bridge.%d.b.%s", l, state->name);
            }
        }
}

void car_bridge_clear(car_bridge *bridge)
{
    car_free(bridge->link);
    bridge->link = NULL;
}

void car_bridge_start(const car_bridge *bridge, uint64_t seed)
{
    for (int i = 0; i < bridge->n; i++) {
        const car_bridge_link *link = &bridge->link[i];
        char name[64];
        (void)snprintf(name, sizeof name, "bridge.%d.%d", link->layer, link->state);
        if (link->matrix != NULL)
            car_initialise((car_panel){link->matrix->value, link->matrix->stride}, link->matrix->rows, link->width,
                           CAR_INIT_GLOROT, 1, car_stream_named(seed, name));
    }
}

car_crossing car_bridge_forward(const car_bridge *bridge, car_arena *arena, const car_encoding *encoding,
                                const int *sentence, int rows)
{
    const car_encoder *encoder = encoding->encoder;
    car_crossing crossing = {.sentence = sentence, .rows = rows};
    crossing.state = car_arena_take(arena, bridge->n, sizeof *crossing.state);
    if (encoder->depth > 0) {
        crossing.summary = car_panel_take(arena, rows, encoder->width);
        car_panel final = car_panel_take(arena, encoding->steps.batch, encoder->width);
        car_encoder_final(encoding, encoder->depth - 1, 0, final);
        for (int i = 0; i < rows; i++)
            car_copy(encoder->width, car_row(final, sentence[i]), car_row(crossing.summary, i));
    }

    for (int n = 0; n < bridge->n; n++) {
        const car_bridge_link *link = &bridge->link[n];
        car_panel state = crossing.state[n] = car_panel_take(arena, rows, link->width);
        if (encoder->depth == 0) {
            car_panel_zero(state, rows, link->width);
        } else if (link->matrix == NULL) {
            car_panel from = car_panel_take(arena, encoding->steps.batch, link->width);
            car_encoder_final(encoding, link->from_layer, link->from_state, from);
            for (int i = 0; i < rows; i++)
                car_copy(link->width, car_row(from, sentence[i]), car_row(state, i));
        } else {
            const car_panel bias = {link->bias->value, 0};
            car_product(rows, crossing.summary.at, crossing.summary.stride, 1, &link->matrix->forward, &bias, state);
            for (int i = 0; i < rows; i++)
                car_tanh_row(link->width, car_row(state, i));
        }
    }
    return crossing;
}

void car_bridge_backward(const car_bridge *bridge, const car_crossing *crossing, const car_panel *d_state,
                         car_panel d_summary, car_encoder_back *back, const car_encoder *encoder, car_dues *dues)
{
    int rows = crossing->rows;
    for (int n = 0; n < bridge->n; n++) {
        const car_bridge_link *link = &bridge->link[n];
        if (link->matrix == NULL) {
            car_panel d_final = back->d_final[link->from_layer][link->from_state];
            for (int i = 0; i < rows; i++)
                car_add(link->width, car_row(d_state[n], i), car_row(d_final, crossing->sentence[i]));
        } else {
            for (int i = 0; i < rows; i++)
                car_tanh_back_row(link->width, car_row(crossing->state[n], i), car_row(d_state[n], i));
            car_product(rows, d_state[n].at, d_state[n].stride, 1, &link->matrix->backward, &d_summary, d_summary);
            car_dues_product(dues, link->matrix, 0, link->width, crossing->summary, d_state[n], rows);
            car_dues_sum(dues, link->bias, 0, link->width, d_state[n], rows);
        }
    }
    car_panel d_final = back->d_final[encoder->depth - 1][0];
    for (int i = 0; i < rows; i++)
        car_add(encoder->width, car_row(d_summary, i), car_row(d_final, crossing->sentence[i]));
}
