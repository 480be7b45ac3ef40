#include "decode/bleu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char *const names[] = {"exp", "floor", "add-k", "none"};

const char *car_bleu_smoothing_name(car_bleu_smoothing smoothing) { return names[smoothing]; }

bool car_bleu_smoothing_named(const char *name, car_bleu_smoothing *smoothing, car_error *e)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *smoothing = (car_bleu_smoothing)i;
            return true;
        }
    }
    return car_error_set(e, CAR_EXIT_USAGE, "no BLEU smoothing is called '%s'; there are exp, floor, add-k and none",
                         name);
}

car_bleu_options car_bleu_defaults(void)
{
    return (car_bleu_options){CAR_BLEU_TOK_13A, CAR_BLEU_SMOOTH_EXP, -1, false, false, 4};
}

/* Where the numbers of a row stand. */
enum { HYPOTHESIS_LENGTH, REFERENCE_LENGTH, MATCHES };

int car_bleu_width(const car_bleu_options *options) { return MATCHES + 2 * options->order; }

/* Memory for one segment at a time. */
struct counter {
    car_symbols text, spare;
    car_symbols hypothesis, *references; /* as numbers of words */
    int capacity;                        /* of references */
    car_trie words;
    car_ngrams ngrams;
};

static void counter_clear(struct counter *counter)
{
    car_symbols_clear(&counter->text);
    car_symbols_clear(&counter->spare);
    car_symbols_clear(&counter->hypothesis);
    for (int r = 0; r < counter->capacity; r++)
        car_symbols_clear(&counter->references[r]);
    car_free(counter->references);
    car_trie_clear(&counter->words);
    car_ngrams_clear(&counter->ngrams);
}

static void read_words(struct counter *counter, const car_bleu_options *options, const char *line, car_symbols *words)
{
    car_symbols_load(&counter->text, line, options->lowercase);
    car_bleu_tokenize(options->tokenizer, &counter->text, &counter->spare);
    car_words_number(&counter->text, &counter->words, words);
}

static int64_t closest_length(int64_t hypothesis, const car_symbols *references, int n_references)
{
    int64_t best = references[0].length;
    for (int r = 1; r < n_references; r++) {
        int64_t length = references[r].length;
        int64_t nearer = llabs(length - hypothesis) - llabs(best - hypothesis);
        if (nearer < 0 || (nearer == 0 && length < best))
            best = length;
    }
    return best;
}

/* Fills row[car_bleu_width] from one line; returns how many references it has. */
static int count_line(struct counter *counter, const car_bleu_options *options, const car_metric_text *hypotheses,
                      const car_metric_text *references, ptrdiff_t line, double *row)
{
    int present = 0;
    int64_t matches[CAR_BLEU_ORDER_MAX], length;
    size_t bytes = strlen(hypotheses->lines[line]);
    for (int r = 0; r < counter->capacity; r++)
        if (references[r].lines[line] != NULL)
            bytes += strlen(references[r].lines[line]);
    /* No letter has more code points in lower case than it had bytes. */
    car_trie_reset(&counter->words, (ptrdiff_t)bytes);

    read_words(counter, options, hypotheses->lines[line], &counter->hypothesis);
    for (int r = 0; r < counter->capacity; r++)
        if (references[r].lines[line] != NULL)
            read_words(counter, options, references[r].lines[line], &counter->references[present++]);

    length = counter->hypothesis.length;
    row[HYPOTHESIS_LENGTH] = (double)length;
    row[REFERENCE_LENGTH] = (double)closest_length(length, counter->references, present);
    car_ngrams_match(&counter->ngrams, &counter->hypothesis, counter->references, present, options->order, matches);
    for (int n = 0; n < options->order; n++) {
        row[MATCHES + n] = (double)matches[n];
        row[MATCHES + options->order + n] = length > n ? (double)(length - n) : 0;
    }
    return present;
}

static double smooth_value(const car_bleu_options *options)
{
    if (options->smooth_value >= 0)
        return options->smooth_value;
    return options->smoothing == CAR_BLEU_SMOOTH_FLOOR ? 0.1 : 1;
}

void car_bleu_of_sums(const car_bleu_options *options, const double *sums, int n_references, car_bleu_score *score)
{
    double h = sums[HYPOTHESIS_LENGTH], r = sums[REFERENCE_LENGTH];
    double unmatched = 1, logs = 0;
    int order = options->order;
    bool any = false;

    *score = (car_bleu_score){.order = order, .n_references = n_references};
    score->hypothesis_length = (int64_t)h;
    score->reference_length = (int64_t)r;
    score->brevity_penalty = h >= r ? 1 : h > 0 ? exp(1 - r / h) : 0;
    for (int n = 0; n < order; n++) {
        score->matches[n] = sums[MATCHES + n];
        score->totals[n] = sums[MATCHES + order + n];
        any = any || score->matches[n] > 0;
    }
    if (!any)
        return;

    for (int n = 0; n < options->order; n++) {
        if (options->smoothing == CAR_BLEU_SMOOTH_ADD_K && n > 0) {
            score->matches[n] += smooth_value(options);
            score->totals[n] += smooth_value(options);
        }
        if (score->totals[n] <= 0)
            break;
        if (options->effective_order)
            order = n + 1;
        if (score->matches[n] > 0) {
            score->precisions[n] = 100 * score->matches[n] / score->totals[n];
        } else if (options->smoothing == CAR_BLEU_SMOOTH_EXP) {
            unmatched *= 2;
            score->precisions[n] = 100 / (unmatched * score->totals[n]);
        } else if (options->smoothing == CAR_BLEU_SMOOTH_FLOOR) {
            score->precisions[n] = 100 * smooth_value(options) / score->totals[n];
        }
    }
    for (int n = 0; n < order; n++)
        logs += log(score->precisions[n]); /* -infinity for 0, so that the score is 0 */
    score->score = score->brevity_penalty * exp(logs / order);
}

static bool begin(struct counter *counter, const car_bleu_options *options, const car_metric_text *hypotheses,
                  const car_metric_text *references, int n_references, car_error *e)
{
    CAR_REQUIRE(options->order >= 1 && options->order <= CAR_BLEU_ORDER_MAX);
    if (!car_metric_check(hypotheses, references, n_references, e))
        return false;
    *counter = (struct counter){.capacity = n_references};
    counter->references = car_alloc(n_references, sizeof *counter->references);
    return true;
}

bool car_bleu_corpus(const car_bleu_options *options, const car_metric_text *hypotheses,
                     const car_metric_text *references, int n_references, car_bleu_score *score, car_error *e)
{
    struct counter counter;
    double sums[MATCHES + 2 * CAR_BLEU_ORDER_MAX] = {0}, row[MATCHES + 2 * CAR_BLEU_ORDER_MAX];
    int common = 0;
    if (!begin(&counter, options, hypotheses, references, n_references, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        int present = count_line(&counter, options, hypotheses, references, line, row);
        common = line == 0 || present == common ? present : 0;
        for (int k = 0; k < car_bleu_width(options); k++)
            sums[k] += row[k];
    }
    car_bleu_of_sums(options, sums, common, score);
    counter_clear(&counter);
    return true;
}

bool car_bleu_lines(const car_bleu_options *options, const car_metric_text *hypotheses,
                    const car_metric_text *references, int n_references, car_bleu_score *scores, car_error *e)
{
    struct counter counter;
    double row[MATCHES + 2 * CAR_BLEU_ORDER_MAX];
    if (!begin(&counter, options, hypotheses, references, n_references, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        int present = count_line(&counter, options, hypotheses, references, line, row);
        car_bleu_of_sums(options, row, present, &scores[line]);
    }
    counter_clear(&counter);
    return true;
}

bool car_bleu_rows(const car_bleu_options *options, const car_metric_text *hypotheses,
                   const car_metric_text *references, int n_references, double *rows, car_error *e)
{
    struct counter counter;
    if (!begin(&counter, options, hypotheses, references, n_references, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++)
        (void)count_line(&counter, options, hypotheses, references, line, rows + line * car_bleu_width(options));
    counter_clear(&counter);
    return true;
}

void car_bleu_signature(const car_bleu_options *options, int n_references, const char *version, car_string *text)
{
    if (n_references > 0)
        car_string_format(text, "nrefs:%d", n_references);
    else
        car_string_add_text(text, "nrefs:var");
    car_string_format(text, "|case:%s|eff:%s|tok:%s|smooth:%s", options->lowercase ? "lc" : "mixed",
                      options->effective_order ? "yes" : "no", car_bleu_tokenizer_name(options->tokenizer),
                      car_bleu_smoothing_name(options->smoothing));
    if (options->smoothing == CAR_BLEU_SMOOTH_FLOOR || options->smoothing == CAR_BLEU_SMOOTH_ADD_K)
        car_string_format(text, "[%.2f]", smooth_value(options));
    car_string_format(text, "|version:%s", version);
}

void car_bleu_text(const car_bleu_options *options, const car_bleu_score *score, const char *version, int decimals,
                   car_string *text)
{
    double h = (double)score->hypothesis_length, r = (double)score->reference_length;
    car_string_add_text(text, "BLEU|");
    car_bleu_signature(options, score->n_references, version, text);
    car_string_format(text, " = %.*f", decimals, score->score);
    for (int n = 0; n < score->order; n++)
        car_string_format(text, "%c%.1f", n == 0 ? ' ' : '/', score->precisions[n]);
    car_string_format(text, " (BP = %.3f ratio = %.3f hyp_len = %lld ref_len = %lld)", score->brevity_penalty,
                      r > 0 ? h / r : 0, (long long)score->hypothesis_length, (long long)score->reference_length);
}
