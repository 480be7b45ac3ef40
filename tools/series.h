/* series.h - the tables that options name, for models that read numbers: loaded, scaled,
 * cut into windows; and how far a model's predictions of them are off.
 */
#ifndef CAROUSEL_TOOLS_SERIES_H
#define CAROUSEL_TOOLS_SERIES_H

#include "corpora/windows.h"
#include "model/seq2seq.h"
#include "tools/option_table.h"

/* What a model of tables reads and predicts at once. */
typedef struct car_series_shape {
    bool map;                      /* rows by themselves; lookback and horizon are 1, there is no season */
    int lookback, horizon, season; /* rows                                                               */
} car_series_shape;

/* Is it a model of tables that --task asks for? */
bool car_series_wanted(const car_options *options);
car_series_shape car_series_shape_of(const car_options *options);

/* {0} is an empty one. */
typedef struct car_series {
    car_series_shape shape;
    car_table **table; /* [n] */
    int n;
    car_windows *windows;
} car_series;

/* Reads --train-sets, chooses its columns and measures them. */
bool car_series_load(car_series *series, const car_options *options, car_columns *columns, car_error *e);

/* Reads the tables of the option `sets` to use a model with; windows in their order, with rows before
 * them for naive forecasts too. */
bool car_series_load_for(car_series *series, car_series_shape shape, const car_columns *columns,
                         const car_options *options, const char *sets, car_error *e);
void car_series_clear(car_series *series);

/* The columns that the model reads of the table that --input names; NULL with *e, also where it has fewer
 * rows than a forecast reads (65). */
car_table *car_series_load_input(car_series_shape shape, const car_columns *columns, const car_options *options,
                                 car_error *e);

/* ---- errors ----------------------------------------------------------------------------- */

/* The model, and what it is compared with: of a forecast, the last value that was read, and the value a
 * season before; of a map, the mean of the training rows, twice. */
enum { CAR_BY_MODEL, CAR_BY_NAIVE, CAR_BY_SEASON, CAR_FORECASTERS };

/* Of one target column, in its own units.  `scaled` is mean_absolute by that of the seasonal naive
 * forecast in the training rows, MASE; NaN where that is 0 or not known. */
typedef struct car_column_errors {
    double mean_absolute, root_mean_square, scaled;
} car_column_errors;

typedef struct car_series_errors {
    int targets;
    car_column_errors *by[CAR_FORECASTERS]; /* [targets] */
    double loss;                            /* of the model, as it is trained: the mean square of scaled errors */
} car_series_errors;

/* Of all windows of car_series_load_for. */
void car_series_measure(const car_series *series, const car_columns *columns, const car_model *model,
                        car_series_errors *errors);
void car_series_errors_clear(car_series_errors *errors);

/* The mean over the targets. */
car_column_errors car_series_errors_mean(const car_series_errors *errors, int by);

#endif
