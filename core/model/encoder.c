#include "model/encoder.h"

#include <stdio.h>

#include "math/vector.h"

bool car_encoder_init(car_encoder *encoder, const car_encoder_options *options, car_parameters *parameters,
                      car_error *e)
{
    bool both = options->direction == CAR_BIDIRECTIONAL;
    *encoder = (car_encoder){.readers = both ? 2 : 1,
                             .backwards = {options->direction == CAR_BACKWARDS, true},
                             .skip = options->skip,
                             .input = options->input};
    encoder->layer = car_alloc(options->depth, sizeof *encoder->layer);
    if (both && options->width % 2 != 0)
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "--dim-rnn %d: a bidirectional encoder gives half of it to each direction, so it must be "
                             "even",
                             options->width);
    int input = options->input;
    for (int l = 0; l < options->depth; l++) {
        encoder->depth = l + 1;
        for (int r = 0; r < encoder->readers; r++) {
            car_cell_plan *plan =
                car_cell_plan_new(options->cell, input, options->width / encoder->readers, options->settings, e);
            if (plan == NULL)
                return car_error_context(e, "encoder layer %d", l);
            char name[64];
            (void)snprintf(name, sizeof name, "encoder.%d.%s", l, encoder->backwards[r] ? "backward" : "forward");
            car_layer_init(&encoder->layer[l][r], plan, &options->layer, parameters, name);
            encoder->width = plan->output * encoder->readers;
        }
        input = encoder->width;
    }
    return true;
}

void car_encoder_clear(car_encoder *encoder)
{
    for (int l = 0; l < encoder->depth; l++)
        for (int r = 0; r < encoder->readers; r++)
            car_layer_clear(&encoder->layer[l][r]);
    car_free(encoder->layer);
    encoder->layer = NULL;
}

void car_encoder_start(const car_encoder *encoder, const car_parameters *parameters, uint64_t seed, bool he)
{
    for (int l = 0; l < encoder->depth; l++)
        for (int r = 0; r < encoder->readers; r++)
            car_layer_start(&encoder->layer[l][r], parameters, seed, he);
}

/* out[i] = in[map[i]], or in[i] without a map */
static void take_rows(const int *map, car_panel in, car_panel out, int n, int width)
{
    for (int i = 0; i < n; i++)
        car_copy(width, car_row(in, map != NULL ? map[i] : i), car_row(out, i));
}

static const int *map_of(const car_encoding *encoding, int reader)
{
    return encoding->encoder->backwards[reader] ? encoding->reversal : NULL;
}

car_encoding car_encoder_forward(const car_encoder *encoder, car_arena *arena, car_steps steps, const int *lengths,
                                 car_panel x, const car_dropout *dropout)
{
    int n = steps.total, input = encoder->input;
    car_encoding encoding = {.encoder = encoder, .arena = arena, .steps = steps};
    encoding.reversal = car_steps_reversal(arena, &steps, lengths);
    encoding.tape = car_arena_take(arena, encoder->depth, sizeof *encoding.tape);
    encoding.mask = car_arena_take(arena, encoder->depth, sizeof *encoding.mask);
    for (int l = 0; l < encoder->depth; l++) {
        car_panel output = car_panel_take(arena, n, encoder->width), plain = x;
        char site[64];
        (void)snprintf(site, sizeof site, "dropout.encoder.%d", l);
        encoding.mask[l] = car_dropout_take_inputs(dropout, arena, site, n, input);
        if (encoding.mask[l].at != NULL && encoder->skip && l > 0) { /* the residual adds the unmasked input */
            x = car_panel_take(arena, n, input);
            car_panel_copy(plain, x, n, input);
        }
        car_dropout_apply(encoding.mask[l], x, 0, n, input);
        for (int r = 0; r < encoder->readers; r++) {
            const car_layer *layer = &encoder->layer[l][r];
            const int *map = map_of(&encoding, r);
            car_panel read = x;
            if (map != NULL) {
                read = car_panel_take(arena, n, input);
                take_rows(map, x, read, n, input);
            }
            car_tape *tape = &encoding.tape[l][r];
            *tape = car_tape_take(arena, layer, steps, read, dropout);
            car_layer_forward(tape, NULL);
            take_rows(map, tape->next[0], car_panel_from_column(output, r * layer->plan->output), n,
                      layer->plan->output);
        }
        if (encoder->skip && l > 0)
            car_panel_add(plain, output, n, input);
        x = encoding.output = output;
        input = encoder->width;
    }
    return encoding;
}

int car_encoder_state_width(const car_encoder *encoder, int l, int k)
{
    return encoder->layer[l][0].plan->state[k].width * encoder->readers;
}

void car_encoder_final(const car_encoding *encoding, int l, int k, car_panel out)
{
    const car_encoder *encoder = encoding->encoder;
    for (int r = 0; r < encoder->readers; r++) {
        const car_cell_plan *plan = encoder->layer[l][r].plan;
        car_panel final[CAR_MAX_STATES];
        for (int i = 0; i < plan->n_states; i++)
            final[i] = i == k ? car_panel_from_column(out, r * plan->state[k].width)
                              : car_panel_take(encoding->arena, encoding->steps.batch, plan->state[i].width);
        car_layer_final(&encoding->tape[l][r], final);
    }
}

car_encoder_back car_encoder_back_take(const car_encoding *encoding)
{
    const car_encoder *encoder = encoding->encoder;
    car_arena *arena = encoding->arena;
    car_encoder_back back = {.d_output = car_panel_take(arena, encoding->steps.total, encoder->width)};
    car_panel_zero(back.d_output, encoding->steps.total, encoder->width);
    back.d_final = car_arena_take(arena, encoder->depth, sizeof *back.d_final);
    for (int l = 0; l < encoder->depth; l++)
        for (int k = 0; k < encoder->layer[l][0].plan->n_states; k++) {
            int width = car_encoder_state_width(encoder, l, k);
            back.d_final[l][k] = car_panel_take(arena, encoding->steps.batch, width);
            car_panel_zero(back.d_final[l][k], encoding->steps.batch, width);
        }
    return back;
}

car_panel car_encoder_backward(car_encoding *encoding, car_encoder_back back, car_dues *dues)
{
    const car_encoder *encoder = encoding->encoder;
    car_arena *arena = encoding->arena;
    int n = encoding->steps.total;
    car_panel d_output = back.d_output;
    for (int l = encoder->depth - 1; l >= 0; l--) {
        int input = encoder->layer[l][0].plan->input;
        car_panel d_input = {NULL, 0};
        for (int r = 0; r < encoder->readers; r++) {
            const car_cell_plan *plan = encoder->layer[l][r].plan;
            const int *map = map_of(encoding, r);
            car_panel arriving = car_panel_from_column(d_output, r * plan->output), own = arriving;
            if (map != NULL) {
                own = car_panel_take(arena, n, plan->output);
                take_rows(map, arriving, own, n, plan->output);
            }
            car_panel d_final[CAR_MAX_STATES];
            for (int k = 0; k < plan->n_states; k++)
                d_final[k] = car_panel_from_column(back.d_final[l][k], r * plan->state[k].width);
            car_tape *tape = &encoding->tape[l][r];
            tape->spends_gates = true;
            car_layer_backward(tape, arena, own, d_final, dues);
            if (r == 0 && map == NULL) {
                d_input = tape->d_x;
                continue;
            }
            if (r == 0) {
                d_input = car_panel_take(arena, n, input);
                car_panel_zero(d_input, n, input);
            }
            for (int i = 0; i < n; i++)
                car_add(input, car_row(tape->d_x, map != NULL ? map[i] : i), car_row(d_input, i));
        }
        car_dropout_apply(encoding->mask[l], d_input, 0, n, input);
        if (encoder->skip && l > 0)
            car_panel_add(d_output, d_input, n, input);
        d_output = d_input;
    }
    return d_output;
}
