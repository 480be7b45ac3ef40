/* Whole sequences in the host's layer: as one and step by step, together and alone, on
 * one thread and on several; and their gradients. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/parallel.h"
#include "check/differences.h"
#include "check/layer_bench.h"
#include "check/suite.h"
#include "math/vector.h"

static const int ragged[] = {6, 6, 4, 1};
enum { RAGGED = sizeof ragged / sizeof *ragged };

/* Says the first difference in bits of two panels' rows. */
static bool expect_same(car_case *c, const char *complaint, const char *what, car_panel a, int row_a, car_panel b,
                        int row_b, int rows, int width)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < width; j++)
            if (memcmp(&car_row(a, row_a + i)[j], &car_row(b, row_b + i)[j], sizeof(car_real)) != 0) {
                car_case_fail(c, "%s: %s, packed row %d, unit %d: %.9g and %.9g", complaint, what, row_b + i, j,
                              (double)car_row(a, row_a + i)[j], (double)car_row(b, row_b + i)[j]);
                return false;
            }
    return true;
}

/* ---- what is left unwritten ------------------------------------------------------------------------ */

static void expect_finite(car_case *c, const char *what, car_panel panel, int rows, int width)
{
    for (int b = 0; b < rows; b++)
        for (int j = 0; j < width; j++)
            if (!isfinite(car_row(panel, b)[j]))
                car_case_fail(c, "after a sequence, %s holds no number in packed row %d, unit %d", what, b, j);
}

void car_check_sequence_whole(car_case *c)
{
    car_layer_bench *bench = car_layer_bench_new(c, 5, 37, ragged, RAGGED);
    if (bench == NULL)
        return;
    const car_cell_plan *plan = bench->plan;
    car_tape tape = car_layer_bench_forward(bench, &bench->arena);
    car_layer_bench_backward(bench, &tape, &bench->arena);
    int n = bench->steps.total;
    expect_finite(c, "the panel of all gates", tape.gate, n, plan->columns);
    expect_finite(c, "the gradient of all gates", tape.d_gate, n, plan->columns);
    expect_finite(c, "the gradient of x", tape.d_x, n, plan->input);
    for (int k = 0; k < plan->n_states; k++) {
        expect_finite(c, plan->state[k].name, tape.next[k], n, plan->state[k].width);
        expect_finite(c, "the gradient of an initial state", tape.d_state[k], bench->steps.batch, plan->state[k].width);
    }
    for (ptrdiff_t i = 0; i < bench->parameters->n; i++)
        if (!isfinite(bench->parameters->gradient[i]))
            car_case_fail(c, "after a sequence, the gradient of a parameter is no number");
    car_layer_bench_free(bench);
}

/* ---- steps, rows ------------------------------------------------------------------------------------- */

void car_check_sequence_steps(car_case *c)
{
    static const char complaint[] = "one step after another gives something else than the whole sequence";
    car_layer_bench *bench = car_layer_bench_new(c, 5, 37, ragged, RAGGED);
    if (bench == NULL)
        return;
    const car_cell_plan *plan = bench->plan;
    const car_steps *steps = &bench->steps;
    car_tape whole = car_layer_bench_forward(bench, &bench->arena);
    car_layer_bench_backward(bench, &whole, &bench->arena);

    car_panel arriving[CAR_MAX_STATES]; /* d_final where a sequence ends, and d_output */
    for (int k = 0; k < plan->n_states; k++) {
        int width = plan->state[k].width;
        arriving[k] = car_panel_take(&bench->arena, steps->total, width);
        car_panel_zero(arriving[k], steps->total, width);
        for (int b = 0; b < steps->batch; b++)
            car_copy(width, car_row(bench->d_final[k], b),
                     car_row(arriving[k], steps->first[bench->lengths[b] - 1] + b));
        if (k == 0)
            car_panel_add(bench->d_output, arriving[k], steps->total, width);
    }
    car_tape *chain = car_layer_bench_chain(bench, &bench->scratch);
    bool same = true;
    for (int t = 0; t < steps->steps && same; t++) {
        int row = steps->first[t], rows = steps->rows[t];
        same = expect_same(c, complaint, "the gates", chain[t].gate, 0, whole.gate, row, rows, plan->columns);
        for (int k = 0; k < plan->n_states && same; k++)
            same = expect_same(c, complaint, plan->state[k].name, chain[t].next[k], 0, whole.next[k], row, rows,
                               plan->state[k].width);
    }
    car_layer_bench_chain_back(bench, chain, arriving, &bench->scratch);
    for (int k = 0; k < plan->n_states && same; k++)
        same = expect_same(c, complaint, "the gradient of an initial state", chain[0].d_state[k], 0, whole.d_state[k],
                           0, steps->batch, plan->state[k].width);
    car_layer_bench_free(bench);
}

void car_check_sequence_rows(car_case *c)
{
    static const char complaint[] = "a sequence alone gives something else than among longer ones";
    car_layer_bench *bench = car_layer_bench_new(c, 5, 37, ragged, RAGGED);
    if (bench == NULL)
        return;
    const car_cell_plan *plan = bench->plan;
    const car_steps *steps = &bench->steps;
    car_tape whole = car_layer_bench_forward(bench, &bench->arena);
    car_layer_bench_backward(bench, &whole, &bench->arena);
    for (int b = 0; b < steps->batch && !car_case_failed(c); b++) {
        car_arena *memory = &bench->scratch;
        car_arena_reset(memory);
        car_steps alone = car_steps_take(memory, &bench->lengths[b], 1);
        car_panel x = car_panel_take(memory, alone.total, plan->input);
        car_panel d_output = car_panel_take(memory, alone.total, plan->output);
        car_panel initial[CAR_MAX_STATES], d_final[CAR_MAX_STATES];
        for (int t = 0; t < alone.steps; t++) {
            car_copy(plan->input, car_row(bench->x, steps->first[t] + b), car_row(x, t));
            car_copy(plan->output, car_row(bench->d_output, steps->first[t] + b), car_row(d_output, t));
        }
        for (int k = 0; k < plan->n_states; k++) {
            initial[k] = car_panel_from_row(bench->initial[k], b);
            d_final[k] = car_panel_from_row(bench->d_final[k], b);
        }
        car_tape tape = car_tape_take(memory, &bench->layer, alone, x, NULL);
        car_dues dues = {.arena = memory};
        car_layer_forward(&tape, initial);
        car_layer_backward(&tape, memory, d_output, d_final, &dues);
        bool same = true;
        for (int t = 0; t < alone.steps && same; t++) {
            int row = steps->first[t] + b;
            same = expect_same(c, complaint, "the gates", tape.gate, t, whole.gate, row, 1, plan->columns) &&
                   expect_same(c, complaint, "the gradients of the gates", tape.d_gate, t, whole.d_gate, row, 1,
                               plan->columns) &&
                   expect_same(c, complaint, "the gradient of x", tape.d_x, t, whole.d_x, row, 1, plan->input);
            for (int k = 0; k < plan->n_states && same; k++)
                same = expect_same(c, complaint, plan->state[k].name, tape.next[k], t, whole.next[k], row, 1,
                                   plan->state[k].width);
        }
    }
    car_layer_bench_free(bench);
}

/* Hundreds of steps from starting values. */
void car_check_sequence_long(car_case *c)
{
    static const int lengths[] = {500, 500};
    car_layer_bench *bench = car_layer_bench_new(c, 8, 16, lengths, 2);
    if (bench == NULL)
        return;
    car_layer_start(&bench->layer, bench->parameters, c->seed, false);
    car_parameters_pack(bench->parameters);
    car_tape tape = car_layer_bench_forward(bench, &bench->scratch);
    for (int i = 0; i < bench->steps.total * bench->plan->output; i++) {
        int row = i / bench->plan->output, unit = i % bench->plan->output;
        if (!isfinite(car_row(tape.next[0], row)[unit]))
            car_case_warn(c,
                          "with its starting values and an input between -1 and 1 the output is no number after %d "
                          "steps; start it smaller, or squash the state",
                          row / 2);
    }
    car_layer_bench_free(bench);
}

/* ---- threads -------------------------------------------------------------------------------------------- */

enum { SHARDS = 8, THREADS = 4 };

typedef struct shard {
    car_layer_bench *bench;
    car_arena arena;
    car_panel x;
    car_tape tape;
    car_dues dues;
} shard;

static void run_shard(void *context, int task)
{
    shard *s = (shard *)context + task;
    car_arena_reset(&s->arena);
    s->tape = car_tape_take(&s->arena, &s->bench->layer, s->bench->steps, s->x, NULL);
    s->dues = (car_dues){.arena = &s->arena};
    car_layer_forward(&s->tape, s->bench->initial);
    car_layer_backward(&s->tape, &s->arena, s->bench->d_output, s->bench->d_final, &s->dues);
}

/* All shards, and what they have in common: the gradients of the parameters, and outputs
 * one after the other. */
static void run_shards(shard *shards, int threads, car_real *gradient, car_real *outputs)
{
    car_layer_bench *bench = shards->bench;
    const car_dues *lists[SHARDS];
    car_parallel_set_threads(threads);
    car_parallel(SHARDS, run_shard, shards);
    for (int s = 0; s < SHARDS; s++)
        lists[s] = &shards[s].dues;
    car_dues_settle(lists, SHARDS, NULL, 0, &bench->scratch);
    memcpy(gradient, bench->parameters->gradient, (size_t)bench->parameters->n * sizeof *gradient);
    for (int s = 0; s < SHARDS; s++)
        for (int row = 0; row < bench->steps.total; row++) {
            car_copy(bench->plan->output, car_row(shards[s].tape.next[0], row), outputs);
            outputs += bench->plan->output;
        }
}

void car_check_threads_shards(car_case *c)
{
    car_layer_bench *bench = car_layer_bench_new(c, 5, 37, ragged, RAGGED);
    if (bench == NULL)
        return;
    shard *shards = car_alloc(SHARDS, sizeof *shards);
    for (int s = 0; s < SHARDS; s++) {
        char name[32];
        (void)snprintf(name, sizeof name, "x of shard %d", s);
        shards[s].bench = bench;
        car_arena_init(&shards[s].arena);
        shards[s].x = car_panel_take(&bench->arena, bench->steps.total, bench->plan->input);
        car_layer_bench_draw(bench, name, shards[s].x, bench->steps.total, bench->plan->input);
    }
    ptrdiff_t n = bench->parameters->n, outputs = (ptrdiff_t)SHARDS * bench->steps.total * bench->plan->output;
    car_real *one = car_alloc(n + outputs, sizeof *one), *many = car_alloc(n + outputs, sizeof *many);
    run_shards(shards, 1, one, one + n);
    for (int time = 0; time < 5 && !car_case_failed(c); time++) {
        car_case_doing(c, "%d shards on %d threads", SHARDS, THREADS);
        run_shards(shards, THREADS, many, many + n);
        if (memcmp(one, many, (size_t)(n + outputs) * sizeof *one) != 0)
            car_case_fail(c,
                          "%d shards on %d threads give other %s than one after the other: kernels share memory that "
                          "they write, such as a static variable",
                          SHARDS, THREADS,
                          memcmp(one + n, many + n, (size_t)outputs * sizeof *one) != 0 ? "outputs" : "gradients");
    }
    for (int s = 0; s < SHARDS; s++)
        car_arena_clear(&shards[s].arena);
    car_free(one);
    car_free(many);
    car_free(shards);
    car_layer_bench_free(bench);
}

/* ---- gradients, 64 bits ------------------------------------------------------------------------------------ */

/* One number and what depends on it. */
typedef struct moved {
    car_layer_bench *bench;
    car_real *value;
    const car_panel *arriving; /* at every state of every step; NULL: at outputs and final states */
} moved;

static void move(void *context, double by, double *losses)
{
    moved *m = context;
    car_layer_bench *bench = m->bench;
    car_real old = *m->value;
    *m->value += (car_real)by;
    car_arena_reset(&bench->scratch);
    car_parameters_pack(bench->parameters);
    losses[0] = 0;
    if (m->arriving == NULL) {
        car_tape tape = car_layer_bench_forward(bench, &bench->scratch);
        losses[0] = car_layer_bench_loss(bench, &tape, &bench->scratch);
    } else {
        car_tape *chain = car_layer_bench_chain(bench, &bench->scratch);
        for (int t = 0; t < bench->steps.steps; t++)
            for (int k = 0; k < bench->plan->n_states; k++)
                losses[0] +=
                    car_panel_inner(chain[t].next[k], car_panel_from_row(m->arriving[k], bench->steps.first[t]),
                                    bench->steps.rows[t], bench->plan->state[k].width);
    }
    *m->value = old;
}

static void compare(moved *m, const char *name, car_panel values, car_panel gradients, int rows, int width)
{
    car_case *c = m->bench->c;
    for (int b = 0; b < rows; b++)
        for (int j = 0; j < width; j++) {
            double analytic = (double)car_row(gradients, b)[j], numeric;
            m->value = &car_row(values, b)[j];
            if (car_differentiate(move, m, 1, &analytic, &numeric) && !car_gradients_agree(analytic, numeric))
                car_case_fail(c,
                              "over %d steps of up to %d rows, the gradient of %s [%d, %d] is wrong: analytic %.9g, "
                              "numeric %.9g, ratio %.6g; if gradients.gates and the like are passed, see whether a "
                              "kernel depends on the step",
                              m->bench->steps.steps, m->bench->steps.batch, name, b, j, analytic, numeric,
                              analytic / numeric);
        }
}

static void compare_all(moved *m, car_panel d_x, const car_panel *d_initial)
{
    car_layer_bench *bench = m->bench;
    for (ptrdiff_t i = 0; i < bench->parameters->n_tensors; i++) {
        const car_parameter *tensor = &bench->parameters->tensor[i];
        const car_block *block = tensor->block;
        compare(m, tensor->name + strlen("cell."), (car_panel){block->value + tensor->column, block->stride},
                (car_panel){block->gradient + tensor->column, block->stride}, block->rows, tensor->columns);
    }
    compare(m, "x", bench->x, d_x, bench->steps.total, bench->plan->input);
    for (int k = 0; k < bench->plan->n_states; k++) {
        char name[CAR_NAME_SIZE + 16];
        (void)snprintf(name, sizeof name, "initial state %s", bench->plan->state[k].name);
        compare(m, name, bench->initial[k], d_initial[k], bench->steps.batch, bench->plan->state[k].width);
    }
}

static void check_gradients(car_case *c, const int *lengths, int batch)
{
    car_layer_bench *bench = car_layer_bench_new(c, 3, 4, lengths, batch);
    if (bench == NULL)
        return;
    car_tape tape = car_layer_bench_forward(bench, &bench->arena);
    car_layer_bench_backward(bench, &tape, &bench->arena);
    moved m = {.bench = bench};
    compare_all(&m, tape.d_x, tape.d_state);
    car_layer_bench_free(bench);
}

void car_check_gradients_one_step(car_case *c)
{
    static const int lengths[] = {1, 1, 1};
    check_gradients(c, lengths, 3);
}

void car_check_gradients_two_steps(car_case *c)
{
    static const int lengths[] = {2, 2};
    check_gradients(c, lengths, 2);
}

void car_check_gradients_five_steps(car_case *c)
{
    static const int lengths[] = {5, 5};
    check_gradients(c, lengths, 2);
}

void car_check_gradients_ragged(car_case *c)
{
    static const int lengths[] = {4, 3, 3, 1};
    check_gradients(c, lengths, 4);
}

void car_check_gradients_every_state(car_case *c)
{
    static const int lengths[] = {4, 3, 1};
    car_layer_bench *bench = car_layer_bench_new(c, 2, 3, lengths, 3);
    if (bench == NULL)
        return;
    const car_cell_plan *plan = bench->plan;
    car_panel arriving[CAR_MAX_STATES];
    for (int k = 0; k < plan->n_states; k++) {
        char name[32];
        (void)snprintf(name, sizeof name, "arriving %d", k);
        arriving[k] = car_panel_take(&bench->arena, bench->steps.total, plan->state[k].width);
        car_layer_bench_draw(bench, name, arriving[k], bench->steps.total, plan->state[k].width);
    }
    car_tape *chain = car_layer_bench_chain(bench, &bench->arena);
    car_layer_bench_chain_back(bench, chain, arriving, &bench->arena);
    car_panel d_x = car_panel_take(&bench->arena, bench->steps.total, plan->input);
    for (int t = 0; t < bench->steps.steps; t++)
        car_panel_copy(chain[t].d_x, car_panel_from_row(d_x, bench->steps.first[t]), bench->steps.rows[t], plan->input);
    moved m = {.bench = bench, .arriving = arriving};
    compare_all(&m, d_x, chain[0].d_state);
    car_layer_bench_free(bench);
}
