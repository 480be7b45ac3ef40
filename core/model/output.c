#include "model/output.h"

#include "base/parallel.h"
#include "math/vector.h"

enum {
    SLICE_ROWS = 256, /* rows of logits held at a time, at most */
    LEAST_ROWS = 16,  /* in one task of logits, loss and d_readout; each thread has one: many rows read a panel once */
    TASK_WORDS = 192  /* words in one task of the weight gradient */
};

void car_output_logits(const car_output *output, car_panel readout, int n, car_panel logits)
{
    const car_panel bias = {output->bias->value, 0};
    car_product(n, readout.at, readout.stride, 1, &output->matrix->backward, &bias, logits);
}

typedef struct slice {
    const car_output *output;
    const car_output_rows *rows;
    int first, n, task_rows;
    double smoothing, scale;
    car_panel logits;   /* [n, V] */
    car_packed readout; /* [n, R] */
    bool add;           /* to the weight gradient: false for the first slice */
} slice;

static void loss_of_rows(void *context, int task)
{
    const slice *s = context;
    const car_output *output = s->output;
    const car_output_rows *rows = s->rows;
    int from = task * s->task_rows, to = from + s->task_rows < s->n ? from + s->task_rows : s->n;
    car_panel logits = car_panel_from_row(s->logits, from);
    car_output_logits(output, car_panel_from_row(rows->readout, s->first + from), to - from, logits);
    for (int i = from; i < to; i++) {
        int row = s->first + i;
        car_real *x = car_row(s->logits, i), scale = (car_real)s->scale;
        car_row_loss loss = output->numbers ? car_squared_loss(output->words, x, car_row(rows->wanted, row), scale)
                                            : car_softmax_loss(output->words, x, rows->label[row], s->smoothing, scale);
        rows->loss[row] = loss.loss;
        rows->cross_entropy[row] = loss.cross_entropy;
        rows->correct[row] = (uint8_t)loss.correct;
    }
    if (rows->d_readout.at != NULL)
        car_product(to - from, logits.at, logits.stride, 1, &output->matrix->forward, NULL,
                    car_panel_from_row(rows->d_readout, s->first + from));
}

static void gradient_of_words(void *context, int task)
{
    const slice *s = context;
    const car_output *output = s->output;
    int from = task * TASK_WORDS, to = from + TASK_WORDS < output->words ? from + TASK_WORDS : output->words;
    car_block *matrix = output->matrix;
    car_panel gradient = {matrix->gradient + from * matrix->stride, matrix->stride};
    car_product(to - from, s->logits.at + from, 1, s->logits.stride, &s->readout, s->add ? &gradient : NULL, gradient);
    car_real *bias = output->bias->gradient + from;
    if (!s->add)
        car_zero(to - from, bias);
    car_panel_sum(car_panel_from_column(s->logits, from), bias, s->n, to - from);
}

/* Rows of each of so many equal parts of n; even, because in bf16 they go in pairs. */
static int shares(int n, int parts) { return ((n + parts - 1) / parts + 1) / 2 * 2; }

void car_output_loss(const car_output *output, const car_output_rows *shards, int n_shards, double smoothing,
                     double scale, car_arena *arena)
{
    slice s = {.output = output, .smoothing = smoothing, .scale = scale};
    s.logits = car_panel_take(arena, SLICE_ROWS, output->words);
    car_real *packed = car_arena_take(arena, car_packed_reals(SLICE_ROWS, output->readout), sizeof *packed);
    for (int shard = 0; shard < n_shards; shard++) {
        s.rows = &shards[shard];
        const bool learns = s.rows->d_readout.at != NULL && output->matrix->gradient != NULL;
        const int slices = (s.rows->n + SLICE_ROWS - 1) / SLICE_ROWS, most = shares(s.rows->n, slices);
        for (s.first = 0; s.first < s.rows->n; s.first += s.n) {
            s.n = s.rows->n - s.first < most ? s.rows->n - s.first : most;
            s.task_rows = shares(s.n, car_parallel_threads());
            s.task_rows = s.task_rows < LEAST_ROWS ? LEAST_ROWS : s.task_rows;
            if (learns) {
                s.readout = (car_packed){s.n, output->readout, packed};
                car_pack(&s.readout, car_row(s.rows->readout, s.first), s.rows->readout.stride, 1, 0,
                         car_packed_panels(&s.readout));
            }
            car_parallel((s.n + s.task_rows - 1) / s.task_rows, loss_of_rows, &s);
            if (!learns)
                continue;
            car_parallel((output->words + TASK_WORDS - 1) / TASK_WORDS, gradient_of_words, &s);
            s.add = true;
        }
    }
}
