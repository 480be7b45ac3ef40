#include "corpora/windows.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "corpora/scale.h"
#include "math/random.h"

/* One table, scaled. */
typedef struct sheet {
    float *inputs, *targets; /* [rows, inputs], [rows, targets] */
    int rows;
} sheet;

struct car_windows {
    car_windows_options options;
    int inputs, targets; /* columns */
    sheet *sheet;        /* [sheets] */
    int sheets;
    car_window *window; /* [n] in the order of the tables */
    int n;
    ptrdiff_t capacity;
    int32_t *order; /* [n] of the epoch */
    int64_t epoch;
    int next;
    car_sentence *source, *target; /* [mini_batch] */
    int64_t *line;
    char identity[CAR_SHA256_HEX];
};

/* ---- scaling ------------------------------------------------------------------------------ */

/* The value in column i of a row of the table, which is a column of the model; what is missing stays so. */
static bool scale(const car_table *table, int row, int i, const car_column *column, float *number, car_error *e)
{
    double value = table->value[(ptrdiff_t)row * table->columns + i];
    return car_scale_apply(value, column->mean, column->deviation, number) ||
           car_error_set(e, CAR_EXIT_DATA, "%s: row %d, column %s: %g is too far from the values of the training",
                         table->path, row + 1, column->name, value);
}

static bool make_sheet(sheet *s, const car_table *table, const car_columns *columns, car_error *e)
{
    s->rows = table->rows;
    float *input = s->inputs = car_alloc((ptrdiff_t)table->rows * columns->inputs, sizeof *s->inputs);
    float *target = s->targets = car_alloc((ptrdiff_t)table->rows * columns->targets, sizeof *s->targets);
    for (int r = 0; r < table->rows; r++)
        for (int i = 0; i < columns->n; i++) {
            float number = 0;
            if (!scale(table, r, i, &columns->at[i], &number, e))
                return false;
            if (columns->at[i].input)
                *input++ = number;
            if (columns->at[i].target)
                *target++ = number;
        }
    return true;
}

bool car_windows_read(const car_table *inputs, const car_columns *columns, int first, int n, float *numbers,
                      car_error *e)
{
    for (int r = first; r < first + n; r++)
        for (int i = 0, k = 0; i < columns->n; i++) {
            if (!columns->at[i].input)
                continue;
            if (!scale(inputs, r, k++, &columns->at[i], numbers, e))
                return false;
            if (isnan(*numbers++))
                return car_error_set(e, CAR_EXIT_DATA, "%s: row %d, column %s: a value is missing", inputs->path, r + 1,
                                     columns->at[i].name);
        }
    return true;
}

/* ---- windows ------------------------------------------------------------------------------- */

static int first_read(const car_windows *w, int row) { return row - (w->options.same_row ? 0 : w->options.lookback); }

/* Lists the rows r of a table; `bad` is the last row in which something is missing. */
static void list_windows(car_windows *w, int table, const car_table *of)
{
    const sheet *s = &w->sheet[table];
    int lookback = w->options.same_row ? 0 : w->options.lookback, horizon = w->options.horizon;
    int before = lookback > w->options.before ? lookback : w->options.before, bad = -1, row = 0;
    for (int last = 0; last < s->rows; last++) {
        for (int i = 0; i < of->columns; i++)
            if (isnan(of->value[(ptrdiff_t)last * of->columns + i]))
                bad = last;
        row = last - horizon + 1;
        if (row - before <= bad || row < before || w->n == INT32_MAX)
            continue;
        w->window = car_grow(w->window, w->n, &w->capacity, sizeof *w->window);
        w->window[w->n++] = (car_window){table, row};
    }
}

static void identify(car_windows *w)
{
    car_sha256 hash;
    car_sha256_init(&hash);
    int shape[] = {w->inputs, w->targets, w->options.lookback, w->options.horizon, w->options.same_row, w->n};
    car_sha256_add(&hash, shape, sizeof shape);
    for (int k = 0; k < w->sheets; k++) {
        const sheet *s = &w->sheet[k];
        car_sha256_add(&hash, &s->rows, sizeof s->rows);
        car_sha256_add(&hash, s->inputs, (ptrdiff_t)sizeof *s->inputs * s->rows * w->inputs);
        car_sha256_add(&hash, s->targets, (ptrdiff_t)sizeof *s->targets * s->rows * w->targets);
    }
    car_sha256_finish(&hash, w->identity);
}

car_windows *car_windows_new(car_table *const *tables, int n, const car_columns *columns,
                             const car_windows_options *options, car_error *e)
{
    car_windows *w = car_alloc(1, sizeof *w);
    w->options = *options;
    w->inputs = columns->inputs;
    w->targets = columns->targets;
    w->sheet = car_alloc(n, sizeof *w->sheet);
    w->sheets = n;
    for (int k = 0; k < n; k++) {
        if (!make_sheet(&w->sheet[k], tables[k], columns, e)) {
            car_windows_free(w);
            return NULL;
        }
        list_windows(w, k, tables[k]);
    }
    if (w->n == 0) {
        int lookback = options->same_row ? 0 : options->lookback;
        int rows = (lookback > options->before ? lookback : options->before) + options->horizon;
        (void)car_error_set(e, CAR_EXIT_DATA, "%s: no %d rows without a missing value follow one another%s",
                            tables[0]->path, rows, n > 1 ? ", nor in the other tables" : "");
        car_windows_free(w);
        return NULL;
    }
    identify(w);
    w->order = car_alloc(w->n, sizeof *w->order);
    w->source = car_alloc(options->mini_batch, sizeof *w->source);
    w->target = car_alloc(options->mini_batch, sizeof *w->target);
    w->line = car_alloc(options->mini_batch, sizeof *w->line);
    return w;
}

void car_windows_free(car_windows *w)
{
    if (w == NULL)
        return;
    for (int k = 0; k < w->sheets; k++) {
        car_free(w->sheet[k].inputs);
        car_free(w->sheet[k].targets);
    }
    car_free(w->sheet);
    car_free(w->window);
    car_free(w->order);
    car_free(w->source);
    car_free(w->target);
    car_free(w->line);
    car_free(w);
}

int car_windows_count(const car_windows *w) { return w->n; }

car_window car_windows_at(const car_windows *w, int i) { return w->window[i]; }

const char *car_windows_identity_view(const car_windows *w) { return w->identity; }

car_sentence car_windows_source_view(const car_windows *w, int i)
{
    car_window at = w->window[i];
    return (car_sentence){.numbers = w->sheet[at.table].inputs + (ptrdiff_t)first_read(w, at.row) * w->inputs,
                          .length = w->options.lookback};
}

/* ---- minibatches ----------------------------------------------------------------------------- */

static int64_t batches_per_epoch(void *self)
{
    const car_windows *w = self;
    return (w->n + w->options.mini_batch - 1) / w->options.mini_batch;
}

static bool start(void *self, int64_t epoch, int64_t skip, car_error *e)
{
    car_windows *w = self;
    if (skip > batches_per_epoch(w))
        return car_error_set(e, CAR_EXIT_DATA, "cannot go on behind minibatch %" PRId64 ": these tables have %" PRId64,
                             skip, batches_per_epoch(w));
    if (w->epoch != epoch) {
        for (int i = 0; i < w->n; i++)
            w->order[i] = i;
        if (!w->options.sequential)
            car_random_shuffle(car_stream_named(w->options.seed, "windows"), (uint64_t)epoch, w->order, w->n);
        w->epoch = epoch;
    }
    int64_t next = skip * w->options.mini_batch;
    w->next = next < w->n ? (int)next : w->n;
    return true;
}

static int next(void *self, car_batch *batch, car_error *e)
{
    car_windows *w = self;
    (void)e;
    int rows = w->n - w->next < w->options.mini_batch ? w->n - w->next : w->options.mini_batch;
    for (int b = 0; b < rows; b++) {
        int i = w->order[w->next + b];
        car_window at = w->window[i];
        w->source[b] = car_windows_source_view(w, i);
        w->target[b] =
            (car_sentence){.numbers = w->sheet[at.table].targets + (ptrdiff_t)at.row * w->targets, .length = 1};
        w->line[b] = i + 1;
    }
    w->next += rows;
    *batch = (car_batch){.rows = rows, .source = w->source, .target = w->target, .line = w->line};
    return rows > 0;
}

car_batch_source car_windows_source(car_windows *windows)
{
    return (car_batch_source){windows, start, next, batches_per_epoch};
}
