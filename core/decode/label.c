#include "decode/label.h"

#include <math.h>

#include "base/memory.h"
#include "base/parallel.h"

typedef struct label_job {
    const car_model *model;
    const car_search_options *options;
    const car_search_input *inputs;
    int n;
    car_translation *translation; /* [n] */
} label_job;

/* log sum_v exp x[v] */
static double log_sum_of(const car_real *x, int n)
{
    double largest = (double)x[0], sum = 0;
    for (int v = 1; v < n; v++)
        largest = fmax(largest, (double)x[v]);
    for (int v = 0; v < n; v++)
        sum += exp((double)x[v] - largest);
    return largest + log(sum);
}

static bool is_label(const label_job *job, int v)
{
    bool knows_none = job->model->output.words == CAR_SPECIALS;
    return v != CAR_END && v != CAR_START && (v != CAR_UNKNOWN || job->options->allow_unknown || knows_none);
}

/* By falling logit, of equals the first; logits that are no numbers come last. */
static bool ranks_before(const car_real *x, int a, int b)
{
    bool none_a = isnan(x[a]), none_b = isnan(x[b]);
    if (none_a || none_b)
        return none_a == none_b ? a < b : none_b;
    return x[a] > x[b] || (x[a] >= x[b] && a < b);
}

/* The label that ranks next behind `before`; -1 if there is none.  `before` < 0: the first. */
static int next_best(const label_job *job, const car_real *x, int before)
{
    int best = -1;
    for (int v = 0; v < job->model->output.words; v++)
        if (is_label(job, v) && (before < 0 || ranks_before(x, before, v)) && (best < 0 || ranks_before(x, v, best)))
            best = v;
    return best;
}

/* Room for n hypotheses of `length` labels each. */
static void make_room(car_translation *translation, int n, int length)
{
    ptrdiff_t outputs = length + 1;
    translation->n = n;
    translation->hypothesis = car_alloc(n, sizeof *translation->hypothesis);
    translation->ids = car_alloc(n * outputs, sizeof *translation->ids); /* END is 0 */
    translation->log_probabilities = car_alloc(n * outputs, sizeof *translation->log_probabilities);
    for (int i = 0; i < n; i++)
        translation->hypothesis[i] =
            (car_hypothesis){.length = length,
                             .complete = true,
                             .ids = translation->ids + i * outputs,
                             .log_probabilities = translation->log_probabilities + i * outputs};
}

/* Label number t of hypothesis i. */
static void put(car_translation *translation, int i, int t, int label, double log_probability)
{
    car_hypothesis *hypothesis = &translation->hypothesis[i];
    ptrdiff_t at = (hypothesis->ids - translation->ids) + t;
    translation->ids[at] = label;
    translation->log_probabilities[at] = log_probability;
    hypothesis->log_probability += log_probability;
    hypothesis->score = hypothesis->log_probability;
}

static void classify(const label_job *job, const car_real *x, car_translation *translation)
{
    double log_sum = log_sum_of(x, job->model->output.words);
    int n = 0;
    for (int v = 0; v < job->model->output.words; v++)
        n += is_label(job, v);
    make_room(translation, n < job->options->n_best ? n : job->options->n_best, 1);
    for (int i = 0, label = -1; i < translation->n; i++) {
        label = next_best(job, x, label);
        put(translation, i, 0, label, (double)x[label] - log_sum);
    }
}

/* Sentences first .. first + n - 1; their targets are there for the length alone. */
static void load(const label_job *job, int first, int n, car_shard *shard)
{
    static const int32_t end[] = {CAR_END};
    car_sentence *source = car_alloc(n, sizeof *source), *target = car_alloc(n, sizeof *target);
    int *all = car_alloc(n, sizeof *all);
    for (int i = 0; i < n; i++) {
        all[i] = i;
        source[i] = job->inputs[first + i].source;
        target[i] = job->model->options.task == CAR_TAG ? source[i] : (car_sentence){.ids = end, .length = 1};
    }
    car_shard_load(shard, &job->model->options, &(car_batch){.rows = n, .source = source, .target = target}, all, n);
    car_free(all);
    car_free(target);
    car_free(source);
}

static void label_batch(void *context, int task)
{
    const label_job *job = context;
    const car_output *output = &job->model->output;
    int size = job->options->mini_batch, first = task * size, n = job->n - first < size ? job->n - first : size;
    bool tags = job->model->options.task == CAR_TAG;
    car_shard shard;
    car_shard_init(&shard);
    load(job, first, n, &shard);
    car_shard_forward(&shard, job->model, NULL);
    for (int i = 0; i < n && tags; i++)
        make_room(&job->translation[first + i], 1, job->inputs[first + i].source.length - 1);

    car_panel logits = car_panel_take(&shard.arena, n, output->words);
    for (int t = 0; t < shard.target.steps; t++) {
        int rows = shard.target.rows[t];
        car_output_logits(output, car_panel_from_row(shard.rows.readout, shard.target.first[t]), rows, logits);
        for (int b = 0; b < rows; b++) {
            const car_real *x = car_row(logits, b);
            car_translation *translation = &job->translation[first + shard.pair[shard.sentence[b]]];
            if (!tags) {
                classify(job, x, translation);
            } else if (t < translation->hypothesis[0].length) { /* END has no label */
                int label = next_best(job, x, -1);
                put(translation, 0, t, label, (double)x[label] - log_sum_of(x, output->words));
            }
        }
    }
    car_shard_clear(&shard);
}

void car_label(car_model *model, const car_search_options *options, const car_search_input *inputs, int n,
               car_search_results *results)
{
    CAR_REQUIRE(model->options.task == CAR_TAG || model->options.task == CAR_CLASSIFY);
    CAR_REQUIRE(n >= 0 && options->mini_batch >= 1 && options->n_best >= 1);
    *results = (car_search_results){n, car_alloc(n, sizeof *results->translation)};
    label_job job = {model, options, inputs, n, results->translation};
    car_parallel(n / options->mini_batch + (n % options->mini_batch > 0), label_batch, &job);
}
