/* significance.h - is one system better than another, or was it luck with the test
 * set?
 *
 * Works on any score that is a function of sums over lines (car_bleu_rows and the
 * like), so that the score of a resampled text costs an addition per line.  Tests
 * are those of sacreBLEU, with our random numbers: results depend on the seed and
 * on nothing else.
 *
 *   bootstrap      P. Koehn: Statistical Significance Tests for Machine Translation
 *                  Evaluation (EMNLP 2004): lines drawn with replacement, for both
 *                  systems the same
 *   randomisation  S. Riezler, J. Maxwell: On Some Pitfalls in Automatic Evaluation
 *                  and Significance Testing for MT (ACL 2005 workshop on evaluation
 *                  measures): the translations of a line change places between the
 *                  systems, or not
 *
 * p is the chance of a difference such as the one seen if the systems were equally
 * good, two-sided.
 */
#ifndef CAROUSEL_DECODE_SIGNIFICANCE_H
#define CAROUSEL_DECODE_SIGNIFICANCE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_SUMS_MAX = 64 }; /* the most numbers that a row may have */

/* The score of the sum of rows. */
typedef double (*car_score_of_sums)(const void *options, const double *sums);

/* One system's lines under one score.  All of it is borrowed. */
typedef struct car_scored_lines {
    const double *rows; /* [n, width] */
    ptrdiff_t n;        /* at least 1 */
    int width;          /* at most CAR_SUMS_MAX */
    car_score_of_sums score;
    const void *options;
} car_scored_lines;

/* The sum of the rows [lines->n], or of those `wanted` [n_wanted] alone, numbered from
 * 0; NULL: all.  And its score. */
void car_sum_lines(const car_scored_lines *lines, const ptrdiff_t *wanted, ptrdiff_t n_wanted,
                   double sums[CAR_SUMS_MAX]);
double car_score_lines(const car_scored_lines *lines, const ptrdiff_t *wanted, ptrdiff_t n_wanted);

typedef struct car_interval {
    double mean;      /* of the samples' scores                              */
    double low, high; /* between them lie 95 % of them; (high - low) / 2 is
                       * what sacreBLEU prints after its plus-minus           */
} car_interval;

/* From `samples` >= 1 bootstrap samples. */
void car_bootstrap(const car_scored_lines *lines, int samples, uint64_t seed, car_interval *interval);

/* p by paired bootstrap, with the interval of `system`; 1 if the scores are equal.
 * Both systems have the same number of lines and the same score. */
double car_paired_bootstrap(const car_scored_lines *baseline, const car_scored_lines *system, int samples,
                            uint64_t seed, car_interval *interval);

/* p by approximate randomisation with so many trials; 1 if the scores are equal. */
double car_paired_randomisation(const car_scored_lines *baseline, const car_scored_lines *system, int trials,
                                uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
