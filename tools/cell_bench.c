#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "tools/cell_jobs.h"
#include "tools/cell_timing.h"
#include "tools/option_table.h"
#include "tools/timing.h"

/* What every cell is measured against. */
static const char reference[] = "lstm";

/* ---- the cell and the reference in turn -------------------------------------------------- */

typedef struct figures {
    double seconds[CAR_CELL_PARTS], ratio[CAR_CELL_PARTS]; /* medians; ratio: times as long as the reference */
    int rounds;
} figures;

/* Rounds of both until they have taken `seconds`; the first warms up and does not count. */
static figures measure(car_cell_timer *cell, car_cell_timer *other, double seconds)
{
    static double taken[CAR_CELL_PARTS][CAR_MOST_RUNS], ratio[CAR_CELL_PARTS][CAR_MOST_RUNS];
    figures result = {0};
    car_cell_timer_run(other);
    car_cell_timer_run(cell);
    double end = car_clock_of_thread() + seconds;
    while (result.rounds < CAR_LEAST_RUNS || (car_clock_of_thread() < end && result.rounds < CAR_MOST_RUNS)) {
        car_cell_timer_run(other);
        car_cell_timer_run(cell);
        for (int part = 0; part < CAR_CELL_PARTS; part++) {
            taken[part][result.rounds] = cell->seconds[part];
            ratio[part][result.rounds] = cell->seconds[part] / other->seconds[part];
        }
        result.rounds++;
    }
    for (int part = 0; part < CAR_CELL_PARTS; part++) {
        result.seconds[part] = car_timing_of(taken[part], result.rounds).median;
        result.ratio[part] = car_timing_of(ratio[part], result.rounds).median;
    }
    return result;
}

/* ---- what comes out ------------------------------------------------------------------------ */

/* Nanoseconds a step of one row. */
static double step_time(const car_cell_timer *b, const figures *f, car_cell_part part)
{
    return 1e9 * f->seconds[part] / b->steps.total;
}

/* GFLOP/s in matrices. */
static double speed(const car_cell_timer *b, const figures *f, car_cell_part part)
{
    return 1e-9 * car_cell_timer_operations(b, part) / f->seconds[part];
}

static void print_heading(const car_cell_timer *b)
{
    (void)printf("input %d, width %d, %d sequences of %d steps, one thread, products by %s\n\n"
                 "%-16s%22s%22s%30s\n%-16s%12s%10s%12s%10s%10s%10s%10s\n",
                 b->layer.plan->input, b->layer.plan->hidden, b->steps.batch, b->steps.steps, car_product_path(), "",
                 "forward", "backward", "times as long as the lstm", "cell", "ns a step", "GFLOP/s", "ns a step",
                 "GFLOP/s", "forward", "backward", "both");
}

static void print_line(const char *spec, const car_cell_timer *b, const figures *f)
{
    const char *slash = strrchr(spec, '/');
    (void)printf("%-16s%12.0f%10.1f%12.0f%10.1f%10.2f%10.2f%10.2f\n", slash != NULL ? slash + 1 : spec,
                 step_time(b, f, CAR_CELL_FORWARD), speed(b, f, CAR_CELL_FORWARD), step_time(b, f, CAR_CELL_BACKWARD),
                 speed(b, f, CAR_CELL_BACKWARD), f->ratio[CAR_CELL_FORWARD], f->ratio[CAR_CELL_BACKWARD],
                 f->ratio[CAR_CELL_BOTH]);
}

static json_t *json_line(const car_cell_timer *b, const figures *f)
{
    car_string settings = {0};
    car_cell_plan_settings(b->layer.plan, &settings);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "name", b->loaded->cell->name, "sha256",
        b->loaded->sha256, "settings", settings.at != NULL ? settings.at : "", "parameters",
        (json_int_t)car_cell_plan_parameters(b->layer.plan), "multiply_adds",
        (json_int_t)car_cell_plan_products(b->layer.plan), "rounds", f->rounds, "forward_ns",
        step_time(b, f, CAR_CELL_FORWARD), "forward_gflops", speed(b, f, CAR_CELL_FORWARD), "backward_ns",
        step_time(b, f, CAR_CELL_BACKWARD), "backward_gflops", speed(b, f, CAR_CELL_BACKWARD), "forward_ratio",
        f->ratio[CAR_CELL_FORWARD], "backward_ratio", f->ratio[CAR_CELL_BACKWARD], "ratio", f->ratio[CAR_CELL_BOTH]);
    car_string_clear(&settings);
    return json;
}

static void print_json(const car_cell_timer *b, json_t *lines)
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
        car_cell_plan *plan = car_cell_plan_of_options(cells, specs[i], options, NULL, e);
        if (plan == NULL)
            return false;
        car_cell_plan_free(plan);
    }
    return true;
}

static bool measure_all(car_cells *cells, const char *const *specs, int n, const car_options *options, car_error *e)
{
    const car_cell_shape shape = {(int)car_options_count(options, "dim-emb"),
                                  (int)car_options_count(options, "dim-rnn"), (int)car_options_count(options, "rows"),
                                  (int)car_options_count(options, "steps")};
    car_cell_timer other = {0};
    bool done = car_cell_timer_init(&other, cells, reference, &shape, e), as_json = car_options_flag(options, "json");
    json_t *lines = json_array();
    if (done && !as_json)
        print_heading(&other);
    for (int i = 0; i < n && done; i++) {
        car_cell_timer cell = {0};
        done = car_cell_timer_init(&cell, cells, specs[i], &shape, e);
        if (done) {
            figures f = measure(&cell, &other, car_options_number(options, "seconds"));
            if (as_json)
                (void)json_array_append_new(lines, json_line(&cell, &f));
            else
                print_line(specs[i], &cell, &f);
            (void)fflush(stdout);
        }
        car_cell_timer_clear(&cell);
    }
    if (done && as_json)
        print_json(&other, lines);
    else
        json_decref(lines);
    car_cell_timer_clear(&other);
    return done;
}

int run_cell_bench(const car_options *options, car_error *e)
{
    if (!car_options_check_product(options, "rows", "steps", e))
        return e->code;
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
