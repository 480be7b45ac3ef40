/* metrics.h - what the scores of translated text have in common, and the two
 * plainest of them: exact match and token accuracy.
 *
 * Used by validation during training and by the program's evaluation.  BLEU is
 * in bleu.h, chrF in chrf.h, TER in ter.h, error rates in error_rates.h.  Nothing here knows a model or a vocabulary: a
 * score is of text against text.
 */
#ifndef CAROUSEL_DECODE_METRICS_H
#define CAROUSEL_DECODE_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The lines of one file: one segment each, UTF-8, without their LF.  All of it
 * is borrowed. */
typedef struct car_metric_text {
    const char *const *lines; /* [n]; NULL in a reference: this line has no such reference */
    ptrdiff_t n;
    const char *name; /* what messages call it: the name of the file */
} car_metric_text;

/* Can the hypotheses be scored against the references [n_references >= 1]?
 * Every text must have the same number of lines, and at least one; every line
 * must have a reference and be well-formed UTF-8.  65 otherwise.  Every score
 * checks this itself. */
bool car_metric_check(const car_metric_text *hypotheses, const car_metric_text *references, int n_references,
                      car_error *e);

/* A line of the two below in numbers: what is right, and what there is. */
enum { CAR_SHARE_RIGHT, CAR_SHARE_ALL, CAR_SHARE_WIDTH };

/* The share of a row or of the sum of rows, 0 to 1; 1 where there is nothing. */
double car_share_of_sums(const double sums[CAR_SHARE_WIDTH]);

/* Exact match, the share of the hypotheses that are, byte by byte, one of their
 * references: rows[hypotheses->n, CAR_SHARE_WIDTH].  Errors: car_metric_check's. */
bool car_exact_rows(const car_metric_text *hypotheses, const car_metric_text *references, int n_references,
                    double *rows, car_error *e);

/* Token accuracy, the share of places where hypothesis and reference have the same
 * token, tokens being what white space parts:
 *     sum over lines of #{ i : h_i = r_i }  /  sum over lines of max(|h|, |r|)
 * so 1 means equal throughout.  rows[hypotheses->n, CAR_SHARE_WIDTH].  Errors:
 * car_metric_check's. */
bool car_accuracy_rows(const car_metric_text *hypotheses, const car_metric_text *reference, double *rows,
                       car_error *e);

#ifdef __cplusplus
}
#endif
#endif
