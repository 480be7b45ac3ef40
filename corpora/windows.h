/* windows.h - tables as minibatches: a stretch of rows to read and the rows to predict.
 *
 *   forecast   rows r - lookback .. r - 1 of the inputs; rows r .. r + horizon - 1 of the targets
 *   map        row r of the inputs; row r of the targets
 *
 * for every r of every table for which there are all these rows without a missing value.
 * A window never reaches into another table.  Sources are [lookback, inputs], targets one
 * step of [horizon, targets] numbers, all scaled (columns.h).
 */
#ifndef CAROUSEL_CORPORA_WINDOWS_H
#define CAROUSEL_CORPORA_WINDOWS_H

#include "base/batch.h"
#include "corpora/columns.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_windows_options {
    int lookback, horizon; /* rows                                                          */
    bool same_row;         /* map: lookback and horizon are 1                               */
    int before;            /* rows before r that should be complete too, for what forecasts
                            * are compared with                                             */
    int mini_batch;
    uint64_t seed;
    bool sequential; /* in the order of the tables, in every epoch */
} car_windows_options;

typedef struct car_windows car_windows;

/* Of tables [n] with the columns of `columns`; all is copied.  NULL and *e (65) if no table is long
 * enough, or a value so far from those that were measured that 32 bits cannot hold it. */
car_windows *car_windows_new(car_table *const *tables, int n, const car_columns *columns,
                             const car_windows_options *options, car_error *e);
void car_windows_free(car_windows *windows);

int car_windows_count(const car_windows *windows);
car_batch_source car_windows_source(car_windows *windows);

/* Table and row r of window 0 <= i < count; in a minibatch, line[b] - 1 is i. */
typedef struct car_window {
    int table, row;
} car_window;

car_window car_windows_at(const car_windows *windows, int i);

/* What the model reads of window i. */
car_sentence car_windows_source_view(const car_windows *windows, int i);

/* A hash of all numbers that there are and of how they are cut: of two trainings with the same, each sees
 * the same. */
const char *car_windows_identity_view(const car_windows *windows);

/* Rows first .. first + n - 1 of a table that has the input columns alone, scaled, into numbers [n, inputs].
 * False with *e (65) if a value is missing or as far as that. */
bool car_windows_read(const car_table *inputs, const car_columns *columns, int first, int n, float *numbers,
                      car_error *e);

#ifdef __cplusplus
}
#endif
#endif
