#include "corpora/batches.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/random.h"

typedef struct item {
    int32_t pair, target_length, source_length, place; /* place before sorting, to settle ties */
} item;

struct car_batches {
    car_corpus *corpus;
    car_batches_options options;

    int64_t epoch;   /* prepared; 0: none                                  */
    int32_t *blocks; /* [n_blocks] in the order of the epoch               */
    int32_t n_blocks;
    int32_t filled;  /* blocks of the fillings up to this one              */
    int64_t filling; /* its number, from 0                                 */

    int32_t *order; /* [n] pairs of the filling, minibatch after minibatch */
    int32_t n;
    ptrdiff_t order_capacity;
    int32_t *starts; /* [n_batches + 1] where minibatches begin in order       */
    int32_t *turns;  /* [n_batches] minibatches in the order they are given out */
    ptrdiff_t starts_capacity;
    int32_t n_batches, next;
    bool any;     /* minibatches in this epoch up to this filling */
    item *window; /* [pairs of a window] */
    ptrdiff_t window_capacity;

    car_sentence *side[CAR_SIDES]; /* [rows] of the minibatch given out last */
    int64_t *line;
    int32_t rows_capacity;
    int32_t *ids[CAR_SIDES]; /* of its sentences, with dropout */
    ptrdiff_t ids_capacity[CAR_SIDES];
};

static int32_t window_size(const car_batches *b)
{
    int64_t pairs = (int64_t)b->options.maxi_batch * b->options.mini_batch;
    return b->options.sequential || pairs > b->n ? b->n : (int32_t)pairs;
}

car_batches *car_batches_new(car_corpus *corpus, const car_batches_options *options)
{
    CAR_REQUIRE(options->mini_batch >= 1 && options->mini_batch_words >= 0 && options->maxi_batch >= 1);
    car_batches *b = car_alloc(1, sizeof *b);
    b->corpus = corpus;
    b->options = *options;
    b->n_blocks = car_corpus_blocks(corpus);
    b->blocks = car_alloc(b->n_blocks, sizeof *b->blocks);
    return b;
}

void car_batches_free(car_batches *b)
{
    if (b == NULL)
        return;
    car_free(b->blocks);
    car_free(b->order);
    car_free(b->starts);
    car_free(b->turns);
    car_free(b->window);
    for (int side = 0; side < CAR_SIDES; side++) {
        car_free(b->side[side]);
        car_free(b->ids[side]);
    }
    car_free(b->line);
    car_free(b);
}

static int compare_items(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if (x->target_length != y->target_length)
        return x->target_length < y->target_length ? -1 : 1;
    if (x->source_length != y->source_length)
        return x->source_length < y->source_length ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static void begin_batch(car_batches *b, int32_t at)
{
    b->starts = car_grow(b->starts, b->n_batches, &b->starts_capacity, sizeof *b->starts);
    b->starts[b->n_batches] = at;
}

/* Sorts order[start .. end-1] and cuts it into minibatches. */
static void cut_window(car_batches *b, int32_t start, int32_t end)
{
    for (int32_t i = start; i < end; i++)
        b->window[i - start] = (item){b->order[i], car_corpus_sentence_view(b->corpus, CAR_TARGET, b->order[i]).length,
                                      car_corpus_sentence_view(b->corpus, CAR_SOURCE, b->order[i]).length, i};
    qsort(b->window, (size_t)(end - start), sizeof *b->window, compare_items);

    int64_t words = 0;
    for (int32_t i = start, first = start; i < end; i++) {
        const item *it = &b->window[i - start];
        bool full = b->options.mini_batch_words > 0 ? words + it->target_length > b->options.mini_batch_words
                                                    : i - first >= b->options.mini_batch;
        if (i == start || full) {
            begin_batch(b, i);
            b->n_batches++;
            first = i;
            words = 0;
        }
        words += it->target_length;
        b->order[i] = it->pair;
    }
}

static void make_room_for_rows(car_batches *b)
{
    for (int32_t i = 0; i < b->n_batches; i++)
        if (b->starts[i + 1] - b->starts[i] > b->rows_capacity)
            b->rows_capacity = b->starts[i + 1] - b->starts[i];
    for (int side = 0; side < CAR_SIDES; side++)
        b->side[side] = car_resize(b->side[side], b->rows_capacity, sizeof *b->side[side]);
    b->line = car_resize(b->line, b->rows_capacity, sizeof *b->line);
}

/* How often the pair i that is held comes in the epoch. */
static int32_t copies_of(const car_batches *b, int32_t i)
{
    int set = car_corpus_set(b->corpus, i);
    if (set >= b->options.n_weights || b->options.sequential)
        return 1;
    double weight = b->options.weights[set], whole = floor(weight);
    double drawn = car_random_uniform(car_stream_named(b->options.seed, "corpus weights"), (uint64_t)b->epoch,
                                      (uint64_t)car_corpus_line(b->corpus, i));
    return (int32_t)whole + (drawn < weight - whole);
}

static bool list_pairs(car_batches *b, car_error *e)
{
    int32_t held = car_corpus_held(b->corpus);
    b->n = 0;
    for (int32_t i = 0; i < held; i++) {
        int32_t copies = copies_of(b, i);
        if (copies > INT32_MAX - 1 - b->n)
            return car_error_set(e, CAR_EXIT_DATA,
                                 "with these weights an epoch has too many pairs; make all of them smaller");
        for (int32_t k = 0; k < copies; k++) {
            b->order = car_grow(b->order, b->n, &b->order_capacity, sizeof *b->order);
            b->order[b->n++] = i;
        }
    }
    return true;
}

/* Cuts what the corpus holds.  Every filling of an epoch has a number of its own to be
 * shuffled by, the first that of the epoch. */
static bool cut(car_batches *b, car_error *e)
{
    uint64_t high = (uint64_t)b->epoch | (uint64_t)b->filling << 40;
    if (!list_pairs(b, e))
        return false;
    if (!b->options.sequential)
        car_random_shuffle(car_stream_named(b->options.seed, "corpus pairs"), high, b->order, b->n);
    int32_t window = window_size(b);
    if (window > b->window_capacity) {
        b->window_capacity = window;
        b->window = car_resize(b->window, window, sizeof *b->window);
    }
    b->n_batches = 0;
    for (int32_t start = 0; start < b->n; start += window) {
        window = window < b->n - start ? window : b->n - start;
        cut_window(b, start, start + window);
    }
    begin_batch(b, b->n);
    b->turns = car_resize(b->turns, b->n_batches + 1, sizeof *b->turns);
    for (int32_t i = 0; i < b->n_batches; i++)
        b->turns[i] = i;
    if (!b->options.sequential)
        car_random_shuffle(car_stream_named(b->options.seed, "corpus minibatches"), high, b->turns, b->n_batches);
    make_room_for_rows(b);
    b->next = 0;
    b->any = b->any || b->n_batches > 0;
    return true;
}

/* The next filling of the epoch: 1, 0 if there is none, -1 with *e. */
static int fill(car_batches *b, car_error *e)
{
    int32_t first = b->filled;
    int64_t bytes = 0;
    if (first == b->n_blocks)
        return 0;
    for (; b->filled < b->n_blocks; b->filled++) {
        bytes += car_corpus_block_bytes(b->corpus, b->blocks[b->filled]);
        if (b->options.memory > 0 && bytes > b->options.memory && b->filled > first)
            break;
    }
    b->filling = first == 0 ? 0 : b->filling + 1;
    return car_corpus_hold(b->corpus, b->blocks + first, b->filled - first, e) && cut(b, e) ? 1 : -1;
}

/* The first filling of the epoch, which may be the one there is. */
static bool prepare(car_batches *b, int64_t epoch, car_error *e)
{
    bool same = b->epoch == epoch || (b->epoch > 0 && b->options.sequential);
    b->epoch = epoch;
    if (same && b->filling == 0) {
        b->next = 0;
        return true;
    }
    for (int32_t i = 0; i < b->n_blocks; i++)
        b->blocks[i] = i;
    if (!b->options.sequential)
        car_random_shuffle(car_stream_named(b->options.seed, "corpus blocks"), (uint64_t)epoch, b->blocks, b->n_blocks);
    b->filled = 0;
    b->any = false;
    if (fill(b, e) == 1)
        return true;
    b->epoch = 0;
    return false;
}

static bool start(void *self, int64_t epoch, int64_t skip, car_error *e)
{
    car_batches *b = self;
    CAR_REQUIRE(epoch >= 1 && epoch < INT64_C(1) << 40 && skip >= 0);
    int64_t left = skip;
    int got = 1;
    if (!prepare(b, epoch, e))
        return false;
    while (left > b->n_batches) {
        left -= b->n_batches;
        got = fill(b, e);
        if (got == 0)
            (void)car_error_set(e, CAR_EXIT_DATA,
                                "cannot go on behind minibatch %" PRId64 " of epoch %" PRId64
                                ": this corpus has %" PRId64 " in that epoch; is it another one than before?",
                                skip, epoch, skip - left);
        if (got != 1)
            return false;
    }
    b->next = (int32_t)left;
    return true;
}

/* Cuts one side of a minibatch anew. */
static void recut(car_batches *b, int side, int32_t first, int32_t rows)
{
    car_bpe_dropout dropout = {.seed = b->options.seed};
    uint64_t draw[CAR_SIDES];
    ptrdiff_t n = 0;
    for (int32_t i = 0; i < rows; i++) {
        car_bpe_dropout_draw(&dropout, b->epoch, (uint64_t)b->filling << 32 | (uint32_t)(first + i), draw);
        car_sentence sentence =
            car_recutter_apply(b->options.recutter[side], b->side[side][i], b->options.dropout[side], draw[side]);
        if (b->ids_capacity[side] - n < sentence.length) {
            b->ids_capacity[side] = 2 * n + sentence.length;
            b->ids[side] = car_resize(b->ids[side], b->ids_capacity[side], sizeof *b->ids[side]);
        }
        memcpy(b->ids[side] + n, sentence.ids, (size_t)sentence.length * sizeof *sentence.ids);
        n += sentence.length;
        b->side[side][i].length = sentence.length;
    }
    n = 0;
    for (int32_t i = 0; i < rows; i++) {
        b->side[side][i].ids = b->ids[side] + n;
        n += b->side[side][i].length;
    }
}

static int next(void *self, car_batch *batch, car_error *e)
{
    car_batches *b = self;
    CAR_REQUIRE(b->epoch > 0);
    while (b->next == b->n_batches) {
        int got = fill(b, e);
        if (got == 0 && !b->any) {
            (void)car_error_set(e, CAR_EXIT_DATA, "the weights leave no pair to epoch %" PRId64 "; make them larger",
                                b->epoch);
            return -1;
        }
        if (got != 1)
            return got;
    }
    int32_t turn = b->turns[b->next++], first = b->starts[turn], rows = b->starts[turn + 1] - first;
    for (int32_t i = 0; i < rows; i++) {
        int32_t pair = b->order[first + i];
        for (int side = 0; side < CAR_SIDES; side++)
            b->side[side][i] = car_corpus_sentence_view(b->corpus, side, pair);
        b->line[i] = car_corpus_line(b->corpus, pair);
    }
    for (int side = 0; side < CAR_SIDES; side++)
        if (b->options.dropout[side] > 0)
            recut(b, side, first, rows);
    *batch = (car_batch){.rows = rows, .source = b->side[CAR_SOURCE], .target = b->side[CAR_TARGET], .line = b->line};
    return 1;
}

static int64_t batches_per_epoch(void *self)
{
    car_batches *b = self;
    car_error ignored; /* start will meet it again */
    if (b->epoch == 0 && !prepare(b, 1, &ignored))
        return 0;
    int64_t held = car_corpus_held(b->corpus), all = car_corpus_count(b->corpus).kept;
    return held == all ? b->n_batches : (int64_t)((double)b->n_batches * (double)all / (double)held);
}

car_batch_source car_batches_source(car_batches *batches)
{
    return (car_batch_source){batches, start, next, batches_per_epoch};
}
