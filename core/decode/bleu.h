/* bleu.h - BLEU, equal to sacreBLEU's to the last digits.
 *
 * K. Papineni, S. Roukos, T. Ward, W.-J. Zhu: BLEU, a Method for Automatic
 * Evaluation of Machine Translation (ACL 2002).  What else a score depends on,
 * and the signature that says it: M. Post, A Call for Clarity in Reporting BLEU
 * Scores (WMT 2018).  Smoothing: B. Chen, C. Cherry, A Systematic Comparison of
 * Smoothing Techniques for Sentence-Level BLEU (WMT 2014).
 *
 *     BLEU = 100 * BP * exp(1/N sum over n = 1..N of log p_n)
 *     p_n  = matching n-grams / n-grams of the hypotheses
 *     BP   = min(1, exp(1 - r / h))
 *
 * h is the length of all hypotheses, r that of their references, of each
 * segment the one closest in length (the shorter of two).
 */
#ifndef CAROUSEL_DECODE_BLEU_H
#define CAROUSEL_DECODE_BLEU_H

#include <stdint.h>

#include "base/text.h"
#include "decode/bleu_tokens.h"
#include "decode/metrics.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_BLEU_ORDER_MAX = 8 };

/* What to do about an n for which no n-gram matches.  Whatever is done, a score
 * over nothing in common is 0. */
typedef enum car_bleu_smoothing {
    CAR_BLEU_SMOOTH_EXP,   /* p_n = 1 / (2^k total), for the k-th such n           */
    CAR_BLEU_SMOOTH_FLOOR, /* p_n = value / total                                  */
    CAR_BLEU_SMOOTH_ADD_K, /* value is added to matches and totals of all n > 1    */
    CAR_BLEU_SMOOTH_NONE   /* the score is 0                                       */
} car_bleu_smoothing;

/* The name a signature gives it: "exp", "floor", "add-k", "none". */
const char *car_bleu_smoothing_name(car_bleu_smoothing smoothing);

/* The smoothing of that name; 2 with the list of names otherwise. */
bool car_bleu_smoothing_named(const char *name, car_bleu_smoothing *smoothing, car_error *e);

typedef struct car_bleu_options {
    car_bleu_tokenizer tokenizer;
    car_bleu_smoothing smoothing;
    double smooth_value;  /* for floor and add-k; negative: 0.1 and 1               */
    bool lowercase;       /* both sides first                                       */
    bool effective_order; /* leave out the n for which hypotheses have no n-gram at
                           * all; for single sentences                              */
    int order;            /* N, 1 to CAR_BLEU_ORDER_MAX                             */
} car_bleu_options;

/* 13a, exp, as written, all orders, N = 4: what papers report. */
car_bleu_options car_bleu_defaults(void);

typedef struct car_bleu_score {
    double score; /* 0 to 100 */
    int order;    /* N */
    /* [N] by n - 1; add-k has added its value to those of n > 1.  Precisions are in
     * per cent, smoothed, and 0 where nothing at all was in common. */
    double matches[CAR_BLEU_ORDER_MAX], totals[CAR_BLEU_ORDER_MAX], precisions[CAR_BLEU_ORDER_MAX];
    double brevity_penalty;
    int64_t hypothesis_length, reference_length; /* h and r, in tokens */
    int n_references;                            /* of every segment; 0: it varies */
} car_bleu_score;

/* The score of all lines together.  Errors: car_metric_check's. */
bool car_bleu_corpus(const car_bleu_options *options, const car_metric_text *hypotheses,
                     const car_metric_text *references, int n_references, car_bleu_score *score, car_error *e);

/* The score of every line alone, scores[hypotheses->n]; set effective_order. */
bool car_bleu_lines(const car_bleu_options *options, const car_metric_text *hypotheses,
                    const car_metric_text *references, int n_references, car_bleu_score *scores, car_error *e);

/* What a score is made from are sums over lines, so that the scores of parts and
 * of samples of a text need no second look at the text.  Of one line, these
 * numbers: its length h, its reference length r, the matching n-grams of each
 * order, the n-grams of each order. */
int car_bleu_width(const car_bleu_options *options);

/* rows[hypotheses->n, car_bleu_width]. */
bool car_bleu_rows(const car_bleu_options *options, const car_metric_text *hypotheses,
                   const car_metric_text *references, int n_references, double *rows, car_error *e);

/* The score of the sum [car_bleu_width] of rows. */
void car_bleu_of_sums(const car_bleu_options *options, const double *sums, int n_references, car_bleu_score *score);

/* Adds "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:carousel-0.1.0" to
 * *text; n_references 0: it varies. */
void car_bleu_signature(const car_bleu_options *options, int n_references, const char *version, car_string *text);

/* Adds to *text, on one line and without LF, the signature and the score with
 * that many decimals; `version` names the program and its version:
 *   BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:carousel-0.1.0 = 20.8
 *   54.4/26.6/14.9/8.7 (BP = 1.000 ratio = 1.026 hyp_len = 62880 ref_len = 61287) */
void car_bleu_text(const car_bleu_options *options, const car_bleu_score *score, const char *version, int decimals,
                   car_string *text);

#ifdef __cplusplus
}
#endif
#endif
