/* ter.h - translation edit rate, equal to sacreBLEU's.
 *
 * M. Snover, B. Dorr, R. Schwartz, L. Micciulla, J. Makhoul: A Study of
 * Translation Edit Rate with Targeted Human Annotation (AMTA 2006).
 *
 *     TER = 100 * edits / mean length of the references
 *
 * An edit inserts, deletes or replaces a word, or moves a block of words to
 * another place.  The least number of edits with moves is hard to find, so the
 * search is greedy and limited, and its limits belong to the measure: they are
 * Tercom's as sacreBLEU has them.  Lower is better; 0 is perfect.
 */
#ifndef CAROUSEL_DECODE_TER_H
#define CAROUSEL_DECODE_TER_H

#include <stdint.h>

#include "base/text.h"
#include "decode/metrics.h"
#include "decode/ter_tokens.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A line in numbers: the edits to the reference that needs fewest, and the mean
 * length of its references. */
enum { CAR_TER_EDITS, CAR_TER_LENGTH, CAR_TER_WIDTH };

/* rows[hypotheses->n, CAR_TER_WIDTH].  Errors: car_metric_check's. */
bool car_ter_rows(const car_ter_options *options, const car_metric_text *hypotheses, const car_metric_text *references,
                  int n_references, double *rows, car_error *e);

/* The score of a row or of the sum of rows; over an empty reference 0 without
 * edits, else 100. */
double car_ter_of_sums(const double sums[CAR_TER_WIDTH]);

/* Adds "nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:carousel-0.1.0"
 * to *text; n_references 0: it varies. */
void car_ter_signature(const car_ter_options *options, int n_references, const char *version, car_string *text);

#ifdef __cplusplus
}
#endif
#endif
