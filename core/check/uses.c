/* What a cell is for: it is kept in a file and comes back, it learns, and it is fast. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/tensors.h"
#include "base/text.h"
#include "cell/loader.h"
#include "check/bench.h"
#include "check/layer_bench.h"
#include "check/suite.h"
#include "math/vector.h"

static const int lengths[] = {6, 6, 4, 1};
enum { BATCH = sizeof lengths / sizeof *lengths };

/* ---- storage --------------------------------------------------------------------------------------- */

void car_check_storage_starts(car_case *c)
{
    car_layer_bench *bench = car_layer_bench_new(c, 5, 7, lengths, BATCH);
    if (bench == NULL)
        return;
    car_parameters *p = bench->parameters;
    car_real *first = car_alloc(p->n, sizeof *first);
    car_layer_start(&bench->layer, p, 1, false);
    memcpy(first, p->value, (size_t)p->n * sizeof *first);
    car_layer_start(&bench->layer, p, 1, false);
    if (memcmp(first, p->value, (size_t)p->n * sizeof *first) != 0)
        car_case_fail(c, "two layers of the same seed start with other numbers");
    for (ptrdiff_t i = 0; i < p->n_tensors; i++) {
        const car_parameter *tensor = &p->tensor[i];
        for (int k = 0; k < tensor->block->rows * tensor->columns; k++) {
            ptrdiff_t at = k / tensor->columns * tensor->block->stride + tensor->column + k % tensor->columns;
            if (!(fabs((double)tensor->block->value[at]) <= 1e3))
                car_case_fail(c, "%s starts with %g; choose another bias, pattern or scale in the plan",
                              tensor->name + strlen("cell."), (double)tensor->block->value[at]);
        }
    }
    car_free(first);
    car_layer_bench_free(bench);
}

static bool save(const car_parameters *p, const char *path, car_error *e)
{
    car_tensors_writer *writer = car_tensors_writer_new();
    for (ptrdiff_t i = 0; i < p->n_tensors; i++)
        car_tensors_writer_add_rows(writer, p->tensor[i].name, sizeof(car_real) == 8 ? CAR_F64 : CAR_F32,
                                    p->tensor[i].block->rows, p->tensor[i].columns, p->tensor[i].block->stride,
                                    p->tensor[i].block->value + p->tensor[i].column);
    bool good = car_tensors_save(writer, path, e);
    car_tensors_writer_free(writer);
    return good;
}

static bool load(car_parameters *p, const char *path, car_error *e)
{
    car_tensors *tensors = car_tensors_open(path, true, e);
    for (ptrdiff_t i = 0; tensors != NULL && i < p->n_tensors; i++) {
        const car_tensor *from = car_tensors_find(tensors, p->tensor[i].name);
        const car_block *block = p->tensor[i].block;
        const car_real *values = from->data;
        for (int row = 0; row < block->rows; row++)
            car_copy(p->tensor[i].columns, values + (ptrdiff_t)row * p->tensor[i].columns,
                     block->value + row * block->stride + p->tensor[i].column);
    }
    car_tensors_close(tensors);
    return tensors != NULL;
}

/* Saves, forgets, loads, runs and saves again, in an empty folder. */
static void save_and_load(car_case *c, car_layer_bench *bench, const char *first, const char *second)
{
    car_error e;
    car_parameters *p = bench->parameters;
    car_string a = {0}, b = {0};
    car_tape before = car_layer_bench_forward(bench, &bench->arena);
    bool good = save(p, first, &e);
    for (ptrdiff_t i = 0; i < p->n; i++)
        p->value[i] = 0;
    good = good && load(p, first, &e) && save(p, second, &e) && car_text_load(first, &a, &e) &&
           car_text_load(second, &b, &e);
    car_parameters_pack(p);
    car_tape after = car_layer_bench_forward(bench, &bench->arena);
    if (!good)
        car_case_fail(c, "its parameters cannot be kept: %s", e.message);
    else if (a.length != b.length || memcmp(a.at, b.at, (size_t)a.length) != 0)
        car_case_fail(c, "saved, loaded and saved again, its parameters make another file");
    for (int row = 0; row < bench->steps.total && !car_case_failed(c); row++)
        if (memcmp(car_row(before.next[0], row), car_row(after.next[0], row),
                   (size_t)bench->plan->output * sizeof(car_real)) != 0)
            car_case_fail(c, "saved and loaded, it computes something else");
    car_string_clear(&a);
    car_string_clear(&b);
}

void car_check_storage_round_trip(car_case *c)
{
    const char *place = getenv("TMPDIR");
    car_string folder = {0};
    car_string_format(&folder, "%s/carousel-check-XXXXXX", place != NULL && place[0] == '/' ? place : P_tmpdir);
    car_layer_bench *bench = car_layer_bench_new(c, 5, 7, lengths, BATCH);
    if (bench != NULL && mkdtemp(folder.at) == NULL) {
        car_case_skip(c, "there is no place for a temporary file: %s", folder.at);
    } else if (bench != NULL) {
        char *first = car_path_join(folder.at, "first"), *second = car_path_join(folder.at, "second");
        save_and_load(c, bench, first, second);
        (void)unlink(first);
        (void)unlink(second);
        (void)rmdir(folder.at);
        car_free(first);
        car_free(second);
    }
    car_layer_bench_free(bench);
    car_string_clear(&folder);
}

/* ---- learning ------------------------------------------------------------------------------------------ */

/* Echo: two tokens come in any order, and at each step the one before is to be said.  A
 * readout of two logits learns with the cell. */
enum { TOKENS = 2, UNITS = 16, SEQUENCES = 16, STEPS = 5, MOST_UPDATES = 1000 };

typedef struct adam {
    ptrdiff_t n;
    double *first, *second;
} adam;

static adam adam_of(car_arena *arena, ptrdiff_t n)
{
    adam a = {n, car_arena_take(arena, n, sizeof(double)), car_arena_take(arena, n, sizeof(double))};
    for (ptrdiff_t i = 0; i < n; i++)
        a.first[i] = a.second[i] = 0;
    return a;
}

/* Kingma & Ba 2015. */
static void update(adam *a, int t, const car_real *gradient, car_real *value)
{
    const double rate = 0.02, keep1 = 0.9, keep2 = 0.999;
    for (ptrdiff_t i = 0; i < a->n; i++) {
        double d = (double)gradient[i];
        a->first[i] = keep1 * a->first[i] + (1 - keep1) * d;
        a->second[i] = keep2 * a->second[i] + (1 - keep2) * d * d;
        value[i] -=
            (car_real)(rate * a->first[i] / (1 - pow(keep1, t)) / (sqrt(a->second[i] / (1 - pow(keep2, t))) + 1e-8));
    }
}

/* One minibatch: the mean loss, and gradients of layer and readout [output + 1, TOKENS]. */
static double echo(car_layer_bench *bench, car_stream stream, int number, const car_real *readout, car_real *d_readout)
{
    const car_steps *steps = &bench->steps;
    int width = bench->plan->output;
    car_arena *memory = &bench->scratch;
    car_arena_reset(memory);
    double loss = 0;
    const double share = 1.0 / (SEQUENCES * (STEPS - 1));
    for (int t = 0; t < STEPS; t++)
        for (int b = 0; b < SEQUENCES; b++) {
            uint64_t token = car_random_below(stream, (uint64_t)number, (uint64_t)(t * SEQUENCES + b), TOKENS);
            car_real *x = car_row(bench->x, steps->first[t] + b);
            for (int k = 0; k < TOKENS; k++)
                x[k] = k == (int)token;
        }
    car_tape tape = car_tape_take(memory, &bench->layer, *steps, bench->x, NULL);
    car_layer_forward(&tape, NULL);
    car_panel d_output = car_panel_take(memory, steps->total, width);
    car_panel_zero(d_output, steps->total, width);
    for (int k = 0; k < (width + 1) * TOKENS; k++)
        d_readout[k] = 0;
    for (int t = 1; t < STEPS; t++)
        for (int b = 0; b < SEQUENCES; b++) {
            const car_real *h = car_row(tape.next[0], steps->first[t] + b);
            car_real *d_h = car_row(d_output, steps->first[t] + b), logits[TOKENS];
            for (int k = 0; k < TOKENS; k++) {
                logits[k] = readout[width * TOKENS + k];
                for (int j = 0; j < width; j++)
                    logits[k] += h[j] * readout[j * TOKENS + k];
            }
            int wanted = car_row(bench->x, steps->first[t - 1] + b)[1] != 0;
            loss += share * car_softmax_loss(TOKENS, logits, wanted, 0, (car_real)share).loss;
            for (int k = 0; k < TOKENS; k++) {
                d_readout[width * TOKENS + k] += logits[k];
                for (int j = 0; j < width; j++) {
                    d_readout[j * TOKENS + k] += logits[k] * h[j];
                    d_h[j] += logits[k] * readout[j * TOKENS + k];
                }
            }
        }
    car_dues dues = {.arena = memory};
    const car_dues *list = &dues;
    car_layer_backward(&tape, memory, d_output, NULL, &dues);
    car_dues_settle(&list, 1, NULL, 0, memory);
    return loss;
}

void car_check_learning_echo(car_case *c)
{
    static const int same[SEQUENCES] = {STEPS, STEPS, STEPS, STEPS, STEPS, STEPS, STEPS, STEPS,
                                        STEPS, STEPS, STEPS, STEPS, STEPS, STEPS, STEPS, STEPS};
    const double bound = 0.35;
    car_layer_bench *bench = car_layer_bench_new(c, TOKENS, UNITS, same, SEQUENCES);
    if (bench == NULL)
        return;
    car_stream stream = car_case_stream(c, "echo");
    ptrdiff_t n = ((ptrdiff_t)bench->plan->output + 1) * TOKENS;
    car_real *readout = car_arena_take(&bench->arena, n, sizeof *readout);
    car_real *d_readout = car_arena_take(&bench->arena, n, sizeof *d_readout);
    for (ptrdiff_t i = 0; i < n; i++)
        readout[i] = (car_real)(0.4 * car_random_uniform(stream, 1u << 20, (uint64_t)i) - 0.2);
    adam cell = adam_of(&bench->arena, bench->parameters->n), top = adam_of(&bench->arena, n);
    car_layer_start(&bench->layer, bench->parameters, c->seed, false);
    double mean = INFINITY;
    for (int number = 1; number <= MOST_UPDATES && !(mean < bound); number++) {
        car_parameters_pack(bench->parameters);
        double loss = echo(bench, stream, number, readout, d_readout);
        mean = number == 1 ? loss : 0.8 * mean + 0.2 * loss;
        update(&cell, number, bench->parameters->gradient, bench->parameters->value);
        update(&top, number, d_readout, readout);
    }
    if (!(mean < bound))
        car_case_fail(c,
                      "it does not learn to say which of two tokens came one step before: after %d updates the loss "
                      "is %.3f, chance is %.3f and %.2f the bound. If its gradients are right, see whether its "
                      "starting values let anything through",
                      MOST_UPDATES, mean, log(TOKENS), bound);
    car_layer_bench_free(bench);
}

/* ---- speed ------------------------------------------------------------------------------------------------- */

enum { WIDTH = 256, ROWS = 32, ROUNDS = 12, REPEATS = 20 };

/* Nanoseconds for a unit of a gate in the kernels of one step. */
static double time_kernels(car_bench *bench, bool backward)
{
    double start = car_clock_of_thread();
    for (int i = 0; i < REPEATS; i++)
        for (int stage = 0; stage < bench->plan->n_stages; stage++)
            car_bench_call_quickly(bench, backward ? bench->plan->n_stages - 1 - stage : stage, backward);
    return 1e9 * (car_clock_of_thread() - start) / ((double)REPEATS * ROWS * bench->plan->columns);
}

/* Beside the toolkit's LSTM, in turns, and the least time counts: a busy machine only adds. */
static void check_speed(car_case *c, bool backward)
{
    const double slow = 5;
    const car_layout layout = {.rows = ROWS};
    car_error e;
    car_cells *cells = car_cells_new();
    car_cells_allow_insecure(cells, c->insecure);
    const car_loaded_cell *lstm = car_cell_find(cells, "lstm", &e);
    if (lstm == NULL) {
        car_case_skip(c, "there is no lstm to compare with: %s", e.message);
        car_cells_free(cells);
        return;
    }
    car_case other = *c;
    other.cell = lstm->cell;
    other.settings = "";
    car_bench *mine = car_bench_new(c, WIDTH, WIDTH, &layout), *theirs = car_bench_new(&other, WIDTH, WIDTH, &layout);
    if (mine != NULL && theirs != NULL) {
        car_bench_run_forward(mine);
        car_bench_run_forward(theirs);
        car_bench_backward(mine, 1);
        car_bench_backward(theirs, 1);
        double best[2] = {INFINITY, INFINITY};
        for (int i = 0; i < ROUNDS; i++) {
            best[0] = fmin(best[0], time_kernels(mine, backward));
            best[1] = fmin(best[1], time_kernels(theirs, backward));
        }
        if (best[0] > slow * best[1])
            car_case_warn(c,
                          "its %s kernels take %.2f ns for a unit of a gate, %.1f times what those of lstm take; "
                          "perhaps a loop is not vectorised: use CAR_EACH and the functions of carousel/cell_math.h, "
                          "no branches, and mark the kernel CAR_KERNEL",
                          backward ? "backward" : "forward", best[0], best[0] / best[1]);
    }
    car_bench_free(mine);
    car_bench_free(theirs);
    car_cells_free(cells);
}

void car_check_speed_forward(car_case *c) { check_speed(c, false); }
void car_check_speed_backward(car_case *c) { check_speed(c, true); }
