/* scores.h - translations against references, under the metrics that are asked for
 * by name: what validation and evaluate have in common.
 *
 * Each text is looked at once; what is kept of it are numbers per line, which give
 * the score of the text, of each line, of parts and of samples.
 */
#ifndef CAROUSEL_TOOLS_SCORES_H
#define CAROUSEL_TOOLS_SCORES_H

#include "decode/bleu.h"
#include "decode/chrf.h"
#include "decode/significance.h"
#include "decode/ter.h"
#include "tools/lines.h"
#include "tools/texts.h"

typedef enum car_metric {
    CAR_METRIC_BLEU,
    CAR_METRIC_CHRF,
    CAR_METRIC_CHRF_WORDS, /* chrF++ */
    CAR_METRIC_TER,
    CAR_METRIC_WER,
    CAR_METRIC_CER,
    CAR_METRIC_EXACT,
    CAR_METRIC_ACCURACY, /* of tokens, against the first reference */
    CAR_METRICS
} car_metric;

/* Which metrics, and how each is measured. */
typedef struct car_metrics {
    int n;
    car_metric kinds[CAR_METRICS]; /* [n], each once */
    car_bleu_options bleu;
    car_chrf_options chrf, chrf_words;
    car_ter_options ter;
    bool lowercase; /* of error rates; the others have their own */
} car_metrics;

/* How papers report them; none is asked for. */
car_metrics car_metrics_defaults(void);

/* From --metrics and the options of each (2). */
bool car_metrics_of_options(car_metrics *metrics, const car_options *options, car_error *e);

/* What --metrics calls it, "chrf++"; what it is called in text, "chrF2++". */
const char *car_metric_name(car_metric kind);
void car_metric_label(const car_metrics *metrics, car_metric kind, car_string *text);

/* Adds "nrefs:1|case:mixed|...|version:carousel-0.1.0". */
void car_metric_signature(const car_metrics *metrics, car_metric kind, int n_references, car_string *text);

/* A text under all metrics.  {0} is an empty one. */
typedef struct car_scored_text {
    int n_metrics, n_references;
    car_scored_lines lines[CAR_METRICS]; /* [n_metrics], in the order of the metrics; all
                                          * scores are 0 to 100, or over that for errors */
    double *rows[CAR_METRICS];
} car_scored_text;

/* `metrics` is borrowed for as long as the scores are in use.  False with *e (65) if
 * the numbers of lines differ; to be cleared in either case. */
bool car_score_text(const car_metrics *metrics, const car_line_list *hypotheses, const char *name,
                    const car_line_list *references, const char *const *reference_names, int n_references,
                    car_scored_text *scored, car_error *e);
void car_scored_text_clear(car_scored_text *scored);

/* The score of metric i over all lines. */
double car_scored_text_score(const car_scored_text *scored, int i);

/* Adds the score of metric i over all lines, on one line without LF, with two
 * decimals and how it was measured. */
void car_scored_text_print(const car_metrics *metrics, const car_scored_text *scored, int i, car_string *text);

#endif
