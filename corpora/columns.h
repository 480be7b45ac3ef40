/* columns.h - which columns of a table a model reads, which it predicts, and their scales.
 *
 * A model sees (x - mean) / deviation of each column, both of the training rows.  Beside
 * them stands what errors are measured by: the mean absolute error that the seasonal
 * naive forecast, the value of a season before, makes in the training rows, the
 * denominator of MASE (Hyndman and Koehler 2006).
 */
#ifndef CAROUSEL_CORPORA_COLUMNS_H
#define CAROUSEL_CORPORA_COLUMNS_H

#include "base/text.h"
#include "corpora/table.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_column {
    char *name;
    double mean, deviation; /* deviation: 1 of a column that does not change   */
    double naive_error;     /* 0 where a season is longer than the tables      */
    bool input, target;     /* is it read, is it predicted?                    */
} car_column;

/* In the order of the columns of tables that are loaded by car_columns_names.  {0} is an empty one. */
typedef struct car_columns {
    car_column *at; /* [n] */
    int n, inputs, targets;
    int *target; /* [targets] which of the columns they are */
} car_columns;

/* Of all columns of the tables [n], which are the same.  Inputs and targets are the columns of these
 * names; without names of inputs all columns are, or if `apart` all that are no targets; without names of
 * targets all inputs are.  False with *e: 2 for a name that is no column, or if no input is left; 65 for
 * tables without a value in a column. */
typedef struct car_column_names {
    const char *const *inputs, *const *targets; /* borrowed */
    int n_inputs, n_targets;
    bool apart;
} car_column_names;

bool car_columns_measure(car_columns *columns, const car_column_names *names, car_table *const *tables, int n,
                         int season, car_error *e);
void car_columns_clear(car_columns *columns);

/* The names [n], or of the inputs alone [inputs], borrowed; the array is freed by the caller. */
const char **car_columns_names(const car_columns *columns);
const char **car_columns_input_names(const car_columns *columns);

/* As JSON, with all digits, and back (65; `origin` is what messages call the text). */
void car_columns_write(const car_columns *columns, car_string *text);
bool car_columns_read(car_columns *columns, const char *text, const char *origin, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
