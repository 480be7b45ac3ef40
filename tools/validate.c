#include "tools/validate.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/names.h"
#include "tools/measure.h"
#include "tools/scores.h"
#include "tools/translator.h"

typedef enum metric { CROSS_ENTROPY, PERPLEXITY, ACCURACY, BLEU, CHRF, EXACT, MSE, MAE, RMSE, MASE, METRICS } metric;

static const char *const metric_names[METRICS] = {"cross-entropy", "perplexity", "accuracy", "bleu", "chrf",
                                                  "exact",         "mse",        "mae",      "rmse", "mase"};

struct car_validator {
    metric metrics[CAR_MAX_SCORES];
    int n_metrics;
    bool scores, translates; /* is any of the first three, of the next three wanted? */
    const car_system *system;
    car_series series; /* of a model of tables; the rest, but for the metrics, is of text */
    car_translator translator;
    car_pairs *pairs;
    car_shards *shards;
    car_line_list lines[CAR_SIDES];
    char *name[CAR_SIDES]; /* of these */
};

static metric metric_named(const char *name)
{
    int m = 0;
    while (m < METRICS && strcmp(metric_names[m], name) != 0)
        m++;
    return (metric)m;
}

/* Of tables, the default stands for theirs; a resumed training has it as if it had been said. */
static bool is_usual(const car_options *options)
{
    return car_series_wanted(options) && car_options_texts_count(options, "valid-metrics") == 1 &&
           metric_named(car_options_texts(options, "valid-metrics", 0)) == CROSS_ENTROPY;
}

const char *car_validator_first_metric(const car_options *options)
{
    return is_usual(options) ? metric_names[MSE] : car_options_texts(options, "valid-metrics", 0);
}

bool car_validator_check(const car_options *options, car_error *e)
{
    int n = car_options_texts_count(options, "valid-metrics");
    if (!car_options_check_list(options, "valid-metrics", 1, CAR_MAX_SCORES, e))
        return false;
    if (is_usual(options))
        return true;
    for (int i = 0; i < n; i++) {
        const char *name = car_options_texts(options, "valid-metrics", i);
        if (metric_named(name) == METRICS)
            return car_error_set(e, CAR_EXIT_USAGE,
                                 "--valid-metrics: '%s' is no metric%s; there are cross-entropy, perplexity, accuracy, "
                                 "bleu, chrf, exact, and of tables mse, mae, rmse, mase",
                                 name, car_name_hint_of(name, metric_names, METRICS).text);
        if (car_sets_are_alone(options) && metric_named(name) > ACCURACY)
            return car_error_set(e, CAR_EXIT_USAGE,
                                 "--valid-metrics: '%s' is of translations; a language model has cross-entropy, "
                                 "perplexity and accuracy",
                                 name);
        if ((metric_named(name) >= MSE) != car_series_wanted(options))
            return car_error_set(e, CAR_EXIT_USAGE, "--valid-metrics: '%s' is for models of %s", name,
                                 car_series_wanted(options) ? "text; those of tables have mse, mae, rmse and mase"
                                                            : "tables, --task forecast and map");
        for (int k = 0; k < i; k++)
            if (strcmp(name, car_options_texts(options, "valid-metrics", k)) == 0)
                return car_error_set(e, CAR_EXIT_USAGE, "--valid-metrics: '%s' is given twice", name);
    }
    return true;
}

/* Is what errors would be divided by known, if they are to be? */
static bool check_scaled(const car_validator *v, const car_columns *columns, car_error *e)
{
    for (int i = 0; i < v->n_metrics; i++)
        for (int k = 0; k < columns->n && v->metrics[i] == MASE; k++)
            if (columns->at[k].target && !(columns->at[k].naive_error > 0))
                return car_error_set(e, CAR_EXIT_CONFIG,
                                     "--valid-metrics mase: column %s of the training tables does not change from one "
                                     "--season to the next, or is no longer than one; use mse, mae or rmse",
                                     columns->at[k].name);
    return true;
}

/* What a model has to be better than to be of use. */
static bool log_unigram(const car_validator *v, const car_system *system, car_error *e)
{
    car_reference_scores guess;
    if (!car_measure_unigram(v->pairs, system->model->options.target_words, &guess, e))
        return false;
    car_log(CAR_LOG_INFO,
            "[data] validation text by the frequencies of its pieces alone: cross-entropy %.6g, perplexity %.6g, "
            "accuracy %.6g",
            guess.cross_entropy, guess.perplexity, guess.accuracy);
    return true;
}

car_validator *car_validator_new(const car_system *system, const car_options *options, car_error *e)
{
    car_validator *v = car_alloc(1, sizeof *v);
    v->system = system;
    if (system->columns.n > 0) {
        v->n_metrics = is_usual(options) ? 1 : car_options_texts_count(options, "valid-metrics");
        for (int i = 0; i < v->n_metrics; i++)
            v->metrics[i] = is_usual(options) ? MSE : metric_named(car_options_texts(options, "valid-metrics", i));
        if (check_scaled(v, &system->columns, e) &&
            car_series_load_for(&v->series, system->shape, &system->columns, options, "valid-sets", e))
            return v;
        car_validator_free(v);
        return NULL;
    }
    v->n_metrics = car_options_texts_count(options, "valid-metrics");
    for (int i = 0; i < v->n_metrics; i++) {
        v->metrics[i] = metric_named(car_options_texts(options, "valid-metrics", i));
        v->scores = v->scores || v->metrics[i] <= ACCURACY;
        v->translates = v->translates || v->metrics[i] > ACCURACY;
    }

    int mini_batch = (int)car_options_count(options, "valid-mini-batch");
    car_pairs_options pairs = {
        .complete = true, .continuous = system->model->options.continuous, .mini_batch = mini_batch, .maxi_batch = 1};
    car_sets sets;
    bool good = car_sets_of_options(&sets, options, "valid-sets", car_sets_are_alone(options), e) &&
                (v->pairs = car_pairs_load(&sets, &system->texts, system->model->options.task, &pairs, e)) != NULL &&
                (!v->translates || car_sets_load_lines(&sets, v->lines, e)) &&
                (!car_system_is_alone(system) || log_unigram(v, system, e));
    for (int side = 0; side < CAR_SIDES && good; side++)
        v->name[side] = car_sets_name(&sets, side);
    car_sets_clear(&sets);
    if (!good) {
        car_validator_free(v);
        return NULL;
    }
    v->shards = car_shards_new(system->model, 0);
    v->translator = car_translator_of(system);
    v->translator.search.beam = (int)car_options_count(options, "beam-size");
    v->translator.search.mini_batch = mini_batch;
    return v;
}

void car_validator_free(car_validator *v)
{
    if (v == NULL)
        return;
    car_series_clear(&v->series);
    car_pairs_free(v->pairs);
    car_shards_free(v->shards);
    for (int side = 0; side < CAR_SIDES; side++) {
        car_line_list_clear(&v->lines[side]);
        car_free(v->name[side]);
    }
    car_free(v);
}

static bool score_reference(car_validator *v, double values[METRICS], car_error *e)
{
    car_reference_scores scores;
    if (!car_measure_reference(v->shards, v->pairs, &scores, e))
        return false;
    values[CROSS_ENTROPY] = scores.cross_entropy;
    values[PERPLEXITY] = scores.perplexity;
    values[ACCURACY] = scores.accuracy;
    return true;
}

static bool score_translations(car_validator *v, double values[METRICS], car_error *e)
{
    car_line_list texts = {0};
    car_metrics metrics = car_metrics_defaults();
    car_scored_text scored = {0};
    const char *const reference = v->name[CAR_TARGET];
    for (int i = 0; i < v->n_metrics; i++)
        if (v->metrics[i] > ACCURACY)
            metrics.kinds[metrics.n++] = v->metrics[i] == BLEU   ? CAR_METRIC_BLEU
                                         : v->metrics[i] == CHRF ? CAR_METRIC_CHRF
                                                                 : CAR_METRIC_EXACT;
    bool good = car_translator_lines(&v->translator, &v->lines[CAR_SOURCE], v->name[CAR_SOURCE], &texts, e) &&
                car_score_text(&metrics, &texts, "the translations", &v->lines[CAR_TARGET], &reference, 1, &scored, e);
    for (int i = 0, k = 0; i < v->n_metrics && good; i++)
        if (v->metrics[i] > ACCURACY)
            values[v->metrics[i]] = car_scored_text_score(&scored, k++) / (v->metrics[i] == EXACT ? 100 : 1);
    car_scored_text_clear(&scored);
    car_line_list_clear(&texts);
    return good;
}

static void measure_series(car_validator *v, double values[METRICS])
{
    car_series_errors errors;
    car_series_measure(&v->series, &v->system->columns, v->system->model, &errors);
    car_column_errors mean = car_series_errors_mean(&errors, CAR_BY_MODEL);
    values[MSE] = errors.loss;
    values[MAE] = mean.mean_absolute;
    values[RMSE] = mean.root_mean_square;
    values[MASE] = mean.scaled;
    car_series_errors_clear(&errors);
}

bool car_validator_run(car_validator *v, car_score scores[CAR_MAX_SCORES], int *n, car_error *e)
{
    double values[METRICS] = {0};
    if (v->series.windows != NULL)
        measure_series(v, values);
    if ((v->scores && !score_reference(v, values, e)) || (v->translates && !score_translations(v, values, e)))
        return car_error_context(e, "while validating");
    for (int i = 0; i < v->n_metrics; i++) {
        const char *name = metric_names[v->metrics[i]];
        memcpy(scores[i].name, name, strlen(name) + 1);
        scores[i].value = values[v->metrics[i]];
        scores[i].higher_is_better = v->metrics[i] >= ACCURACY && v->metrics[i] <= EXACT;
    }
    *n = v->n_metrics;
    return true;
}
