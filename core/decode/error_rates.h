/* error_rates.h - word error rate and character error rate, as sums
 * over lines.
 *
 *     rate = 100 * edits / length of the references
 *
 * An edit inserts, deletes or replaces a unit (Levenshtein 1966): a word, which is
 * what white space parts, or a character as a reader counts them, a grapheme cluster
 * (white space at the ends aside).  Of several references the one with the fewest
 * edits counts, the longer of two.  Lower is better; more than 100 is possible.
 */
#ifndef CAROUSEL_DECODE_ERROR_RATES_H
#define CAROUSEL_DECODE_ERROR_RATES_H

#include "base/text.h"
#include "decode/metrics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_error_unit { CAR_UNIT_WORD, CAR_UNIT_CHARACTER } car_error_unit;

/* A line in numbers. */
enum { CAR_RATE_EDITS, CAR_RATE_LENGTH, CAR_RATE_WIDTH };

/* rows[hypotheses->n, CAR_RATE_WIDTH].  Errors: car_metric_check's. */
bool car_rate_rows(car_error_unit unit, bool lowercase, const car_metric_text *hypotheses,
                   const car_metric_text *references, int n_references, double *rows, car_error *e);

/* The rate of a row or of the sum of rows; over empty references 0 without edits,
 * else 100. */
double car_rate_of_sums(const double sums[CAR_RATE_WIDTH]);

#ifdef __cplusplus
}
#endif
#endif
