#include "decode/search.h"

#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "carousel/cell_math.h"
#include "math/vector.h"

enum {
    SLICE_ROWS = 96, /* rows of logits held at a time */
    BLOCK_WORDS = 64 /* words passed over together when the likeliest of them is not likely enough */
};

car_search_options car_search_defaults(void)
{
    return (car_search_options){.beam = 6, .normalize = 0.6, .max_length_factor = 3, .n_best = 1, .mini_batch = 64};
}

/* ---- what a search holds ----------------------------------------------------------- */

/* A word of a hypothesis, and the one before it: hypotheses share beginnings. */
typedef struct word {
    int before; /* index, or -1 */
    int32_t id;
    int32_t place;
} word;

/* A row of the decoder at the next step. */
typedef struct live {
    int sentence;
    int parent; /* row of the step before */
    int word;   /* the last one, or -1    */
    double log_probability;
} live;

/* A row and one more word. */
typedef struct candidate {
    int row;
    int32_t id;
    double log_probability;
} candidate;

typedef struct ending {
    int word, length;
    bool complete;
    double log_probability, score;
} ending;

typedef struct sentence {
    int source, longest; /* index in the sources; most words, END included */
    int first, rows;     /* its live hypotheses                            */
    int n_candidates, n_endings;
    candidate *candidate; /* [beam - n_endings], by falling log p           */
    ending *ending;       /* [beam], by falling score                       */
} sentence;

/* Memory for one batch after another. */
typedef struct room {
    atomic_flag taken;
    car_arena batch;   /* dies with the batch                                  */
    car_arena step[2]; /* steps in turn: one is read while the other is filled */
} room;

typedef struct search_job {
    const car_model *model;
    const car_search_options *options;
    const car_sentence *sources;
    const int *order; /* of the sources, by falling length */
    int n;
    room *room; /* [rooms], as many as batches run at a time */
    int rooms;
    car_search_results *results;
} search_job;

typedef struct batch {
    const search_job *job;
    const car_model *model;
    const car_search_options *options;
    room *room;
    int n, t;
    sentence *sentence; /* [n] */
    int n_live, n_next;
    live *live, *next; /* [n * beam], sentence by sentence, likeliest first */
    word *word;
    ptrdiff_t n_words, word_capacity;
    car_memory memory;
    car_panel summary;    /* [n, encoder width]                                        */
    car_panel *state;     /* [bridge.n] before the first step; after the last one      */
    car_panel readout;    /* [n_live, R] of the last step; at == NULL before the first */
    const int32_t *place; /* [n_live] where each row looks, or NULL                    */
    car_panel logits;     /* [SLICE_ROWS, V]                                           */
    car_real *largest;    /* [blocks] of a row                                         */
    car_real *power;      /* [V] exp(x - largest)                                      */
} batch;

/* ---- the encoder, and the first states of the decoder --------------------------------- */

static int longest_of(const car_search_options *options, int source_length)
{
    double words = options->max_length_factor * source_length;
    int longest = words < INT_MAX / 2 ? (int)words : INT_MAX / 2;
    longest = longest > CAR_SEARCH_LEAST_LENGTH ? longest : CAR_SEARCH_LEAST_LENGTH;
    return options->max_length > 0 && longest > options->max_length ? options->max_length : longest;
}

static bool has_attention(const batch *s) { return s->model->decoder.attention.kind != CAR_ATTENTION_NONE; }

static void encode(batch *s, const int *order)
{
    const car_model *model = s->model;
    const car_sentence *sources = s->job->sources;
    car_arena *arena = &s->room->batch;
    int *length = car_arena_take(arena, s->n, sizeof *length), *rows = car_arena_take(arena, s->n, sizeof *rows);
    for (int b = 0; b < s->n; b++) {
        length[b] = sources[order[b]].length;
        rows[b] = b;
    }
    car_steps steps = car_steps_take(arena, length, s->n);
    int32_t *ids = car_arena_take(arena, steps.total, sizeof *ids);
    for (int t = 0; t < steps.steps; t++)
        for (int b = 0; b < steps.rows[t]; b++)
            ids[steps.first[t] + b] = sources[order[b]].ids[t];
    car_panel x = car_panel_take(arena, steps.total, model->options.dim_emb);
    car_embed(model->source_embedding, ids, steps.total, x);

    car_encoding encoding = car_encoder_forward(&model->encoder, arena, steps, length, x, NULL);
    car_crossing crossing = car_bridge_forward(&model->bridge, arena, &encoding, rows, s->n);
    s->state = crossing.state;
    s->summary = crossing.summary;
    if (has_attention(s))
        s->memory = car_memory_take(&model->decoder.attention, arena, &steps, length, encoding.output);
}

static void start(batch *s, const int *order)
{
    const car_search_options *options = s->options;
    car_arena *arena = &s->room->batch;
    int beam = options->beam, words = s->model->output.words;
    CAR_REQUIRE(beam <= INT_MAX / s->n);
    s->sentence = car_arena_take(arena, s->n, sizeof *s->sentence);
    s->live = car_arena_take(arena, (ptrdiff_t)s->n * beam, sizeof *s->live);
    s->next = car_arena_take(arena, (ptrdiff_t)s->n * beam, sizeof *s->next);
    for (int b = 0; b < s->n; b++) {
        s->sentence[b] = (sentence){.source = order[b],
                                    .longest = longest_of(options, s->job->sources[order[b]].length),
                                    .first = b,
                                    .rows = 1,
                                    .candidate = car_arena_take(arena, beam, sizeof(candidate)),
                                    .ending = car_arena_take(arena, beam, sizeof(ending))};
        s->live[b] = (live){.sentence = b, .parent = b, .word = -1, .log_probability = 0};
    }
    s->n_live = s->n;
    int slice = s->n * beam < SLICE_ROWS ? s->n * beam : SLICE_ROWS;
    s->logits = car_panel_take(arena, slice, words);
    s->power = car_arena_take(arena, words, sizeof *s->power);
    s->largest = car_arena_take(arena, (words + BLOCK_WORDS - 1) / BLOCK_WORDS, sizeof *s->largest);
}

/* ---- a step of the decoder -------------------------------------------------------------- */

/* Rows of a panel: out[i] = in[row[i]]. */
static car_panel take_rows(car_arena *arena, car_panel in, const int *row, int n, int width)
{
    car_panel out = car_panel_take(arena, n, width);
    for (int i = 0; i < n; i++)
        car_copy(width, car_row(in, row[i]), car_row(out, i));
    return out;
}

static const int32_t *places(const batch *s, car_arena *arena, const car_look *look, const int *of_sentence)
{
    int32_t *place = car_arena_take(arena, s->n_live, sizeof *place);
    for (int i = 0; i < s->n_live; i++) {
        const car_real *weight = car_row(look->weights, i);
        place[i] = 0;
        for (int j = 1; j < s->memory.length[of_sentence[i]]; j++)
            if (weight[j] > weight[place[i]])
                place[i] = j;
    }
    return place;
}

/* All live hypotheses through the decoder, up to the readouts. */
static void decode(batch *s)
{
    const car_model *model = s->model;
    car_arena *arena = &s->room->step[s->t % 2];
    car_arena_reset(arena);
    int n = s->n_live, *shape = car_arena_take(arena, 2, sizeof *shape);
    shape[0] = n;
    shape[1] = 0;
    car_steps steps = {.batch = n, .steps = 1, .total = n, .rows = &shape[0], .first = &shape[1]};
    int *of_sentence = car_arena_take(arena, n, sizeof *of_sentence);
    int *parent = car_arena_take(arena, n, sizeof *parent);
    int32_t *ids = car_arena_take(arena, n, sizeof *ids);
    for (int i = 0; i < n; i++) {
        of_sentence[i] = s->live[i].sentence;
        parent[i] = s->live[i].parent;
        ids[i] = s->live[i].word >= 0 ? s->word[s->live[i].word].id : CAR_START;
    }

    car_panel summary = {NULL, 0}, fed = {NULL, 0};
    if (model->options.context_every)
        summary = take_rows(arena, s->summary, of_sentence, n, model->encoder.width);
    if (model->options.input_feeding && s->readout.at != NULL)
        fed = take_rows(arena, s->readout, parent, n, model->output.readout);
    car_panel *state = car_arena_take(arena, model->bridge.n, sizeof *state);
    for (int i = 0; i < model->bridge.n; i++)
        state[i] = take_rows(arena, s->state[i], parent, n, model->bridge.link[i].width);

    car_decoding decoding = car_decoding_take(&model->decoder, arena, steps, of_sentence,
                                              has_attention(s) ? &s->memory : NULL, summary, NULL);
    car_embed(model->target_embedding, ids, n, decoding.input[0]);
    car_decoder_begin(&decoding, state);
    car_decoder_forward(&decoding, fed);

    for (int i = 0; i < model->bridge.n; i++)
        s->state[i] = decoding.tape[model->bridge.link[i].layer].next[model->bridge.link[i].state];
    s->readout = decoding.readout;
    s->place = s->options->keep_alignment && has_attention(s) ? places(s, arena, &decoding.look, of_sentence) : NULL;
}

/* ---- the best ways to go on ----------------------------------------------------------------- */

/* What a candidate must exceed to be kept. */
static double bar(const sentence *of, int wanted)
{
    return of->n_candidates == wanted ? of->candidate[wanted - 1].log_probability : -INFINITY;
}

/* Behind its equals, so that the earlier row and the smaller id come first. */
static void keep(sentence *of, int wanted, candidate c)
{
    int at = of->n_candidates < wanted ? of->n_candidates++ : wanted - 1;
    for (; at > 0 && of->candidate[at - 1].log_probability < c.log_probability; at--)
        of->candidate[at] = of->candidate[at - 1];
    of->candidate[at] = c;
}

CAR_KERNEL static void exp_of_difference(int n, car_real largest, const car_real *x, car_real *y)
{
    CAR_EACH(j, n)
        y[j] = car_exp(x[j] - largest);
}

/* Offers a row's next words to its sentence: log p(v) = x_v - log sum_w exp x_w,
 * with logits x [V]. */
static void offer_words(batch *s, int row, car_real *x)
{
    sentence *of = &s->sentence[s->live[row].sentence];
    int n = s->model->output.words, wanted = s->options->beam - of->n_endings;
    int blocks = (n + BLOCK_WORDS - 1) / BLOCK_WORDS;
    double before = s->live[row].log_probability;
    for (int k = 0, v = 0; k < blocks; k++, v += BLOCK_WORDS)
        s->largest[k] = car_largest(n - v < BLOCK_WORDS ? n - v : BLOCK_WORDS, x + v);
    car_real largest = car_largest(blocks, s->largest);
    exp_of_difference(n, largest, x, s->power);
    double log_sum = (double)largest + log((double)car_sum(n, s->power));

    x[CAR_START] = -INFINITY;
    if (!s->options->allow_unknown)
        x[CAR_UNKNOWN] = -INFINITY;
    for (int k = 0; k < blocks; k++) {
        if (!(before + ((double)s->largest[k] - log_sum) > bar(of, wanted)))
            continue;
        int end = n - k * BLOCK_WORDS < BLOCK_WORDS ? n : (k + 1) * BLOCK_WORDS;
        for (int v = k * BLOCK_WORDS; v < end; v++) {
            double log_probability = before + ((double)x[v] - log_sum);
            if (log_probability > bar(of, wanted))
                keep(of, wanted, (candidate){.row = row, .id = v, .log_probability = log_probability});
        }
    }
}

static void offer_all(batch *s)
{
    for (int b = 0; b < s->n; b++)
        s->sentence[b].n_candidates = 0;
    for (int first = 0; first < s->n_live; first += SLICE_ROWS) {
        int n = s->n_live - first < SLICE_ROWS ? s->n_live - first : SLICE_ROWS;
        car_output_logits(&s->model->output, car_panel_from_row(s->readout, first), n, s->logits);
        for (int i = 0; i < n; i++)
            offer_words(s, first + i, car_row(s->logits, i));
    }
}

/* ---- ending or living on ---------------------------------------------------------------------- */

static double score(const car_search_options *options, double log_probability, int length)
{
    return log_probability / pow(length > 0 ? length : 1, options->normalize);
}

static void end(const batch *s, sentence *of, int last_word, int length, bool complete, double log_probability)
{
    ending e = {.word = last_word, .length = length, .complete = complete, .log_probability = log_probability};
    e.score = score(s->options, log_probability, complete ? length + 1 : length);
    int at = of->n_endings++;
    for (; at > 0 && of->ending[at - 1].score < e.score; at--)
        of->ending[at] = of->ending[at - 1];
    of->ending[at] = e;
}

static int add_word(batch *s, const candidate *c)
{
    s->word = car_grow(s->word, s->n_words, &s->word_capacity, sizeof *s->word);
    CAR_REQUIRE(s->n_words < INT_MAX);
    s->word[s->n_words] = (word){s->live[c->row].word, c->id, s->place != NULL ? s->place[c->row] : 0};
    return (int)s->n_words++;
}

/* A sentence's candidates end or become its live hypotheses. */
static void choose(batch *s, int b)
{
    sentence *of = &s->sentence[b];
    int n_best = s->options->n_best, first = s->n_next;
    bool last = s->t + 1 == of->longest;
    if (of->n_candidates == 0) /* not one finite probability: keep what there is */
        for (int row = of->first; row < of->first + of->rows; row++)
            end(s, of, s->live[row].word, s->t, false, s->live[row].log_probability);
    for (int i = 0; i < of->n_candidates; i++) {
        const candidate *c = &of->candidate[i];
        if (c->id == CAR_END)
            end(s, of, s->live[c->row].word, s->t, true, c->log_probability);
        else if (last)
            end(s, of, add_word(s, c), s->t + 1, false, c->log_probability);
        else
            s->next[s->n_next++] = (live){b, c->row, add_word(s, c), c->log_probability};
    }
    if (s->n_next > first && of->n_endings >= n_best &&
        of->ending[n_best - 1].score >= score(s->options, s->next[first].log_probability, of->longest))
        s->n_next = first; /* the best live one cannot get among them */
    of->first = first;
    of->rows = s->n_next - first;
}

static void choose_all(batch *s)
{
    s->n_next = 0;
    for (int b = 0; b < s->n; b++)
        if (s->sentence[b].rows > 0)
            choose(s, b);
    live *now = s->live;
    s->live = s->next;
    s->next = now;
    s->n_live = s->n_next;
}

/* ---- results -------------------------------------------------------------------------------------- */

static void write_down(const batch *s, const sentence *of)
{
    bool with_places = s->options->keep_alignment && has_attention(s);
    car_translation *translation = &s->job->results->translation[of->source];
    int n = of->n_endings < s->options->n_best ? of->n_endings : s->options->n_best;
    ptrdiff_t total = 0;
    for (int i = 0; i < n; i++)
        total += of->ending[i].length;
    translation->n = n;
    translation->hypothesis = car_resize(NULL, n, sizeof *translation->hypothesis);
    translation->words = car_resize(NULL, with_places ? 2 * total : total, sizeof *translation->words);

    int32_t *ids = translation->words;
    for (int i = 0; i < n; i++) {
        const ending *e = &of->ending[i];
        int32_t *place = with_places ? ids + total : NULL;
        for (int w = e->word, t = e->length - 1; t >= 0; w = s->word[w].before, t--) {
            ids[t] = s->word[w].id;
            if (with_places)
                place[t] = s->word[w].place;
        }
        translation->hypothesis[i] = (car_hypothesis){.length = e->length,
                                                      .ids = ids,
                                                      .place = place,
                                                      .log_probability = e->log_probability,
                                                      .score = e->score,
                                                      .complete = e->complete};
        ids += e->length;
    }
}

static room *enter_free(const search_job *job)
{
    for (int i = 0;; i = (i + 1) % job->rooms)
        if (!atomic_flag_test_and_set_explicit(&job->room[i].taken, memory_order_acquire))
            return &job->room[i];
}

static void search_batch(void *context, int task)
{
    const search_job *job = context;
    int size = job->options->mini_batch, first = task * size;
    batch s = {.job = job, .model = job->model, .options = job->options};
    s.n = job->n - first < size ? job->n - first : size;
    s.room = enter_free(job);
    car_arena_reset(&s.room->batch);
    start(&s, job->order + first);
    encode(&s, job->order + first);
    for (; s.n_live > 0; s.t++) {
        decode(&s);
        offer_all(&s);
        choose_all(&s);
    }
    for (int b = 0; b < s.n; b++)
        write_down(&s, &s.sentence[b]);
    car_free(s.word);
    atomic_flag_clear_explicit(&s.room->taken, memory_order_release);
}

typedef struct place_in_line {
    int source, length;
} place_in_line;

static int longer_first(const void *a, const void *b)
{
    const place_in_line *x = a, *y = b;
    return x->length != y->length ? (x->length > y->length ? -1 : 1) : (x->source < y->source ? -1 : 1);
}

void car_search(const car_model *model, const car_search_options *options, const car_sentence *sources, int n,
                car_search_results *results)
{
    CAR_REQUIRE(model->output.words >= CAR_SPECIALS);
    CAR_REQUIRE(n >= 0 && options->beam >= 1 && options->mini_batch >= 1);
    CAR_REQUIRE(options->n_best >= 1 && options->n_best <= options->beam);
    CAR_REQUIRE(options->normalize >= 0 && options->max_length_factor > 0 && options->max_length >= 0);
    *results = (car_search_results){n, car_alloc(n, sizeof *results->translation)};
    place_in_line *line = car_resize(NULL, n, sizeof *line);
    for (int i = 0; i < n; i++) {
        CAR_REQUIRE(sources[i].length >= 1);
        line[i] = (place_in_line){i, sources[i].length};
    }
    qsort(line, (size_t)n, sizeof *line, longer_first);
    int *order = car_resize(NULL, n, sizeof *order);
    for (int i = 0; i < n; i++)
        order[i] = line[i].source;
    car_free(line);

    int batches = n / options->mini_batch + (n % options->mini_batch > 0), threads = car_parallel_threads();
    search_job job = {.model = model, .options = options, .sources = sources, .order = order, .n = n};
    job.results = results;
    job.rooms = batches < threads ? batches : threads;
    job.room = car_alloc(job.rooms, sizeof *job.room);
    for (int i = 0; i < job.rooms; i++) {
        atomic_flag_clear(&job.room[i].taken);
        car_arena_init(&job.room[i].batch);
        car_arena_init(&job.room[i].step[0]);
        car_arena_init(&job.room[i].step[1]);
    }
    car_parallel(batches, search_batch, &job);
    for (int i = 0; i < job.rooms; i++) {
        car_arena_clear(&job.room[i].step[1]);
        car_arena_clear(&job.room[i].step[0]);
        car_arena_clear(&job.room[i].batch);
    }
    car_free(job.room);
    car_free(order);
}

void car_search_results_clear(car_search_results *results)
{
    for (int i = 0; i < results->n; i++) {
        car_free(results->translation[i].hypothesis);
        car_free(results->translation[i].words);
    }
    car_free(results->translation);
    *results = (car_search_results){0, NULL};
}
