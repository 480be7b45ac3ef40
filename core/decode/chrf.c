#include "decode/chrf.h"

#include <string.h>

#include "base/memory.h"
#include "decode/metrics_symbols.h"

enum { ORDERS_MAX = 2 * CAR_CHRF_ORDER_MAX };

car_chrf_options car_chrf_defaults(void)
{
    return (car_chrf_options){6, 0, 2, false, false, true};
}

/* Of one order: n-grams of the hypotheses, of the references, in both. */
struct counts {
    int64_t hypothesis, reference, matches;
};

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

/* counts[orders]; n-grams of the hypothesis do not count where the reference
 * has none of that order. */
static void count_orders(car_ngrams *ngrams, const car_symbols *hypothesis, const car_symbols *reference, int orders,
                         struct counts *counts)
{
    int64_t matches[CAR_CHRF_ORDER_MAX];
    car_ngrams_match(ngrams, hypothesis, reference, 1, orders, matches);
    for (int n = 0; n < orders; n++) {
        int64_t h = hypothesis->length > n ? hypothesis->length - n : 0;
        int64_t r = reference->length > n ? reference->length - n : 0;
        counts[n] = (struct counts){r > 0 ? h : 0, r, matches[n]};
    }
}

static double f_score(const car_chrf_options *options, const struct counts *counts)
{
    static const double tiny = 1e-16; /* stands for an undefined ratio without effective order */
    double factor = (double)options->beta * options->beta;
    double sum = 0, precision = 0, recall = 0;
    int orders = options->char_order + options->word_order, effective = 0;
    for (int n = 0; n < orders; n++) {
        double p = counts[n].hypothesis > 0 ? (double)counts[n].matches / (double)counts[n].hypothesis : tiny;
        double r = counts[n].reference > 0 ? (double)counts[n].matches / (double)counts[n].reference : tiny;
        double denominator = factor * p + r;
        sum += denominator > 0 ? (1 + factor) * p * r / denominator : tiny;
        if (counts[n].hypothesis > 0 && counts[n].reference > 0) {
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

/* Fills counts[all orders] from one line and its best reference (the first of
 * equals); returns how many references it has. */
static int count_line(struct counter *counter, const car_chrf_options *options, const car_metric_text *hypotheses,
                      const car_metric_text *references, int n_references, ptrdiff_t line, struct counts *counts)
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
        struct counts here[ORDERS_MAX];
        double score;
        if (references[r].lines[line] == NULL)
            continue;
        present++;
        read_side(counter, options, references[r].lines[line], &counter->reference);
        count_orders(&counter->ngrams, &counter->hypothesis.characters, &counter->reference.characters,
                     options->char_order, here);
        count_orders(&counter->ngrams, &counter->hypothesis.words, &counter->reference.words, options->word_order,
                     here + options->char_order);
        score = f_score(options, here);
        if (score > best) {
            best = score;
            memcpy(counts, here, sizeof here);
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
    struct counts all[ORDERS_MAX] = {{0}}, one[ORDERS_MAX];
    int common = 0;
    if (!begin(options, hypotheses, references, n_references, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        int present = count_line(&counter, options, hypotheses, references, n_references, line, one);
        common = line == 0 || present == common ? present : 0;
        for (int n = 0; n < options->char_order + options->word_order; n++) {
            all[n].hypothesis += one[n].hypothesis;
            all[n].reference += one[n].reference;
            all[n].matches += one[n].matches;
        }
    }
    *score = (car_chrf_score){f_score(options, all), common};
    counter_clear(&counter);
    return true;
}

bool car_chrf_lines(const car_chrf_options *options, const car_metric_text *hypotheses,
                    const car_metric_text *references, int n_references, car_chrf_score *scores, car_error *e)
{
    struct counter counter = {0};
    struct counts one[ORDERS_MAX];
    if (!begin(options, hypotheses, references, n_references, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        int present = count_line(&counter, options, hypotheses, references, n_references, line, one);
        scores[line] = (car_chrf_score){f_score(options, one), present};
    }
    counter_clear(&counter);
    return true;
}

void car_chrf_text(const car_chrf_options *options, const car_chrf_score *score, const char *version, int decimals,
                   car_string *text)
{
    car_string_format(text, "chrF%d", options->beta);
    for (int n = 0; n < options->word_order; n++)
        car_string_add_text(text, "+");
    if (score->n_references > 0)
        car_string_format(text, "|nrefs:%d", score->n_references);
    else
        car_string_add_text(text, "|nrefs:var");
    car_string_format(text, "|case:%s|eff:%s|nc:%d|nw:%d|space:%s|version:%s = %.*f",
                      options->lowercase ? "lc" : "mixed", options->effective_order ? "yes" : "no", options->char_order,
                      options->word_order, options->whitespace ? "yes" : "no", version, decimals, score->score);
}
