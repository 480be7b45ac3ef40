/* chrf.h - chrF and chrF++, the character n-gram F-score, equal to sacreBLEU's.
 *
 * M. Popovic: chrF, character n-gram F-score for automatic MT evaluation (WMT
 * 2015); chrF++, words helping character n-grams (WMT 2017).
 *
 *     chrF = 100 * (1 + beta^2) P R / (beta^2 P + R)
 *
 * P is the precision of n-grams averaged over n, R their recall, over character
 * n-grams up to 6 and, for chrF++, word n-grams up to 2.  It needs no tokenizer
 * and is kind to languages that inflect or do not part words.
 */
#ifndef CAROUSEL_DECODE_CHRF_H
#define CAROUSEL_DECODE_CHRF_H

#include "base/text.h"
#include "decode/metrics.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_CHRF_ORDER_MAX = 8 };

typedef struct car_chrf_options {
    int char_order;       /* longest character n-gram, 1 to CAR_CHRF_ORDER_MAX          */
    int word_order;       /* longest word n-gram, 0 to CAR_CHRF_ORDER_MAX; 2 is chrF++  */
    int beta;             /* recall weighs beta times as much as precision              */
    bool lowercase;       /* both sides first                                           */
    bool whitespace;      /* white space counts as characters                           */
    bool effective_order; /* average over the n of which both sides have n-grams; else
                           * the mean of the F-scores of all n, as the author's script  */
} car_chrf_options;

/* chrF2: 6, 0, 2, as written, without white space, effective order. */
car_chrf_options car_chrf_defaults(void);

typedef struct car_chrf_score {
    double score;     /* 0 to 100 */
    int n_references; /* of every segment; 0: it varies */
} car_chrf_score;

/* The score of all lines together: n-grams are added up over the lines, of each
 * line against the reference with the best score.  Errors: car_metric_check's. */
bool car_chrf_corpus(const car_chrf_options *options, const car_metric_text *hypotheses,
                     const car_metric_text *references, int n_references, car_chrf_score *score, car_error *e);

/* The score of every line alone, scores[hypotheses->n]. */
bool car_chrf_lines(const car_chrf_options *options, const car_metric_text *hypotheses,
                    const car_metric_text *references, int n_references, car_chrf_score *scores, car_error *e);

/* What a score is made from are sums over lines: of each order, characters first,
 * the n-grams of the hypothesis, of its best reference, and in both. */
int car_chrf_width(const car_chrf_options *options);

/* rows[hypotheses->n, car_chrf_width]. */
bool car_chrf_rows(const car_chrf_options *options, const car_metric_text *hypotheses,
                   const car_metric_text *references, int n_references, double *rows, car_error *e);

/* The score of the sum [car_chrf_width] of rows. */
double car_chrf_of_sums(const car_chrf_options *options, const double *sums);

/* Adds "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:carousel-0.1.0" to
 * *text; n_references 0: it varies. */
void car_chrf_signature(const car_chrf_options *options, int n_references, const char *version, car_string *text);

/* Adds to *text, without LF, the signature and the score with that many
 * decimals; `version` names the program and its version:
 *   chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:carousel-0.1.0 = 52.4 */
void car_chrf_text(const car_chrf_options *options, const car_chrf_score *score, const char *version, int decimals,
                   car_string *text);

#ifdef __cplusplus
}
#endif
#endif
