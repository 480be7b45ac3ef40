#include "model/seq2seq.h"

#include <math.h>

#include "math/initialise.h"
#include "math/vector.h"

bool car_task_encodes(car_model_task task) { return task != CAR_LANGUAGE_MODEL; }

bool car_task_decodes(car_model_task task) { return task == CAR_TRANSLATE || task == CAR_LANGUAGE_MODEL; }

int32_t car_model_first_word(const car_model *model) { return model->options.continuous ? CAR_END : CAR_START; }

/* ---- structure ------------------------------------------------------------------- */

static bool build_embeddings(car_model *model, car_error *e)
{
    const car_model_options *options = &model->options;
    car_parameters *parameters = model->parameters;
    bool one_table = options->tied == CAR_TIED_SOURCE || options->tied == CAR_TIED_ALL;
    bool output_too = options->tied == CAR_TIED_TARGET || options->tied == CAR_TIED_ALL;
    bool encodes = car_task_encodes(options->task), decodes = car_task_decodes(options->task);
    if (!decodes && options->tied != CAR_TIED_NONE)
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "embeddings can only be tied to those of a decoder, and a model that labels has none");
    if (one_table && options->source_numbers > 0)
        return car_error_set(e, CAR_EXIT_CONFIG, "a source of numbers has no embeddings that could be tied");
    if (!encodes && one_table)
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "a language model has no source embeddings that could be tied; --tied-embeddings ties "
                             "those it has to the output matrix");
    if (one_table && options->source_words != options->target_words)
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "source and target embeddings can only be tied over one vocabulary; here source has %d "
                             "words and target %d",
                             options->source_words, options->target_words);
    if (decodes)
        model->target_embedding = car_parameters_add(parameters, options->target_words, options->dim_emb,
                                                     output_too ? CAR_READ | CAR_TIMES_TRANSPOSED : CAR_READ);
    if (one_table) {
        model->source_embedding = model->target_embedding;
    } else if (encodes && options->source_numbers == 0) {
        model->source_embedding = car_parameters_add(parameters, options->source_words, options->dim_emb, CAR_READ);
        car_parameters_name(parameters, model->source_embedding, 0, options->dim_emb, "embedding.source");
    }
    if (decodes)
        car_parameters_name(parameters, model->target_embedding, 0, options->dim_emb,
                            one_table ? "embedding.shared" : "embedding.target");

    return true;
}

/* Without a decoder it reads the encoder, whose cells' outputs may be narrower than dim_rnn. */
static void build_output(car_model *model)
{
    const car_model_options *options = &model->options;
    car_parameters *parameters = model->parameters;
    bool tied = options->tied == CAR_TIED_TARGET || options->tied == CAR_TIED_ALL;
    int readout = tied ? options->dim_emb : car_task_decodes(options->task) ? options->dim_rnn : model->encoder.width;
    model->output =
        (car_output){options->target_words, readout, options->task == CAR_REGRESS, model->target_embedding, NULL};
    if (!tied) {
        model->output.matrix = car_parameters_add(parameters, options->target_words, readout, CAR_TIMES_TRANSPOSED);
        car_parameters_name(parameters, model->output.matrix, 0, readout, "output.words");
    }
    model->output.bias = car_parameters_add(parameters, 1, options->target_words, CAR_READ);
    car_parameters_name(parameters, model->output.bias, 0, options->target_words, "output.b");
}

static bool build_decoder(car_model *model, car_error *e)
{
    const car_model_options *options = &model->options;
    car_decoder_options decoder = {.cell = options->dec_cell,
                                   .settings = options->dec_settings,
                                   .depth = options->dec_depth,
                                   .skip = options->skip,
                                   .embedding = options->dim_emb,
                                   .width = options->dim_rnn,
                                   .readout = model->output.readout,
                                   .summary = model->encoder.width,
                                   .context_every = options->context_every,
                                   .input_feeding = options->input_feeding,
                                   .attention = options->attention,
                                   .layer = options->layer};
    return car_decoder_init(&model->decoder, &decoder, model->parameters, e);
}

static bool build_encoder(car_model *model, car_error *e)
{
    const car_model_options *options = &model->options;
    int input = options->source_numbers > 0 ? options->source_numbers : options->dim_emb;
    car_encoder_options encoder = {options->enc_cell,  options->enc_settings, options->enc_type,
                                   options->enc_depth, options->skip,         input,
                                   options->dim_rnn,   options->layer};
    return car_encoder_init(&model->encoder, &encoder, model->parameters, e);
}

car_model *car_model_new(const car_model_options *options, car_purpose purpose, car_error *e)
{
    car_model *model = car_alloc(1, sizeof *model);
    model->options = *options;
    if (!car_task_encodes(options->task)) {
        model->options.attention = CAR_ATTENTION_NONE;
        model->options.context_every = model->options.input_feeding = false;
    }
    model->parameters = car_parameters_new();
    bool good = build_embeddings(model, e) && (!car_task_encodes(options->task) || build_encoder(model, e));
    if (good)
        build_output(model);
    if (!good || (car_task_decodes(options->task) && !build_decoder(model, e))) {
        car_model_free(model);
        return NULL;
    }
    car_bridge_init(&model->bridge, &model->encoder, model->decoder.layer, model->decoder.depth, model->parameters);
    model->options.enc_settings = model->options.dec_settings = NULL;
    car_parameters_allocate(model->parameters, purpose);
    return model;
}

void car_model_free(car_model *model)
{
    if (model == NULL)
        return;
    car_encoder_clear(&model->encoder);
    car_decoder_clear(&model->decoder);
    car_bridge_clear(&model->bridge);
    car_parameters_free(model->parameters);
    car_free(model);
}

static void start_block(const car_block *block, uint64_t seed, const char *name, int pattern, double scale)
{
    car_initialise((car_panel){block->value, block->stride}, block->rows, block->columns, pattern, scale,
                   car_stream_named(seed, name));
}

void car_model_start(car_model *model, uint64_t seed)
{
    /* Inputs of variance 1 are what Glorot's and He's rules assume, and smaller ones
     * take epochs to grow; a table that is the output matrix too would make logits of
     * that size, which is far too sure of itself. */
    bool shared = model->output.matrix == model->target_embedding;
    double scale = shared ? 0.4 : sqrt(3.0);
    if (model->source_embedding != NULL)
        start_block(model->source_embedding, seed, "embedding.source", CAR_INIT_UNIFORM, scale);
    if (model->target_embedding != NULL)
        start_block(model->target_embedding, seed, "embedding.target", CAR_INIT_UNIFORM, scale);
    if (!shared)
        start_block(model->output.matrix, seed, "output.words", CAR_INIT_GLOROT, 1);
    car_encoder_start(&model->encoder, model->parameters, seed, model->options.he);
    if (car_task_decodes(model->options.task))
        car_decoder_start(&model->decoder, model->parameters, seed, model->options.he);
    car_bridge_start(&model->bridge, seed);
    car_parameters_pack(model->parameters);
}

void car_embed(const car_block *table, const int32_t *ids, int n, car_panel out)
{
    for (int i = 0; i < n; i++)
        car_copy(table->columns, table->value + ids[i] * table->stride, car_row(out, i));
}

/* ---- packed rows ---------------------------------------------------------------------- */

/* Which of the sentences is sequence b; NULL: they are in the order of the sequences. */
static int nth(const int *which, int b) { return which != NULL ? which[b] : b; }

static const int32_t *take_ids(car_arena *arena, const car_steps *steps, const car_sentence *sentences,
                               const int *which)
{
    int32_t *ids = car_arena_take(arena, steps->total, sizeof *ids);
    for (int t = 0; t < steps->steps; t++)
        for (int b = 0; b < steps->rows[t]; b++)
            ids[steps->first[t] + b] = sentences[nth(which, b)].ids[t];
    return ids;
}

static car_panel take_numbers(car_arena *arena, const car_steps *steps, const car_sentence *sentences, const int *which,
                              int width)
{
    car_panel numbers = car_panel_take(arena, steps->total, width);
    for (int t = 0; t < steps->steps; t++)
        for (int b = 0; b < steps->rows[t]; b++) {
            const float *from = sentences[nth(which, b)].numbers + (ptrdiff_t)t * width;
            car_real *to = car_row(numbers, steps->first[t] + b);
            for (int j = 0; j < width; j++)
                to[j] = (car_real)from[j];
        }
    return numbers;
}

car_panel car_source_rows(const car_model *model, car_arena *arena, const car_steps *steps, const car_sentence *sources)
{
    int width = model->encoder.input;
    if (model->source_embedding == NULL)
        return take_numbers(arena, steps, sources, NULL, width);
    car_panel x = car_panel_take(arena, steps->total, width);
    car_embed(model->source_embedding, take_ids(arena, steps, sources, NULL), steps->total, x);
    return x;
}

/* ---- a shard ------------------------------------------------------------------------ */

void car_shard_init(car_shard *shard)
{
    *shard = (car_shard){.pairs = 0};
    car_arena_init(&shard->arena);
}

void car_shard_clear(car_shard *shard) { car_arena_clear(&shard->arena); }

/* The words of the target, and those before them. */
static void take_target_ids(car_shard *shard, const car_batch *batch)
{
    int32_t *previous = car_arena_take(&shard->arena, shard->target.total, sizeof *previous);
    int32_t *label = car_arena_take(&shard->arena, shard->target.total, sizeof *label);
    for (int t = 0; t < shard->target.steps; t++)
        for (int b = 0; b < shard->target.rows[t]; b++) {
            const int32_t *ids = batch->target[shard->row[b]].ids;
            label[shard->target.first[t] + b] = ids[t];
            previous[shard->target.first[t] + b] = t > 0                   ? ids[t - 1]
                                                   : batch->before != NULL ? batch->before[shard->row[b]]
                                                                           : CAR_START;
        }
    shard->previous = previous;
    shard->label = label;
}

void car_shard_load(car_shard *shard, const car_model_options *options, const car_batch *batch, const int *pairs, int n)
{
    car_model_task task = options->task;
    car_arena *arena = &shard->arena;
    car_arena_reset(arena);
    shard->pairs = n;
    int *length = car_arena_take(arena, n, sizeof *length);
    int *pair = car_arena_take(arena, n, sizeof *pair);
    int *source_length = car_arena_take(arena, n, sizeof *source_length);
    int *target_length = car_arena_take(arena, n, sizeof *target_length);

    for (int i = 0; i < n; i++)
        length[i] = batch->source[pairs[i]].length;
    const int *order = car_order_by_length(arena, length, n);
    for (int b = 0; b < n; b++) {
        pair[b] = pairs[order[b]];
        source_length[b] = batch->source[pair[b]].length;
        length[b] = task == CAR_CLASSIFY || task == CAR_REGRESS ? 1 : batch->target[pair[b]].length;
        CAR_REQUIRE(task != CAR_TAG || length[b] == source_length[b]);
    }
    const int *sentence = car_order_by_length(arena, length, n);
    int *row = car_arena_take(arena, n, sizeof *row);
    for (int b = 0; b < n; b++) {
        target_length[b] = length[sentence[b]];
        row[b] = pair[sentence[b]];
    }
    shard->pair = pair;
    shard->sentence = sentence;
    shard->row = row;
    shard->follows = batch->follows;
    shard->carried = NULL;
    shard->source_length = source_length;
    shard->target_length = target_length;
    shard->source = car_steps_take(arena, source_length, n);
    shard->target = car_steps_take(arena, target_length, n);
    shard->source_ids = shard->previous = shard->label = NULL;
    shard->source_numbers = shard->wanted = (car_panel){NULL, 0};
    if (options->source_numbers > 0)
        shard->source_numbers = take_numbers(arena, &shard->source, batch->source, pair, options->source_numbers);
    else
        shard->source_ids = take_ids(arena, &shard->source, batch->source, pair);
    if (task == CAR_REGRESS)
        shard->wanted = take_numbers(arena, &shard->target, batch->target, row, options->target_words);
    else
        take_target_ids(shard, batch);
}

/* The decoder's readouts. */
static car_panel decode(car_shard *shard, const car_model *model, const car_dropout *dropout)
{
    car_arena *arena = &shard->arena;
    car_memory *memory = NULL;
    if (model->decoder.attention.kind != CAR_ATTENTION_NONE) {
        shard->memory = car_memory_take(&model->decoder.attention, arena, &shard->source, shard->source_length,
                                        shard->encoding.output);
        memory = &shard->memory;
    }
    shard->decoding = car_decoding_take(&model->decoder, arena, shard->target, shard->sentence, memory,
                                        shard->crossing.summary, dropout);
    car_embed(model->target_embedding, shard->previous, shard->target.total, shard->decoding.input[0]);
    bool goes_on = shard->follows && shard->carried != NULL;
    car_decoder_begin(&shard->decoding, goes_on ? car_carried_take(shard->carried, arena, shard->row, shard->pairs)
                                                : shard->crossing.state);
    car_decoder_forward(&shard->decoding, (car_panel){NULL, 0});
    if (shard->carried != NULL)
        car_carried_keep(shard->carried, arena, shard->decoding.tape, model->decoder.depth, shard->row);
    return shard->decoding.readout;
}

void car_shard_forward(car_shard *shard, const car_model *model, const car_dropout *dropout)
{
    car_arena *arena = &shard->arena;
    shard->encoding = (car_encoding){.encoder = &model->encoder};
    if (car_task_encodes(model->options.task)) {
        car_panel x = car_panel_take(arena, shard->source.total, model->encoder.input);
        if (model->source_embedding != NULL)
            car_embed(model->source_embedding, shard->source_ids, shard->source.total, x);
        else
            car_panel_copy(shard->source_numbers, x, shard->source.total, model->encoder.input);
        shard->encoding = car_encoder_forward(&model->encoder, arena, shard->source, shard->source_length, x, dropout);
    }
    shard->crossing = car_bridge_forward(&model->bridge, arena, &shard->encoding, shard->sentence, shard->pairs);
    car_panel readout = car_task_decodes(model->options.task) ? decode(shard, model, dropout)
                        : model->options.task == CAR_TAG      ? shard->encoding.output /* of equal steps */
                                                              : shard->crossing.summary;

    int n = shard->target.total, width = model->output.readout;
    shard->rows = (car_output_rows){.n = n, .readout = readout, .label = shard->label, .wanted = shard->wanted};
    shard->output_mask = car_dropout_take_inputs(dropout, arena, "dropout.output", n, width);
    if (shard->output_mask.at != NULL) {
        shard->rows.readout = car_panel_take(arena, n, width);
        car_panel_copy(readout, shard->rows.readout, n, width);
        car_dropout_apply(shard->output_mask, shard->rows.readout, 0, n, width);
    }
    shard->rows.loss = car_arena_take(arena, n, sizeof *shard->rows.loss);
    shard->rows.cross_entropy = car_arena_take(arena, n, sizeof *shard->rows.cross_entropy);
    shard->rows.correct = car_arena_take(arena, n, sizeof *shard->rows.correct);
    if (dropout != NULL) /* dropout leaves a copy that only the output layer reads */
        shard->rows.d_readout = shard->output_mask.at != NULL ? shard->rows.readout : car_panel_take(arena, n, width);
}

void car_shard_backward(car_shard *shard, const car_model *model)
{
    car_arena *arena = &shard->arena;
    shard->dues = (car_dues){.arena = arena};
    car_dropout_apply(shard->output_mask, shard->rows.d_readout, 0, shard->rows.n, model->output.readout);

    bool encodes = car_task_encodes(model->options.task);
    car_encoder_back back = {.d_final = NULL};
    if (encodes)
        back = car_encoder_back_take(&shard->encoding);
    car_panel d_summary = shard->rows.d_readout, *d_state = NULL;
    if (car_task_decodes(model->options.task)) {
        d_summary = car_panel_take(arena, shard->pairs, model->encoder.width);
        car_panel_zero(d_summary, shard->pairs, model->encoder.width);
        d_state = car_arena_take(arena, model->bridge.n, sizeof *d_state);
        car_panel d_target = car_decoder_backward(&shard->decoding, shard->rows.d_readout, d_summary, d_state,
                                                  back.d_output, &shard->dues);
        car_dues_scatter(&shard->dues, model->target_embedding, shard->previous, d_target, shard->target.total);
    }
    if (!encodes)
        return;
    if (model->options.task == CAR_TAG)
        back.d_output = shard->rows.d_readout;
    else
        car_bridge_backward(&model->bridge, &shard->crossing, d_state, d_summary, &back, &model->encoder, &shard->dues);
    car_panel d_source = car_encoder_backward(&shard->encoding, back, &shard->dues);
    if (model->source_embedding != NULL)
        car_dues_scatter(&shard->dues, model->source_embedding, shard->source_ids, d_source, shard->source.total);
}
