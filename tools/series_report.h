/* series_report.h - what evaluate says of models of tables: errors of each target column,
 * beside those of naive forecasts.
 */
#ifndef CAROUSEL_TOOLS_SERIES_REPORT_H
#define CAROUSEL_TOOLS_SERIES_REPORT_H

#include "base/options.h"

/* Measures all --models on --test-sets and prints the errors, as JSON if --json says so.  What they
 * read and predict must be the same (78). */
bool car_evaluate_series(const car_options *options, car_error *e);

#endif
