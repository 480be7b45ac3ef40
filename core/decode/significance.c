#include "decode/significance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "math/random.h"

static void add_row(const car_scored_lines *lines, ptrdiff_t line, double *sums)
{
    const double *row = lines->rows + line * lines->width;
    for (int k = 0; k < lines->width; k++)
        sums[k] += row[k];
}

void car_sum_lines(const car_scored_lines *lines, const ptrdiff_t *wanted, ptrdiff_t n_wanted,
                   double sums[CAR_SUMS_MAX])
{
    CAR_REQUIRE(lines->width <= CAR_SUMS_MAX);
    memset(sums, 0, CAR_SUMS_MAX * sizeof *sums);
    for (ptrdiff_t i = 0; i < (wanted != NULL ? n_wanted : lines->n); i++)
        add_row(lines, wanted != NULL ? wanted[i] : i, sums);
}

double car_score_lines(const car_scored_lines *lines, const ptrdiff_t *wanted, ptrdiff_t n_wanted)
{
    double sums[CAR_SUMS_MAX];
    car_sum_lines(lines, wanted, n_wanted, sums);
    return lines->score(lines->options, sums);
}

/* scores[samples].  Which lines are drawn depends on seed, sample and number of
 * lines alone: equal for all systems. */
static void resample(const car_scored_lines *lines, int samples, uint64_t seed, double *scores)
{
    car_stream stream = car_stream_named(seed, "bootstrap");
    ptrdiff_t *drawn = car_alloc(lines->n, sizeof *drawn);
    for (int s = 0; s < samples; s++) {
        for (ptrdiff_t i = 0; i < lines->n; i++)
            drawn[i] = (ptrdiff_t)car_random_below(stream, (uint64_t)s, (uint64_t)i, (uint64_t)lines->n);
        scores[s] = car_score_lines(lines, drawn, lines->n);
    }
    car_free(drawn);
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double mean(const double *values, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += values[i];
    return sum / n;
}

/* Puts the scores in order. */
static void find_interval(double *scores, int samples, car_interval *interval)
{
    int cut = samples / 40; /* 2.5 % at either end */
    interval->mean = mean(scores, samples);
    qsort(scores, (size_t)samples, sizeof *scores, compare);
    interval->low = scores[cut];
    interval->high = scores[samples - 1 - cut];
}

void car_bootstrap(const car_scored_lines *lines, int samples, uint64_t seed, car_interval *interval)
{
    CAR_REQUIRE(samples >= 1);
    double *scores = car_alloc(samples, sizeof *scores);
    resample(lines, samples, seed, scores);
    find_interval(scores, samples, interval);
    car_free(scores);
}

static double seen_difference(const car_scored_lines *baseline, const car_scored_lines *system)
{
    CAR_REQUIRE(baseline->n == system->n && baseline->width == system->width && baseline->score == system->score);
    return fabs(car_score_lines(baseline, NULL, 0) - car_score_lines(system, NULL, 0));
}

/* The share of `values` above what was seen, which itself counts as one more, so
 * that p is never 0 (E. Noreen, Computer-Intensive Methods, 1989).  Equal scores
 * are no evidence of anything. */
static double p_value(const double *values, int n, double seen)
{
    int above = 0;
    for (int i = 0; i < n; i++)
        above += values[i] > seen;
    return seen > 0 ? (above + 1.0) / (n + 1.0) : 1;
}

double car_paired_bootstrap(const car_scored_lines *baseline, const car_scored_lines *system, int samples,
                            uint64_t seed, car_interval *interval)
{
    CAR_REQUIRE(samples >= 1);
    double seen = seen_difference(baseline, system);
    double *differences = car_alloc(samples, sizeof *differences), *scores = car_alloc(samples, sizeof *scores);
    resample(baseline, samples, seed, differences);
    resample(system, samples, seed, scores);
    for (int s = 0; s < samples; s++)
        differences[s] = fabs(scores[s] - differences[s]);
    /* Samples are spread around the difference of the systems; the hypothesis to be
     * rejected has them spread around 0. */
    double shift = mean(differences, samples);
    for (int s = 0; s < samples; s++)
        differences[s] -= shift;
    double p = p_value(differences, samples, seen);
    find_interval(scores, samples, interval);
    car_free(differences);
    car_free(scores);
    return p;
}

double car_paired_randomisation(const car_scored_lines *baseline, const car_scored_lines *system, int trials,
                                uint64_t seed)
{
    CAR_REQUIRE(trials >= 1);
    car_stream stream = car_stream_named(seed, "randomisation");
    double seen = seen_difference(baseline, system);
    double *differences = car_alloc(trials, sizeof *differences);
    for (int t = 0; t < trials; t++) {
        double a[CAR_SUMS_MAX] = {0}, b[CAR_SUMS_MAX] = {0};
        uint32_t bits[4] = {0};
        for (ptrdiff_t i = 0; i < baseline->n; i++) {
            if (i % 128 == 0)
                car_random_block(stream, (uint64_t)t, (uint64_t)(i / 128), bits);
            bool swap = bits[i % 128 / 32] >> (i % 32) & 1;
            add_row(baseline, i, swap ? b : a);
            add_row(system, i, swap ? a : b);
        }
        differences[t] = fabs(baseline->score(baseline->options, a) - system->score(system->options, b));
    }
    double p = p_value(differences, trials, seen);
    car_free(differences);
    return p;
}
