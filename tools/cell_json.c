#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tools/cell_jobs.h"

static void print_and_free(json_t *json)
{
    (void)json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    (void)puts("");
    json_decref(json);
}

/* A file's path need not be UTF-8, which JSON has to be. */
static json_t *json_path(const char *path)
{
    json_t *json = json_string(path);
    return json != NULL ? json : json_null();
}

static json_t *json_origin(const car_loaded_cell *loaded)
{
    return json_pack("{s:s, s:s, s:s?, s:o, s:s, s:s, s:[i,i]}", "name", loaded->cell->name, "summary",
                     loaded->cell->summary, "reference", loaded->cell->reference, "path", json_path(loaded->path),
                     "sha256", loaded->sha256, "version", loaded->plugin->version, "abi",
                     (int)loaded->plugin->abi_major, (int)loaded->plugin->abi_minor);
}

void car_cells_print_json(car_cells *cells)
{
    json_t *list = json_array();
    for (int i = 0; i < car_cells_count(cells); i++) {
        const car_loaded_cell *loaded = car_cells_at(cells, i);
        car_error ignored;
        if (car_cell_find(cells, loaded->cell->name, &ignored) == loaded)
            (void)json_array_append_new(list, json_origin(loaded));
    }
    print_and_free(json_pack("{s:o}", "cells", list));
}

static json_t *json_options(const car_cell_plan *plan)
{
    static const char *const kinds[] = {"number", "count", "flag", "choice"};
    json_t *list = json_array();
    const car_option *option = plan->cell->options;
    for (int i = 0; option != NULL && option[i].name != NULL; i++) {
        json_t *json = json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:f}", "name", option[i].name, "help", option[i].help,
                                 "kind", kinds[option[i].kind], "default", option[i].fallback, "min", option[i].min,
                                 "max", option[i].max, "value", plan->option[i]);
        if (option[i].kind == CAR_CHOICE)
            (void)json_object_set_new(json, "choices", json_string(option[i].choices));
        (void)json_array_append_new(list, json);
    }
    return list;
}

static json_t *json_vectors(const car_vector_plan *vectors, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:i}", "name", vectors[i].name, "width", vectors[i].width));
    return list;
}

static json_t *json_gate(const car_cell_plan *plan, const car_gate_plan *gate)
{
    json_t *feeds = json_array();
    for (int bit = 0; bit < 31; bit++)
        if ((gate->feeds >> bit & 1) != 0)
            (void)json_array_append_new(feeds, json_string(car_cell_plan_feed_name(plan, 1u << bit)));
    return json_pack("{s:s, s:i, s:o, s:b}", "name", gate->name, "width", gate->width, "feeds", feeds, "bias",
                     (int)gate->has_bias);
}

static json_t *json_stages(const car_cell_plan *plan)
{
    json_t *stages = json_array();
    for (int stage = 0; stage < plan->n_stages; stage++) {
        json_t *gates = json_array();
        for (int g = 0; g < plan->n_gates; g++)
            if (plan->gate[g].stage == stage)
                (void)json_array_append_new(gates, json_gate(plan, &plan->gate[g]));
        (void)json_array_append_new(stages, json_pack("{s:o}", "gates", gates));
    }
    return stages;
}

void car_cell_print_json(const car_loaded_cell *loaded, const car_cell_plan *plan)
{
    json_t *weights = json_array(), *json = json_origin(loaded);
    for (int w = 0; w < plan->n_weights; w++)
        (void)json_array_append_new(
            weights, json_pack("{s:s, s:i}", "name", plan->weight[w].name, "width", plan->weight[w].width));
    json_t *plan_json = json_pack(
        "{s:o, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:b, s:I, s:I}", "options", json_options(plan), "input", plan->input,
        "hidden", plan->hidden, "output", plan->output, "states", json_vectors(plan->state, plan->n_states), "locals",
        json_vectors(plan->local, plan->n_locals), "weights", weights, "stages", json_stages(plan), "reads_x",
        (int)plan->reads_x, "parameters", (json_int_t)car_cell_plan_parameters(plan), "multiply_adds",
        (json_int_t)car_cell_plan_products(plan));
    (void)json_object_update_new(json, plan_json);
    print_and_free(json);
}
