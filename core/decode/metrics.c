#include "decode/metrics.h"

#include <string.h>

#include "base/text.h"
#include "decode/metrics_symbols.h"

static bool check_line(const car_metric_text *text, ptrdiff_t line, car_error *e)
{
    ptrdiff_t bad = car_utf8_check(text->lines[line], (ptrdiff_t)strlen(text->lines[line]));
    if (bad >= 0)
        return car_error_set(e, CAR_EXIT_DATA, "%s: line %td: byte %td is not UTF-8; convert the file to UTF-8",
                             text->name, line + 1, bad + 1);
    return true;
}

bool car_metric_check(const car_metric_text *hypotheses, const car_metric_text *references, int n_references,
                      car_error *e)
{
    CAR_REQUIRE(n_references >= 1);
    for (int r = 0; r < n_references; r++)
        if (references[r].n != hypotheses->n)
            return car_error_set(e, CAR_EXIT_DATA,
                                 "%s has %td lines and %s has %td; line n of one is scored against line n of the "
                                 "other, so the numbers must be the same",
                                 hypotheses->name, hypotheses->n, references[r].name, references[r].n);
    if (hypotheses->n == 0)
        return car_error_set(e, CAR_EXIT_DATA, "%s has no lines: there is nothing to score", hypotheses->name);
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        int present = 0;
        if (!check_line(hypotheses, line, e))
            return false;
        for (int r = 0; r < n_references; r++) {
            if (references[r].lines[line] == NULL)
                continue;
            present++;
            if (!check_line(&references[r], line, e))
                return false;
        }
        if (present == 0)
            return car_error_set(e, CAR_EXIT_DATA, "%s: line %td has no reference; give at least one", hypotheses->name,
                                 line + 1);
    }
    return true;
}

double car_share_of_sums(const double sums[CAR_SHARE_WIDTH])
{
    return sums[CAR_SHARE_ALL] > 0 ? sums[CAR_SHARE_RIGHT] / sums[CAR_SHARE_ALL] : 1;
}

bool car_exact_rows(const car_metric_text *hypotheses, const car_metric_text *references, int n_references,
                    double *rows, car_error *e)
{
    if (!car_metric_check(hypotheses, references, n_references, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        bool found = false;
        for (int r = 0; r < n_references && !found; r++)
            found =
                references[r].lines[line] != NULL && strcmp(references[r].lines[line], hypotheses->lines[line]) == 0;
        rows[line * CAR_SHARE_WIDTH + CAR_SHARE_RIGHT] = found;
        rows[line * CAR_SHARE_WIDTH + CAR_SHARE_ALL] = 1;
    }
    return true;
}

bool car_accuracy_rows(const car_metric_text *hypotheses, const car_metric_text *reference, double *rows, car_error *e)
{
    car_symbols hypothesis_text = {0}, reference_text = {0}, h = {0}, r = {0};
    car_trie words = {0};
    if (!car_metric_check(hypotheses, reference, 1, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        ptrdiff_t equal = 0;
        car_symbols_load(&hypothesis_text, hypotheses->lines[line], false);
        car_symbols_load(&reference_text, reference->lines[line], false);
        car_trie_reset(&words, hypothesis_text.length + reference_text.length);
        car_words_number(&hypothesis_text, &words, &h);
        car_words_number(&reference_text, &words, &r);
        for (ptrdiff_t i = 0; i < h.length && i < r.length; i++)
            equal += h.at[i] == r.at[i];
        rows[line * CAR_SHARE_WIDTH + CAR_SHARE_RIGHT] = (double)equal;
        rows[line * CAR_SHARE_WIDTH + CAR_SHARE_ALL] = (double)(h.length > r.length ? h.length : r.length);
    }
    car_symbols_clear(&hypothesis_text);
    car_symbols_clear(&reference_text);
    car_symbols_clear(&h);
    car_symbols_clear(&r);
    car_trie_clear(&words);
    return true;
}
