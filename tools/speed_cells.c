/* Cells as layers, one thread, forward and backward. */
#include <stdio.h>
#include <string.h>

#include "base/parallel.h"
#include "tools/cell_jobs.h"
#include "tools/cell_timing.h"
#include "tools/speeds.h"

static const char *const part_names[CAR_CELL_PARTS] = {"forward", "backward", "both"};

static json_t *time_cell(const car_speeds *speeds, car_cell_timer *timer)
{
    static double taken[CAR_CELL_PARTS][CAR_MOST_RUNS];
    int n = 0;
    car_cell_timer_run(timer);
    for (double all = 0; n < CAR_LEAST_RUNS || (n < CAR_MOST_RUNS && all < speeds->seconds); n++) {
        car_cell_timer_run(timer);
        all += timer->seconds[CAR_CELL_BOTH];
        for (int part = 0; part < CAR_CELL_PARTS; part++)
            taken[part][n] = timer->seconds[part];
    }
    json_t *timings = json_object();
    for (int part = 0; part < CAR_CELL_PARTS; part++) {
        car_timing timing = car_timing_of(taken[part], n);
        (void)json_object_set_new(
            timings, part_names[part],
            car_speeds_json(speeds, 1, &timing, car_cell_timer_operations(timer, (car_cell_part)part)));
    }
    return timings;
}

static json_t *describe(const char *spec, const car_cell_timer *timer, json_t *timings)
{
    car_string settings = {0};
    const car_cell_plan *plan = timer->layer.plan;
    car_cell_plan_settings(plan, &settings);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:I, s:I, s:o}", "cell", spec, "name", timer->loaded->cell->name,
                  "settings", settings.at != NULL ? settings.at : "", "width", plan->hidden, "rows", timer->steps.batch,
                  "steps", timer->steps.steps, "parameters", (json_int_t)car_cell_plan_parameters(plan),
                  "multiply_adds", (json_int_t)car_cell_plan_products(plan), "timings", timings);
    car_string_clear(&settings);
    return object;
}

static bool add_cell(const car_speeds *speeds, car_cells *cells, const char *spec, int width, json_t *list,
                     car_error *e)
{
    const car_options *options = speeds->options;
    const car_cell_shape shape = {width, width, (int)car_options_count(options, "rows"),
                                  (int)car_options_count(options, "steps")};
    car_cell_timer timer = {0};
    if (!car_cell_timer_init(&timer, cells, spec, &shape, e))
        return false;
    (void)json_array_append_new(list, describe(spec, &timer, time_cell(speeds, &timer)));
    car_cell_timer_clear(&timer);
    return true;
}

bool car_speeds_find_cells(const car_options *options, car_error *e)
{
    car_cells *cells = car_cells_of_options(options);
    bool good = true;
    for (int i = 0; i < car_options_texts_count(options, "dims") && good; i++)
        for (int k = 0; k < car_options_texts_count(options, "cells") && good; k++) {
            int width = (int)car_options_counts(options, "dims", i);
            car_cell_plan *plan =
                car_cell_spec_plan(cells, car_options_texts(options, "cells", k), width, width, NULL, e);
            good = plan != NULL;
            car_cell_plan_free(plan);
        }
    car_cells_free(cells);
    return good;
}

json_t *car_speeds_cells(const car_speeds *speeds, car_error *e)
{
    const car_options *options = speeds->options;
    car_cells *cells = car_cells_of_options(options);
    json_t *list = json_array();
    bool good = true;
    car_parallel_set_threads(1);
    for (int i = 0; i < car_options_texts_count(options, "dims") && good; i++)
        for (int k = 0; k < car_options_texts_count(options, "cells") && good; k++)
            good = add_cell(speeds, cells, car_options_texts(options, "cells", k),
                            (int)car_options_counts(options, "dims", i), list, e);
    car_parallel_set_threads(speeds->threads);
    car_cells_free(cells);
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

void car_speeds_print_cells(const json_t *cells)
{
    const json_t *first = json_array_get(cells, 0);
    (void)printf("Cells: %.0f steps of %.0f sequences, one thread\n%-24s", car_speeds_number(first, "steps"),
                 car_speeds_number(first, "rows"), "");
    for (int part = 0; part < CAR_CELL_PARTS; part++)
        (void)printf("%12s%13s", part_names[part], "");
    (void)printf("\n%-16s%8s", "", "width");
    for (int part = 0; part < CAR_CELL_PARTS; part++)
        (void)printf("%12s%7s%6s", "GFLOP/s", "share", "+-");
    (void)puts("");
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        const char *name = json_string_value(json_object_get(cell, "cell")), *slash = strrchr(name, '/');
        (void)printf("%-16s%8.0f", slash != NULL ? slash + 1 : name, car_speeds_number(cell, "width"));
        for (int part = 0; part < CAR_CELL_PARTS; part++)
            car_speeds_print_rate(json_object_get(json_object_get(cell, "timings"), part_names[part]));
        (void)puts("");
    }
}
