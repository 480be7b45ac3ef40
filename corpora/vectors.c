#include "corpora/vectors.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "corpora/scale.h"

enum { MOST_NUMBERS = 65535, LONGEST_NUMBER = 63 };

void car_vectors_clear(car_vectors *vectors)
{
    car_free(vectors->mean);
    car_free(vectors->deviation);
    *vectors = (car_vectors){0};
}

static bool parts(char c) { return c == ' ' || c == ',' || c == '\t'; }

/* The next number behind *at: 1, 0 at the end, -1 with *e. */
static int next_number(const char **at, const char *end, double *number, car_error *e)
{
    while (*at < end && parts(**at))
        (*at)++;
    if (*at == end)
        return 0;
    const char *first = *at;
    while (*at < end && !parts(**at))
        (*at)++;
    const ptrdiff_t length = *at - first;
    if (length <= LONGEST_NUMBER && car_number_parse_part(first, length, number) && fabs(*number) < 1e30)
        return 1;
    (void)car_error_set(e, CAR_EXIT_DATA, "'%.*s' is not a number",
                        (int)(length < LONGEST_NUMBER ? length : LONGEST_NUMBER), first);
    return -1;
}

/* ---- measuring ------------------------------------------------------------------------------ */

/* Running means and sums of squared differences from them (Welford 1962). */
static bool add_line(car_vectors *vectors, int64_t lines, const char *line, ptrdiff_t length, car_error *e)
{
    const char *at = line, *end = line + length;
    double number = 0;
    int n = 0, got;
    while ((got = next_number(&at, end, &number, e)) == 1) {
        if (lines == 0 && n < MOST_NUMBERS) {
            vectors->n = n + 1;
            vectors->mean = car_resize(vectors->mean, vectors->n, sizeof *vectors->mean);
            vectors->deviation = car_resize(vectors->deviation, vectors->n, sizeof *vectors->deviation);
            vectors->mean[n] = vectors->deviation[n] = 0;
        }
        if (n < vectors->n) {
            double off = number - vectors->mean[n];
            vectors->mean[n] += off / (double)(lines + 1);
            vectors->deviation[n] += off * (number - vectors->mean[n]);
        }
        n++;
    }
    if (got == 0 && n == 0)
        return car_error_set(e, CAR_EXIT_DATA, "it has commas, but no number");
    return got == 0 && (n == vectors->n ||
                        car_error_set(e, CAR_EXIT_DATA, "it has %d numbers, and the first line %d", n, vectors->n));
}

bool car_vectors_measure(car_vectors *vectors, car_bitext *bitext, car_error *e)
{
    car_line_pair pair;
    int64_t lines = 0;
    int got;
    while ((got = car_bitext_next(bitext, &pair, e)) == 1) {
        const char *line = pair.line[CAR_SOURCE];
        ptrdiff_t length = pair.length[CAR_SOURCE];
        if (pair.skipped || car_text_is_blank(line, length))
            continue;
        if (!add_line(vectors, lines++, line, length, e))
            return car_error_context(e, "%s:%" PRId64, car_bitext_path_view(bitext, CAR_SOURCE), pair.line_number);
    }
    for (int i = 0; i < vectors->n; i++)
        vectors->deviation[i] = car_scale_deviation(vectors->deviation[i], lines, vectors->mean[i]);
    return got == 0 && (vectors->n > 0 || car_error_set(e, CAR_EXIT_DATA, "%s: it has no line with numbers",
                                                        car_bitext_name_view(bitext)));
}

bool car_vectors_apply(const car_vectors *vectors, const char *line, ptrdiff_t length, float *numbers, car_error *e)
{
    const char *at = line, *end = line + length;
    double number = 0;
    int n = 0, got;
    if (car_text_is_blank(line, length)) {
        memset(numbers, 0, (size_t)vectors->n * sizeof *numbers);
        return true;
    }
    while ((got = next_number(&at, end, &number, e)) == 1) {
        if (n < vectors->n && !car_scale_apply(number, vectors->mean[n], vectors->deviation[n], &numbers[n]))
            return car_error_set(e, CAR_EXIT_DATA, "number %d, %g, is too far from those of the training text", n + 1,
                                 number);
        n++;
    }
    return got == 0 &&
           (n == vectors->n ||
            car_error_set(e, CAR_EXIT_DATA, "it has %d numbers, and those of the training text %d", n, vectors->n));
}

/* ---- as text ---------------------------------------------------------------------------------- */

void car_vectors_write(const car_vectors *vectors, car_string *text)
{
    json_t *list = json_array();
    for (int i = 0; i < vectors->n; i++)
        (void)json_array_append_new(list, json_pack("[ff]", vectors->mean[i], vectors->deviation[i]));
    car_string_add_json(text, list, JSON_COMPACT);
}

bool car_vectors_read(car_vectors *vectors, const char *text, const char *origin, car_error *e)
{
    json_t *list = json_loads(text, 0, NULL);
    size_t n = json_array_size(list);
    bool good = n > 0 && n <= MOST_NUMBERS;
    *vectors = (car_vectors){.n = good ? (int)n : 0};
    vectors->mean = car_alloc(vectors->n, sizeof *vectors->mean);
    vectors->deviation = car_alloc(vectors->n, sizeof *vectors->deviation);
    for (int i = 0; i < vectors->n && good; i++)
        good = json_unpack(json_array_get(list, (size_t)i), "[FF]", &vectors->mean[i], &vectors->deviation[i]) == 0 &&
               car_scale_is_valid(vectors->mean[i], vectors->deviation[i]);
    json_decref(list);
    return good ||
           car_error_set(e, CAR_EXIT_DATA, "%s: its \"vectors\" are not as `carousel train` writes them", origin);
}
