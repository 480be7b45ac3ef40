#include "card/learner.h"

#include <math.h>

#include "math/initialise.h"
#include "math/vector.h"

const car_card_recipe car_card_recipe_fixed = {
    .hidden = 64, .batch = 32, .learning_rate = 0.005, .clip = 1, .probe_every = 50};

/* ---- life ---------------------------------------------------------------------------------- */

void car_card_learner_init(car_card_learner *learner, const car_card_task *task, const car_card_recipe *recipe,
                           car_cell_plan *plan, uint64_t seed)
{
    const car_layer_options options = {0};
    const car_optimizer_options adam = car_optimizer_defaults(CAR_ADAM);
    CAR_REQUIRE(plan->input == task->input && plan->hidden == recipe->hidden);
    *learner = (car_card_learner){.task = task, .recipe = recipe, .seed = seed};
    car_arena_init(&learner->arena);
    car_parameters *parameters = learner->parameters = car_parameters_new();
    car_layer_init(&learner->layer, plan, &options, parameters, "cell");
    car_output *output = &learner->output;
    *output = (car_output){.words = task->output, .readout = plan->output};
    output->matrix = car_parameters_add(parameters, output->words, output->readout, CAR_TIMES_TRANSPOSED);
    car_parameters_name(parameters, output->matrix, 0, output->readout, "output.words");
    output->bias = car_parameters_add(parameters, 1, output->words, CAR_READ);
    car_parameters_name(parameters, output->bias, 0, output->words, "output.b");
    car_parameters_allocate(parameters, CAR_TO_LEARN);

    car_layer_start(&learner->layer, parameters, seed, false);
    car_initialise((car_panel){output->matrix->value, output->matrix->stride}, output->words, output->readout,
                   CAR_INIT_GLOROT, 1, car_stream_named(seed, "output.words"));
    car_parameters_pack(parameters);
    learner->optimizer = car_optimizer_new(&adam, parameters->n);
}

void car_card_learner_clear(car_card_learner *learner)
{
    car_optimizer_free(learner->optimizer);
    car_layer_clear(&learner->layer);
    car_parameters_free(learner->parameters);
    car_arena_clear(&learner->arena);
}

/* ---- batches --------------------------------------------------------------------------------- */

/* All that is asked, one sequence after the other. */
static void list_questions(car_arena *arena, const car_card_sequence *sequences, const int *order,
                           car_card_batch *batch)
{
    int most = batch->steps.total;
    int *row = car_arena_take(arena, most, sizeof *row), *of = car_arena_take(arena, most, sizeof *of);
    int32_t *label = car_arena_take(arena, most, sizeof *label);
    uint8_t *counts = car_arena_take(arena, most, sizeof *counts);
    car_real *target = car_arena_take(arena, most, sizeof *target);
    for (int b = 0; b < batch->sequences; b++) {
        const car_card_sequence *sequence = &sequences[order[b]];
        for (int t = 0; t < sequence->length; t++) {
            if (sequence->label[t] < 0)
                continue;
            row[batch->n] = batch->steps.first[t] + b;
            of[batch->n] = b;
            label[batch->n] = sequence->label[t];
            counts[batch->n] = sequence->counts[t];
            target[batch->n++] = sequence->target;
        }
    }
    batch->row = row;
    batch->sequence = of;
    batch->label = label;
    batch->counts = counts;
    batch->target = target;
    batch->loss = car_arena_take(arena, batch->n, sizeof *batch->loss);
    batch->correct = car_arena_take(arena, batch->n, sizeof *batch->correct);
}

car_card_batch car_card_batch_take(car_card_learner *learner, car_stream stream, uint64_t first, int n, int size)
{
    const car_card_task *task = learner->task;
    car_arena *arena = &learner->arena;
    car_card_batch batch = {.sequences = n};
    car_card_sequence *sequences = car_arena_take(arena, n, sizeof *sequences);
    int *lengths = car_arena_take(arena, n, sizeof *lengths);
    for (int i = 0; i < n; i++) {
        sequences[i] = car_card_sequence_take(arena, task);
        car_card_sequence_draw(task, stream, first + (uint64_t)i, size, &sequences[i]);
        lengths[i] = sequences[i].length;
    }
    const int *order = car_order_by_length(arena, lengths, n);
    for (int b = 0; b < n; b++)
        lengths[b] = sequences[order[b]].length;
    batch.steps = car_steps_take(arena, lengths, n);
    batch.x = car_panel_take(arena, batch.steps.total, task->input);
    for (int b = 0; b < n; b++)
        for (int t = 0; t < lengths[b]; t++)
            car_copy(task->input, sequences[order[b]].x + (ptrdiff_t)t * task->input,
                     car_row(batch.x, batch.steps.first[t] + b));
    list_questions(arena, sequences, order, &batch);
    return batch;
}

/* ---- loss and gradient ------------------------------------------------------------------------- */

/* Mean square of the errors; gradients as car_output_loss does for classes. */
static void square_loss(car_card_learner *learner, car_card_batch *batch, car_panel readout, car_panel d_readout)
{
    const car_output *output = &learner->output;
    car_panel answer = car_panel_take(&learner->arena, batch->n, 1);
    car_output_logits(output, readout, batch->n, answer);
    for (int i = 0; i < batch->n; i++) {
        car_real error = *car_row(answer, i) - batch->target[i];
        batch->loss[i] = (double)error * (double)error;
        *car_row(answer, i) = 2 * error / (car_real)batch->n;
    }
    if (d_readout.at == NULL)
        return;
    car_product(batch->n, answer.at, answer.stride, 1, &output->matrix->forward, NULL, d_readout);
    car_dues dues = {.arena = &learner->arena};
    const car_dues *list = &dues;
    car_dues_product(&dues, output->matrix, 0, output->readout, answer, readout, batch->n);
    car_dues_sum(&dues, output->bias, 0, 1, answer, batch->n);
    car_dues_settle(&list, 1, NULL, 0, &learner->arena);
}

static void class_loss(car_card_learner *learner, car_card_batch *batch, car_panel readout, car_panel d_readout)
{
    car_output_rows rows = {.n = batch->n, .readout = readout, .label = batch->label, .d_readout = d_readout};
    rows.loss = batch->loss;
    rows.cross_entropy = car_arena_take(&learner->arena, batch->n, sizeof *rows.cross_entropy);
    rows.correct = batch->correct;
    car_output_loss(&learner->output, &rows, 1, 0, 1.0 / batch->n, &learner->arena);
}

/* Backward through the cell with what arrives at the rows that were asked. */
static void back_through_cell(car_card_learner *learner, car_card_batch *batch, car_panel d_readout)
{
    car_arena *arena = &learner->arena;
    int total = batch->steps.total, width = learner->output.readout;
    car_panel d_output = car_panel_take(arena, total, width);
    car_panel_zero(d_output, total, width);
    for (int i = 0; i < batch->n; i++)
        car_copy(width, car_row(d_readout, i), car_row(d_output, batch->row[i]));
    car_dues dues = {.arena = arena};
    const car_dues *list = &dues;
    car_layer_backward(&batch->tape, arena, d_output, NULL, &dues);
    car_dues_settle(&list, 1, NULL, 0, arena);
}

double car_card_learner_loss(car_card_learner *learner, car_card_batch *batch, bool gradient)
{
    car_arena *arena = &learner->arena;
    int width = learner->output.readout;
    batch->tape = car_tape_take(arena, &learner->layer, batch->steps, batch->x, NULL);
    car_layer_forward(&batch->tape, NULL);
    car_panel readout = car_panel_take(arena, batch->n, width), d_readout = {NULL, 0};
    for (int i = 0; i < batch->n; i++)
        car_copy(width, car_row(batch->tape.next[0], batch->row[i]), car_row(readout, i));
    if (gradient)
        d_readout = car_panel_take(arena, batch->n, width);
    if (learner->task->measure == CAR_CARD_SQUARE)
        square_loss(learner, batch, readout, d_readout);
    else
        class_loss(learner, batch, readout, d_readout);
    if (gradient)
        back_through_cell(learner, batch, d_readout);
    double sum = 0;
    for (int i = 0; i < batch->n; i++)
        sum += batch->loss[i];
    return sum / batch->n;
}

bool car_card_learner_update(car_card_learner *learner, int64_t update)
{
    const car_card_recipe *recipe = learner->recipe;
    car_parameters *parameters = learner->parameters;
    car_arena_reset(&learner->arena);
    car_card_batch batch = car_card_batch_take(learner, car_stream_named(learner->seed, learner->task->name),
                                               (uint64_t)(update - 1) * (uint64_t)recipe->batch, recipe->batch, 0);
    double loss = car_card_learner_loss(learner, &batch, true);
    double norm = car_gradient_norm(parameters->gradient, parameters->n);
    if (!isfinite(loss) || !isfinite(norm))
        return false;
    car_optimizer_step(learner->optimizer, parameters->value, parameters->gradient, recipe->learning_rate,
                       norm > recipe->clip ? recipe->clip / norm : 1, 0);
    car_parameters_pack(parameters);
    return true;
}

/* ---- scores --------------------------------------------------------------------------------------- */

enum { SCORED_AT_A_TIME = 50 };

/* What came of the sequences of one size. */
typedef struct tally {
    double loss;
    int64_t answers, right, sequences, all_right;
} tally;

static void add_batch(tally *sums, const car_card_batch *batch)
{
    for (int i = 0; i < batch->n;) {
        int sequence = batch->sequence[i];
        bool all = true;
        for (; i < batch->n && batch->sequence[i] == sequence; i++) {
            if (!batch->counts[i])
                continue;
            sums->loss += batch->loss[i];
            sums->answers++;
            sums->right += batch->correct[i];
            all = all && batch->correct[i];
        }
        sums->sequences++;
        sums->all_right += all;
    }
}

static tally tally_size(car_card_learner *learner, car_stream stream, int n, int size)
{
    tally sums = {0};
    for (int first = 0; first < n; first += SCORED_AT_A_TIME) {
        int some = n - first < SCORED_AT_A_TIME ? n - first : SCORED_AT_A_TIME;
        car_arena_reset(&learner->arena);
        car_card_batch batch = car_card_batch_take(learner, stream, (uint64_t)first, some, size);
        (void)car_card_learner_loss(learner, &batch, false);
        add_batch(&sums, &batch);
    }
    return sums;
}

double car_card_learner_score(car_card_learner *learner, car_card_set set)
{
    const car_card_task *task = learner->task;
    car_stream stream = car_stream_named(set == CAR_CARD_PROBE ? 0 : 1, task->name);
    int n = set == CAR_CARD_PROBE ? task->probes : task->tests;
    /* A probe that is to end the training asks for half as many mistakes. */
    double reached = set == CAR_CARD_PROBE ? (1 + task->reached) / 2 : task->reached;
    double score = 0;
    for (int i = 0; i < task->n_sizes; i++) {
        tally sums = tally_size(learner, stream, n, task->sizes[i]);
        if (task->measure == CAR_CARD_SQUARE)
            return sums.loss / (double)sums.answers;
        if (task->measure == CAR_CARD_SHARE)
            return (double)sums.right / (double)sums.answers;
        if ((double)sums.all_right < reached * (double)sums.sequences)
            break;
        score = task->sizes[i];
    }
    return score;
}
