#include "tools/series_report.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tools/system.h"

/* All models on the same windows. */
typedef struct report {
    int models;
    const char **name;         /* [models] */
    car_series_errors *errors; /* [models] */
    car_series_shape shape;
    int windows, targets;
    char **target; /* [targets] names */
} report;

static void clear_report(report *r)
{
    for (int i = 0; i < r->models; i++)
        car_series_errors_clear(&r->errors[i]);
    for (int k = 0; k < r->targets; k++)
        car_free(r->target[k]);
    car_free(r->target);
    car_free(r->errors);
    car_free(r->name);
}

static bool is_same(const report *r, const car_system *system)
{
    bool same = system->columns.targets == r->targets && system->shape.map == r->shape.map &&
                system->shape.lookback == r->shape.lookback && system->shape.horizon == r->shape.horizon &&
                system->shape.season == r->shape.season;
    for (int k = 0; k < r->targets && same; k++)
        same = strcmp(system->columns.at[system->columns.target[k]].name, r->target[k]) == 0;
    return same;
}

static void take_shape(report *r, const car_system *system)
{
    r->shape = system->shape;
    r->targets = system->columns.targets;
    r->target = car_alloc(r->targets, sizeof *r->target);
    for (int k = 0; k < r->targets; k++)
        r->target[k] = car_copy_text(system->columns.at[system->columns.target[k]].name);
}

static bool measure_model(report *r, int i, const car_options *options, car_error *e)
{
    car_system system = {0};
    car_series series = {0};
    r->name[i] = car_options_texts(options, "models", i);
    bool good = car_system_load(&system, r->name[i], CAR_TO_APPLY, car_options_flag(options, "insecure-plugins"), e);
    if (good && i == 0 && system.columns.n > 0)
        take_shape(r, &system);
    if (good && (system.columns.n == 0 || !is_same(r, &system)))
        good = car_error_set(e, CAR_EXIT_CONFIG, "%s and %s do not read and predict the same rows and columns",
                             r->name[0], r->name[i]);
    good = good && car_series_load_for(&series, system.shape, &system.columns, options, "test-sets", e);
    if (good) {
        car_series_measure(&series, &system.columns, system.model, &r->errors[i]);
        r->windows = car_windows_count(series.windows);
    }
    car_series_clear(&series);
    car_system_clear(&system);
    return good;
}

/* ---- printing ------------------------------------------------------------------------------ */

/* What predictions are compared with, as messages call it; NULL if it is not there. */
static const char *name_of(const report *r, int by)
{
    if (r->shape.map)
        return by == CAR_BY_NAIVE ? "mean" : NULL;
    if (by == CAR_BY_NAIVE)
        return "naive";
    return r->shape.season > 1 ? "seasonal naive" : NULL;
}

static void print_errors(const report *r, const char *target, const char *forecaster, car_column_errors errors)
{
    (void)printf("%-16s%-24s%12.6g%12.6g", target, forecaster, errors.mean_absolute, errors.root_mean_square);
    if (!r->shape.map)
        (void)printf(isnan(errors.scaled) ? "           -" : "%12.4f", errors.scaled);
    (void)printf("\n");
}

static void print_text(const report *r)
{
    if (r->shape.map)
        (void)printf("%d rows\n", r->windows);
    else
        (void)printf("%d windows: %d rows read, %d predicted; season %d\n", r->windows, r->shape.lookback,
                     r->shape.horizon, r->shape.season);
    (void)printf("%-16s%-24s%12s%12s%s\n", "column", "by", "MAE", "RMSE", r->shape.map ? "" : "        MASE");
    for (int k = 0; k <= r->targets; k++) {
        bool mean = k == r->targets;
        if (mean && r->targets == 1)
            continue;
        const char *target = mean ? "(mean)" : r->target[k];
        for (int i = 0; i < r->models; i++)
            print_errors(r, target, r->name[i],
                         mean ? car_series_errors_mean(&r->errors[i], CAR_BY_MODEL) : r->errors[i].by[CAR_BY_MODEL][k]);
        for (int by = CAR_BY_NAIVE; by < CAR_FORECASTERS; by++)
            if (name_of(r, by) != NULL)
                print_errors(r, target, name_of(r, by),
                             mean ? car_series_errors_mean(&r->errors[0], by) : r->errors[0].by[by][k]);
    }
}

static json_t *json_errors(const report *r, const car_series_errors *errors, int by, const char *name)
{
    json_t *columns = json_object();
    for (int k = 0; k < r->targets; k++) {
        const car_column_errors *of = &errors->by[by][k];
        json_t *object = json_pack("{sfsf}", "mae", of->mean_absolute, "rmse", of->root_mean_square);
        if (!r->shape.map)
            (void)json_object_set_new(object, "mase", isnan(of->scaled) ? json_null() : json_real(of->scaled));
        (void)json_object_set_new(columns, r->target[k], object);
    }
    return json_pack("{ssso}", "name", name, "columns", columns);
}

static void print_json(const report *r)
{
    json_t *models = json_array(), *baselines = json_array();
    for (int i = 0; i < r->models; i++)
        (void)json_array_append_new(models, json_errors(r, &r->errors[i], CAR_BY_MODEL, r->name[i]));
    for (int by = CAR_BY_NAIVE; by < CAR_FORECASTERS; by++)
        if (name_of(r, by) != NULL)
            (void)json_array_append_new(baselines, json_errors(r, &r->errors[0], by, name_of(r, by)));
    json_t *object = json_pack("{sisisisisoso}", "windows", r->windows, "lookback", r->shape.lookback, "horizon",
                               r->shape.horizon, "season", r->shape.season, "models", models, "baselines", baselines);
    CAR_REQUIRE(object != NULL);
    (void)json_dumpf(object, stdout, JSON_INDENT(2));
    (void)puts("");
    json_decref(object);
}

bool car_evaluate_series(const car_options *options, car_error *e)
{
    int n = car_options_texts_count(options, "models");
    report r = {.name = car_alloc(n, sizeof *r.name), .errors = car_alloc(n, sizeof *r.errors)};
    bool good = true;
    for (int i = 0; i < n && good; i++) {
        r.models = i + 1;
        good = measure_model(&r, i, options, e);
    }
    if (good && car_options_flag(options, "json"))
        print_json(&r);
    else if (good)
        print_text(&r);
    clear_report(&r);
    return good;
}
