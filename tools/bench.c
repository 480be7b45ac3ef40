/* carousel bench - how fast is what training and translating are made of, on this machine? */
#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "base/parallel.h"
#include "math/product.h"
#include "tools/commands.h"
#include "tools/option_table.h"
#include "tools/speeds.h"

typedef struct work {
    car_speeds speeds;
    car_speed_model *model; /* of training and decoding, if they are measured */
} work;

static bool is_chosen(const car_options *options, const char *name)
{
    int n = car_options_texts_count(options, "only");
    for (int i = 0; i < n; i++)
        if (strcmp(car_options_texts(options, "only", i), name) == 0)
            return true;
    return n == 0;
}

/* ---- the parts --------------------------------------------------------------------------- */

static json_t *measure_roof(work *w, car_error *e)
{
    (void)e;
    return car_speeds_roof(&w->speeds);
}

static json_t *measure_products(work *w, car_error *e)
{
    (void)e;
    return car_speeds_products(&w->speeds);
}

static json_t *measure_cells(work *w, car_error *e) { return car_speeds_cells(&w->speeds, e); }

static json_t *measure_training(work *w, car_error *e) { return car_speeds_training(&w->speeds, w->model, e); }

static json_t *measure_decoding(work *w, car_error *e)
{
    (void)e;
    return car_speeds_decoding(&w->speeds, w->model);
}

static const struct {
    const char *name;
    json_t *(*measure)(work *w, car_error *e);
    void (*print)(const json_t *value);
} parts[] = {
    {"roof", measure_roof, car_speeds_print_roof},
    {"products", measure_products, car_speeds_print_products},
    {"cells", measure_cells, car_speeds_print_cells},
    {"training", measure_training, car_speeds_print_training},
    {"decoding", measure_decoding, car_speeds_print_decoding},
};
enum { PARTS = sizeof parts / sizeof *parts };

/* ---- the command --------------------------------------------------------------------------- */

static bool check_usage(const car_options *options, car_error *e)
{
    const char *names[PARTS];
    for (int i = 0; i < PARTS; i++)
        names[i] = parts[i].name;
    if (!car_options_check_list(options, "dim-vocabs", 1, 2, e) || !car_options_check_list(options, "zoneout", 1, 2, e))
        return false;
    if (!car_options_check_product(options, "rows", "steps", e) ||
        !car_options_check_product(options, "mini-batch", "length", e))
        return false;
    for (int k = 0; k < car_options_texts_count(options, "only"); k++) {
        const char *name = car_options_texts(options, "only", k);
        int i = 0;
        while (i < PARTS && strcmp(name, names[i]) != 0)
            i++;
        if (i == PARTS)
            return car_error_set(e, CAR_EXIT_USAGE,
                                 "--only: there is no part '%s', only roof, products, cells, training and decoding%s",
                                 name, car_name_hint_of(name, names, PARTS).text);
    }
    return true;
}

/* Are the cells there, and is there such a model?  To be known before some parts have been measured. */
static bool prepare(work *w, const car_options *options, car_error *e)
{
    if (is_chosen(options, "cells") && !car_speeds_find_cells(options, e))
        return false;
    if (!is_chosen(options, "training") && !is_chosen(options, "decoding"))
        return true;
    w->model = car_speed_model_new(options, e);
    return w->model != NULL;
}

static bool measure(work *w, const car_options *options, bool as_json, car_error *e)
{
    const char *precision = car_options_text(options, "precision");
    json_t *all = json_pack("{s:s, s:s, s:s, s:i, s:f, s:f}", "version", CAR_PROGRAM, "precision", precision, "kernels",
                            car_product_path(), "threads", w->speeds.threads, "seconds", w->speeds.seconds, "waiting",
                            w->speeds.waiting);
    bool good = true;
    if (!as_json)
        (void)printf("%s, %d thread%s, products in %s by %s\n", CAR_PROGRAM, w->speeds.threads,
                     w->speeds.threads > 1 ? "s" : "", precision, car_product_path());
    for (int i = 0; i < PARTS && good; i++) {
        if (!is_chosen(options, parts[i].name))
            continue;
        json_t *value = parts[i].measure(w, e);
        good = value != NULL;
        if (good && !as_json) {
            (void)puts("");
            parts[i].print(value);
            (void)fflush(stdout);
        }
        (void)json_object_set_new(all, parts[i].name, value);
    }
    if (good && as_json) {
        (void)json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        (void)puts("");
    }
    json_decref(all);
    return good;
}

int run_bench(car_options *options, car_error *e)
{
    if (!check_usage(options, e))
        return e->code;
    work w = {.model = NULL};
    bool good = prepare(&w, options, e);
    if (good) {
        car_speeds_init(&w.speeds, options);
        good = measure(&w, options, car_options_flag(options, "json"), e);
        car_speeds_clear(&w.speeds);
    }
    car_speed_model_free(w.model);
    return good ? CAR_EXIT_DONE : e->code;
}
