#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "decode/regress.h"
#include "tools/commands.h"
#include "tools/system.h"

enum { ROWS_AT_ONCE = 256 };

static void print_name(const char *name)
{
    if (strpbrk(name, ",;\t\"") == NULL) {
        (void)fputs(name, stdout);
        return;
    }
    (void)putchar('"');
    for (; *name != '\0'; name++)
        (void)printf("%s%c", *name == '"' ? "\"" : "", *name);
    (void)putchar('"');
}

static void print_header(const car_columns *columns, bool with_step)
{
    if (with_step)
        (void)fputs("step,", stdout);
    for (int k = 0; k < columns->targets; k++) {
        print_name(columns->at[columns->target[k]].name);
        (void)putchar(k + 1 < columns->targets ? ',' : '\n');
    }
}

/* One row of the output, in the columns' own units. */
static void print_row(const car_columns *columns, const float *numbers)
{
    for (int k = 0; k < columns->targets; k++) {
        const car_column *column = &columns->at[columns->target[k]];
        (void)printf("%.7g%c", column->mean + (double)numbers[k] * column->deviation,
                     k + 1 < columns->targets ? ',' : '\n');
    }
}

/* What comes after the last rows. */
static bool forecast(const car_system *system, const car_table *table, car_error *e)
{
    const car_columns *columns = &system->columns;
    int lookback = system->shape.lookback, outputs = system->model->output.words;
    float *read = car_alloc((ptrdiff_t)lookback * columns->inputs, sizeof *read);
    float *numbers = car_alloc(outputs, sizeof *numbers);
    bool good = car_windows_read(table, columns, table->rows - lookback, lookback, read, e);
    if (good) {
        const car_sentence source = {.numbers = read, .length = lookback};
        car_regress(system->model, &source, 1, numbers);
        print_header(columns, true);
        for (int h = 0; h < system->shape.horizon; h++) {
            (void)printf("%d,", h + 1);
            print_row(columns, numbers + (ptrdiff_t)h * columns->targets);
        }
    }
    car_free(read);
    car_free(numbers);
    return good;
}

/* Row n for row n. */
static bool map(const car_system *system, const car_table *table, car_error *e)
{
    const car_columns *columns = &system->columns;
    float *read = car_alloc((ptrdiff_t)ROWS_AT_ONCE * columns->inputs, sizeof *read);
    float *numbers = car_alloc((ptrdiff_t)ROWS_AT_ONCE * columns->targets, sizeof *numbers);
    car_sentence *source = car_alloc(ROWS_AT_ONCE, sizeof *source);
    bool good = true;
    print_header(columns, false);
    for (int first = 0; first < table->rows && good; first += ROWS_AT_ONCE) {
        int n = table->rows - first < ROWS_AT_ONCE ? table->rows - first : ROWS_AT_ONCE;
        good = car_windows_read(table, columns, first, n, read, e);
        for (int i = 0; i < n; i++)
            source[i] = (car_sentence){.numbers = read + (ptrdiff_t)i * columns->inputs, .length = 1};
        if (good)
            car_regress(system->model, source, n, numbers);
        for (int i = 0; i < n && good; i++)
            print_row(columns, numbers + (ptrdiff_t)i * columns->targets);
    }
    car_free(source);
    car_free(numbers);
    car_free(read);
    return good;
}

int run_forecast(car_options *options, car_error *e)
{
    if (!car_options_check_list(options, "models", 1, 1, e))
        return e->code;
    const char *path = car_options_texts(options, "models", 0);
    car_system system = {0};
    car_table *table = NULL;
    bool good = car_system_load(&system, path, CAR_TO_APPLY, car_options_flag(options, "insecure-plugins"), e) &&
                (system.columns.n > 0 ||
                 car_error_set(e, CAR_EXIT_CONFIG, "%s: it is a model of text; `carousel translate` uses it", path));
    good = good && (table = car_series_load_input(system.shape, &system.columns, options, e)) != NULL &&
           (system.shape.map ? map(&system, table, e) : forecast(&system, table, e));
    car_table_free(table);
    car_system_clear(&system);
    return good ? CAR_EXIT_DONE : e->code;
}
