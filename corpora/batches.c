#include "corpora/batches.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "math/random.h"

typedef struct item {
    int32_t pair, target_length, source_length, place; /* place before sorting, to settle ties */
} item;

struct car_batches {
    const car_corpus *corpus;
    car_batches_options options;
    int32_t n; /* pairs */

    int64_t epoch;   /* prepared; 0: none                                      */
    int32_t *order;  /* [n] pairs, minibatch after minibatch                   */
    int32_t *starts; /* [n_batches + 1] where minibatches begin in order       */
    int32_t *turns;  /* [n_batches] minibatches in the order they are given out */
    ptrdiff_t starts_capacity;
    int32_t n_batches, next;
    item *window; /* [pairs of a window] */

    car_sentence *source, *target; /* of the minibatch given out last */
    int64_t *line;
    int32_t rows_capacity;
};

static int64_t window_size(const car_batches *b)
{
    int64_t pairs = (int64_t)b->options.maxi_batch * b->options.mini_batch;
    return b->options.sequential || pairs > b->n ? b->n : pairs;
}

car_batches *car_batches_new(const car_corpus *corpus, const car_batches_options *options, car_error *e)
{
    CAR_REQUIRE(options->mini_batch >= 1 && options->mini_batch_words >= 0 && options->maxi_batch >= 1);
    int64_t n = car_corpus_count(corpus).kept;
    if (n > INT32_MAX) {
        car_error_set(e, CAR_EXIT_DATA, "a corpus of %" PRId64 " pairs is too large; split it", n);
        return NULL;
    }
    car_batches *b = car_alloc(1, sizeof *b);
    b->corpus = corpus;
    b->options = *options;
    b->n = (int32_t)n;
    b->order = car_alloc(n, sizeof *b->order);
    b->window = car_alloc(window_size(b), sizeof *b->window);
    return b;
}

void car_batches_free(car_batches *b)
{
    if (b == NULL)
        return;
    car_free(b->order);
    car_free(b->starts);
    car_free(b->turns);
    car_free(b->window);
    car_free(b->source);
    car_free(b->target);
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
    b->source = car_resize(b->source, b->rows_capacity, sizeof *b->source);
    b->target = car_resize(b->target, b->rows_capacity, sizeof *b->target);
    b->line = car_resize(b->line, b->rows_capacity, sizeof *b->line);
}

static void prepare(car_batches *b, int64_t epoch)
{
    int64_t window = window_size(b);
    uint64_t high = (uint64_t)epoch;
    for (int32_t i = 0; i < b->n; i++)
        b->order[i] = i;
    if (!b->options.sequential)
        car_random_shuffle(car_stream_named(b->options.seed, "corpus pairs"), high, b->order, b->n);
    b->n_batches = 0;
    for (int64_t start = 0; start < b->n; start += window)
        cut_window(b, (int32_t)start, (int32_t)(start + window < b->n ? start + window : b->n));
    begin_batch(b, b->n);
    b->turns = car_resize(b->turns, b->n_batches, sizeof *b->turns);
    for (int32_t i = 0; i < b->n_batches; i++)
        b->turns[i] = i;
    if (!b->options.sequential)
        car_random_shuffle(car_stream_named(b->options.seed, "corpus minibatches"), high, b->turns, b->n_batches);
    make_room_for_rows(b);
    b->epoch = epoch;
}

static bool start(void *self, int64_t epoch, int64_t skip, car_error *e)
{
    car_batches *b = self;
    CAR_REQUIRE(epoch >= 1 && skip >= 0);
    if (b->epoch == 0 || (b->epoch != epoch && !b->options.sequential))
        prepare(b, epoch);
    if (skip > b->n_batches)
        return car_error_set(e, CAR_EXIT_DATA,
                             "cannot go on behind minibatch %" PRId64 " of epoch %" PRId64 ": this corpus has %" PRId32
                             " in that epoch; is it another one than before?",
                             skip, epoch, b->n_batches);
    b->next = (int32_t)skip;
    return true;
}

static int next(void *self, car_batch *batch, car_error *e)
{
    (void)e;
    car_batches *b = self;
    CAR_REQUIRE(b->epoch > 0);
    if (b->next == b->n_batches)
        return 0;
    int32_t turn = b->turns[b->next++], first = b->starts[turn], rows = b->starts[turn + 1] - first;
    for (int32_t i = 0; i < rows; i++) {
        int32_t pair = b->order[first + i];
        b->source[i] = car_corpus_sentence_view(b->corpus, CAR_SOURCE, pair);
        b->target[i] = car_corpus_sentence_view(b->corpus, CAR_TARGET, pair);
        b->line[i] = car_corpus_line(b->corpus, pair);
    }
    *batch = (car_batch){rows, b->source, b->target, b->line};
    return 1;
}

static int64_t batches_per_epoch(void *self)
{
    car_batches *b = self;
    if (b->epoch == 0)
        prepare(b, 1);
    return b->n_batches;
}

car_batch_source car_batches_source(car_batches *batches)
{
    return (car_batch_source){batches, start, next, batches_per_epoch};
}
