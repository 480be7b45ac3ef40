#include "decode/search.h"

#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "math/random.h"
#include "math/vector.h"

/* What a source word that was hardly looked at counts as having got. */
#define LEAST_COVERED 1e-9

enum { LEAST_WORDS = 4096 }; /* among fewer, dead ones are not looked for */

car_search_options car_search_defaults(void)
{
    return (car_search_options){.beam = 6,
                                .normalize = 0.6,
                                .max_length_factor = 3,
                                .n_best = 1,
                                .mini_batch = 64,
                                .sampling = {.temperature = 1, .top_p = 1},
                                .seed = 1};
}

/* ---- what a search holds ----------------------------------------------------------- */

/* A word of a hypothesis, and the one before it: hypotheses share beginnings. */
typedef struct word {
    int before; /* index, or -1 */
    int32_t id;
    double log_probability; /* up to here */
} word;

/* A row of the decoder at the next step. */
typedef struct live {
    int sentence;
    int parent; /* row of the step before */
    int word;   /* the last one, or -1    */
    int number; /* of those that are drawn, from 0 */
    double log_probability;
} live;

/* A row and one more word. */
typedef struct candidate {
    int row;
    int32_t id;
    double log_probability;
} candidate;

typedef struct ending {
    int word, length; /* END not counted */
    bool complete;
    double log_probability, score;
} ending;

typedef struct sentence {
    const car_search_input *input;
    car_translation *translation;
    int longest;     /* most words, END included */
    int first, rows; /* its live hypotheses      */
    int n_candidates, n_endings;
    candidate *candidate; /* [beam - n_endings], by falling log p           */
    ending *ending;       /* [beam], by falling score                       */
} sentence;

/* Memory for one batch after another. */
typedef struct room {
    atomic_flag taken;
    car_predictor predictor;
} room;

typedef struct search_job {
    const car_ensemble *ensemble;
    const car_search_options *options;
    const car_search_input *inputs;
    const int *order; /* of the inputs, by falling length */
    int n;
    room *room; /* [rooms], as many as batches run at a time */
    int rooms;
    car_search_results *results;
} search_job;

typedef struct batch {
    const car_search_options *options;
    car_predictor *predictor;
    car_stream random;
    int n, t;
    sentence *sentence; /* [n] */
    int n_live, n_next;
    live *live, *next; /* [n * beam], sentence by sentence, likeliest first */
    word *word;
    ptrdiff_t n_words, word_capacity, n_kept; /* n_kept: when the dead were forgotten last */
    car_real *attention;                      /* [n_words, longest source], if it is kept */
    ptrdiff_t attention_capacity;
    int *of_sentence, *parent; /* [n * beam] of the rows, for the predictor */
    int32_t *ids;
    int32_t *history; /* [t] words of a row, to find repeated ones */
    car_real *weight; /* [V] of words that are drawn from          */
    int32_t *drawn;   /* [V]                                       */
} batch;

/* ---- beginning -------------------------------------------------------------------------- */

static int longest_of(const car_search_options *options, const car_search_input *input)
{
    if (input->longest > 0)
        return input->longest > input->n_prefix ? input->longest : input->n_prefix + 1;
    double words = options->max_length_factor * input->source.length;
    int longest = words < INT_MAX / 2 ? (int)words : INT_MAX / 2;
    int least = (longest > input->n_prefix ? 0 : input->n_prefix) + CAR_SEARCH_LEAST_LENGTH;
    longest = longest > least ? longest : least;
    if (options->max_length > 0 && longest > options->max_length)
        longest = options->max_length > input->n_prefix ? options->max_length : input->n_prefix + 1;
    return longest;
}

static void list_words(batch *s, const search_job *job, int first)
{
    car_arena *arena = &s->predictor->batch;
    car_word_list *lists = car_arena_take(arena, s->n, sizeof *lists);
    for (int b = 0; b < s->n; b++) {
        const car_search_input *input = &job->inputs[job->order[first + b]];
        lists[b] = car_shortlist_take(s->options->shortlist, arena, input->source.ids, input->source.length,
                                      input->prefix, input->n_prefix);
    }
    car_predictor_list(s->predictor, lists, s->n);
}

static void start(batch *s, const search_job *job, int first)
{
    const car_search_options *options = s->options;
    car_arena *arena = &s->predictor->batch;
    car_sentence *sources = car_resize(NULL, s->n, sizeof *sources);
    for (int b = 0; b < s->n; b++)
        sources[b] = job->inputs[job->order[first + b]].source;
    car_predictor_start(s->predictor, job->ensemble, sources, s->n, options->coverage_penalty > 0);
    car_free(sources);
    if (options->shortlist != NULL)
        list_words(s, job, first);

    CAR_REQUIRE(options->beam <= INT_MAX / s->n);
    int most = s->n * options->beam, rows = options->sample ? options->beam : 1;
    s->sentence = car_arena_take(arena, s->n, sizeof *s->sentence);
    s->live = car_arena_take(arena, most, sizeof *s->live);
    s->next = car_arena_take(arena, most, sizeof *s->next);
    s->of_sentence = car_arena_take(arena, most, sizeof *s->of_sentence);
    s->parent = car_arena_take(arena, most, sizeof *s->parent);
    s->ids = car_arena_take(arena, most, sizeof *s->ids);
    int longest = 0;
    for (int b = 0; b < s->n; b++) {
        int of_input = job->order[first + b];
        s->sentence[b] = (sentence){.input = &job->inputs[of_input],
                                    .translation = &job->results->translation[of_input],
                                    .longest = longest_of(options, &job->inputs[of_input]),
                                    .first = b * rows,
                                    .rows = rows,
                                    .candidate = car_arena_take(arena, options->beam, sizeof(candidate)),
                                    .ending = car_arena_take(arena, options->beam, sizeof(ending))};
        for (int k = 0; k < rows; k++)
            s->live[s->n_live++] = (live){.sentence = b, .parent = b, .word = -1, .number = k};
        longest = s->sentence[b].longest > longest ? s->sentence[b].longest : longest;
    }
    if (options->no_repeat_ngram > 0)
        s->history = car_arena_take(arena, longest, sizeof *s->history);
    if (options->sample) {
        s->random = car_stream_named(options->seed, "sampling");
        s->weight = car_arena_take(arena, s->predictor->words, sizeof *s->weight);
        s->drawn = car_arena_take(arena, s->predictor->words, sizeof *s->drawn);
    }
}

static void predict(batch *s)
{
    for (int i = 0; i < s->n_live; i++) {
        s->of_sentence[i] = s->live[i].sentence;
        s->parent[i] = s->live[i].parent;
        s->ids[i] = s->live[i].word >= 0 ? s->word[s->live[i].word].id : s->predictor->first_word;
    }
    car_predictor_step(s->predictor, s->n_live, s->of_sentence, s->parent, s->ids);
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

/* Takes away the words that would repeat an n-gram: those which followed when the last
 * n - 1 words stood together before. */
static void ban_repeats(const batch *s, int row, car_real *x)
{
    int n = s->options->no_repeat_ngram, t = s->t;
    if (t < n)
        return;
    for (int w = s->live[row].word, i = t - 1; i >= 0; w = s->word[w].before, i--)
        s->history[i] = s->word[w].id;
    const int32_t *last = s->history + t - (n - 1);
    for (int i = 0; i + n <= t; i++)
        if (memcmp(s->history + i, last, (size_t)(n - 1) * sizeof *last) == 0)
            x[s->history[i + n - 1]] = -INFINITY;
}

static void ban(const batch *s, int row, car_real *x)
{
    x[CAR_START] = -INFINITY;
    if (!s->options->allow_unknown)
        x[CAR_UNKNOWN] = -INFINITY;
    if (s->t < s->options->min_length)
        x[CAR_END] = -INFINITY;
    if (s->options->no_repeat_ngram > 0)
        ban_repeats(s, row, x);
}

/* The word that is forced or drawn; -1 for none. */
static int32_t the_word(const batch *s, int row, const car_real *x)
{
    const live *of_row = &s->live[row];
    const car_search_input *input = s->sentence[of_row->sentence].input;
    if (s->t < input->n_prefix)
        return input->prefix[s->t];
    double u = car_random_uniform(s->random, (uint64_t)input->number, (uint64_t)of_row->number << 32 | (uint64_t)s->t);
    return car_sample(&s->options->sampling, s->predictor->words, x, u, s->weight, s->drawn);
}

/* Offers a row's next words to its sentence. */
static void offer_words(batch *s, int row, car_predicted next)
{
    sentence *of = &s->sentence[s->live[row].sentence];
    int n = s->predictor->words, wanted = s->options->beam - of->n_endings;
    bool forced = s->t < of->input->n_prefix;
    double before = s->live[row].log_probability;
    if (!forced)
        ban(s, row, next.x);
    if (forced || s->options->sample) {
        int32_t id = the_word(s, row, next.x);
        double log_probability = id >= 0 ? before + ((double)next.x[id] - next.log_sum) : -INFINITY;
        if (log_probability > -INFINITY)
            keep(of, wanted, (candidate){.row = row, .id = id, .log_probability = log_probability});
        return;
    }
    for (int k = 0; k < next.blocks; k++) {
        if (!(before + ((double)next.largest[k] - next.log_sum) > bar(of, wanted)))
            continue;
        int v = k * CAR_PREDICTOR_BLOCK, end = n - v < CAR_PREDICTOR_BLOCK ? n : v + CAR_PREDICTOR_BLOCK;
        for (; v < end; v++) {
            double log_probability = before + ((double)next.x[v] - next.log_sum);
            if (log_probability > bar(of, wanted))
                keep(of, wanted, (candidate){.row = row, .id = v, .log_probability = log_probability});
        }
    }
}

static void offer_all(batch *s)
{
    for (int b = 0; b < s->n; b++)
        s->sentence[b].n_candidates = 0;
    for (int first = 0; first < s->n_live; first += CAR_PREDICTOR_ROWS) {
        int n = s->n_live - first < CAR_PREDICTOR_ROWS ? s->n_live - first : CAR_PREDICTOR_ROWS;
        car_predictor_words(s->predictor, first, n);
        for (int i = 0; i < n; i++)
            offer_words(s, first + i, car_predictor_row(s->predictor, i));
    }
}

/* ---- ending or living on ---------------------------------------------------------------------- */

static double normalized(const car_search_options *options, double log_probability, int length)
{
    return log_probability / pow(length > 0 ? length : 1, options->normalize);
}

static double coverage(const batch *s, const sentence *of, int row)
{
    double sum = 0;
    for (int i = 0; s->predictor->covered.at != NULL && i < of->input->source.length - 1; i++) {
        double covered = (double)car_row(s->predictor->covered, row)[i];
        if (covered < 1)
            sum += log(covered > LEAST_COVERED ? covered : LEAST_COVERED);
    }
    return s->options->coverage_penalty * sum;
}

/* Of a hypothesis that was row `row`; `last` is its last word. */
static void end(const batch *s, sentence *of, int row, int last, int length, double log_probability)
{
    bool complete = last >= 0 && s->word[last].id == CAR_END;
    ending e = {.word = last, .length = length, .complete = complete, .log_probability = log_probability};
    e.score = normalized(s->options, log_probability, length + complete) + coverage(s, of, row);
    int at = of->n_endings++;
    for (; at > 0 && of->ending[at - 1].score < e.score; at--)
        of->ending[at] = of->ending[at - 1];
    of->ending[at] = e;
}

static int add_word(batch *s, const candidate *c)
{
    s->word = car_grow(s->word, s->n_words, &s->word_capacity, sizeof *s->word);
    CAR_REQUIRE(s->n_words < INT_MAX);
    s->word[s->n_words] = (word){s->live[c->row].word, c->id, c->log_probability};
    if (s->options->keep_attention && s->predictor->attention.at != NULL) {
        int longest = s->predictor->longest, length = s->predictor->source_length[s->live[c->row].sentence];
        s->attention = car_grow(s->attention, s->n_words, &s->attention_capacity, (size_t)longest * sizeof(car_real));
        car_copy(length, car_row(s->predictor->attention, c->row), s->attention + s->n_words * longest);
    }
    return (int)s->n_words++;
}

/* A sentence's candidates end or become its live hypotheses. */
static void choose(batch *s, int b)
{
    sentence *of = &s->sentence[b];
    int n_best = s->options->n_best, first = s->n_next;
    bool is_last = s->t + 1 == of->longest;
    if (of->n_candidates == 0) /* not one finite probability: keep what there is */
        for (int row = of->first; row < of->first + of->rows; row++)
            end(s, of, row, s->live[row].word, s->t, s->live[row].log_probability);
    for (int i = 0; i < of->n_candidates; i++) {
        const candidate *c = &of->candidate[i];
        int last = add_word(s, c);
        if ((c->id == CAR_END && !s->options->through_ends) || is_last)
            end(s, of, c->row, last, s->t + (c->id != CAR_END), c->log_probability);
        else
            s->next[s->n_next++] = (live){b, c->row, last, s->live[c->row].number, c->log_probability};
    }
    if (s->n_next > first && of->n_endings >= n_best &&
        of->ending[n_best - 1].score >= normalized(s->options, s->next[first].log_probability, of->longest))
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

/* Marks the words of a hypothesis. */
static void mark(const batch *s, int last, int *place)
{
    for (int w = last; w >= 0 && place[w] == 0; w = s->word[w].before)
        place[w] = 1;
}

/* Moves the words that some hypothesis still has together: beams drop most of what they try. */
static void forget_dead_words(batch *s)
{
    int *place = car_alloc(s->n_words, sizeof *place), kept = 0, longest = s->predictor->longest;
    for (int i = 0; i < s->n_live; i++)
        mark(s, s->live[i].word, place);
    for (int b = 0; b < s->n; b++)
        for (int i = 0; i < s->sentence[b].n_endings; i++)
            mark(s, s->sentence[b].ending[i].word, place);
    for (int w = 0; w < s->n_words; w++) {
        if (place[w] == 0)
            continue;
        word moved = s->word[w];
        if (moved.before >= 0)
            moved.before = place[moved.before];
        if (s->attention != NULL && kept < w)
            car_copy(longest, s->attention + (ptrdiff_t)w * longest, s->attention + (ptrdiff_t)kept * longest);
        s->word[kept] = moved;
        place[w] = kept++;
    }
    for (int i = 0; i < s->n_live; i++)
        s->live[i].word = s->live[i].word >= 0 ? place[s->live[i].word] : -1;
    for (int b = 0; b < s->n; b++)
        for (int i = 0; i < s->sentence[b].n_endings; i++) {
            ending *e = &s->sentence[b].ending[i];
            e->word = e->word >= 0 ? place[e->word] : -1;
        }
    s->n_words = s->n_kept = kept;
    car_free(place);
}

/* ---- results -------------------------------------------------------------------------------------- */

/* Words of an ending, END included if it has one. */
static int outputs_of(const ending *e) { return e->length + e->complete; }

static void write_down(const batch *s, const sentence *of)
{
    car_translation *translation = of->translation;
    int n = of->n_endings < s->options->n_best ? of->n_endings : s->options->n_best;
    int source_length = of->input->source.length, longest = s->predictor->longest;
    ptrdiff_t total = 0;
    for (int i = 0; i < n; i++)
        total += outputs_of(&of->ending[i]);
    translation->n = n;
    translation->hypothesis = car_resize(NULL, n, sizeof *translation->hypothesis);
    translation->ids = car_resize(NULL, total, sizeof *translation->ids);
    translation->log_probabilities = car_resize(NULL, total, sizeof *translation->log_probabilities);
    if (s->attention != NULL)
        translation->attention = car_resize(NULL, total, (size_t)source_length * sizeof *translation->attention);

    ptrdiff_t first = 0;
    for (int i = 0; i < n; i++) {
        const ending *e = &of->ending[i];
        car_hypothesis *h = &translation->hypothesis[i];
        *h = (car_hypothesis){.length = e->length,
                              .complete = e->complete,
                              .ids = translation->ids + first,
                              .log_probabilities = translation->log_probabilities + first,
                              .log_probability = e->log_probability,
                              .score = e->score};
        if (translation->attention != NULL)
            h->attention = translation->attention + first * source_length;
        for (int w = e->word, t = outputs_of(e) - 1; t >= 0; w = s->word[w].before, t--) {
            double before = t > 0 ? s->word[s->word[w].before].log_probability : 0;
            translation->ids[first + t] = s->word[w].id;
            translation->log_probabilities[first + t] = s->word[w].log_probability - before;
            if (translation->attention != NULL)
                car_copy(source_length, s->attention + (ptrdiff_t)w * longest,
                         translation->attention + (first + t) * source_length);
        }
        first += outputs_of(e);
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
    room *own = enter_free(job);
    batch s = {.options = job->options, .predictor = &own->predictor};
    s.n = job->n - first < size ? job->n - first : size;
    start(&s, job, first);
    for (; s.n_live > 0; s.t++) {
        predict(&s);
        offer_all(&s);
        choose_all(&s);
        if (s.n_words > LEAST_WORDS && s.n_words > 2 * s.n_kept)
            forget_dead_words(&s);
    }
    for (int b = 0; b < s.n; b++)
        write_down(&s, &s.sentence[b]);
    car_free(s.attention);
    car_free(s.word);
    atomic_flag_clear_explicit(&own->taken, memory_order_release);
}

typedef struct place_in_line {
    int input, length;
} place_in_line;

static int longer_first(const void *a, const void *b)
{
    const place_in_line *x = a, *y = b;
    return x->length != y->length ? (x->length > y->length ? -1 : 1) : (x->input < y->input ? -1 : 1);
}

static void check(const car_ensemble *ensemble, const car_search_options *options, int n)
{
    CAR_REQUIRE(ensemble->n >= 1 && ensemble->models[0]->output.words >= CAR_SPECIALS);
    for (int k = 1; k < ensemble->n; k++)
        CAR_REQUIRE(ensemble->models[k]->output.words == ensemble->models[0]->output.words);
    CAR_REQUIRE(n >= 0 && options->beam >= 1 && options->mini_batch >= 1);
    CAR_REQUIRE(options->n_best >= 1 && options->n_best <= options->beam);
    CAR_REQUIRE(options->normalize >= 0 && options->max_length_factor > 0 && options->max_length >= 0);
    CAR_REQUIRE(options->min_length >= 0 && options->no_repeat_ngram >= 0);
    CAR_REQUIRE(options->coverage_penalty == 0 || (options->coverage_penalty > 0 && car_ensemble_attends(ensemble)));
    CAR_REQUIRE(options->shortlist == NULL ||
                (options->shortlist->target_words == ensemble->models[0]->output.words &&
                 options->shortlist->source_words == ensemble->models[0]->options.source_words));
    CAR_REQUIRE(!options->sample ||
                (options->sampling.temperature > 0 && options->sampling.top_p > 0 && options->sampling.top_k >= 0));
}

void car_search(const car_ensemble *ensemble, const car_search_options *options, const car_search_input *inputs, int n,
                car_search_results *results)
{
    check(ensemble, options, n);
    *results = (car_search_results){n, car_alloc(n, sizeof *results->translation)};
    place_in_line *line = car_resize(NULL, n, sizeof *line);
    for (int i = 0; i < n; i++) {
        CAR_REQUIRE(inputs[i].source.length >= 1);
        line[i] = (place_in_line){i, inputs[i].source.length};
    }
    qsort(line, (size_t)n, sizeof *line, longer_first);
    int *order = car_resize(NULL, n, sizeof *order);
    for (int i = 0; i < n; i++)
        order[i] = line[i].input;
    car_free(line);

    int batches = n / options->mini_batch + (n % options->mini_batch > 0), threads = car_parallel_threads();
    search_job job = {.ensemble = ensemble, .options = options, .inputs = inputs, .order = order, .n = n};
    job.results = results;
    job.rooms = batches < threads ? batches : threads;
    job.room = car_alloc(job.rooms, sizeof *job.room);
    for (int i = 0; i < job.rooms; i++) {
        atomic_flag_clear(&job.room[i].taken);
        car_predictor_init(&job.room[i].predictor);
    }
    car_parallel(batches, search_batch, &job);
    for (int i = 0; i < job.rooms; i++)
        car_predictor_clear(&job.room[i].predictor);
    car_free(job.room);
    car_free(order);
}

void car_search_results_clear(car_search_results *results)
{
    for (int i = 0; i < results->n; i++) {
        car_free(results->translation[i].hypothesis);
        car_free(results->translation[i].ids);
        car_free(results->translation[i].log_probabilities);
        car_free(results->translation[i].attention);
    }
    car_free(results->translation);
    *results = (car_search_results){0, NULL};
}
