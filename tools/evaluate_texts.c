#include "tools/evaluate_texts.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/names.h"
#include "tools/measure.h"
#include "tools/scores.h"
#include "tools/system.h"

typedef enum metric { PERPLEXITY, CROSS_ENTROPY, BITS, ACCURACY, METRICS } metric;

static const char *const metric_names[METRICS] = {"perplexity", "cross-entropy", "bits", "accuracy"};
static const char *const metric_forms[METRICS] = {
    "perplexity = %.4f (unigram %.4f)\n", "cross-entropy = %.4f nats a piece (unigram %.4f)\n",
    "bits = %.4f a character (unigram %.4f)\n", "accuracy = %.2f%% (most frequent piece %.2f%%)\n"};

typedef struct wanted_metrics {
    metric kind[METRICS];
    int n;
} wanted_metrics;

static bool read_metrics(const car_options *options, wanted_metrics *wanted, car_error *e)
{
    *wanted = (wanted_metrics){{PERPLEXITY, ACCURACY}, 2};
    if (!car_options_is_changed(options, "metrics"))
        return true;
    wanted->n = 0;
    for (int i = 0; i < car_options_texts_count(options, "metrics"); i++) {
        const char *name = car_options_texts(options, "metrics", i);
        int m = 0;
        while (m < METRICS && strcmp(metric_names[m], name) != 0)
            m++;
        if (m == METRICS || wanted->n == METRICS)
            return car_error_set(e, CAR_EXIT_USAGE,
                                 "--metrics: '%s' is not of language models, or one too many; there are perplexity, "
                                 "cross-entropy, bits and accuracy",
                                 name);
        wanted->kind[wanted->n++] = (metric)m;
    }
    return true;
}

/* Characters of all lines, with their ends. */
static bool count_characters(const car_sets *sets, double *characters, car_error *e)
{
    car_line_list lists[CAR_SIDES] = {{0}, {0}};
    bool good = car_sets_load_lines(sets, lists, e);
    *characters = (double)lists[CAR_TARGET].n;
    for (ptrdiff_t i = 0; i < lists[CAR_TARGET].n; i++)
        *characters += (double)car_utf8_count(lists[CAR_TARGET].at[i], lists[CAR_TARGET].length[i]);
    for (int side = 0; side < CAR_SIDES; side++)
        car_line_list_clear(&lists[side]);
    return good;
}

static void fill(double value[METRICS], const car_reference_scores *scores, double pieces, double characters)
{
    value[PERPLEXITY] = scores->perplexity;
    value[CROSS_ENTROPY] = scores->cross_entropy;
    value[BITS] = scores->cross_entropy * pieces / characters / log(2);
    value[ACCURACY] = 100 * scores->accuracy;
}

static void print(const wanted_metrics *wanted, const double model[METRICS], const double unigram[METRICS])
{
    for (int i = 0; i < wanted->n; i++)
        (void)printf(metric_forms[wanted->kind[i]], model[wanted->kind[i]], unigram[wanted->kind[i]]);
}

static json_t *json_of(const char *name, const double model[METRICS], const double unigram[METRICS])
{
    json_t *object = json_pack("{s:s}", "name", name);
    for (int m = 0; m < METRICS; m++)
        (void)json_object_set_new(object, metric_names[m],
                                  json_pack("{s:f, s:f}", "score", model[m], "unigram", unigram[m]));
    return object;
}

static bool evaluate(const car_options *options, const char *path, double model[METRICS], double unigram[METRICS],
                     car_error *e)
{
    car_system system = {0};
    car_sets sets = {0};
    car_pairs *pairs = NULL;
    car_shards *shards = NULL;
    car_reference_scores scores, guess;
    double characters;
    bool good = car_system_load(&system, path, CAR_TO_APPLY, car_options_flag(options, "insecure-plugins"), e);
    if (good && !car_system_is_alone(&system))
        good = car_error_set(e, CAR_EXIT_CONFIG, "%s is no language model, but the first of --models is", path);
    good = good && car_sets_of_options(&sets, options, "test-sets", true, e) &&
           count_characters(&sets, &characters, e) &&
           (pairs = car_pairs_load_complete(&sets, &system.texts, &system.model->options,
                                            (int)car_options_count(options, "mini-batch"), e)) != NULL &&
           (shards = car_shards_new(system.model, 0)) != NULL && car_measure_reference(shards, pairs, &scores, e) &&
           car_measure_unigram(pairs, system.model->options.target_words, &guess, e);
    if (good) {
        double pieces = (double)car_pairs_pieces(pairs);
        fill(model, &scores, pieces, characters);
        fill(unigram, &guess, pieces, characters);
    }
    car_shards_free(shards);
    car_pairs_free(pairs);
    car_sets_clear(&sets);
    car_system_clear(&system);
    return good;
}

int car_evaluate_texts(const car_options *options, car_error *e)
{
    wanted_metrics wanted;
    json_t *list = json_array();
    int n = car_options_texts_count(options, "models");
    bool json = car_options_flag(options, "json"), good = read_metrics(options, &wanted, e);
    for (int i = 0; i < n && good; i++) {
        const char *path = car_options_texts(options, "models", i);
        double model[METRICS], unigram[METRICS];
        good = evaluate(options, path, model, unigram, e);
        if (good && json)
            (void)json_array_append_new(list, json_of(path, model, unigram));
        if (good && !json && n > 1)
            (void)printf("%s%s\n", i > 0 ? "\n" : "", path);
        if (good && !json)
            print(&wanted, model, unigram);
    }
    if (good && json) {
        (void)json_dumpf(n == 1 ? json_array_get(list, 0) : list, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
        (void)printf("\n");
    }
    json_decref(list);
    return good ? CAR_EXIT_DONE : e->code;
}
