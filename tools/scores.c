#include "tools/scores.h"

#include <string.h>

#include "base/memory.h"
#include "base/names.h"
#include "decode/error_rates.h"
#include "tools/commands.h"

enum { DECIMALS = 2 };

static const char *const names[CAR_METRICS] = {"bleu", "chrf", "chrf++", "ter", "wer", "cer", "exact", "accuracy"};

const char *car_metric_name(car_metric kind) { return names[kind]; }

/* ---- which, and how ------------------------------------------------------------------ */

car_metrics car_metrics_defaults(void)
{
    car_metrics metrics = {.bleu = car_bleu_defaults(), .chrf = car_chrf_defaults()};
    metrics.chrf_words = metrics.chrf;
    metrics.chrf_words.word_order = 2;
    return metrics;
}

static bool find_kinds(car_metrics *metrics, const car_options *options, car_error *e)
{
    for (int i = 0; i < car_options_texts_count(options, "metrics"); i++) {
        const char *name = car_options_texts(options, "metrics", i);
        int kind = 0;
        while (kind < CAR_METRICS && strcmp(names[kind], name) != 0)
            kind++;
        if (kind == CAR_METRICS)
            return car_error_set(e, CAR_EXIT_USAGE,
                                 "--metrics: '%s' is no metric%s; there are bleu, chrf, chrf++, ter, wer, cer, exact, "
                                 "accuracy",
                                 name, car_name_hint_of(name, names, CAR_METRICS).text);
        for (int k = 0; k < metrics->n; k++)
            if (metrics->kinds[k] == (car_metric)kind)
                return car_error_set(e, CAR_EXIT_USAGE, "--metrics: '%s' is given twice", name);
        metrics->kinds[metrics->n++] = (car_metric)kind;
    }
    return car_options_check_list(options, "metrics", 1, CAR_METRICS, e);
}

bool car_metrics_of_options(car_metrics *metrics, const car_options *options, car_error *e)
{
    bool lowercase = car_options_flag(options, "lowercase");
    *metrics = car_metrics_defaults();
    if (!find_kinds(metrics, options, e) ||
        !car_bleu_tokenizer_named(car_options_text(options, "tokenize"), &metrics->bleu.tokenizer, e) ||
        !car_bleu_smoothing_named(car_options_text(options, "smooth"), &metrics->bleu.smoothing, e))
        return false;
    metrics->bleu.smooth_value = car_options_number(options, "smooth-value");
    metrics->bleu.effective_order = car_options_flag(options, "effective-order");
    metrics->bleu.order = (int)car_options_count(options, "max-ngram-order");
    metrics->bleu.lowercase = metrics->chrf.lowercase = metrics->lowercase = lowercase;
    metrics->chrf.char_order = (int)car_options_count(options, "chrf-char-order");
    metrics->chrf.word_order = (int)car_options_count(options, "chrf-word-order");
    metrics->chrf.beta = (int)car_options_count(options, "chrf-beta");
    metrics->chrf.whitespace = car_options_flag(options, "chrf-whitespace");
    metrics->chrf.effective_order = !car_options_flag(options, "chrf-eps-smoothing");
    metrics->chrf_words = metrics->chrf;
    metrics->chrf_words.word_order = 2;
    metrics->ter.normalized = car_options_flag(options, "ter-normalized");
    metrics->ter.no_punctuation = car_options_flag(options, "ter-no-punct");
    metrics->ter.asian = car_options_flag(options, "ter-asian-support");
    metrics->ter.case_sensitive = car_options_flag(options, "ter-case-sensitive");
    return true;
}

static const car_chrf_options *chrf_of(const car_metrics *metrics, car_metric kind)
{
    return kind == CAR_METRIC_CHRF ? &metrics->chrf : &metrics->chrf_words;
}

void car_metric_label(const car_metrics *metrics, car_metric kind, car_string *text)
{
    static const char *const labels[CAR_METRICS] = {"BLEU", "chrF", "chrF", "TER", "WER", "CER", "exact", "accuracy"};
    car_string_add_text(text, labels[kind]);
    if (kind == CAR_METRIC_CHRF || kind == CAR_METRIC_CHRF_WORDS) {
        car_string_format(text, "%d", chrf_of(metrics, kind)->beta);
        for (int n = 0; n < chrf_of(metrics, kind)->word_order; n++)
            car_string_add_text(text, "+");
    }
}

void car_metric_signature(const car_metrics *metrics, car_metric kind, int n_references, car_string *text)
{
    switch (kind) {
    case CAR_METRIC_BLEU:
        car_bleu_signature(&metrics->bleu, n_references, CAR_PROGRAM, text);
        break;
    case CAR_METRIC_CHRF:
    case CAR_METRIC_CHRF_WORDS:
        car_chrf_signature(chrf_of(metrics, kind), n_references, CAR_PROGRAM, text);
        break;
    case CAR_METRIC_TER:
        car_ter_signature(&metrics->ter, n_references, CAR_PROGRAM, text);
        break;
    case CAR_METRIC_WER:
    case CAR_METRIC_CER:
        car_string_format(text, "nrefs:%d|case:%s|version:%s", n_references, metrics->lowercase ? "lc" : "mixed",
                          CAR_PROGRAM);
        break;
    case CAR_METRIC_EXACT:
    case CAR_METRIC_ACCURACY:
    case CAR_METRICS:
        car_string_format(text, "nrefs:%d|case:mixed|version:%s", kind == CAR_METRIC_EXACT ? n_references : 1,
                          CAR_PROGRAM);
        break;
    }
}

/* ---- scores as functions of sums ------------------------------------------------------ */

static double bleu_of_sums(const void *options, const double *sums)
{
    car_bleu_score score;
    car_bleu_of_sums(options, sums, 1, &score);
    return score.score;
}

static double chrf_of_sums(const void *options, const double *sums) { return car_chrf_of_sums(options, sums); }

static double ter_of_sums(const void *options, const double *sums)
{
    (void)options;
    return car_ter_of_sums(sums);
}

static double rate_of_sums(const void *options, const double *sums)
{
    (void)options;
    return car_rate_of_sums(sums);
}

static double share_of_sums(const void *options, const double *sums)
{
    (void)options;
    return 100 * car_share_of_sums(sums);
}

/* The lines of this metric, without rows. */
static car_scored_lines lines_of_metric(const car_metrics *metrics, car_metric kind, ptrdiff_t n)
{
    switch (kind) {
    case CAR_METRIC_BLEU:
        return (car_scored_lines){NULL, n, car_bleu_width(&metrics->bleu), bleu_of_sums, &metrics->bleu};
    case CAR_METRIC_CHRF:
    case CAR_METRIC_CHRF_WORDS:
        return (car_scored_lines){NULL, n, car_chrf_width(chrf_of(metrics, kind)), chrf_of_sums,
                                  chrf_of(metrics, kind)};
    case CAR_METRIC_TER:
        return (car_scored_lines){NULL, n, CAR_TER_WIDTH, ter_of_sums, NULL};
    case CAR_METRIC_WER:
    case CAR_METRIC_CER:
        return (car_scored_lines){NULL, n, CAR_RATE_WIDTH, rate_of_sums, NULL};
    case CAR_METRIC_EXACT:
    case CAR_METRIC_ACCURACY:
    case CAR_METRICS:
        break;
    }
    return (car_scored_lines){NULL, n, CAR_SHARE_WIDTH, share_of_sums, NULL};
}

/* ---- a text ------------------------------------------------------------------------------ */

static bool fill_rows(const car_metrics *metrics, car_metric kind, const car_metric_text *hypotheses,
                      const car_metric_text *references, int n_references, double *rows, car_error *e)
{
    switch (kind) {
    case CAR_METRIC_BLEU:
        return car_bleu_rows(&metrics->bleu, hypotheses, references, n_references, rows, e);
    case CAR_METRIC_CHRF:
    case CAR_METRIC_CHRF_WORDS:
        return car_chrf_rows(chrf_of(metrics, kind), hypotheses, references, n_references, rows, e);
    case CAR_METRIC_TER:
        return car_ter_rows(&metrics->ter, hypotheses, references, n_references, rows, e);
    case CAR_METRIC_WER:
        return car_rate_rows(CAR_UNIT_WORD, metrics->lowercase, hypotheses, references, n_references, rows, e);
    case CAR_METRIC_CER:
        return car_rate_rows(CAR_UNIT_CHARACTER, metrics->lowercase, hypotheses, references, n_references, rows, e);
    case CAR_METRIC_EXACT:
        return car_exact_rows(hypotheses, references, n_references, rows, e);
    case CAR_METRIC_ACCURACY:
    case CAR_METRICS:
        break;
    }
    return car_accuracy_rows(hypotheses, &references[0], rows, e);
}

static car_metric_text metric_text(const car_line_list *lines, const char *name)
{
    return (car_metric_text){(const char *const *)lines->at, lines->n, name};
}

bool car_score_text(const car_metrics *metrics, const car_line_list *hypotheses, const char *name,
                    const car_line_list *references, const char *const *reference_names, int n_references,
                    car_scored_text *scored, car_error *e)
{
    car_metric_text hypothesis = metric_text(hypotheses, name);
    car_metric_text *reference = car_alloc(n_references, sizeof *reference);
    bool good = true;
    *scored = (car_scored_text){.n_references = n_references};
    for (int r = 0; r < n_references; r++)
        reference[r] = metric_text(&references[r], reference_names[r]);
    for (int i = 0; i < metrics->n && good; i++) {
        car_scored_lines *lines = &scored->lines[i];
        *lines = lines_of_metric(metrics, metrics->kinds[i], hypotheses->n);
        lines->rows = scored->rows[i] = car_alloc(lines->n * lines->width, sizeof *lines->rows);
        scored->n_metrics = i + 1;
        good = fill_rows(metrics, metrics->kinds[i], &hypothesis, reference, n_references, scored->rows[i], e);
    }
    car_free(reference);
    return good;
}

void car_scored_text_clear(car_scored_text *scored)
{
    for (int i = 0; i < scored->n_metrics; i++)
        car_free(scored->rows[i]);
    *scored = (car_scored_text){0};
}

double car_scored_text_score(const car_scored_text *scored, int i)
{
    return car_score_lines(&scored->lines[i], NULL, 0);
}

void car_scored_text_print(const car_metrics *metrics, const car_scored_text *scored, int i, car_string *text)
{
    car_metric kind = metrics->kinds[i];
    const car_scored_lines *lines = &scored->lines[i];
    double sums[CAR_SUMS_MAX];
    car_sum_lines(lines, NULL, 0, sums);
    if (kind == CAR_METRIC_BLEU) {
        car_bleu_score score;
        car_bleu_of_sums(&metrics->bleu, sums, scored->n_references, &score);
        car_bleu_text(&metrics->bleu, &score, CAR_PROGRAM, DECIMALS, text);
    } else if (kind == CAR_METRIC_EXACT || kind == CAR_METRIC_ACCURACY) {
        car_string_format(text, "%s = %.*f%%", kind == CAR_METRIC_EXACT ? "exact match" : "token accuracy", DECIMALS,
                          100 * car_share_of_sums(sums));
    } else {
        car_metric_label(metrics, kind, text);
        car_string_add_text(text, "|");
        car_metric_signature(metrics, kind, scored->n_references, text);
        car_string_format(text, " = %.*f", DECIMALS, lines->score(lines->options, sums));
    }
}
