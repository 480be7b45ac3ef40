#include "corpora/streams.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"

struct car_streams {
    int window;
    int32_t *ids; /* [n_ids] the text */
    ptrdiff_t n_ids, n_lines;
    ptrdiff_t *line;      /* [n_lines + 1] where lines begin                    */
    int64_t *line_number; /* [n_lines] */
    int streams;
    int64_t next;                  /* minibatch */
    car_sentence *source, *target; /* [streams] of a minibatch */
    int32_t *before;
    int64_t *number;
};

car_streams *car_streams_new(const car_corpus *corpus, const car_streams_options *options)
{
    static const int32_t end[] = {CAR_END};
    CAR_REQUIRE(options->streams >= 1 && options->window >= 0 && car_corpus_blocks(corpus) == 1);
    car_streams *s = car_alloc(1, sizeof *s);
    s->window = options->window;
    s->n_lines = car_corpus_held(corpus);
    s->n_ids = car_corpus_count(corpus).ids[CAR_TARGET];
    s->ids = car_alloc(s->n_ids, sizeof *s->ids);
    s->line = car_alloc(s->n_lines + 1, sizeof *s->line);
    s->line_number = car_alloc(s->n_lines, sizeof *s->line_number);
    for (ptrdiff_t i = 0; i < s->n_lines; i++) {
        car_sentence sentence = car_corpus_sentence_view(corpus, CAR_TARGET, i);
        memcpy(s->ids + s->line[i], sentence.ids, (size_t)sentence.length * sizeof *sentence.ids);
        s->line[i + 1] = s->line[i] + sentence.length;
        s->line_number[i] = car_corpus_line(corpus, i);
    }
    ptrdiff_t units = s->window > 0 ? s->n_ids : s->n_lines;
    s->streams = options->streams < units ? options->streams : (int)units;
    s->source = car_alloc(s->streams, sizeof *s->source);
    s->target = car_alloc(s->streams, sizeof *s->target);
    s->before = car_alloc(s->streams, sizeof *s->before);
    s->number = car_alloc(s->streams, sizeof *s->number);
    for (int i = 0; i < s->streams; i++)
        s->source[i] = (car_sentence){.ids = end, .length = 1};
    return s;
}

void car_streams_free(car_streams *s)
{
    if (s == NULL)
        return;
    car_free(s->ids);
    car_free(s->line);
    car_free(s->line_number);
    car_free(s->source);
    car_free(s->target);
    car_free(s->before);
    car_free(s->number);
    car_free(s);
}

/* Where stream i begins, in ids or lines; stream `streams` begins at the end of the text. */
static ptrdiff_t begin_of(const car_streams *s, int i)
{
    ptrdiff_t units = s->window > 0 ? s->n_ids : s->n_lines, longer = units % s->streams;
    return i * (units / s->streams) + (i < longer ? i : longer);
}

/* The first stream is as long as any. */
static int64_t minibatches(const car_streams *s)
{
    ptrdiff_t step = s->window > 0 ? s->window : 1;
    return (begin_of(s, 1) + step - 1) / step;
}

static bool start(void *self, int64_t epoch, int64_t skip, car_error *e)
{
    car_streams *s = self;
    (void)epoch;
    s->next = skip;
    return skip <= minibatches(s) ||
           car_error_set(e, CAR_EXIT_DATA,
                         "cannot go on behind minibatch %" PRId64 " of an epoch: this text has %" PRId64
                         "; is it another one than before?",
                         skip, minibatches(s));
}

static int next(void *self, car_batch *batch, car_error *e)
{
    (void)e;
    car_streams *s = self;
    int rows = 0;
    for (; rows < s->streams; rows++) {
        ptrdiff_t step = s->window > 0 ? s->window : 1;
        ptrdiff_t from = begin_of(s, rows) + (ptrdiff_t)s->next * step, end = begin_of(s, rows + 1);
        if (from >= end)
            break; /* as are all behind it */
        ptrdiff_t to = from + step < end ? from + step : end;
        if (s->window == 0) {
            s->number[rows] = s->line_number[from];
            from = s->line[from];
            to = s->line[to];
        }
        s->target[rows] = (car_sentence){.ids = s->ids + from, .length = (int)(to - from)};
        s->before[rows] = from > 0 ? s->ids[from - 1] : CAR_END;
    }
    *batch = (car_batch){.rows = rows,
                         .source = s->source,
                         .target = s->target,
                         .line = s->window == 0 ? s->number : NULL,
                         .before = s->before,
                         .follows = s->next > 0};
    s->next++;
    return rows > 0;
}

static int64_t batches_per_epoch(void *self) { return minibatches(self); }

car_batch_source car_streams_source(car_streams *streams)
{
    return (car_batch_source){streams, start, next, batches_per_epoch};
}
