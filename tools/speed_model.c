/* A whole model in memory: its updates, and searching with it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/names.h"
#include "decode/search.h"
#include "math/random.h"
#include "tools/cell_jobs.h"
#include "tools/speeds.h"
#include "tools/system.h"
#include "train/trainer.h"

enum {
    BATCHES = 4, /* minibatches of text, in turn                                */
    ALONE = 8,   /* sentences that are translated one by one in a run           */
    SLOWER = 10  /* times as long as a product is measured is a model           */
};

struct car_speed_model {
    car_cells *cells;
    car_model *model;
    car_arena text;
    int pairs, length, source_words; /* of a minibatch; of each target; of all its sources */
    car_batch batch[BATCHES];
    int next;
};

/* ---- text ------------------------------------------------------------------------------ */

/* Word k of a vocabulary about 1/k as often as the first, as in natural text. */
static int32_t draw_word(car_stream stream, uint64_t at, int words)
{
    double rank = pow(words - CAR_SPECIALS, car_random_uniform(stream, 0, at));
    return CAR_SPECIALS - 1 + (int32_t)rank;
}

static car_sentence draw_sentence(car_arena *arena, car_stream stream, uint64_t *at, int words, int length)
{
    int32_t *ids = car_arena_take(arena, length, sizeof *ids);
    for (int i = 0; i < length - 1; i++)
        ids[i] = draw_word(stream, (*at)++, words);
    ids[length - 1] = CAR_END;
    return (car_sentence){.ids = ids, .length = length};
}

/* Minibatches as they come of text that is sorted by the target's length: targets of one
 * length, sources from half of it to one and a half. */
static void draw_text(car_speed_model *m)
{
    const car_model_options *options = &m->model->options;
    car_stream stream = car_stream_named(1, "text");
    uint64_t at = 0;
    int least = m->length - m->length / 2, range = 2 * (m->length / 2) + 1;
    for (int k = 0; k < BATCHES; k++) {
        car_sentence *source = car_arena_take(&m->text, m->pairs, sizeof *source);
        car_sentence *target = car_arena_take(&m->text, m->pairs, sizeof *target);
        m->source_words = 0;
        for (int i = 0; i < m->pairs; i++) {
            int length = least + (int)((int64_t)i * range / m->pairs);
            source[i] = draw_sentence(&m->text, stream, &at, options->source_words, length);
            target[i] = draw_sentence(&m->text, stream, &at, options->target_words, m->length);
            m->source_words += length;
        }
        m->batch[k] = (car_batch){.rows = m->pairs, .source = source, .target = target};
    }
}

/* ---- life -------------------------------------------------------------------------------- */

static const car_cell *find_cell(car_cells *cells, const car_options *options, int side, const char **settings,
                                 car_error *e)
{
    const car_loaded_cell *loaded = car_system_find_cell(cells, options, side, settings, e);
    return loaded != NULL ? loaded->cell : NULL;
}

car_speed_model *car_speed_model_new(const car_options *options, car_error *e)
{
    car_model_options shape;
    if (!car_model_options_of(options, &shape, e))
        return NULL;
    car_speed_model *m = car_alloc(1, sizeof *m);
    car_arena_init(&m->text);
    m->cells = car_cells_of_options(options);
    m->pairs = (int)car_options_count(options, "mini-batch");
    m->length = (int)car_options_count(options, "length");
    shape.source_words = (int)car_options_side_count(options, "dim-vocabs", CAR_SOURCE);
    shape.target_words = (int)car_options_side_count(options, "dim-vocabs", CAR_TARGET);
    shape.enc_cell = find_cell(m->cells, options, CAR_SOURCE, &shape.enc_settings, e);
    if (shape.enc_cell != NULL)
        shape.dec_cell = find_cell(m->cells, options, CAR_TARGET, &shape.dec_settings, e);
    if (shape.dec_cell != NULL)
        m->model = car_model_new(&shape, CAR_TO_LEARN, e);
    if (m->model == NULL) {
        car_speed_model_free(m);
        return NULL;
    }
    car_model_start(m->model, 1);
    draw_text(m);
    return m;
}

void car_speed_model_free(car_speed_model *m)
{
    if (m == NULL)
        return;
    car_model_free(m->model);
    car_cells_free(m->cells);
    car_arena_clear(&m->text);
    car_free(m);
}

/* ---- training ------------------------------------------------------------------------------ */

static bool begins(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

/* How many rows of a minibatch are multiplied with the block that the tensor is part of. */
static double rows_of(const car_speed_model *m, const car_parameter *tensor)
{
    if ((tensor->block->uses & (CAR_TIMES | CAR_TIMES_TRANSPOSED)) == 0)
        return 0;
    if (begins(tensor->name, "encoder.") || begins(tensor->name, "attention.key"))
        return m->source_words;
    if (begins(tensor->name, "bridge."))
        return m->pairs;
    return (double)m->pairs * m->length;
}

/* Of an update, in matrices: forward, to the feeds, to the weights; and in attention, which looks
 * at each word of the source for each of the target. */
static double operations_of(const car_speed_model *m)
{
    const car_parameters *parameters = m->model->parameters;
    const car_attention *attention = &m->model->decoder.attention;
    double multiply_adds = 0;
    for (ptrdiff_t i = 0; i < parameters->n_tensors; i++) {
        const car_parameter *tensor = &parameters->tensor[i];
        multiply_adds += rows_of(m, tensor) * tensor->block->rows * tensor->columns;
    }
    if (attention->kind != CAR_ATTENTION_NONE)
        multiply_adds += (double)m->source_words * m->length * (attention->key + attention->value);
    return 3 * 2 * multiply_adds;
}

/* Updates until the time is over; the first warms up. */
typedef struct training {
    car_speed_model *m;
    double seconds, began, last;
    double before[CAR_PARTS];
    double taken[CAR_MOST_RUNS], part[CAR_PARTS][CAR_MOST_RUNS];
    int n;
} training;

static bool start_epoch(void *self, int64_t epoch, int64_t skip, car_error *e)
{
    (void)self, (void)epoch, (void)skip, (void)e;
    return true;
}

static int next_batch(void *self, car_batch *batch, car_error *e)
{
    (void)e;
    car_speed_model *m = self;
    *batch = m->batch[m->next];
    m->next = (m->next + 1) % BATCHES;
    return 1;
}

static void tick(void *self, const car_progress *progress)
{
    training *t = self;
    double now = car_clock();
    if (progress->update == 1)
        t->began = now;
    else if (t->n < CAR_MOST_RUNS) {
        t->taken[t->n] = now - t->last;
        for (int part = 0; part < CAR_PARTS; part++)
            t->part[part][t->n] = progress->seconds_of[part] - t->before[part];
        t->n++;
    }
    memcpy(t->before, progress->seconds_of, sizeof t->before);
    t->last = car_clock();
}

static int stop(void *self)
{
    const training *t = self;
    return t->n >= CAR_LEAST_RUNS && (t->n == CAR_MOST_RUNS || t->last >= t->began + t->seconds);
}

static bool save(void *self, const car_trainer *trainer, const char *const *best, int n_best, car_error *e)
{
    (void)self, (void)trainer, (void)best, (void)n_best, (void)e;
    return true;
}

static bool run_training(const car_speeds *speeds, training *t, car_error *e)
{
    const car_options *options = speeds->options;
    const car_trainer_options settings = {.optimizer = car_optimizer_defaults(CAR_ADAM),
                                          .schedule = {.rate = 1e-3, .decay = CAR_DECAY_NONE},
                                          .clip_norm = 1,
                                          .dropout_inputs = car_options_number(options, "dropout-rnn"),
                                          .label_smoothing = car_options_number(options, "label-smoothing"),
                                          .seed = 1,
                                          .max_bad_updates = 1};
    const car_batch_source source = {t->m, start_epoch, next_batch, NULL};
    const car_trainer_hooks hooks = {.self = t, .tick = tick, .save = save, .stop = stop};
    car_trainer *trainer = car_trainer_new(t->m->model, &settings);
    bool good = car_trainer_run(trainer, &source, &hooks, e) == CAR_INTERRUPTED;
    if (!good)
        (void)car_error_set(e, CAR_EXIT_DIVERGED,
                            "after %lld updates the model has no finite gradient; other cells, or a smaller --length, "
                            "help",
                            (long long)car_trainer_progress(trainer)->update);
    car_trainer_free(trainer);
    return good;
}

static json_t *describe(const car_speeds *speeds, const car_speed_model *m)
{
    static const char *const names[] = {"enc-cell", "dec-cell", "enc-type", "attention"};
    static const char *const counts[] = {"enc-depth", "dec-depth", "dim-emb", "dim-rnn"};
    const car_options *options = speeds->options;
    json_t *object = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)json_object_set_new(object, names[i], json_string(car_options_text(options, names[i])));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        (void)json_object_set_new(object, counts[i], json_integer(car_options_count(options, counts[i])));
    (void)json_object_set_new(object, "input-feeding", json_boolean(car_options_flag(options, "input-feeding")));
    (void)json_object_set_new(object, "dim-vocabs",
                              json_pack("[i, i]", m->model->options.source_words, m->model->options.target_words));
    (void)json_object_set_new(object, "parameters", json_integer(car_parameters_count(m->model->parameters)));
    return object;
}

json_t *car_speeds_training(const car_speeds *speeds, car_speed_model *model, car_error *e)
{
    static training t;
    t = (training){.m = model, .seconds = SLOWER * speeds->seconds};
    if (!run_training(speeds, &t, e))
        return NULL;
    json_t *parts = json_object();
    for (int part = 0; part < CAR_PARTS; part++)
        (void)json_object_set_new(parts, car_part_names[part], json_real(car_timing_of(t.part[part], t.n).median));
    car_timing timing = car_timing_of(t.taken, t.n);
    int words = model->pairs * model->length;
    return json_pack("{s:o, s:i, s:i, s:i, s:o, s:f, s:o}", "model", describe(speeds, model), "pairs", model->pairs,
                     "source_words", model->source_words, "words", words, "timing",
                     car_speeds_json(speeds, speeds->threads, &timing, operations_of(model)), "words_per_second",
                     words / timing.median, "parts", parts);
}

static void print_model(const json_t *model)
{
    const json_t *vocabularies = json_object_get(model, "dim-vocabs");
    (void)printf("%.1f million parameters: %s %s encoder and %s decoder of %.0f and %.0f layers, %.0f wide,\n"
                 "attention %s%s, embeddings %.0f, words %.0f and %.0f\n",
                 1e-6 * car_speeds_number(model, "parameters"), json_string_value(json_object_get(model, "enc-type")),
                 json_string_value(json_object_get(model, "enc-cell")),
                 json_string_value(json_object_get(model, "dec-cell")), car_speeds_number(model, "enc-depth"),
                 car_speeds_number(model, "dec-depth"), car_speeds_number(model, "dim-rnn"),
                 json_string_value(json_object_get(model, "attention")),
                 json_is_true(json_object_get(model, "input-feeding")) ? " with input feeding" : "",
                 car_speeds_number(model, "dim-emb"), json_number_value(json_array_get(vocabularies, 0)),
                 json_number_value(json_array_get(vocabularies, 1)));
}

void car_speeds_print_training(const json_t *value)
{
    const json_t *timing = json_object_get(value, "timing"), *parts = json_object_get(value, "parts");
    double seconds = car_speeds_number(timing, "seconds");
    (void)printf("An update, %.0f thread%s: %.0f pairs, %.0f words of the source and %.0f of the target\n",
                 car_speeds_number(timing, "threads"), car_speeds_number(timing, "threads") > 1 ? "s" : "",
                 car_speeds_number(value, "pairs"), car_speeds_number(value, "source_words"),
                 car_speeds_number(value, "words"));
    print_model(json_object_get(value, "model"));
    for (int part = 0; part < CAR_PARTS; part++)
        (void)printf("%-16s%12.2f ms%6.0f%%\n", car_part_names[part],
                     1e3 * car_speeds_number(parts, car_part_names[part]),
                     100 * car_speeds_number(parts, car_part_names[part]) / seconds);
    (void)printf("%-16s%12.2f ms  +- %.0f%%; %.0f target words/s; in matrices %.1f GFLOP/s, %.0f%% of the roof\n",
                 "all", 1e3 * seconds, car_speeds_spread(timing), car_speeds_number(value, "words_per_second"),
                 car_speeds_number(timing, "gflops"), 100 * car_speeds_number(timing, "share"));
}

/* ---- decoding -------------------------------------------------------------------------------- */

typedef struct decoding {
    car_ensemble ensemble;
    car_search_options options;
    car_search_input *inputs; /* [n] */
    int n, at_once;
} decoding;

static void translate(void *context, int64_t times)
{
    const decoding *d = context;
    for (int64_t time = 0; time < times; time++)
        for (int i = 0; i < d->n; i += d->at_once) {
            car_search_results results;
            int some = d->n - i < d->at_once ? d->n - i : d->at_once;
            car_search(&d->ensemble, &d->options, d->inputs + i, some, &results);
            car_search_results_clear(&results);
        }
}

/* Sources as they are in the minibatches.  A model that has not learnt to end is made to:
 * every translation is as long as its source. */
static json_t *search(const car_speeds *speeds, car_speed_model *m, int beam, bool alone)
{
    int n = alone ? ALONE : speeds->threads * m->pairs;
    int64_t words = 0;
    car_search_input *inputs = car_alloc(n, sizeof *inputs);
    for (int i = 0; i < n; i++) {
        int row = alone ? i * m->pairs / ALONE : i % m->pairs;
        inputs[i].source = m->batch[i / m->pairs % BATCHES].source[row];
        inputs[i].longest = inputs[i].source.length;
        words += inputs[i].source.length;
    }
    decoding d = {{1, &m->model, NULL}, car_search_defaults(), inputs, n, alone ? 1 : n};
    d.options.beam = beam;
    d.options.mini_batch = m->pairs;
    d.options.through_ends = true;
    int64_t times = car_timing_times(translate, &d, car_speeds_least(speeds, speeds->threads));
    car_timing timing = car_timing_take(translate, &d, times, car_clock, SLOWER * speeds->seconds);
    car_free(inputs);
    return json_pack("{s:i, s:i, s:i, s:f, s:o, s:f}", "beam", beam, "at_once", alone ? 1 : m->pairs, "sentences", n,
                     "words", (double)words / n, "timing", car_speeds_json(speeds, speeds->threads, &timing, 0),
                     "sentences_per_second", n / timing.median);
}

json_t *car_speeds_decoding(const car_speeds *speeds, car_speed_model *model)
{
    static const int beams[] = {1, 5};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof beams / sizeof *beams; i++)
        for (int alone = 0; alone < 2; alone++)
            (void)json_array_append_new(list, search(speeds, model, beams[i], alone));
    return list;
}

void car_speeds_print_decoding(const json_t *lines)
{
    (void)printf("%-16s%12s%16s%6s\n", "Translating", "at once", "sentences/s", "+-");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        (void)printf("beam %-11.0f%12.0f%16.1f%5.0f%%\n", car_speeds_number(line, "beam"),
                     car_speeds_number(line, "at_once"), car_speeds_number(line, "sentences_per_second"),
                     car_speeds_spread(json_object_get(line, "timing")));
    }
}
