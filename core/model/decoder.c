#include "model/decoder.h"

#include <stdio.h>

#include "math/initialise.h"
#include "math/vector.h"

static int input_width(const car_decoder_options *options, int layer)
{
    if (layer > 0)
        return options->width;
    return options->embedding + (options->context_every ? options->summary : 0) +
           (options->input_feeding ? options->readout : 0);
}

bool car_decoder_init(car_decoder *decoder, const car_decoder_options *options, car_parameters *parameters,
                      car_error *e)
{
    *decoder = (car_decoder){.options = *options};
    decoder->layer = car_alloc(options->depth, sizeof *decoder->layer);
    if (options->input_feeding && options->attention == CAR_ATTENTION_NONE)
        return car_error_set(e, CAR_EXIT_CONFIG, "--input-feeding feeds the attended source, so it needs --attention");
    if (options->input_feeding && options->layer.norm == CAR_NORM_BATCH)
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "--input-feeding makes the decoder's input step by step, and --batch-normalization "
                             "measures it over all steps at once: leave out one of them, or take "
                             "--layer-normalization");
    for (int l = 0; l < options->depth; l++) { /* options.width: a cell's output may be narrower than its hidden width */
        car_cell_plan *plan = car_cell_plan_new(options->cell, input_width(&decoder->options, l), options->width,
                                                options->settings, e);
        if (plan == NULL)
            return car_error_context(e, "decoder layer %d", l);
        char name[64];
        (void)snprintf(name, sizeof name, "decoder.%d", l);
        car_layer_init(&decoder->layer[l], plan, &options->layer, parameters, name);
        decoder->depth = l + 1;
        decoder->options.width = plan->output;
    }
    int width = decoder->options.width;
    if (!car_attention_init(&decoder->attention, options->attention, width, options->summary, parameters, e))
        return false;
    if (options->attention != CAR_ATTENTION_NONE || options->readout != width) {
        decoder->readout_state = car_parameters_add(parameters, width, options->readout, CAR_TIMES);
        car_parameters_name(parameters, decoder->readout_state, 0, options->readout, "readout.state");
        decoder->readout_bias = car_parameters_add(parameters, 1, options->readout, CAR_READ);
        car_parameters_name(parameters, decoder->readout_bias, 0, options->readout, "readout.b");
    }
    if (options->attention != CAR_ATTENTION_NONE) {
        decoder->readout_context = car_parameters_add(parameters, options->summary, options->readout, CAR_TIMES);
        car_parameters_name(parameters, decoder->readout_context, 0, options->readout, "readout.context");
    }
    return true;
}

void car_decoder_clear(car_decoder *decoder)
{
    for (int l = 0; l < decoder->depth; l++)
        car_layer_clear(&decoder->layer[l]);
    car_free(decoder->layer);
    decoder->layer = NULL;
}

void car_decoder_start(const car_decoder *decoder, const car_parameters *parameters, uint64_t seed, bool he)
{
    for (int l = 0; l < decoder->depth; l++)
        car_layer_start(&decoder->layer[l], parameters, seed, he);
    car_attention_start(&decoder->attention, seed);
    const car_block *blocks[] = {decoder->readout_state, decoder->readout_context};
    const char *const names[] = {"readout.state", "readout.context"};
    for (int i = 0; i < 2; i++)
        if (blocks[i] != NULL)
            car_initialise((car_panel){blocks[i]->value, blocks[i]->stride}, blocks[i]->rows, blocks[i]->columns,
                           CAR_INIT_GLOROT, 1, car_stream_named(seed, names[i]));
}

static bool has_attention(const car_decoder *decoder) { return decoder->attention.kind != CAR_ATTENTION_NONE; }

static int first_fed_column(const car_decoder_options *options)
{
    return input_width(options, 0) - options->readout;
}

car_decoding car_decoding_take(const car_decoder *decoder, car_arena *arena, car_steps steps, const int *sentence,
                               car_memory *memory, car_panel summary, const car_dropout *dropout)
{
    const car_decoder_options *options = &decoder->options;
    int n = steps.total, depth = decoder->depth;
    car_decoding decoding = {.decoder = decoder, .arena = arena, .steps = steps, .memory = memory};
    decoding.input = car_arena_take(arena, depth, sizeof *decoding.input);
    decoding.mask = car_arena_take(arena, depth, sizeof *decoding.mask);
    decoding.output = car_arena_take(arena, depth, sizeof *decoding.output);
    decoding.tape = car_arena_take(arena, depth, sizeof *decoding.tape);
    int *own_sentence = car_arena_take(arena, n, sizeof *own_sentence);
    for (int t = 0; t < steps.steps; t++)
        for (int b = 0; b < steps.rows[t]; b++)
            own_sentence[steps.first[t] + b] = sentence[b];
    decoding.sentence = own_sentence;

    for (int l = 0; l < depth; l++) {
        int width = input_width(options, l);
        char site[64];
        (void)snprintf(site, sizeof site, "dropout.decoder.%d", l);
        decoding.mask[l] = car_dropout_take_inputs(dropout, arena, site, n, width);
        decoding.input[l] = l > 0 && decoding.mask[l].at == NULL ? decoding.output[l - 1]
                                                                 : car_panel_take(arena, n, width);
        decoding.tape[l] = car_tape_take(arena, &decoder->layer[l], steps, decoding.input[l], dropout);
        decoding.output[l] =
            options->skip && l > 0 ? car_panel_take(arena, n, options->width) : decoding.tape[l].next[0];
    }
    if (options->context_every)
        for (int t = 0; t < steps.steps; t++)
            car_panel_copy(summary,
                           car_panel_from_column(car_panel_from_row(decoding.input[0], steps.first[t]),
                                                 options->embedding),
                           steps.rows[t], options->summary);
    car_panel top = decoding.output[depth - 1];
    if (has_attention(decoder))
        decoding.look = car_look_take(&decoder->attention, arena, memory, top, n);
    decoding.readout = decoder->readout_state != NULL ? car_panel_take(arena, n, options->readout) : top;
    return decoding;
}

void car_decoder_begin(car_decoding *decoding, const car_panel *state)
{
    for (int l = 0; l < decoding->decoder->depth; l++) {
        car_layer_begin(&decoding->tape[l], state);
        state += decoding->decoder->layer[l].plan->n_states;
    }
}

/* Steps t0 .. t1-1 through layers, attention and readout. */
static void forward_steps(car_decoding *decoding, int t0, int t1)
{
    const car_decoder *decoder = decoding->decoder;
    const car_decoder_options *options = &decoder->options;
    const car_steps *steps = &decoding->steps;
    int row = steps->first[t0], n = (t1 < steps->steps ? steps->first[t1] : steps->total) - row;

    for (int l = 0; l < decoder->depth; l++) {
        car_panel plain = l > 0 ? decoding->output[l - 1] : decoding->input[0];
        if (plain.at != decoding->input[l].at)
            car_panel_copy(car_panel_from_row(plain, row), car_panel_from_row(decoding->input[l], row), n,
                           input_width(options, l));
        car_dropout_apply(decoding->mask[l], decoding->input[l], row, n, input_width(options, l));
        car_tape *tape = &decoding->tape[l];
        car_layer_feed(tape, t0, t1);
        for (int t = t0; t < t1; t++)
            car_layer_step(tape, t);
        if (options->skip && l > 0) {
            car_panel output = car_panel_from_row(decoding->output[l], row);
            car_panel_copy(car_panel_from_row(tape->next[0], row), output, n, options->width);
            car_panel_add(car_panel_from_row(plain, row), output, n, options->width);
        }
    }
    if (decoder->readout_state == NULL)
        return;
    car_panel readout = car_panel_from_row(decoding->readout, row), top = decoding->output[decoder->depth - 1];
    const car_panel bias = {decoder->readout_bias->value, 0};
    car_product(n, car_row(top, row), top.stride, 1, &decoder->readout_state->forward, &bias, readout);
    if (has_attention(decoder)) {
        car_panel context = decoding->look.context;
        car_attention_forward(&decoder->attention, decoding->memory, &decoding->look, decoding->sentence + row, row,
                              n);
        car_product(n, car_row(context, row), context.stride, 1, &decoder->readout_context->forward, &readout, readout);
    }
    for (int i = 0; i < n; i++)
        car_tanh_row(options->readout, car_row(readout, i));
}

void car_decoder_forward(car_decoding *decoding, car_panel fed)
{
    const car_decoder_options *options = &decoding->decoder->options;
    const car_steps *steps = &decoding->steps;
    if (!options->input_feeding) {
        forward_steps(decoding, 0, steps->steps);
        return;
    }
    car_panel feeds = car_panel_from_column(decoding->input[0], first_fed_column(options));
    for (int t = 0; t < steps->steps; t++) {
        car_panel to = car_panel_from_row(feeds, steps->first[t]);
        if (t > 0)
            fed = car_panel_from_row(decoding->readout, steps->first[t - 1]);
        if (fed.at != NULL)
            car_panel_copy(fed, to, steps->rows[t], options->readout);
        else
            car_panel_zero(to, steps->rows[t], options->readout);
        forward_steps(decoding, t, t + 1);
    }
}

/* What backward needs besides the tapes. */
typedef struct decoder_back {
    car_panel d_readout; /* becomes the gradient before tanh      */
    car_panel d_output;  /* [N, width] of the layer at hand       */
    car_look_back look;
} decoder_back;

static void backward_steps(car_decoding *decoding, decoder_back *back, int t0, int t1)
{
    const car_decoder *decoder = decoding->decoder;
    const car_decoder_options *options = &decoder->options;
    const car_steps *steps = &decoding->steps;
    int row = steps->first[t0], n = (t1 < steps->steps ? steps->first[t1] : steps->total) - row;
    car_panel d_output = car_panel_from_row(back->d_output, row);

    if (decoder->readout_state == NULL) {
        car_panel_copy(car_panel_from_row(back->d_readout, row), d_output, n, options->width);
    } else {
        car_panel d = car_panel_from_row(back->d_readout, row);
        for (int i = 0; i < n; i++)
            car_tanh_back_row(options->readout, car_row(decoding->readout, row + i), car_row(d, i));
        car_product(n, d.at, d.stride, 1, &decoder->readout_state->backward, NULL, d_output);
        if (has_attention(decoder)) {
            car_product(n, d.at, d.stride, 1, &decoder->readout_context->backward, NULL,
                        car_panel_from_row(back->look.d_context, row));
            car_attention_backward(&decoder->attention, decoding->memory, &decoding->look, &back->look,
                                   decoding->sentence + row, row, n);
        }
    }
    for (int l = decoder->depth - 1; l >= 0; l--) {
        car_tape *tape = &decoding->tape[l];
        for (int t = t1 - 1; t >= t0; t--)
            car_layer_back_step(tape, t, car_panel_from_row(back->d_output, steps->first[t]));
        car_layer_back_feed(tape, t0, t1);
        car_dropout_apply(decoding->mask[l], tape->d_x, row, n, input_width(options, l));
        if (l > 0 && options->skip)
            car_panel_add(car_panel_from_row(tape->d_x, row), d_output, n, options->width);
        else if (l > 0)
            car_panel_copy(car_panel_from_row(tape->d_x, row), d_output, n, options->width);
    }
}

car_panel car_decoder_backward(car_decoding *decoding, car_panel d_readout, car_panel d_summary, car_panel *d_state,
                               car_panel d_encoder_output, car_dues *dues)
{
    const car_decoder *decoder = decoding->decoder;
    const car_decoder_options *options = &decoder->options;
    const car_steps *steps = &decoding->steps;
    car_arena *arena = decoding->arena;
    int n = steps->total;
    decoder_back back = {.d_readout = d_readout, .d_output = car_panel_take(arena, n, options->width)};
    if (has_attention(decoder)) {
        car_memory_back_take(&decoder->attention, arena, decoding->memory);
        back.look = car_look_back_take(&decoder->attention, arena, decoding->memory, n, back.d_output);
    }
    for (int l = 0; l < decoder->depth; l++) {
        decoding->tape[l].spends_gates = true;
        car_layer_back_begin(&decoding->tape[l], arena, NULL);
    }

    car_panel d_input = decoding->tape[0].d_x;
    if (!options->input_feeding) {
        backward_steps(decoding, &back, 0, steps->steps);
    } else {
        car_panel d_feeds = car_panel_from_column(d_input, first_fed_column(options));
        for (int t = steps->steps - 1; t >= 0; t--) {
            backward_steps(decoding, &back, t, t + 1);
            if (t > 0)
                car_panel_add(car_panel_from_row(d_feeds, steps->first[t]),
                              car_panel_from_row(d_readout, steps->first[t - 1]), steps->rows[t], options->readout);
        }
    }

    for (int l = 0, i = 0; l < decoder->depth; l++) {
        car_layer_back_finish(&decoding->tape[l], dues);
        for (int k = 0; k < decoder->layer[l].plan->n_states; k++)
            d_state[i++] = decoding->tape[l].d_state[k];
    }
    if (decoder->readout_state != NULL) {
        car_dues_product(dues, decoder->readout_state, 0, options->readout, decoding->output[decoder->depth - 1],
                         d_readout, n);
        if (has_attention(decoder))
            car_dues_product(dues, decoder->readout_context, 0, options->readout, decoding->look.context, d_readout,
                             n);
        car_dues_sum(dues, decoder->readout_bias, 0, options->readout, d_readout, n);
    }
    if (has_attention(decoder))
        car_attention_back_finish(&decoder->attention, decoding->memory, &decoding->look, &back.look, n,
                                  d_encoder_output, dues);
    if (options->context_every)
        for (int t = 0; t < steps->steps; t++)
            car_panel_add(car_panel_from_column(car_panel_from_row(d_input, steps->first[t]), options->embedding),
                          d_summary, steps->rows[t], options->summary);
    return d_input;
}
