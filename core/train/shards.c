#include "train/shards.h"

#include "base/clock.h"
#include "base/parallel.h"

/* Pairs in a shard.  Fewer waste vector registers in the recurrent products,
 * more leave threads idle. */
enum { SHARD_PAIRS = 16 };

struct car_shards {
    car_model *model;
    double label_smoothing;
    car_shard *shard; /* [capacity] */
    int n, capacity;
    car_arena arena;   /* of the minibatch                       */
    car_arena scratch; /* of the output layer, then of the dues */
    car_dropout dropout;
    bool training;
    car_shards_times times;
    car_carried carried;
};

car_shards *car_shards_new(car_model *model, double label_smoothing)
{
    car_shards *shards = car_alloc(1, sizeof *shards);
    shards->model = model;
    shards->label_smoothing = label_smoothing;
    car_arena_init(&shards->arena);
    car_arena_init(&shards->scratch);
    car_carried_init(&shards->carried, model->decoder.layer, model->decoder.depth);
    return shards;
}

void car_shards_free(car_shards *shards)
{
    if (shards == NULL)
        return;
    for (int i = 0; i < shards->capacity; i++)
        car_shard_clear(&shards->shard[i]);
    car_free(shards->shard);
    car_arena_clear(&shards->scratch);
    car_arena_clear(&shards->arena);
    car_carried_clear(&shards->carried);
    car_free(shards);
}

const car_shards_times *car_shards_times_view(const car_shards *shards) { return &shards->times; }

car_carried *car_shards_carried(car_shards *shards) { return &shards->carried; }

/* Sees to the states that the batch begins with and leaves. */
static void carry(car_shards *shards, const car_batch *batch)
{
    bool keeps = batch->before != NULL;
    if (!batch->follows || shards->carried.rows < batch->rows)
        car_carried_reset(&shards->carried, keeps ? batch->rows : 0);
    for (int s = 0; s < shards->n && keeps; s++)
        shards->shard[s].carried = &shards->carried;
}

/* Indices of the batch by falling length of both sides, dealt round. */
static void deal(car_shards *shards, const car_batch *batch)
{
    int rows = batch->rows;
    shards->n = (rows + SHARD_PAIRS - 1) / SHARD_PAIRS;
    if (shards->n > shards->capacity) {
        shards->shard = car_resize(shards->shard, shards->n, sizeof *shards->shard);
        for (; shards->capacity < shards->n; shards->capacity++)
            car_shard_init(&shards->shard[shards->capacity]);
    }
    int *length = car_arena_take(&shards->arena, rows, sizeof *length);
    for (int i = 0; i < rows; i++)
        length[i] = batch->source[i].length + batch->target[i].length;
    const int *order = car_order_by_length(&shards->arena, length, rows);
    int *hand = car_arena_take(&shards->arena, rows, sizeof *hand);
    for (int s = 0; s < shards->n; s++) {
        int n = 0;
        for (int i = s; i < rows; i += shards->n)
            hand[n++] = order[i];
        car_shard_load(&shards->shard[s], &shards->model->options, batch, hand, n);
    }
}

static void forward_shard(void *context, int task)
{
    car_shards *shards = context;
    car_dropout dropout = shards->dropout;
    dropout.shard = task;
    car_shard_forward(&shards->shard[task], shards->model, shards->training ? &dropout : NULL);
}

static void backward_shard(void *context, int task)
{
    car_shards *shards = context;
    car_shard_backward(&shards->shard[task], shards->model);
}

/* Forward and losses; `scale` weighs each word's loss in the gradients. */
static car_batch_loss run_forward(car_shards *shards, const car_batch *batch, double *pair_cross_entropy)
{
    double began = car_clock();
    car_arena_reset(&shards->arena);
    deal(shards, batch);
    carry(shards, batch);
    car_parallel(shards->n, forward_shard, shards);
    double read_out = car_clock();
    shards->times.forward += read_out - began;

    car_batch_loss sum = {.pairs = batch->rows};
    car_output_rows *rows = car_arena_take(&shards->arena, shards->n, sizeof *rows);
    for (int s = 0; s < shards->n; s++) {
        rows[s] = shards->shard[s].rows;
        sum.words += rows[s].n;
        sum.source_words += car_task_encodes(shards->model->options.task) ? shards->shard[s].source.total : 0;
    }
    car_arena_reset(&shards->scratch);
    car_output_loss(&shards->model->output, rows, shards->n, shards->label_smoothing, 1.0 / (double)sum.words,
                    &shards->scratch);
    shards->times.output += car_clock() - read_out;
    for (int i = 0; pair_cross_entropy != NULL && i < batch->rows; i++)
        pair_cross_entropy[i] = 0;
    for (int s = 0; s < shards->n; s++) {
        const car_shard *shard = &shards->shard[s];
        for (int t = 0; t < shard->target.steps; t++)
            for (int b = 0; b < shard->target.rows[t]; b++) {
                int row = shard->target.first[t] + b;
                sum.loss += rows[s].loss[row];
                sum.cross_entropy += rows[s].cross_entropy[row];
                sum.correct += rows[s].correct[row];
                if (pair_cross_entropy != NULL)
                    pair_cross_entropy[shard->pair[shard->sentence[b]]] += rows[s].cross_entropy[row];
            }
    }
    return sum;
}

car_batch_loss car_shards_score(car_shards *shards, const car_batch *batch, double *pair_cross_entropy)
{
    shards->training = false;
    return run_forward(shards, batch, pair_cross_entropy);
}

car_batch_loss car_shards_gradient(car_shards *shards, const car_batch *batch, const car_dropout *dropout)
{
    shards->dropout = *dropout;
    shards->training = true;
    car_batch_loss sum = run_forward(shards, batch, NULL);
    double began = car_clock();
    car_parallel(shards->n, backward_shard, shards);
    double arrived = car_clock();
    shards->times.backward += arrived - began;

    const car_dues **dues = car_arena_take(&shards->arena, shards->n, sizeof *dues);
    for (int s = 0; s < shards->n; s++)
        dues[s] = &shards->shard[s].dues;
    car_block *started[] = {shards->model->output.matrix}; /* car_output_loss overwrote and filled it */
    car_arena_reset(&shards->scratch);
    car_dues_settle(dues, shards->n, started, 1, &shards->scratch);
    shards->times.weights += car_clock() - arrived;
    return sum;
}

void car_shards_update_statistics(car_shards *shards)
{
    const car_encoder *encoder = &shards->model->encoder;
    const car_decoder *decoder = &shards->model->decoder;
    const car_tape **tape = car_arena_take(&shards->arena, shards->n, sizeof *tape);
    for (int l = 0; l < encoder->depth; l++)
        for (int r = 0; r < encoder->readers; r++) {
            for (int s = 0; s < shards->n; s++)
                tape[s] = &shards->shard[s].encoding.tape[l][r];
            car_layer_update_statistics(&encoder->layer[l][r], tape, shards->n);
        }
    for (int l = 0; l < decoder->depth; l++) {
        for (int s = 0; s < shards->n; s++)
            tape[s] = &shards->shard[s].decoding.tape[l];
        car_layer_update_statistics(&decoder->layer[l], tape, shards->n);
    }
}
