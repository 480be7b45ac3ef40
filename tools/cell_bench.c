#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "cell/layer.h"
#include "math/random.h"
#include "tools/cell_jobs.h"

/* What every cell is measured against. */
static const char reference[] = "lstm";

enum { FORWARD, BACKWARD, BOTH, PARTS };
enum { LEAST_ROUNDS = 5, MOST_ROUNDS = 1000 };

/* A cell as a layer with drawn parameters, on sequences of one length. */
typedef struct bench {
    const car_loaded_cell *loaded;
    car_layer layer;
    car_parameters *parameters;
    car_arena data, run;
    car_steps steps;
    car_panel x, d_output;
    double seconds[PARTS]; /* of the last run */
} bench;

static void draw(car_panel panel, int rows, int width, const char *name)
{
    car_stream stream = car_stream_named(1, name);
    for (int b = 0; b < rows; b++)
        for (int j = 0; j < width; j++)
            car_row(panel, b)[j] = (car_real)car_random_uniform(stream, (uint64_t)b, (uint64_t)j) - (car_real)0.5;
}

static bool bench_init(bench *b, car_cells *cells, const char *spec, const car_options *options, car_error *e)
{
    car_cell_plan *plan = car_cell_spec_plan(cells, spec, options, &b->loaded, e);
    if (plan == NULL)
        return false;
    int rows = (int)car_options_count(options, "rows"), steps = (int)car_options_count(options, "steps");
    b->parameters = car_parameters_new();
    car_layer_init(&b->layer, plan, &(car_layer_options){0}, b->parameters, "cell");
    car_parameters_allocate(b->parameters, true);
    car_layer_start(&b->layer, b->parameters, 1, false);
    car_parameters_pack(b->parameters);
    car_arena_init(&b->data);
    car_arena_init(&b->run);
    int *lengths = car_alloc(rows, sizeof *lengths);
    for (int i = 0; i < rows; i++)
        lengths[i] = steps;
    b->steps = car_steps_take(&b->data, lengths, rows);
    car_free(lengths);
    b->x = car_panel_take(&b->data, b->steps.total, plan->input);
    b->d_output = car_panel_take(&b->data, b->steps.total, plan->output);
    draw(b->x, b->steps.total, plan->input, "x");
    draw(b->d_output, b->steps.total, plan->output, "d_output");
    return true;
}

static void bench_clear(bench *b)
{
    if (b->parameters == NULL)
        return;
    car_arena_clear(&b->run);
    car_arena_clear(&b->data);
    car_layer_clear(&b->layer);
    car_parameters_free(b->parameters);
}

static void bench_run(bench *b)
{
    car_arena_reset(&b->run);
    double start = car_clock_of_thread();
    car_tape tape = car_tape_take(&b->run, &b->layer, b->steps, b->x, NULL);
    car_layer_forward(&tape, NULL);
    double between = car_clock_of_thread();
    car_dues dues = {.arena = &b->run};
    const car_dues *list = &dues;
    car_layer_backward(&tape, &b->run, b->d_output, NULL, &dues);
    car_dues_settle(&list, 1, NULL, 0, &b->run);
    double end = car_clock_of_thread();
    b->seconds[FORWARD] = between - start;
    b->seconds[BACKWARD] = end - between;
    b->seconds[BOTH] = end - start;
}

/* ---- the cell and the reference in turn -------------------------------------------------- */

typedef struct figures {
    double seconds[PARTS], ratio[PARTS]; /* medians; ratio: times as long as the reference */
    int rounds;
} figures;

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_size);
    return n % 2 != 0 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Rounds of both until they have taken `seconds`; the first warms up and does not count. */
static figures measure(bench *cell, bench *other, double seconds)
{
    static double taken[PARTS][MOST_ROUNDS], ratio[PARTS][MOST_ROUNDS];
    figures result = {0};
    bench_run(other);
    bench_run(cell);
    double end = car_clock_of_thread() + seconds;
    while (result.rounds < LEAST_ROUNDS || (car_clock_of_thread() < end && result.rounds < MOST_ROUNDS)) {
        bench_run(other);
        bench_run(cell);
        for (int part = 0; part < PARTS; part++) {
            taken[part][result.rounds] = cell->seconds[part];
            ratio[part][result.rounds] = cell->seconds[part] / other->seconds[part];
        }
        result.rounds++;
    }
    for (int part = 0; part < PARTS; part++) {
        result.seconds[part] = median(taken[part], result.rounds);
        result.ratio[part] = median(ratio[part], result.rounds);
    }
    return result;
}

/* ---- what comes out ------------------------------------------------------------------------ */

/* Nanoseconds a step of one row. */
static double step_time(const bench *b, const figures *f, int part) { return 1e9 * f->seconds[part] / b->steps.total; }

/* 10^9 operations a second in matrices: a multiply-add is two; backward has two products
 * for each one forward, to the feeds and to the weights. */
static double speed(const bench *b, const figures *f, int part)
{
    double products = (double)car_cell_plan_products(b->layer.plan) * b->steps.total;
    return 1e-9 * 2 * products * (part == BACKWARD ? 2 : 1) / f->seconds[part];
}

static void print_heading(const bench *b)
{
    (void)printf("input %d, width %d, %d sequences of %d steps, one thread, products by %s\n\n"
                 "%-16s%22s%22s%30s\n%-16s%12s%10s%12s%10s%10s%10s%10s\n",
                 b->layer.plan->input, b->layer.plan->hidden, b->steps.batch, b->steps.steps, car_product_path(), "",
                 "forward", "backward", "times as long as the lstm", "cell", "ns a step", "GFLOP/s", "ns a step",
                 "GFLOP/s", "forward", "backward", "both");
}

static void print_line(const char *spec, const bench *b, const figures *f)
{
    const char *slash = strrchr(spec, '/');
    (void)printf("%-16s%12.0f%10.1f%12.0f%10.1f%10.2f%10.2f%10.2f\n", slash != NULL ? slash + 1 : spec,
                 step_time(b, f, FORWARD), speed(b, f, FORWARD), step_time(b, f, BACKWARD), speed(b, f, BACKWARD),
                 f->ratio[FORWARD], f->ratio[BACKWARD], f->ratio[BOTH]);
}

static json_t *json_line(const bench *b, const figures *f)
{
    car_string settings = {0};
    car_cell_plan_settings(b->layer.plan, &settings);
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "name", b->loaded->cell->name,
                  "sha256", b->loaded->sha256, "settings", settings.at != NULL ? settings.at : "", "parameters",
                  (json_int_t)car_cell_plan_parameters(b->layer.plan), "multiply_adds",
                  (json_int_t)car_cell_plan_products(b->layer.plan), "rounds", f->rounds, "forward_ns",
                  step_time(b, f, FORWARD), "forward_gflops", speed(b, f, FORWARD), "backward_ns",
                  step_time(b, f, BACKWARD), "backward_gflops", speed(b, f, BACKWARD), "forward_ratio",
                  f->ratio[FORWARD], "backward_ratio", f->ratio[BACKWARD], "ratio", f->ratio[BOTH]);
    car_string_clear(&settings);
    return json;
}

static void print_json(const bench *b, json_t *lines)
{
    json_t *json = json_pack("{s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:o}", "input", b->layer.plan->input, "hidden",
                             b->layer.plan->hidden, "rows", b->steps.batch, "steps", b->steps.steps, "threads", 1,
                             "products", car_product_path(), "reference", reference, "cells", lines);
    (void)json_dumpf(json, stdout, JSON_INDENT(2));
    (void)puts("");
    json_decref(json);
}

/* Is there a plan for each?  To be known before much time is spent on some. */
static bool find_all(car_cells *cells, const char *const *specs, int n, const car_options *options, car_error *e)
{
    for (int i = 0; i < n; i++) {
        car_cell_plan *plan = car_cell_spec_plan(cells, specs[i], options, NULL, e);
        if (plan == NULL)
            return false;
        car_cell_plan_free(plan);
    }
    return true;
}

static bool measure_all(car_cells *cells, const char *const *specs, int n, const car_options *options, car_error *e)
{
    bench other = {0};
    bool done = bench_init(&other, cells, reference, options, e), as_json = car_options_flag(options, "json");
    json_t *lines = json_array();
    if (done && !as_json)
        print_heading(&other);
    for (int i = 0; i < n && done; i++) {
        bench cell = {0};
        done = bench_init(&cell, cells, specs[i], options, e);
        if (done) {
            figures f = measure(&cell, &other, car_options_number(options, "seconds"));
            if (as_json)
                (void)json_array_append_new(lines, json_line(&cell, &f));
            else
                print_line(specs[i], &cell, &f);
            (void)fflush(stdout);
        }
        bench_clear(&cell);
    }
    if (done && as_json)
        print_json(&other, lines);
    else
        json_decref(lines);
    bench_clear(&other);
    return done;
}

int run_cell_bench(const car_options *options, car_error *e)
{
    car_parallel_set_threads(1);
    car_cells *cells = car_cells_of_options(options);
    int n = car_options_operand_count(options) - 1;
    if (n == 0)
        car_cells_open_all(cells);
    int room = n > 0 ? n : car_cells_count(cells), used = 0;
    const char **specs = car_alloc(room, sizeof *specs);
    for (int i = 0; i < room; i++) {
        car_error ignored;
        if (n > 0)
            specs[used++] = car_options_operand(options, i + 1);
        else if (car_cell_find(cells, car_cells_at(cells, i)->cell->name, &ignored) == car_cells_at(cells, i))
            specs[used++] = car_cells_at(cells, i)->cell->name;
    }
    bool done = find_all(cells, specs, used, options, e) && measure_all(cells, specs, used, options, e);
    car_free(specs);
    car_cells_free(cells);
    return done ? CAR_EXIT_DONE : e->code;
}
