#include "decode/error_rates.h"

#include <string.h>
#include <unicode/ubrk.h>

#include "base/memory.h"
#include "decode/metrics_symbols.h"
#include "decode/token_rules.h"

/* Memory for one line at a time. */
struct counter {
    car_symbols text, hypothesis, reference;
    car_trie units;
    ptrdiff_t *row, capacity;
    UBreakIterator *graphemes; /* NULL for words */
    UChar *utf16;
    int32_t utf16_capacity;
};

static void counter_clear(struct counter *counter)
{
    car_symbols_clear(&counter->text);
    car_symbols_clear(&counter->hypothesis);
    car_symbols_clear(&counter->reference);
    car_trie_clear(&counter->units);
    car_free(counter->row);
    car_free(counter->utf16);
    ubrk_close(counter->graphemes);
}

/* The number of each grapheme cluster of counter->text. */
static void number_graphemes(struct counter *counter, car_symbols *numbers)
{
    UErrorCode status = U_ZERO_ERROR;
    const car_symbols *text = &counter->text;
    int32_t length = 0, at = 0;
    if (2 * text->length > counter->utf16_capacity) {
        CAR_REQUIRE(text->length < INT32_MAX / 2);
        counter->utf16_capacity = (int32_t)(2 * text->length);
        counter->utf16 = car_resize(counter->utf16, counter->utf16_capacity, sizeof *counter->utf16);
    }
    for (ptrdiff_t i = 0; i < text->length; i++)
        U16_APPEND_UNSAFE(counter->utf16, length, text->at[i]);
    ubrk_setText(counter->graphemes, counter->utf16, length, &status);
    CAR_REQUIRE(U_SUCCESS(status));
    numbers->length = 0;
    for (int32_t end = ubrk_next(counter->graphemes); end != UBRK_DONE; end = ubrk_next(counter->graphemes)) {
        int32_t unit = 0;
        while (at < end)
            unit = car_trie_add(&counter->units, unit, counter->utf16[at++]);
        car_symbols_add(numbers, unit);
    }
}

static void read_units(struct counter *counter, const char *line, bool lowercase, car_symbols *numbers)
{
    car_symbols_load(&counter->text, line, lowercase);
    if (counter->graphemes == NULL) {
        car_words_number(&counter->text, &counter->units, numbers);
    } else {
        car_token_strip_end(&counter->text);
        car_token_strip_start(&counter->text);
        number_graphemes(counter, numbers);
    }
}

/* d(i, j) = min(d(i-1, j) + 1, d(i, j-1) + 1, d(i-1, j-1) + [h_i != r_j]), in one row. */
static ptrdiff_t distance(struct counter *counter)
{
    const int32_t *h = counter->hypothesis.at, *r = counter->reference.at;
    ptrdiff_t n = counter->hypothesis.length, m = counter->reference.length;
    for (; n > 0 && m > 0 && *h == *r; h++, r++, n--, m--)
        ;
    for (; n > 0 && m > 0 && h[n - 1] == r[m - 1]; n--, m--)
        ;
    if (m + 1 > counter->capacity) {
        counter->capacity = m + 1;
        counter->row = car_resize(counter->row, counter->capacity, sizeof *counter->row);
    }
    ptrdiff_t *row = counter->row;
    for (ptrdiff_t j = 0; j <= m; j++)
        row[j] = j;
    for (ptrdiff_t i = 1; i <= n; i++) {
        ptrdiff_t diagonal = row[0];
        row[0] = i;
        for (ptrdiff_t j = 1; j <= m; j++) {
            ptrdiff_t best = diagonal + (h[i - 1] != r[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[m];
}

bool car_rate_rows(car_error_unit unit, bool lowercase, const car_metric_text *hypotheses,
                   const car_metric_text *references, int n_references, double *rows, car_error *e)
{
    struct counter counter = {0};
    UErrorCode status = U_ZERO_ERROR;
    if (!car_metric_check(hypotheses, references, n_references, e))
        return false;
    if (unit == CAR_UNIT_CHARACTER)
        counter.graphemes = ubrk_open(UBRK_CHARACTER, "", NULL, 0, &status);
    CAR_REQUIRE(U_SUCCESS(status));
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        double *row = rows + line * CAR_RATE_WIDTH;
        size_t bytes = strlen(hypotheses->lines[line]);
        bool first = true;
        for (int r = 0; r < n_references; r++)
            if (references[r].lines[line] != NULL)
                bytes += strlen(references[r].lines[line]);
        car_trie_reset(&counter.units, (ptrdiff_t)bytes); /* a code point has no more UTF-16 units than bytes */

        read_units(&counter, hypotheses->lines[line], lowercase, &counter.hypothesis);
        for (int r = 0; r < n_references; r++) {
            if (references[r].lines[line] == NULL)
                continue;
            read_units(&counter, references[r].lines[line], lowercase, &counter.reference);
            double edits = (double)distance(&counter), length = (double)counter.reference.length;
            if (first || edits < row[CAR_RATE_EDITS] ||
                (edits == row[CAR_RATE_EDITS] && length > row[CAR_RATE_LENGTH])) {
                row[CAR_RATE_EDITS] = edits;
                row[CAR_RATE_LENGTH] = length;
            }
            first = false;
        }
    }
    counter_clear(&counter);
    return true;
}

double car_rate_of_sums(const double sums[CAR_RATE_WIDTH])
{
    if (sums[CAR_RATE_LENGTH] > 0)
        return 100 * sums[CAR_RATE_EDITS] / sums[CAR_RATE_LENGTH];
    return sums[CAR_RATE_EDITS] > 0 ? 100 : 0;
}
