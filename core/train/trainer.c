#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cell/crash.h"
#include "math/vector.h"

/* One metric followed over the validations. */
typedef struct followed {
    char name[CAR_SCORE_NAME];
    car_judge judge;
    char number_name[CAR_JUDGE_NUMBERS][2 * CAR_SCORE_NAME]; /* "<metric>.best", ... */
} followed;

struct car_trainer {
    car_model *model;
    car_trainer_options options;
    car_shards *shards;
    car_optimizer *optimizer;
    car_schedule schedule;
    followed metric[CAR_MAX_SCORES];
    int n_metrics;
    car_progress progress;
    int64_t validated_at; /* updates */
    double display_began;
};

car_trainer *car_trainer_new(car_model *model, const car_trainer_options *options)
{
    car_trainer *trainer = car_alloc(1, sizeof *trainer);
    trainer->model = model;
    trainer->options = *options;
    trainer->shards = car_shards_new(model, options->label_smoothing);
    trainer->optimizer = car_optimizer_new(&options->optimizer, model->parameters->n);
    car_schedule_init(&trainer->schedule, &options->schedule);
    trainer->progress.epoch = 1;
    return trainer;
}

void car_trainer_free(car_trainer *trainer)
{
    if (trainer == NULL)
        return;
    car_shards_free(trainer->shards);
    car_optimizer_free(trainer->optimizer);
    car_free(trainer);
}

const car_progress *car_trainer_progress(const car_trainer *trainer) { return &trainer->progress; }

car_optimizer *car_trainer_optimizer(const car_trainer *trainer) { return trainer->optimizer; }

car_carried *car_trainer_carried(const car_trainer *trainer) { return car_shards_carried(trainer->shards); }

const char *const car_part_names[CAR_PARTS] = {"reading", "forward", "output", "backward",
                                               "weights", "step",    "packing"};

/* ---- an update --------------------------------------------------------------------- */

/* The first tensor of the gradient with a number that is not finite, or NULL. */
static const char *first_bad_tensor(const car_parameters *parameters)
{
    for (ptrdiff_t i = 0; i < parameters->n_tensors; i++) {
        const car_parameter *tensor = &parameters->tensor[i];
        for (int row = 0; row < tensor->block->rows; row++) {
            const car_real *d = tensor->block->gradient + row * tensor->block->stride + tensor->column;
            if (!isfinite((double)car_dot(tensor->columns, d, d)))
                return tensor->name;
        }
    }
    return NULL;
}

static bool refuse_bad_update(car_trainer *trainer, const car_batch *batch, double loss, car_error *e)
{
    car_progress *p = &trainer->progress;
    if (++p->bad_updates < trainer->options.max_bad_updates)
        return true;
    const char *tensor = first_bad_tensor(trainer->model->parameters);
    return car_error_set(e, CAR_EXIT_DIVERGED,
                         "training diverged: %d updates in a row after update %lld had no finite gradient (loss %g, "
                         "first bad gradient: %s, epoch %lld, pairs from line %lld on); a smaller --learn-rate or "
                         "--clip-norm helps",
                         (int)p->bad_updates, (long long)p->update, loss, tensor != NULL ? tensor : "none",
                         (long long)p->epoch, batch->line != NULL ? (long long)batch->line[0] : 0LL);
}

static bool update(car_trainer *trainer, const car_batch *batch, car_error *e)
{
    const car_trainer_options *options = &trainer->options;
    car_parameters *parameters = trainer->model->parameters;
    car_progress *p = &trainer->progress;

    const car_dropout dropout = {.inputs = options->dropout_inputs,
                                 .states = options->dropout_states,
                                 .seed = options->seed,
                                 .update = (uint64_t)p->update + 1};
    const car_shards_times before = *car_shards_times_view(trainer->shards);
    car_crash_note_update(p->update + 1);
    car_batch_loss loss = car_shards_gradient(trainer->shards, batch, &dropout);
    car_crash_note_update(0);
    const car_shards_times *after = car_shards_times_view(trainer->shards);
    p->seconds_of[CAR_FORWARD] += after->forward - before.forward;
    p->seconds_of[CAR_OUTPUT] += after->output - before.output;
    p->seconds_of[CAR_BACKWARD] += after->backward - before.backward;
    p->seconds_of[CAR_WEIGHTS] += after->weights - before.weights;
    double began = car_clock();
    p->batch++;
    double norm = car_gradient_norm(parameters->gradient, parameters->n);
    if (!isfinite(norm) || !isfinite(loss.loss))
        return refuse_bad_update(trainer, batch, loss.loss / (double)loss.words, e);
    p->bad_updates = 0;
    p->gradient_norm = norm;

    double scale = options->clip_norm > 0 && norm > options->clip_norm ? options->clip_norm / norm : 1;
    p->learning_rate = car_schedule_rate(&trainer->schedule, p->update + 1);
    car_optimizer_step(trainer->optimizer, parameters->value, parameters->gradient, p->learning_rate, scale,
                       options->clip_value);
    car_shards_update_statistics(trainer->shards);
    double stepped = car_clock();
    car_parameters_pack(parameters);
    p->seconds_of[CAR_STEP] += stepped - began;
    p->seconds_of[CAR_PACKING] += car_clock() - stepped;

    p->update++;
    p->pairs += loss.pairs;
    p->words += loss.words;
    p->sum_updates++;
    p->sum_clipped += scale < 1;
    p->sum_pairs += loss.pairs;
    p->sum_words += loss.words;
    p->sum_source_words += loss.source_words;
    p->sum_correct += loss.correct;
    p->sum_loss += loss.loss;
    p->sum_cross_entropy += loss.cross_entropy;
    car_schedule_report(&trainer->schedule, CAR_DECAY_UPDATES, p->update);
    return true;
}

/* ---- what happens between updates ------------------------------------------------------ */

/* Is something due that happens every so often?  Before and after one update, or
 * the end of an epoch. */
static bool is_due(car_length every, const car_progress *before, const car_progress *after)
{
    return (every.updates > 0 && after->update / every.updates > before->update / every.updates) ||
           (every.tokens > 0 && after->words / every.tokens > before->words / every.tokens) ||
           (every.epochs > 0 && (after->epoch - 1) / every.epochs > (before->epoch - 1) / every.epochs);
}

static bool is_over(car_length after, const car_progress *p)
{
    return (after.updates > 0 && p->update >= after.updates) || (after.tokens > 0 && p->words >= after.tokens) ||
           (after.epochs > 0 && p->epoch > after.epochs);
}

/* As people are told of it: at the end of an epoch it is still that epoch. */
static car_progress shown_progress(const car_trainer *trainer)
{
    car_progress shown = trainer->progress;
    if (shown.batch == 0 && shown.epoch > 1)
        shown.epoch--;
    return shown;
}

static void display(car_trainer *trainer, const car_trainer_hooks *hooks)
{
    car_progress *p = &trainer->progress;
    double time = car_clock();
    p->seconds = time - trainer->display_began;
    car_progress shown = shown_progress(trainer);
    hooks->display(hooks->self, &shown);
    trainer->display_began = time;
    p->sum_pairs = p->sum_words = p->sum_source_words = p->sum_correct = p->sum_updates = 0;
    p->sum_clipped = 0;
    p->sum_loss = p->sum_cross_entropy = 0;
    for (int part = 0; part < CAR_PARTS; part++)
        p->seconds_of[part] = 0;
}

/* The judge of this metric, a new one if it was not followed before. */
static car_judge *follow(car_trainer *trainer, const char *name)
{
    for (int i = 0; i < trainer->n_metrics; i++)
        if (strcmp(trainer->metric[i].name, name) == 0)
            return &trainer->metric[i].judge;
    CAR_REQUIRE(trainer->n_metrics < CAR_MAX_SCORES && strlen(name) < CAR_SCORE_NAME);
    followed *metric = &trainer->metric[trainer->n_metrics++];
    memcpy(metric->name, name, strlen(name) + 1);
    car_judge_init(&metric->judge, false, 0, trainer->options.early_stopping);
    car_named_number numbers[CAR_JUDGE_NUMBERS];
    car_judge_export(&metric->judge, numbers);
    for (int k = 0; k < CAR_JUDGE_NUMBERS; k++)
        (void)snprintf(metric->number_name[k], sizeof metric->number_name[k], "%s.%s", name, numbers[k].name);
    return &metric->judge;
}

static bool validate(car_trainer *trainer, const car_trainer_hooks *hooks, car_error *e)
{
    car_score scores[CAR_MAX_SCORES] = {0};
    int n = 0;
    trainer->validated_at = trainer->progress.update;
    double began = car_clock();
    if (!hooks->validate(hooks->self, scores, &n, e))
        return false;
    trainer->display_began += car_clock() - began; /* words/s are of training */
    for (int i = 0; i < n; i++) {
        car_judge *judge = follow(trainer, scores[i].name);
        judge->higher_is_better = scores[i].higher_is_better;
        scores[i].is_best = car_judge_take(judge, scores[i].value);
        scores[i].stalls = judge->stalls;
        scores[i].best = judge->best;
    }
    if (n > 0)
        car_schedule_report(&trainer->schedule, CAR_DECAY_STALLED, scores[0].stalls);
    car_progress shown = shown_progress(trainer);
    hooks->validated(hooks->self, &shown, scores, n);
    const char *best[CAR_MAX_SCORES];
    int n_best = 0;
    for (int i = 0; i < n; i++)
        if (scores[i].is_best)
            best[n_best++] = scores[i].name;
    return n_best == 0 || hooks->save(hooks->self, trainer, best, n_best, e);
}

static bool stops_early(const car_trainer *trainer)
{
    return trainer->n_metrics > 0 && car_judge_stops(&trainer->metric[0].judge);
}

/* Before anything is kept of this update, so that what was seen is not looked at again. */
static void look(car_trainer *trainer, const car_progress *before, const car_batch *batch,
                 const car_trainer_hooks *hooks)
{
    const car_progress *p = &trainer->progress;
    int64_t epochs = trainer->options.look.epochs;
    bool begins = epochs > 0 && p->batch == 1 && p->epoch > 1 && (p->epoch - 1) % epochs == 0;
    if (!begins && !is_due(trainer->options.look, before, p))
        return;
    double began = car_clock();
    hooks->look(hooks->self, p, batch);
    trainer->display_began += car_clock() - began;
}

/* Display, validation and checkpoint, where due. */
static bool between_updates(car_trainer *trainer, const car_progress *before, const car_trainer_hooks *hooks,
                            car_error *e)
{
    const car_trainer_options *options = &trainer->options;
    if (is_due(options->disp, before, &trainer->progress) && trainer->progress.sum_updates > 0)
        display(trainer, hooks);
    if (is_due(options->valid, before, &trainer->progress) && !validate(trainer, hooks, e))
        return false;
    return !is_due(options->save, before, &trainer->progress) || hooks->save(hooks->self, trainer, NULL, 0, e);
}

/* The last display, validation and checkpoint, if they are not of this update. */
static bool finish(car_trainer *trainer, const car_trainer_hooks *hooks, bool interrupted, car_error *e)
{
    const car_progress *p = &trainer->progress;
    if (!interrupted && p->sum_updates > 0)
        display(trainer, hooks);
    bool validates = trainer->options.valid.updates + trainer->options.valid.epochs + trainer->options.valid.tokens > 0;
    if (!interrupted && validates && trainer->validated_at != p->update && !validate(trainer, hooks, e))
        return false;
    return hooks->save(hooks->self, trainer, NULL, 0, e);
}

car_outcome car_trainer_run(car_trainer *trainer, const car_batch_source *source, const car_trainer_hooks *hooks,
                            car_error *e)
{
    car_progress *p = &trainer->progress;
    if (!source->start(source->self, p->epoch, p->batch, e))
        return CAR_FAILED;
    trainer->display_began = car_clock();
    while (!is_over(trainer->options.after, p) && !stops_early(trainer)) {
        car_progress before = *p;
        car_batch batch;
        double began = car_clock();
        int got = source->next(source->self, &batch, e);
        p->seconds_of[CAR_READING] += car_clock() - began;
        if (got < 0)
            return CAR_FAILED;
        if (got > 0) {
            if (!update(trainer, &batch, e))
                return CAR_FAILED;
            hooks->tick(hooks->self, p);
            look(trainer, &before, &batch, hooks);
        } else {
            p->epoch++;
            p->batch = 0;
            car_schedule_report(&trainer->schedule, CAR_DECAY_EPOCHS, p->epoch);
            if (!source->start(source->self, p->epoch, 0, e))
                return CAR_FAILED;
        }
        if (!between_updates(trainer, &before, hooks, e))
            return CAR_FAILED;
        if (hooks->stop(hooks->self) != 0)
            return finish(trainer, hooks, true, e) ? CAR_INTERRUPTED : CAR_FAILED;
    }
    if (!finish(trainer, hooks, false, e))
        return CAR_FAILED;
    return stops_early(trainer) ? CAR_STOPPED_EARLY : CAR_TRAINED;
}

/* ---- the state as numbers ------------------------------------------------------------------ */

/* The counters of car_progress that go into a checkpoint, by name. */
static int list_counters(const car_trainer *trainer, car_named_number *numbers)
{
    const car_progress *p = &trainer->progress;
    const car_named_number counters[] = {
        {"update", (double)p->update},
        {"epoch", (double)p->epoch},
        {"batch", (double)p->batch},
        {"pairs", (double)p->pairs},
        {"words", (double)p->words},
        {"sum-pairs", (double)p->sum_pairs},
        {"sum-words", (double)p->sum_words},
        {"sum-source-words", (double)p->sum_source_words},
        {"sum-correct", (double)p->sum_correct},
        {"sum-updates", (double)p->sum_updates},
        {"sum-clipped", (double)p->sum_clipped},
        {"sum-loss", p->sum_loss},
        {"sum-cross-entropy", p->sum_cross_entropy},
        {"gradient-norm", p->gradient_norm},
        {"learning-rate", p->learning_rate},
        {"bad-updates", (double)p->bad_updates},
        {"validated-at", (double)trainer->validated_at},
        {"optimizer-updates", (double)car_optimizer_updates(trainer->optimizer)},
    };
    memcpy(numbers, counters, sizeof counters);
    return (int)(sizeof counters / sizeof *counters);
}

int car_trainer_export(const car_trainer *trainer, car_named_number numbers[CAR_TRAINER_NUMBERS])
{
    int n = list_counters(trainer, numbers);
    car_schedule_export(&trainer->schedule, numbers + n);
    n += CAR_SCHEDULE_NUMBERS;
    for (int i = 0; i < trainer->n_metrics; i++) {
        car_named_number own[CAR_JUDGE_NUMBERS];
        car_judge_export(&trainer->metric[i].judge, own);
        for (int k = 0; k < CAR_JUDGE_NUMBERS; k++)
            numbers[n++] = (car_named_number){trainer->metric[i].number_name[k], own[k].value};
    }
    return n;
}

/* "<metric>.stalls" tells that there is a metric of that name. */
static bool import_metrics(car_trainer *trainer, const car_named_number *numbers, int n, car_error *e)
{
    trainer->n_metrics = 0;
    for (int i = 0; i < n; i++) {
        const char *dot = strrchr(numbers[i].name, '.');
        if (dot == NULL || strcmp(dot, ".stalls") != 0 || dot - numbers[i].name >= CAR_SCORE_NAME)
            continue;
        if (trainer->n_metrics == CAR_MAX_SCORES)
            return car_error_set(e, CAR_EXIT_DATA, "the training state follows more than %d metrics", CAR_MAX_SCORES);
        char name[CAR_SCORE_NAME];
        memcpy(name, numbers[i].name, (size_t)(dot - numbers[i].name));
        name[dot - numbers[i].name] = '\0';
        car_named_number own[CAR_JUDGE_NUMBERS];
        int found = 0;
        for (int k = 0; k < n && found < CAR_JUDGE_NUMBERS; k++)
            if (strncmp(numbers[k].name, name, strlen(name)) == 0 && numbers[k].name[strlen(name)] == '.')
                own[found++] = (car_named_number){numbers[k].name + strlen(name) + 1, numbers[k].value};
        if (!car_judge_import(follow(trainer, name), own, found, e))
            return car_error_context(e, "metric %s", name);
    }
    return true;
}

bool car_trainer_import(car_trainer *trainer, const car_named_number *numbers, int n, car_error *e)
{
    car_progress p = {0};
    struct {
        const char *name;
        int64_t *to;
        bool later; /* checkpoints of earlier versions lack it: 0 */
    } whole[] = {{"update", &p.update, false},
                 {"epoch", &p.epoch, false},
                 {"batch", &p.batch, false},
                 {"pairs", &p.pairs, false},
                 {"words", &p.words, false},
                 {"sum-pairs", &p.sum_pairs, false},
                 {"sum-words", &p.sum_words, false},
                 {"sum-source-words", &p.sum_source_words, false},
                 {"sum-correct", &p.sum_correct, false},
                 {"sum-updates", &p.sum_updates, false},
                 {"sum-clipped", &p.sum_clipped, true},
                 {"bad-updates", &p.bad_updates, false},
                 {"validated-at", &trainer->validated_at, false}};
    double value = 0;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        if (!car_named_number_find(numbers, n, whole[i].name, &value, e)) {
            if (!whole[i].later)
                return false;
            value = 0;
        }
        if (!(value >= 0 && value < 9e15))
            return car_error_set(e, CAR_EXIT_DATA, "the training state's \"%s\" is %g", whole[i].name, value);
        *whole[i].to = (int64_t)value;
    }
    if (!car_named_number_find(numbers, n, "sum-loss", &p.sum_loss, e) ||
        !car_named_number_find(numbers, n, "sum-cross-entropy", &p.sum_cross_entropy, e) ||
        !car_named_number_find(numbers, n, "gradient-norm", &p.gradient_norm, e) ||
        !car_named_number_find(numbers, n, "learning-rate", &p.learning_rate, e) ||
        !car_named_number_find(numbers, n, "optimizer-updates", &value, e) ||
        !car_schedule_import(&trainer->schedule, numbers, n, e) || !import_metrics(trainer, numbers, n, e))
        return false;
    if (p.epoch < 1 || !(value >= 0))
        return car_error_set(e, CAR_EXIT_DATA, "the training state counts epochs or updates below their start");
    car_optimizer_set_updates(trainer->optimizer, (int64_t)value);
    trainer->progress = p;
    return true;
}
