#include "tools/score_report.h"

#include <jansson.h>
#include <stdio.h>

#include "base/memory.h"

/* Lines are put together by the length of their source: 0-9, 10-19, ... and the rest. */
enum { BUCKET_WIDTH = 10, BUCKETS = 7 };

/* What resampling says of one score. */
typedef struct evidence {
    car_interval interval;
    double p; /* of being as good as the first system; that of the first is meaningless */
} evidence;

static evidence find_evidence(const car_scored_system *systems, int system, int metric,
                              const car_report_options *options)
{
    evidence found = {{0}, 1};
    const car_scored_lines *lines = &systems[system].scored.lines[metric];
    const car_scored_lines *baseline = &systems[0].scored.lines[metric];
    if (system > 0 && options->comparison == CAR_COMPARE_BOOTSTRAP) {
        found.p = car_paired_bootstrap(baseline, lines, options->samples, options->seed, &found.interval);
        return found;
    }
    car_bootstrap(lines, options->samples, options->seed, &found.interval);
    if (system > 0 && options->comparison == CAR_COMPARE_RANDOMISATION)
        found.p = car_paired_randomisation(baseline, lines, options->samples, options->seed);
    return found;
}

/* Fills wanted[lines] with the lines of a bucket; returns how many. */
static ptrdiff_t bucket_lines(const int *lengths, ptrdiff_t n, int bucket, ptrdiff_t *wanted)
{
    ptrdiff_t found = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        int here = lengths[i] / BUCKET_WIDTH;
        if ((here < BUCKETS ? here : BUCKETS - 1) == bucket)
            wanted[found++] = i;
    }
    return found;
}

static void bucket_name(int bucket, car_string *text)
{
    if (bucket + 1 < BUCKETS)
        car_string_format(text, "%d-%d", bucket * BUCKET_WIDTH, (bucket + 1) * BUCKET_WIDTH - 1);
    else
        car_string_format(text, "%d-", bucket * BUCKET_WIDTH);
}

/* ---- JSON ---------------------------------------------------------------------------- */

static json_t *json_buckets(const car_scored_lines *lines, const int *lengths)
{
    json_t *all = json_array();
    ptrdiff_t *wanted = car_alloc(lines->n, sizeof *wanted);
    for (int b = 0; b < BUCKETS; b++) {
        ptrdiff_t n = bucket_lines(lengths, lines->n, b, wanted);
        if (n == 0)
            continue;
        car_string name = {0};
        bucket_name(b, &name);
        (void)json_array_append_new(all, json_pack("{s:s, s:I, s:f}", "length", name.at, "lines", (json_int_t)n,
                                                   "score", car_score_lines(lines, wanted, n)));
        car_string_clear(&name);
    }
    car_free(wanted);
    return all;
}

static json_t *json_score(const car_metrics *metrics, const car_scored_system *systems, int system, int metric,
                          const car_report_options *options)
{
    const car_scored_text *scored = &systems[system].scored;
    const car_scored_lines *lines = &scored->lines[metric];
    car_string signature = {0};
    car_metric_signature(metrics, metrics->kinds[metric], scored->n_references, &signature);
    json_t *score = json_pack("{s:f, s:s}", "score", car_scored_text_score(scored, metric), "signature", signature.at);
    car_string_clear(&signature);
    if (options->intervals) {
        evidence found = find_evidence(systems, system, metric, options);
        (void)json_object_set_new(score, "mean", json_real(found.interval.mean));
        (void)json_object_set_new(score, "low", json_real(found.interval.low));
        (void)json_object_set_new(score, "high", json_real(found.interval.high));
        if (system > 0 && options->comparison != CAR_COMPARE_NOT)
            (void)json_object_set_new(score, "p", json_real(found.p));
    }
    if (options->lines) {
        json_t *each = json_array();
        for (ptrdiff_t i = 0; i < lines->n; i++)
            (void)json_array_append_new(each, json_real(car_score_lines(lines, &i, 1)));
        (void)json_object_set_new(score, "sentences", each);
    }
    if (options->lengths != NULL)
        (void)json_object_set_new(score, "by_length", json_buckets(lines, options->lengths));
    return score;
}

static json_t *json_system(const car_metrics *metrics, const car_scored_system *systems, int system,
                           const car_report_options *options)
{
    json_t *object = json_object();
    for (int i = 0; i < metrics->n; i++)
        (void)json_object_set_new(object, car_metric_name(metrics->kinds[i]),
                                  json_score(metrics, systems, system, i, options));
    if (systems[system].is_model) {
        (void)json_object_set_new(object, "perplexity",
                                  json_pack("{s:f}", "score", systems[system].of_reference.perplexity));
        (void)json_object_set_new(object, "reference-accuracy",
                                  json_pack("{s:f}", "score", 100 * systems[system].of_reference.accuracy));
    }
    return object;
}

static void print_json(const car_metrics *metrics, const car_scored_system *systems, int n,
                       const car_report_options *options)
{
    static const char *const comparisons[] = {"", "bootstrap", "randomisation"};
    json_t *all;
    if (n == 1) {
        all = json_system(metrics, systems, 0, options);
    } else {
        json_t *list = json_array();
        all = json_object();
        if (options->comparison != CAR_COMPARE_NOT)
            (void)json_object_set_new(all, "paired",
                                      json_pack("{s:s, s:s, s:i, s:I}", "test", comparisons[options->comparison],
                                                "baseline", systems[0].name, "samples", options->samples, "seed",
                                                (json_int_t)options->seed));
        for (int s = 0; s < n; s++) {
            json_t *system = json_pack("{s:s}", "name", systems[s].name), *scores;
            scores = json_system(metrics, systems, s, options);
            (void)json_object_update(system, scores);
            json_decref(scores);
            (void)json_array_append_new(list, system);
        }
        (void)json_object_set_new(all, "systems", list);
    }
    (void)json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    (void)printf("\n");
    json_decref(all);
}

/* ---- text ------------------------------------------------------------------------------- */

static void print_line_scores(const car_scored_text *scored)
{
    for (ptrdiff_t i = 0; i < scored->lines[0].n; i++)
        for (int m = 0; m < scored->n_metrics; m++)
            (void)printf("%.17g%c", car_score_lines(&scored->lines[m], &i, 1), m + 1 < scored->n_metrics ? '\t' : '\n');
}

static void print_labels(const car_metrics *metrics)
{
    for (int i = 0; i < metrics->n; i++) {
        car_string label = {0};
        car_metric_label(metrics, metrics->kinds[i], &label);
        (void)printf("%9s ", label.at);
        car_string_clear(&label);
    }
}

static void print_buckets(const car_metrics *metrics, const car_scored_text *scored, const int *lengths)
{
    ptrdiff_t n = scored->lines[0].n, *wanted = car_alloc(n, sizeof *wanted);
    (void)printf("\n");
    print_labels(metrics);
    (void)printf("%8s  length of the source\n", "lines");
    for (int b = 0; b < BUCKETS; b++) {
        ptrdiff_t here = bucket_lines(lengths, n, b, wanted);
        if (here == 0)
            continue;
        for (int m = 0; m < metrics->n; m++)
            (void)printf("%9.2f ", car_score_lines(&scored->lines[m], wanted, here));
        car_string name = {0};
        bucket_name(b, &name);
        (void)printf("%8td  %s\n", here, name.at);
        car_string_clear(&name);
    }
    car_free(wanted);
}

static void print_one(const car_metrics *metrics, const car_scored_system *system, const car_report_options *options)
{
    for (int i = 0; i < metrics->n; i++) {
        car_string text = {0};
        car_scored_text_print(metrics, &system->scored, i, &text);
        if (options->intervals) {
            evidence found = find_evidence(system, 0, i, options);
            car_string_format(&text, " [mean %.2f, 95%% %.2f to %.2f]", found.interval.mean, found.interval.low,
                              found.interval.high);
        }
        (void)printf("%s\n", text.at);
        car_string_clear(&text);
    }
    if (system->is_model)
        (void)printf("perplexity = %.4f\nreference word accuracy = %.2f%%\n", system->of_reference.perplexity,
                     100 * system->of_reference.accuracy);
}

static void print_signatures(const car_metrics *metrics, const car_scored_text *scored)
{
    for (int i = 0; i < metrics->n; i++) {
        car_string text = {0};
        if (metrics->kinds[i] == CAR_METRIC_EXACT || metrics->kinds[i] == CAR_METRIC_ACCURACY)
            continue; /* nothing can be chosen about these */
        car_metric_label(metrics, metrics->kinds[i], &text);
        car_string_add_text(&text, "|");
        car_metric_signature(metrics, metrics->kinds[i], scored->n_references, &text);
        (void)printf("%s\n", text.at);
        car_string_clear(&text);
    }
}

/* A system a row. */
static void print_table(const car_metrics *metrics, const car_scored_system *systems, int n)
{
    bool any_model = false;
    for (int s = 0; s < n; s++)
        any_model = any_model || systems[s].is_model;
    print_labels(metrics);
    (void)printf("%s system\n", any_model ? "  perplexity" : "");
    for (int s = 0; s < n; s++) {
        for (int m = 0; m < metrics->n; m++)
            (void)printf("%9.2f ", car_scored_text_score(&systems[s].scored, m));
        if (systems[s].is_model)
            (void)printf("%12.4f", systems[s].of_reference.perplexity);
        else if (any_model)
            (void)printf("%12s", "");
        (void)printf(" %s\n", systems[s].name);
    }
}

/* A score a row, with what resampling says of it. */
static void print_evidence(const car_metrics *metrics, const car_scored_system *systems, int n,
                           const car_report_options *options)
{
    (void)printf("%9s %9s %9s %9s %9s %8s  system\n", "metric", "score", "mean", "low", "high",
                 options->comparison != CAR_COMPARE_NOT ? "p" : "");
    for (int i = 0; i < metrics->n; i++) {
        car_string label = {0};
        car_metric_label(metrics, metrics->kinds[i], &label);
        for (int s = 0; s < n; s++) {
            evidence found = find_evidence(systems, s, i, options);
            (void)printf("%9s %9.2f %9.2f %9.2f %9.2f ", label.at, car_scored_text_score(&systems[s].scored, i),
                         found.interval.mean, found.interval.low, found.interval.high);
            if (s > 0 && options->comparison != CAR_COMPARE_NOT)
                (void)printf("%8.4f  %s\n", found.p, systems[s].name);
            else
                (void)printf("%8s  %s%s\n", "", systems[s].name,
                             options->comparison != CAR_COMPARE_NOT ? " (baseline)" : "");
        }
        car_string_clear(&label);
    }
}

static void print_text(const car_metrics *metrics, const car_scored_system *systems, int n,
                       const car_report_options *options)
{
    if (options->lines) {
        for (int s = 0; s < n; s++)
            print_line_scores(&systems[s].scored);
        return;
    }
    if (n == 1) {
        print_one(metrics, systems, options);
    } else {
        if (options->intervals)
            print_evidence(metrics, systems, n, options);
        else
            print_table(metrics, systems, n);
        print_signatures(metrics, &systems[0].scored);
    }
    for (int s = 0; s < n && options->lengths != NULL; s++) {
        if (n > 1)
            (void)printf("\n%s", systems[s].name);
        print_buckets(metrics, &systems[s].scored, options->lengths);
    }
}

void car_report_scores(const car_metrics *metrics, const car_scored_system *systems, int n,
                       const car_report_options *options)
{
    if (options->json)
        print_json(metrics, systems, n, options);
    else
        print_text(metrics, systems, n, options);
}
