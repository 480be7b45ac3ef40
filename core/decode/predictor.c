#include "decode/predictor.h"

#include <math.h>

#include "carousel/cell_math.h"
#include "math/vector.h"

/* What is held of one model. */
struct car_predictor_part {
    const car_model *model;
    double weight;
    car_memory memory;
    car_panel summary; /* [sentences, encoder width]                                    */
    car_panel *state;  /* [bridge.n] of the sentences before the first step, then of rows */
    car_panel readout; /* [rows, R] of the last step; at == NULL before the first       */
    car_look look;
    car_output output; /* of the model, or of it the words of all lists: */
    car_block matrix, bias;
};

static bool has_attention(const car_model *model) { return model->decoder.attention.kind != CAR_ATTENTION_NONE; }

bool car_ensemble_attends(const car_ensemble *ensemble)
{
    for (int k = 0; k < ensemble->n; k++)
        if (has_attention(ensemble->models[k]))
            return true;
    return false;
}

void car_predictor_init(car_predictor *predictor)
{
    *predictor = (car_predictor){.ensemble = NULL};
    car_arena_init(&predictor->batch);
    car_arena_init(&predictor->step[0]);
    car_arena_init(&predictor->step[1]);
}

void car_predictor_clear(car_predictor *predictor)
{
    car_arena_clear(&predictor->step[1]);
    car_arena_clear(&predictor->step[0]);
    car_arena_clear(&predictor->batch);
}

/* Does a vote change nothing: one model that weighs 1? */
static bool is_alone(const car_predictor *predictor)
{
    return predictor->ensemble->n == 1 && predictor->part->weight == 1;
}

/* ---- the encoder, and the first states of the decoder --------------------------------- */

static void encode(car_predictor_part *part, car_arena *arena, car_steps steps, const int *lengths, const int *rows,
                   const car_sentence *sources, int n)
{
    const car_model *model = part->model;
    car_encoding encoding = {.encoder = &model->encoder};
    if (car_task_encodes(model->options.task)) {
        car_panel x = car_source_rows(model, arena, &steps, sources);
        encoding = car_encoder_forward(&model->encoder, arena, steps, lengths, x, NULL);
    }
    car_crossing crossing = car_bridge_forward(&model->bridge, arena, &encoding, rows, n);
    part->state = crossing.state;
    part->summary = crossing.summary;
    if (has_attention(model))
        part->memory = car_memory_take(&model->decoder.attention, arena, &steps, lengths, encoding.output);
}

void car_predictor_start(car_predictor *predictor, const car_ensemble *ensemble, const car_sentence *sources, int n,
                         bool wants_covered)
{
    car_arena *arena = &predictor->batch;
    car_arena_reset(arena);
    predictor->ensemble = ensemble;
    predictor->turn = 0;
    predictor->words = ensemble->models[0]->output.words;
    predictor->first_word = car_model_first_word(ensemble->models[0]);
    predictor->attention = predictor->covered = (car_panel){NULL, 0};
    predictor->wants_covered = wants_covered && car_ensemble_attends(ensemble);
    int *length = car_arena_take(arena, n, sizeof *length), *rows = car_arena_take(arena, n, sizeof *rows);
    for (int b = 0; b < n; b++) {
        length[b] = sources[b].length;
        rows[b] = b;
    }
    predictor->source_length = length;
    predictor->longest = length[0];
    car_steps steps = car_steps_take(arena, length, n);

    predictor->part = car_arena_take(arena, ensemble->n, sizeof *predictor->part);
    for (int k = 0; k < ensemble->n; k++) {
        double weight = ensemble->weights != NULL ? ensemble->weights[k] : 1.0 / ensemble->n;
        predictor->part[k] =
            (car_predictor_part){.model = ensemble->models[k], .weight = weight, .output = ensemble->models[k]->output};
        encode(&predictor->part[k], arena, steps, length, rows, sources, n);
    }
    predictor->list = predictor->place = NULL;
    predictor->computed = predictor->words;
    predictor->logits = (car_panel){NULL, 0};
}

/* ---- the words of the batch ------------------------------------------------------------- */

/* Of the output layer the rows of these words. */
static void shorten(car_predictor_part *part, car_arena *arena, car_word_list all)
{
    const car_output *whole = &part->model->output;
    part->matrix = (car_block){.backward = {whole->readout, all.n, NULL}};
    part->matrix.backward.at = car_arena_take(arena, car_packed_reals(whole->readout, all.n), sizeof(car_real));
    car_pack_columns(&part->matrix.backward, &whole->matrix->backward, all.word);
    part->bias = (car_block){.value = car_arena_take(arena, all.n, sizeof(car_real))};
    for (int j = 0; j < all.n; j++)
        part->bias.value[j] = whole->bias->value[all.word[j]];
    part->output = (car_output){all.n, whole->readout, whole->numbers, &part->matrix, &part->bias};
}

void car_predictor_list(car_predictor *predictor, const car_word_list *lists, int n)
{
    car_arena *arena = &predictor->batch;
    car_word_list all = car_word_lists_join(arena, lists, n, predictor->words);
    int32_t *place_of = car_arena_take(arena, predictor->words, sizeof *place_of);
    for (int j = 0; j < all.n; j++)
        place_of[all.word[j]] = j;
    car_word_list *places = car_arena_take(arena, n, sizeof *places);
    for (int b = 0; b < n; b++) {
        int32_t *place = car_arena_take(arena, lists[b].n, sizeof *place);
        for (int j = 0; j < lists[b].n; j++)
            place[j] = place_of[lists[b].word[j]];
        places[b] = (car_word_list){lists[b].n, place};
    }
    predictor->list = lists;
    predictor->place = places;
    predictor->computed = all.n;
    for (int k = 0; k < predictor->ensemble->n; k++)
        shorten(&predictor->part[k], arena, all);
    predictor->x = car_arena_take(arena, predictor->words, sizeof *predictor->x);
}

static void take_logits(car_predictor *predictor)
{
    car_arena *arena = &predictor->batch;
    int words = predictor->words, blocks = (words + CAR_PREDICTOR_BLOCK - 1) / CAR_PREDICTOR_BLOCK;
    predictor->logits = car_panel_take(arena, CAR_PREDICTOR_ROWS, predictor->computed);
    predictor->vote =
        is_alone(predictor) ? predictor->logits : car_panel_take(arena, CAR_PREDICTOR_ROWS, predictor->computed);
    predictor->power = car_arena_take(arena, words, sizeof *predictor->power);
    predictor->largest = car_arena_take(arena, blocks, sizeof *predictor->largest);
}

/* ---- a step of the decoder -------------------------------------------------------------- */

/* Rows of a panel: out[i] = in[row[i]]. */
static car_panel take_rows(car_arena *arena, car_panel in, const int *row, int n, int width)
{
    car_panel out = car_panel_take(arena, n, width);
    for (int i = 0; i < n; i++)
        car_copy(width, car_row(in, row[i]), car_row(out, i));
    return out;
}

/* All hypotheses through a decoder, up to the readouts. */
static void decode(car_predictor_part *part, car_arena *arena, car_steps steps, const int *sentence, const int *parent,
                   const int32_t *ids)
{
    const car_model *model = part->model;
    int n = steps.batch;
    car_panel summary = {NULL, 0}, fed = {NULL, 0};
    if (model->options.context_every)
        summary = take_rows(arena, part->summary, sentence, n, model->encoder.width);
    if (model->options.input_feeding && part->readout.at != NULL)
        fed = take_rows(arena, part->readout, parent, n, model->output.readout);
    car_panel *state = car_arena_take(arena, model->bridge.n, sizeof *state);
    for (int i = 0; i < model->bridge.n; i++)
        state[i] = take_rows(arena, part->state[i], parent, n, model->bridge.link[i].width);

    car_decoding decoding = car_decoding_take(&model->decoder, arena, steps, sentence,
                                              has_attention(model) ? &part->memory : NULL, summary, NULL);
    car_embed(model->target_embedding, ids, n, decoding.input[0]);
    car_decoder_begin(&decoding, state);
    car_decoder_forward(&decoding, fed);

    for (int i = 0; i < model->bridge.n; i++)
        part->state[i] = decoding.tape[model->bridge.link[i].layer].next[model->bridge.link[i].state];
    part->readout = decoding.readout;
    part->look = decoding.look;
}

/* Where the rows look, as the models that look agree. */
static car_panel mean_attention(const car_predictor *predictor, car_arena *arena, const int *sentence, int n)
{
    const car_predictor_part *part = predictor->part;
    int models = predictor->ensemble->n;
    double sum = 0;
    for (int k = 0; k < models; k++)
        sum += has_attention(part[k].model) ? part[k].weight : 0;
    if (models == 1 || sum == 0)
        return sum > 0 ? part->look.weights : (car_panel){NULL, 0};
    car_panel mean = car_panel_take(arena, n, predictor->longest);
    for (int i = 0; i < n; i++) {
        int length = predictor->source_length[sentence[i]];
        car_zero(length, car_row(mean, i));
        for (int k = 0; k < models; k++)
            if (has_attention(part[k].model))
                car_add_scaled(length, (car_real)(part[k].weight / sum), car_row(part[k].look.weights, i),
                               car_row(mean, i));
    }
    return mean;
}

static car_panel add_covered(const car_predictor *predictor, car_arena *arena, const int *sentence, const int *parent,
                             int n)
{
    car_panel covered = car_panel_take(arena, n, predictor->longest);
    for (int i = 0; i < n; i++) {
        int length = predictor->source_length[sentence[i]];
        car_copy(length, car_row(predictor->attention, i), car_row(covered, i));
        if (predictor->covered.at != NULL)
            car_add(length, car_row(predictor->covered, parent[i]), car_row(covered, i));
    }
    return covered;
}

void car_predictor_step(car_predictor *predictor, int n, const int *sentence, const int *parent, const int32_t *ids)
{
    car_arena *arena = &predictor->step[predictor->turn];
    predictor->turn = !predictor->turn;
    car_arena_reset(arena);
    int *shape = car_arena_take(arena, 2, sizeof *shape);
    shape[0] = n;
    shape[1] = 0;
    car_steps steps = {.batch = n, .steps = 1, .total = n, .rows = &shape[0], .first = &shape[1]};
    for (int k = 0; k < predictor->ensemble->n; k++)
        decode(&predictor->part[k], arena, steps, sentence, parent, ids);
    predictor->sentence = sentence;
    predictor->attention = mean_attention(predictor, arena, sentence, n);
    if (predictor->wants_covered)
        predictor->covered = add_covered(predictor, arena, sentence, parent, n);
}

/* ---- probabilities ---------------------------------------------------------------------- */

CAR_KERNEL static void exp_of_difference(int n, car_real largest, const car_real *x, car_real *y)
{
    CAR_EACH(j, n)
        y[j] = car_exp(x[j] - largest);
}

CAR_KERNEL static void add_vote(int n, car_real weight, car_real log_sum, const car_real *x, car_real *y)
{
    CAR_EACH(j, n)
        y[j] += weight * (x[j] - log_sum);
}

/* Fills predictor->largest. */
static void find_largest(car_predictor *predictor, const car_real *x)
{
    int n = predictor->words, blocks = 0;
    for (int v = 0; v < n; v += CAR_PREDICTOR_BLOCK)
        predictor->largest[blocks++] = car_largest(n - v < CAR_PREDICTOR_BLOCK ? n - v : CAR_PREDICTOR_BLOCK, x + v);
}

/* log sum_j exp x[j] */
static double log_sum_of(car_predictor *predictor, const car_real *x, int n, car_real largest)
{
    exp_of_difference(n, largest, x, predictor->power);
    return (double)largest + log((double)car_sum(n, predictor->power));
}

/* How many words are predicted of row i of the logits. */
static int words_of(const car_predictor *predictor, int i)
{
    return predictor->list == NULL ? predictor->words : predictor->list[predictor->sentence[predictor->first + i]].n;
}

/* Moves the words of its list to the front of row i: places rise, and are never less than j. */
static void pick(const car_predictor *predictor, int i)
{
    car_real *x = car_row(predictor->logits, i);
    const car_word_list place = predictor->place[predictor->sentence[predictor->first + i]];
    for (int j = 0; j < place.n; j++)
        x[j] = x[place.word[j]];
}

void car_predictor_words(car_predictor *predictor, int first, int n)
{
    if (predictor->logits.at == NULL)
        take_logits(predictor);
    predictor->first = first;
    for (int k = 0; k < predictor->ensemble->n; k++) {
        const car_predictor_part *part = &predictor->part[k];
        car_output_logits(&part->output, car_panel_from_row(part->readout, first), n, predictor->logits);
        for (int i = 0; i < n && predictor->list != NULL; i++)
            pick(predictor, i);
        if (is_alone(predictor))
            return;
        for (int i = 0; i < n; i++) {
            car_real *x = car_row(predictor->logits, i), *vote = car_row(predictor->vote, i);
            int words = words_of(predictor, i);
            car_real log_sum = (car_real)log_sum_of(predictor, x, words, car_largest(words, x));
            if (k == 0)
                car_zero(words, vote);
            add_vote(words, (car_real)part->weight, log_sum, x, vote);
        }
    }
}

/* Row i of the listed words among all, of which the others have no probability. */
static car_real *spread(const car_predictor *predictor, int i)
{
    const car_word_list list = predictor->list[predictor->sentence[predictor->first + i]];
    const car_real *from = car_row(predictor->vote, i);
    for (int v = 0; v < predictor->words; v++)
        predictor->x[v] = -(car_real)INFINITY;
    for (int j = 0; j < list.n; j++)
        predictor->x[list.word[j]] = from[j];
    return predictor->x;
}

car_predicted car_predictor_row(car_predictor *predictor, int i)
{
    car_predicted row = {.x = car_row(predictor->vote, i), .largest = predictor->largest};
    row.blocks = (predictor->words + CAR_PREDICTOR_BLOCK - 1) / CAR_PREDICTOR_BLOCK;
    const car_real *x = row.x;
    if (predictor->list != NULL)
        row.x = spread(predictor, i);
    find_largest(predictor, row.x);
    if (is_alone(predictor))
        row.log_sum = log_sum_of(predictor, x, words_of(predictor, i), car_largest(row.blocks, predictor->largest));
    return row;
}
