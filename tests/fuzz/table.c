/* Tables and vectors: what is read of a file is finite and the same again; the scales that are measured of it
 * come back from their text; windows lie within the tables. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "corpora/vectors.h"
#include "corpora/windows.h"
#include "fuzz/fuzz.h"

static void check_values(const car_table *table, car_missing missing)
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)table->rows * table->columns; i++)
        CAR_REQUIRE(isfinite(table->value[i]) || (missing == CAR_MISSING_SKIP && isnan(table->value[i])));
}

static void check_columns(const car_columns *columns)
{
    car_columns back = {0};
    car_string text = {0}, again = {0};
    car_error e;
    car_columns_write(columns, &text);
    bool good = car_columns_read(&back, text.at, "columns", &e);
    car_columns_write(&back, &again);
    CAR_REQUIRE(good && strcmp(text.at, again.at) == 0);
    car_columns_clear(&back);
    car_string_clear(&text);
    car_string_clear(&again);
}

static void check_windows(car_table *table, const car_columns *columns)
{
    const car_windows_options options = {.lookback = 2, .horizon = 1, .mini_batch = 3, .seed = 1};
    car_error e;
    car_windows *windows = car_windows_new(&table, 1, columns, &options, &e);
    for (int i = 0; windows != NULL && i < car_windows_count(windows); i++) {
        car_window at = car_windows_at(windows, i);
        CAR_REQUIRE(at.row >= 2 && at.row < table->rows);
        car_sentence source = car_windows_source_view(windows, i);
        for (int k = 0; k < 2 * columns->inputs; k++)
            CAR_REQUIRE(isfinite(source.numbers[k]));
    }
    car_windows_free(windows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    car_error e;
    if (fuzz_is_compressed(data, size))
        return 0;
    for (int missing = CAR_MISSING_ERROR; missing <= CAR_MISSING_SKIP; missing++) {
        car_table *table = car_table_load(fuzz_file(0, data, (ptrdiff_t)size), NULL, 0, (car_missing)missing, &e);
        if (table == NULL)
            continue;
        check_values(table, (car_missing)missing);
        car_columns columns = {0};
        if (car_columns_measure(&columns, &(car_column_names){0}, &table, 1, 1, &e)) {
            check_columns(&columns);
            check_windows(table, &columns);
        }
        car_columns_clear(&columns);
        car_table_free(table);
    }

    fuzz_input input = fuzz_input_of(data, size);
    car_vectors vectors = {0};
    char *text = fuzz_copy(input.at, input.left);
    if (car_vectors_read(&vectors, text, "vectors", &e)) {
        float *numbers = car_alloc(vectors.n, sizeof *numbers);
        bool good = car_vectors_apply(&vectors, "1 2", 3, numbers, &e);
        for (int i = 0; i < vectors.n && good; i++)
            CAR_REQUIRE(isfinite(numbers[i]));
        car_free(numbers);
    }
    car_vectors_clear(&vectors);
    car_free(text);
    return 0;
}
