#include "corpora/columns.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/names.h"
#include "corpora/scale.h"

void car_columns_clear(car_columns *columns)
{
    for (int i = 0; i < columns->n; i++)
        car_free(columns->at[i].name);
    car_free(columns->at);
    car_free(columns->target);
    *columns = (car_columns){0};
}

const char **car_columns_names(const car_columns *columns)
{
    const char **names = car_alloc(columns->n, sizeof *names);
    for (int i = 0; i < columns->n; i++)
        names[i] = columns->at[i].name;
    return names;
}

static void count(car_columns *columns)
{
    columns->target = car_alloc(columns->n, sizeof *columns->target);
    for (int i = 0; i < columns->n; i++) {
        columns->inputs += columns->at[i].input;
        if (columns->at[i].target)
            columns->target[columns->targets++] = i;
    }
}

const char **car_columns_input_names(const car_columns *columns)
{
    const char **names = car_alloc(columns->inputs, sizeof *names);
    for (int i = 0, k = 0; i < columns->n; i++)
        if (columns->at[i].input)
            names[k++] = columns->at[i].name;
    return names;
}

/* ---- measuring ------------------------------------------------------------------------- */

static bool is_among(const char *name, const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool all_are_columns(const char *const *names, int n, const char *option, const car_table *table, car_error *e)
{
    for (int i = 0; i < n; i++) {
        const char *const *columns = (const char *const *)table->name;
        if (!is_among(names[i], columns, table->columns))
            return car_error_set(e, CAR_EXIT_USAGE, "%s: %s has no column '%s'%s", option, table->path, names[i],
                                 car_name_hint_of(names[i], columns, table->columns).text);
        if (is_among(names[i], names, i))
            return car_error_set(e, CAR_EXIT_USAGE, "%s: '%s' is given twice", option, names[i]);
    }
    return true;
}

static double value_at(const car_table *table, int row, int column)
{
    return table->value[(ptrdiff_t)row * table->columns + column];
}

/* Mean and deviation in two passes, so that a large mean takes no digits from a small deviation. */
static bool measure_scale(car_column *column, int i, car_table *const *tables, int n, car_error *e)
{
    double sum = 0, squares = 0;
    int64_t values = 0;
    for (int k = 0; k < n; k++)
        for (int r = 0; r < tables[k]->rows; r++)
            if (!isnan(value_at(tables[k], r, i))) {
                sum += value_at(tables[k], r, i);
                values++;
            }
    if (values == 0)
        return car_error_set(e, CAR_EXIT_DATA, "%s: column %s has no value", tables[0]->path, column->name);
    column->mean = sum / (double)values;
    for (int k = 0; k < n; k++)
        for (int r = 0; r < tables[k]->rows; r++)
            if (!isnan(value_at(tables[k], r, i)))
                squares += pow(value_at(tables[k], r, i) - column->mean, 2);
    column->deviation = car_scale_deviation(squares, values, column->mean);
    return true;
}

static void measure_naive(car_column *column, int i, car_table *const *tables, int n, int season)
{
    double sum = 0;
    int64_t values = 0;
    for (int k = 0; k < n; k++)
        for (int r = season; r < tables[k]->rows; r++) {
            double change = value_at(tables[k], r, i) - value_at(tables[k], r - season, i);
            if (!isnan(change)) {
                sum += fabs(change);
                values++;
            }
        }
    column->naive_error = values > 0 ? sum / (double)values : 0;
}

bool car_columns_measure(car_columns *columns, const car_column_names *names, car_table *const *tables, int n,
                         int season, car_error *e)
{
    const car_table *first = tables[0];
    if (!all_are_columns(names->inputs, names->n_inputs, "--inputs", first, e) ||
        !all_are_columns(names->targets, names->n_targets, "--targets", first, e))
        return false;
    columns->at = car_alloc(first->columns, sizeof *columns->at);
    for (int i = 0; i < first->columns; i++) {
        car_column *column = &columns->at[columns->n++];
        column->name = car_copy_text(first->name[i]);
        bool named = is_among(column->name, names->targets, names->n_targets);
        column->input =
            names->n_inputs > 0 ? is_among(column->name, names->inputs, names->n_inputs) : !(names->apart && named);
        column->target = names->n_targets > 0 ? named : column->input;
        if (!measure_scale(column, i, tables, n, e))
            return false;
        measure_naive(column, i, tables, n, season);
    }
    count(columns);
    return columns->inputs > 0 ||
           car_error_set(e, CAR_EXIT_USAGE, "%s: all columns are --targets, which leaves none to read", first->path);
}

/* ---- as text ----------------------------------------------------------------------------- */

void car_columns_write(const car_columns *columns, car_string *text)
{
    json_t *list = json_array();
    for (int i = 0; i < columns->n; i++) {
        const car_column *column = &columns->at[i];
        json_t *object =
            json_pack("{sssfsfsfsbsb}", "name", column->name, "mean", column->mean, "deviation", column->deviation,
                      "naive_error", column->naive_error, "input", (int)column->input, "target", (int)column->target);
        CAR_REQUIRE(object != NULL);
        (void)json_array_append_new(list, object);
    }
    car_string_add_json(text, list, JSON_SORT_KEYS);
}

bool car_columns_read(car_columns *columns, const char *text, const char *origin, car_error *e)
{
    json_t *list = json_loads(text, 0, NULL);
    size_t n = json_array_size(list);
    bool good = n > 0 && n <= 1000000;
    columns->at = car_alloc(good ? (ptrdiff_t)n : 1, sizeof *columns->at);
    for (size_t i = 0; i < n && good; i++) {
        car_column *column = &columns->at[i];
        const char *name;
        int input, target;
        good = json_unpack(json_array_get(list, i), "{sssFsFsFsbsb}", "name", &name, "mean", &column->mean, "deviation",
                           &column->deviation, "naive_error", &column->naive_error, "input", &input, "target",
                           &target) == 0 &&
               car_scale_is_valid(column->mean, column->deviation) && isfinite(column->naive_error);
        if (good) {
            column->name = car_copy_text(name);
            column->input = input != 0;
            column->target = target != 0;
            columns->n++;
        }
    }
    count(columns);
    good = good && columns->inputs > 0 && columns->targets > 0;
    json_decref(list);
    return good ||
           car_error_set(e, CAR_EXIT_DATA, "%s: its \"columns\" are not as `carousel train` writes them", origin);
}
