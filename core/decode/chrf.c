#include "decode/chrf.h"

#include <string.h>

#include "base/memory.h"
#include "decode/metrics_symbols.h"

car_chrf_options car_chrf_defaults(void) { return (car_chrf_options){6, 0, 2, false, false, true}; }

/* Where the numbers of one order stand. */
enum { HYPOTHESIS, REFERENCE, MATCHES, NUMBERS, WIDTH_MAX = NUMBERS * 2 * CAR_CHRF_ORDER_MAX };

int car_chrf_width(const car_chrf_options *options) { return NUMBERS * (options->char_order + options->word_order); }

/* One side of a segment. */
struct side {
    car_symbols characters, words;
};

/* Memory for one segment at a time. */
struct counter {
    struct side hypothesis, reference;
    car_symbols text, split;
    car_trie words;
    car_ngrams ngrams;
};

static void counter_clear(struct counter *counter)
{
    car_symbols_clear(&counter->hypothesis.characters);
    car_symbols_clear(&counter->hypothesis.words);
    car_symbols_clear(&counter->reference.characters);
    car_symbols_clear(&counter->reference.words);
    car_symbols_clear(&counter->text);
    car_symbols_clear(&counter->split);
    car_trie_clear(&counter->words);
    car_ngrams_clear(&counter->ngrams);
}

static bool is_ascii_punctuation(int32_t c)
{
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/* The words of chrF++: a mark at the end of a word is a word of its own, or
 * else one at its start. */
static void split_marks(const car_symbols *text, car_symbols *split)
{
    split->length = 0;
    for (ptrdiff_t start = 0, end; start < text->length; start = end) {
        ptrdiff_t cut = -1; /* a space goes before this place */
        for (end = start; end < text->length && !car_symbol_is_space(text->at[end]); end++)
            ;
        if (end - start > 1 && is_ascii_punctuation(text->at[end - 1]))
            cut = end - 1;
        else if (end - start > 1 && is_ascii_punctuation(text->at[start]))
            cut = start + 1;
        if (end == start)
            end++; /* the space itself */
        for (ptrdiff_t i = start; i < end; i++) {
            if (i == cut)
                car_symbols_add(split, ' ');
            car_symbols_add(split, text->at[i]);
        }
    }
}

static void read_side(struct counter *counter, const car_chrf_options *options, const char *line, struct side *side)
{
    const car_symbols *text = &counter->text;
    car_symbols_load(&counter->text, line, options->lowercase);
    side->characters.length = 0;
    for (ptrdiff_t i = 0; i < text->length; i++)
        if (options->whitespace || !car_symbol_is_space(text->at[i]))
            car_symbols_add(&side->characters, text->at[i]);
    if (options->word_order > 0) {
        split_marks(text, &counter->split);
        car_words_number(&counter->split, &counter->words, &side->words);
    }
}

/* row[orders, NUMBERS]; n-grams of the hypothesis do not count where the reference
 * has none of that order. */
static void count_orders(car_ngrams *ngrams, const car_symbols *hypothesis, const car_symbols *reference, int orders,
                         double *row)
{
    int64_t matches[CAR_CHRF_ORDER_MAX];
    car_ngrams_match(ngrams, hypothesis, reference, 1, orders, matches);
    for (int n = 0; n < orders; n++) {
        int64_t h = hypothesis->length > n ? hypothesis->length - n : 0;
        int64_t r = reference->length > n ? reference->length - n : 0;
        row[NUMBERS * n + HYPOTHESIS] = r > 0 ? (double)h : 0;
        row[NUMBERS * n + REFERENCE] = (double)r;
        row[NUMBERS * n + MATCHES] = (double)matches[n];
    }
}

double car_chrf_of_sums(const car_chrf_options *options, const double *sums)
{
    static const double tiny = 1e-16; /* stands for an undefined ratio without effective order */
    double factor = (double)options->beta * options->beta;
    double sum = 0, precision = 0, recall = 0;
    int orders = options->char_order + options->word_order, effective = 0;
    for (int n = 0; n < orders; n++) {
        const double *of = sums + NUMBERS * n;
        double p = of[HYPOTHESIS] > 0 ? of[MATCHES] / of[HYPOTHESIS] : tiny;
        double r = of[REFERENCE] > 0 ? of[MATCHES] / of[REFERENCE] : tiny;
        double denominator = factor * p + r;
        sum += denominator > 0 ? (1 + factor) * p * r / denominator : tiny;
        if (of[HYPOTHESIS] > 0 && of[REFERENCE] > 0) {
            precision += p;
            recall += r;
            effective++;
        }
    }
    if (!options->effective_order)
        return 100 * sum / orders;
    if (precision + recall <= 0)
        return 0;
    precision /= effective;
    recall /= effective;
    return 100 * (1 + factor) * precision * recall / (factor * precision + recall);
}

/* Fills row[car_chrf_width] from one line and its best reference (the first of
 * equals); returns how many references it has. */
static int count_line(struct counter *counter, const car_chrf_options *options, const car_metric_text *hypotheses,
                      const car_metric_text *references, int n_references, ptrdiff_t line, double *row)
{
    int present = 0;
    double best = -1;
    size_t bytes = strlen(hypotheses->lines[line]);
    for (int r = 0; r < n_references; r++)
        if (references[r].lines[line] != NULL)
            bytes += strlen(references[r].lines[line]);
    car_trie_reset(&counter->words, (ptrdiff_t)bytes); /* no letter has more code points in lower case than bytes */

    read_side(counter, options, hypotheses->lines[line], &counter->hypothesis);
    for (int r = 0; r < n_references; r++) {
        double here[WIDTH_MAX];
        double score;
        if (references[r].lines[line] == NULL)
            continue;
        present++;
        read_side(counter, options, references[r].lines[line], &counter->reference);
        count_orders(&counter->ngrams, &counter->hypothesis.characters, &counter->reference.characters,
                     options->char_order, here);
        count_orders(&counter->ngrams, &counter->hypothesis.words, &counter->reference.words, options->word_order,
                     here + NUMBERS * options->char_order);
        score = car_chrf_of_sums(options, here);
        if (score > best) {
            best = score;
            memcpy(row, here, (size_t)car_chrf_width(options) * sizeof *row);
        }
    }
    return present;
}

static bool begin(const car_chrf_options *options, const car_metric_text *hypotheses, const car_metric_text *references,
                  int n_references, car_error *e)
{
    CAR_REQUIRE(options->char_order >= 1 && options->char_order <= CAR_CHRF_ORDER_MAX);
    CAR_REQUIRE(options->word_order >= 0 && options->word_order <= CAR_CHRF_ORDER_MAX);
    CAR_REQUIRE(options->beta > 0);
    return car_metric_check(hypotheses, references, n_references, e);
}

bool car_chrf_corpus(const car_chrf_options *options, const car_metric_text *hypotheses,
                     const car_metric_text *references, int n_references, car_chrf_score *score, car_error *e)
{
    struct counter counter = {0};
    double sums[WIDTH_MAX] = {0}, row[WIDTH_MAX];
    int common = 0;
    if (!begin(options, hypotheses, references, n_references, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        int present = count_line(&counter, options, hypotheses, references, n_references, line, row);
        common = line == 0 || present == common ? present : 0;
        for (int k = 0; k < car_chrf_width(options); k++)
            sums[k] += row[k];
    }
    *score = (car_chrf_score){car_chrf_of_sums(options, sums), common};
    counter_clear(&counter);
    return true;
}

bool car_chrf_lines(const car_chrf_options *options, const car_metric_text *hypotheses,
                    const car_metric_text *references, int n_references, car_chrf_score *scores, car_error *e)
{
    struct counter counter = {0};
    double row[WIDTH_MAX];
    if (!begin(options, hypotheses, references, n_references, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        int present = count_line(&counter, options, hypotheses, references, n_references, line, row);
        scores[line] = (car_chrf_score){car_chrf_of_sums(options, row), present};
    }
    counter_clear(&counter);
    return true;
}

bool car_chrf_rows(const car_chrf_options *options, const car_metric_text *hypotheses,
                   const car_metric_text *references, int n_references, double *rows, car_error *e)
{
    struct counter counter = {0};
    if (!begin(options, hypotheses, references, n_references, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++)
        (void)count_line(&counter, options, hypotheses, references, n_references, line,
                         rows + line * car_chrf_width(options));
    counter_clear(&counter);
    return true;
}

void car_chrf_signature(const car_chrf_options *options, int n_references, const char *version, car_string *text)
{
    if (n_references > 0)
        car_string_format(text, "nrefs:%d", n_references);
    else
        car_string_add_text(text, "nrefs:var");
    car_string_format(text, "|case:%s|eff:%s|nc:%d|nw:%d|space:%s|version:%s", options->lowercase ? "lc" : "mixed",
                      options->effective_order ? "yes" : "no", options->char_order, options->word_order,
                      options->whitespace ? "yes" : "no", version);
}

void car_chrf_text(const car_chrf_options *options, const car_chrf_score *score, const char *version, int decimals,
                   car_string *text)
{
    car_string_format(text, "chrF%d", options->beta);
    for (int n = 0; n < options->word_order; n++)
        car_string_add_text(text, "+");
    car_string_add_text(text, "|");
    car_chrf_signature(options, score->n_references, version, text);
    car_string_format(text, " = %.*f", decimals, score->score);
}
