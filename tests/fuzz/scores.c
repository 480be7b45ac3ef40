/* Scores of any lines against any others (FUZZ_SCORE: bleu, chrf, ter or rates): numbers
 * within their range, best for a text against itself, and the same from sums as over the
 * text.  A first byte of choices; then lines, of which the first half are hypotheses. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "decode/bleu.h"
#include "decode/chrf.h"
#include "decode/error_rates.h"
#include "decode/significance.h"
#include "decode/ter.h"
#include "fuzz/fuzz.h"

enum { bleu, chrf, ter, rates }; /* what FUZZ_SCORE may be */
enum { LINES = 6 };

static bool is_near(double a, double b) { return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b) + 1); }

typedef struct texts {
    car_metric_text hypotheses, references, itself;
} texts;

static void score_bleu(unsigned choice, const texts *t)
{
    car_bleu_options options = car_bleu_defaults();
    options.tokenizer = (car_bleu_tokenizer)(choice % 5);
    options.smoothing = (car_bleu_smoothing)(choice / 5 % 4);
    options.smooth_value = -1;
    options.effective_order = choice / 20 % 2 == 1;
    options.lowercase = choice / 40 % 2 == 1;
    options.order = choice / 80 % 2 == 0 ? 4 : 2;
    car_error e;
    car_bleu_score all, of_sums;
    CAR_REQUIRE(car_bleu_corpus(&options, &t->hypotheses, &t->references, 1, &all, &e));
    CAR_REQUIRE(all.score >= 0 && all.score <= 100 + 1e-9);

    int width = car_bleu_width(&options);
    double rows[LINES * CAR_SUMS_MAX], sums[CAR_SUMS_MAX] = {0};
    CAR_REQUIRE(car_bleu_rows(&options, &t->hypotheses, &t->references, 1, rows, &e));
    for (ptrdiff_t i = 0; i < t->hypotheses.n * width; i++)
        sums[i % width] += rows[i];
    car_bleu_of_sums(&options, sums, 1, &of_sums);
    CAR_REQUIRE(is_near(all.score, of_sums.score));

    CAR_REQUIRE(car_bleu_corpus(&options, &t->itself, &t->itself, 1, &all, &e));
    bool has_all = all.matches[options.order - 1] >= 1 && options.smoothing != CAR_BLEU_SMOOTH_ADD_K;
    CAR_REQUIRE(!has_all || is_near(all.score, 100));
}

static void score_chrf(unsigned choice, const texts *t)
{
    car_chrf_options options = car_chrf_defaults();
    options.word_order = (int)(choice % 3);
    options.whitespace = choice / 3 % 2 == 1;
    options.effective_order = choice / 6 % 2 == 0;
    options.lowercase = choice / 12 % 2 == 1;
    options.beta = 1 + (int)(choice / 24 % 3);
    car_error e;
    car_chrf_score all;
    CAR_REQUIRE(car_chrf_corpus(&options, &t->hypotheses, &t->references, 1, &all, &e));
    CAR_REQUIRE(all.score >= 0 && all.score <= 100 + 1e-9);

    int width = car_chrf_width(&options);
    double rows[LINES * CAR_SUMS_MAX], sums[CAR_SUMS_MAX] = {0};
    CAR_REQUIRE(car_chrf_rows(&options, &t->hypotheses, &t->references, 1, rows, &e));
    for (ptrdiff_t i = 0; i < t->hypotheses.n * width; i++)
        sums[i % width] += rows[i];
    CAR_REQUIRE(is_near(all.score, car_chrf_of_sums(&options, sums)));

    CAR_REQUIRE(car_chrf_corpus(&options, &t->itself, &t->itself, 1, &all, &e));
    CAR_REQUIRE(!options.effective_order || all.score == 0 || is_near(all.score, 100));
}

static void score_ter(unsigned choice, const texts *t)
{
    car_ter_options options = {.normalized = choice % 2 == 1,
                               .no_punctuation = choice / 2 % 2 == 1,
                               .asian = choice / 4 % 2 == 1,
                               .case_sensitive = choice / 8 % 2 == 1};
    car_error e;
    double rows[LINES * CAR_TER_WIDTH];
    CAR_REQUIRE(car_ter_rows(&options, &t->hypotheses, &t->references, 1, rows, &e));
    for (ptrdiff_t i = 0; i < t->hypotheses.n; i++) {
        const double *row = rows + i * CAR_TER_WIDTH;
        CAR_REQUIRE(row[CAR_TER_EDITS] >= 0 && row[CAR_TER_LENGTH] >= 0 && isfinite(car_ter_of_sums(row)));
    }
    CAR_REQUIRE(car_ter_rows(&options, &t->itself, &t->itself, 1, rows, &e));
    for (ptrdiff_t i = 0; i < t->itself.n; i++)
        CAR_REQUIRE(rows[i * CAR_TER_WIDTH + CAR_TER_EDITS] == 0 && car_ter_of_sums(rows + i * CAR_TER_WIDTH) == 0);
}

/* And exact match, token accuracy and what is made of rows. */
static double of_sums(const void *options, const double *sums)
{
    (void)options;
    return car_rate_of_sums(sums);
}

static void score_rates(unsigned choice, const texts *t)
{
    car_error_unit unit = choice % 2 == 0 ? CAR_UNIT_WORD : CAR_UNIT_CHARACTER;
    bool lowercase = choice / 2 % 2 == 1;
    car_error e;
    double rows[LINES * CAR_RATE_WIDTH], itself[LINES * CAR_RATE_WIDTH], shares[LINES * CAR_SHARE_WIDTH];
    ptrdiff_t n = t->hypotheses.n;
    CAR_REQUIRE(car_rate_rows(unit, lowercase, &t->hypotheses, &t->references, 1, rows, &e));
    for (ptrdiff_t i = 0; i < n; i++)
        CAR_REQUIRE(rows[i * CAR_RATE_WIDTH] >= 0 && isfinite(car_rate_of_sums(rows + i * CAR_RATE_WIDTH)));
    CAR_REQUIRE(car_rate_rows(unit, lowercase, &t->hypotheses, &t->hypotheses, 1, itself, &e));
    for (ptrdiff_t i = 0; i < n; i++)
        CAR_REQUIRE(itself[i * CAR_RATE_WIDTH + CAR_RATE_EDITS] == 0);

    CAR_REQUIRE(car_exact_rows(&t->hypotheses, &t->references, 1, shares, &e));
    CAR_REQUIRE(car_accuracy_rows(&t->hypotheses, &t->references, shares, &e));
    for (ptrdiff_t i = 0; i < n; i++) {
        double share = car_share_of_sums(shares + i * CAR_SHARE_WIDTH);
        CAR_REQUIRE(share >= 0 && share <= 1);
    }
    if (choice / 4 % 8 == 0) {
        car_scored_lines ours = {rows, n, CAR_RATE_WIDTH, of_sums, NULL}, perfect = ours;
        perfect.rows = itself;
        car_interval interval;
        double p = car_paired_bootstrap(&perfect, &ours, 9, choice, &interval);
        CAR_REQUIRE(p >= 0 && p <= 1 && interval.low <= interval.high && isfinite(interval.mean));
        p = car_paired_randomisation(&perfect, &ours, 9, choice);
        CAR_REQUIRE(p >= 0 && p <= 1);
    }
}

static void score(unsigned choice, const texts *t)
{
    switch (FUZZ_SCORE) {
    case bleu:
        score_bleu(choice, t);
        break;
    case chrf:
        score_chrf(choice, t);
        break;
    case ter:
        score_ter(choice, t);
        break;
    default:
        score_rates(choice, t);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = fuzz_input_of(data, size);
    unsigned choice = fuzz_byte(&input);
    char *lines[LINES];
    int n = 0;
    const char *part;
    ptrdiff_t length;
    while (n < LINES && fuzz_part(&input, '\n', &part, &length))
        lines[n++] = fuzz_copy_text(part, length);
    if (n >= 2) {
        const char *const *view = (const char *const *)lines;
        texts t = {{view, n / 2, "hypotheses"}, {view + n / 2, n / 2, "references"}, {view, n, "itself"}};
        score(choice, &t);
    }
    while (n > 0)
        car_free(lines[--n]);
    return 0;
}
