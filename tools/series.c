#include "tools/series.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "decode/regress.h"
#include "tools/lines.h"

enum { WINDOWS_AT_ONCE = 256 };

bool car_series_wanted(const car_options *options)
{
    const char *task = car_options_text(options, "task");
    return strcmp(task, "forecast") == 0 || strcmp(task, "map") == 0;
}

car_series_shape car_series_shape_of(const car_options *options)
{
    if (strcmp(car_options_text(options, "task"), "map") == 0)
        return (car_series_shape){true, 1, 1, 0};
    return (car_series_shape){false, (int)car_options_count(options, "lookback"),
                              (int)car_options_count(options, "horizon"), (int)car_options_count(options, "season")};
}

/* The policy of --missing. */
static car_missing missing_of(const car_options *options)
{
    const char *policy = car_options_text(options, "missing");
    return strcmp(policy, "previous") == 0 ? CAR_MISSING_PREVIOUS
           : strcmp(policy, "skip") == 0   ? CAR_MISSING_SKIP
                                           : CAR_MISSING_ERROR;
}

/* ---- tables ------------------------------------------------------------------------------ */

void car_series_clear(car_series *series)
{
    for (int k = 0; k < series->n; k++)
        car_table_free(series->table[k]);
    car_free(series->table);
    car_windows_free(series->windows);
    *series = (car_series){0};
}

/* The columns of these names, or of all that the first table has. */
static bool load_tables(car_series *series, const car_options *options, const char *sets, const char *const *names,
                        int n, car_error *e)
{
    int tables = car_options_texts_count(options, sets);
    if (!car_options_check_list(options, sets, 1, 100000, e))
        return false;
    series->table = car_alloc(tables, sizeof *series->table);
    for (int k = 0; k < tables; k++) {
        if (k > 0 && n == 0) {
            names = (const char *const *)series->table[0]->name;
            n = series->table[0]->columns;
        }
        series->table[k] = car_table_load(car_options_texts(options, sets, k), names, n, missing_of(options), e);
        if (series->table[k] == NULL)
            return false;
        series->n = k + 1;
    }
    return true;
}

static const char **list_of(const car_options *options, const char *name, int *n)
{
    *n = car_options_texts_count(options, name);
    const char **list = car_alloc(*n, sizeof *list);
    for (int i = 0; i < *n; i++)
        list[i] = car_options_texts(options, name, i);
    return list;
}

/* The inputs, and targets that are not among them; none if all columns are to be read. */
static const char **columns_to_load(const car_column_names *names, int *n)
{
    const char **list = car_alloc(names->n_inputs + names->n_targets, sizeof *list);
    *n = 0;
    for (int i = 0; i < names->n_inputs; i++)
        list[(*n)++] = names->inputs[i];
    for (int i = 0; i < names->n_targets && names->n_inputs > 0; i++) {
        int k = 0;
        while (k < names->n_inputs && strcmp(names->inputs[k], names->targets[i]) != 0)
            k++;
        if (k == names->n_inputs)
            list[(*n)++] = names->targets[i];
    }
    return list;
}

bool car_series_load(car_series *series, const car_options *options, car_columns *columns, car_error *e)
{
    series->shape = car_series_shape_of(options);
    car_column_names names = {.apart = series->shape.map};
    const char **inputs = list_of(options, "inputs", &names.n_inputs),
               **targets = list_of(options, "targets", &names.n_targets);
    names.inputs = inputs;
    names.targets = targets;
    int n;
    const char **wanted = columns_to_load(&names, &n);
    const car_windows_options windows = {.lookback = series->shape.lookback,
                                         .horizon = series->shape.horizon,
                                         .same_row = series->shape.map,
                                         .mini_batch = (int)car_options_count(options, "mini-batch"),
                                         .seed = (uint64_t)car_options_count(options, "seed")};
    bool good = (!series->shape.map || names.n_targets > 0 ||
                 car_error_set(e, CAR_EXIT_USAGE, "--task map needs --targets, the columns to predict")) &&
                load_tables(series, options, "train-sets", wanted, n, e) &&
                car_columns_measure(columns, &names, series->table, series->n, series->shape.season, e) &&
                (series->windows = car_windows_new(series->table, series->n, columns, &windows, e)) != NULL;
    if (good)
        car_log(CAR_LOG_INFO, "[data] %s%s: %d windows; %d columns to read, %d to predict", series->table[0]->path,
                series->n > 1 ? " and more" : "", car_windows_count(series->windows), columns->inputs,
                columns->targets);
    car_free(wanted);
    car_free(inputs);
    car_free(targets);
    return good;
}

bool car_series_load_for(car_series *series, car_series_shape shape, const car_columns *columns,
                         const car_options *options, const char *sets, car_error *e)
{
    const char **names = car_columns_names(columns);
    const car_windows_options windows = {.lookback = shape.lookback,
                                         .horizon = shape.horizon,
                                         .same_row = shape.map,
                                         .before = shape.season,
                                         .mini_batch = WINDOWS_AT_ONCE,
                                         .sequential = true};
    series->shape = shape;
    bool good = load_tables(series, options, sets, names, columns->n, e) &&
                (series->windows = car_windows_new(series->table, series->n, columns, &windows, e)) != NULL;
    car_free(names);
    return good;
}

car_table *car_series_load_input(car_series_shape shape, const car_columns *columns, const car_options *options,
                                 car_error *e)
{
    const char **names = car_columns_input_names(columns);
    car_table *table = car_table_load(car_input_of_options(options), names, columns->inputs, missing_of(options), e);
    car_free(names);
    if (table != NULL && !shape.map && table->rows < shape.lookback) {
        (void)car_error_set(e, CAR_EXIT_DATA, "%s: it has %d rows; the model reads %d (--lookback)", table->path,
                            table->rows, shape.lookback);
        car_table_free(table);
        return NULL;
    }
    return table;
}

/* ---- errors -------------------------------------------------------------------------------- */

void car_series_errors_clear(car_series_errors *errors)
{
    for (int by = 0; by < CAR_FORECASTERS; by++)
        car_free(errors->by[by]);
    *errors = (car_series_errors){0};
}

/* What the forecaster says of column i in row r + h; `number` is the model's. */
static double forecast_of(const car_series *series, const car_columns *columns, int by, const car_table *table, int r,
                          int h, int i, double number)
{
    const car_column *column = &columns->at[i];
    int season = series->shape.season;
    if (by == CAR_BY_MODEL)
        return column->mean + number * column->deviation;
    if (series->shape.map)
        return column->mean;
    int row = by == CAR_BY_NAIVE ? r - 1 : r + h % season - season;
    return table->value[(ptrdiff_t)row * table->columns + i];
}

/* Adds the errors of one window, their sums for now. */
static void add_window(const car_series *series, const car_columns *columns, int window, const float *numbers,
                       car_series_errors *errors)
{
    car_window at = car_windows_at(series->windows, window);
    const car_table *table = series->table[at.table];
    for (int h = 0; h < series->shape.horizon; h++)
        for (int k = 0; k < columns->targets; k++) {
            int i = columns->target[k];
            double truth = table->value[(ptrdiff_t)(at.row + h) * table->columns + i];
            double number = (double)numbers[h * columns->targets + k];
            for (int by = 0; by < CAR_FORECASTERS; by++) {
                double off = forecast_of(series, columns, by, table, at.row, h, i, number) - truth;
                errors->by[by][k].mean_absolute += fabs(off);
                errors->by[by][k].root_mean_square += off * off;
                if (by == CAR_BY_MODEL)
                    errors->loss += pow(off / columns->at[i].deviation, 2);
            }
        }
}

void car_series_measure(const car_series *series, const car_columns *columns, const car_model *model,
                        car_series_errors *errors)
{
    int n = car_windows_count(series->windows), outputs = model->output.words;
    *errors = (car_series_errors){.targets = columns->targets};
    for (int by = 0; by < CAR_FORECASTERS; by++)
        errors->by[by] = car_alloc(columns->targets, sizeof *errors->by[by]);
    float *numbers = car_alloc((ptrdiff_t)WINDOWS_AT_ONCE * outputs, sizeof *numbers);
    car_sentence *sources = car_alloc(WINDOWS_AT_ONCE, sizeof *sources);
    for (int first = 0; first < n; first += WINDOWS_AT_ONCE) {
        int some = n - first < WINDOWS_AT_ONCE ? n - first : WINDOWS_AT_ONCE;
        for (int i = 0; i < some; i++)
            sources[i] = car_windows_source_view(series->windows, first + i);
        car_regress(model, sources, some, numbers);
        for (int i = 0; i < some; i++)
            add_window(series, columns, first + i, numbers + (ptrdiff_t)i * outputs, errors);
    }
    double values = (double)n * series->shape.horizon;
    errors->loss /= values * columns->targets;
    for (int by = 0; by < CAR_FORECASTERS; by++)
        for (int k = 0; k < columns->targets; k++) {
            car_column_errors *of = &errors->by[by][k];
            double naive = columns->at[columns->target[k]].naive_error;
            of->mean_absolute /= values;
            of->root_mean_square = sqrt(of->root_mean_square / values);
            of->scaled = naive > 0 ? of->mean_absolute / naive : NAN;
        }
    car_free(sources);
    car_free(numbers);
}

car_column_errors car_series_errors_mean(const car_series_errors *errors, int by)
{
    car_column_errors sum = {0, 0, 0};
    for (int k = 0; k < errors->targets; k++) {
        sum.mean_absolute += errors->by[by][k].mean_absolute / errors->targets;
        sum.root_mean_square += errors->by[by][k].root_mean_square / errors->targets;
        sum.scaled += errors->by[by][k].scaled / errors->targets;
    }
    return sum;
}
