/* train - start reading here: run_train at the end is the whole of it. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "tools/commands.h"
#include "tools/pairs.h"
#include "tools/progress.h"
#include "tools/resume.h"
#include "tools/signals.h"
#include "tools/validate.h"
#include "train/folder.h"

enum {
    FAILED_SAVES = 3, /* in a row that end the training                   */
    LOOKED_AT = 16    /* pairs of a minibatch whose gradients are measured */
};

typedef struct training {
    const car_options *options;
    const char *path; /* of the folder */
    double *weights;  /* [sets of --train-sets], or NULL */
    car_folder *folder;
    bool is_new;                /* was the folder made here, for a training yet to begin? */
    car_checkpoint *checkpoint; /* to go on from, or NULL                                 */
    car_system system;
    car_pairs *pairs;  /* of text, or */
    car_series series; /* of tables   */
    car_validator *validator;
    car_trainer *trainer;
    car_reporter *reporter;
    int failed_saves;
} training;

/* ---- options -------------------------------------------------------------------------- */

/* What makes no sense of a text that is read in windows. */
static bool check_windows(const car_options *options, car_error *e)
{
    if (car_model_task_of(options) != CAR_LANGUAGE_MODEL)
        return car_error_set(e, CAR_EXIT_USAGE, "--bptt is of language models, --task lm");
    bool cuts =
        car_options_texts_count(options, "bpe-dropout") > 0 && car_options_numbers(options, "bpe-dropout", 0) > 0;
    return !(cuts || car_options_texts_count(options, "set-weights") > 0 ||
             car_options_count(options, "mini-batch-words") > 0) ||
           car_error_set(e, CAR_EXIT_USAGE,
                         "--bptt reads the text as it stands, in --mini-batch streams; leave out --bpe-dropout, "
                         "--set-weights and --mini-batch-words");
}

/* What the minibatches come from. */
static car_batch_source source_of(const training *t)
{
    return t->pairs != NULL ? car_pairs_source(t->pairs) : car_windows_source(t->series.windows);
}

/* What makes no sense of tables. */
static bool check_series(const car_options *options, car_error *e)
{
    if (car_options_texts_count(options, "set-weights") > 0 || car_options_count(options, "mini-batch-words") > 0)
        return car_error_set(e, CAR_EXIT_USAGE,
                             "a minibatch of tables is --mini-batch windows, each of them once in an epoch; leave out "
                             "--set-weights and --mini-batch-words");
    return car_options_check_list(options, "train-sets", 1, 100000, e) && car_validator_check(options, e);
}

static bool check_usage(const car_options *options, car_error *e)
{
    if (car_options_text(options, "model")[0] == '\0')
        return car_error_set(e, CAR_EXIT_USAGE, "--model DIR is missing: the folder to keep the model in");
    car_model_task task = car_model_task_of(options);
    if (car_options_flag(options, "source-vectors") && task != CAR_TRANSLATE && task != CAR_CLASSIFY)
        return car_error_set(e, CAR_EXIT_USAGE, "--source-vectors is for --task translate and classify");
    if (car_series_wanted(options))
        return check_series(options, e);
    bool validates = car_options_texts_count(options, "valid-sets") > 0;
    bool given = car_options_texts_count(options, "vocabs") > 0;
    car_sets sets[2] = {{0}, {0}};
    bool alone = car_sets_are_alone(options);
    bool good = car_sets_of_options(&sets[0], options, "train-sets", alone, e) &&
                (!validates || car_sets_of_options(&sets[1], options, "valid-sets", alone, e));
    bool standard_input = good && car_sets_use_standard_input(&sets[0]);
    for (int i = 0; i < 2; i++)
        car_sets_clear(&sets[i]);
    if (!good || (given && !car_options_check_list(options, "vocabs", 1, 2, e)) || !car_validator_check(options, e))
        return false;
    static const char *const sided[] = {"dim-vocabs", "min-count", "tokenizer",  "normalization",
                                        "case",       "zoneout",   "bpe-dropout"};
    for (size_t i = 0; i < sizeof sided / sizeof *sided; i++)
        if (!car_options_check_list(options, sided[i], 1, 2, e))
            return false;
    if (car_model_task_of(options) == CAR_TAG && car_options_texts_count(options, "bpe-dropout") > 0 &&
        (car_options_numbers(options, "bpe-dropout", 0) > 0 || car_options_texts_count(options, "bpe-dropout") > 1))
        return car_error_set(e, CAR_EXIT_USAGE, "--bpe-dropout cuts words, and --task tag has one tag for each");
    if (car_options_count(options, "bptt") > 0 && !check_windows(options, e))
        return false;
    return !standard_input || given ||
           car_error_set(e, CAR_EXIT_USAGE,
                         "training text from standard input needs --vocabs, because to make vocabularies it is read "
                         "twice");
}

static bool optimizer_options(const car_options *options, car_optimizer_options *optimizer, car_error *e)
{
    const char *name = car_options_text(options, "optimizer");
    car_optimizer_kind kind = strcmp(name, "sgd") == 0       ? CAR_SGD
                              : strcmp(name, "rmsprop") == 0 ? CAR_RMSPROP
                                                             : CAR_ADAM;
    *optimizer = car_optimizer_defaults(kind);
    double *const of_sgd[] = {&optimizer->beta1}, *const of_rmsprop[] = {&optimizer->beta2, &optimizer->epsilon};
    double *const of_adam[] = {&optimizer->beta1, &optimizer->beta2, &optimizer->epsilon};
    double *const *parameter = kind == CAR_SGD ? of_sgd : kind == CAR_RMSPROP ? of_rmsprop : of_adam;
    if (!car_options_check_list(options, "optimizer-params", 0, (int)kind + 1, e))
        return false;
    for (int i = 0; i < car_options_texts_count(options, "optimizer-params"); i++)
        *parameter[i] = car_options_numbers(options, "optimizer-params", i);
    return (optimizer->beta1 < 1 && optimizer->beta2 < 1 && optimizer->epsilon > 0) ||
           car_error_set(e, CAR_EXIT_USAGE,
                         "--optimizer-params: momentum, decay and betas are below 1, epsilon is "
                         "above 0");
}

static car_schedule_options schedule_options(const car_options *options)
{
    const char *strategy = car_options_text(options, "lr-decay-strategy");
    double factor = car_options_number(options, "lr-decay");
    car_decay decay = strcmp(strategy, "batches") == 0   ? CAR_DECAY_UPDATES
                      : strcmp(strategy, "stalled") == 0 ? CAR_DECAY_STALLED
                                                         : CAR_DECAY_EPOCHS;
    return (car_schedule_options){.rate = car_options_number(options, "learn-rate"),
                                  .warmup = car_options_count(options, "lr-warmup"),
                                  .inverse_sqrt = car_options_count(options, "lr-decay-inv-sqrt"),
                                  .decay = factor > 0 ? decay : CAR_DECAY_NONE,
                                  .factor = factor,
                                  .start = car_options_count(options, "lr-decay-start"),
                                  .frequency = car_options_count(options, "lr-decay-freq")};
}

static car_length length_of(const car_options *options, const char *name)
{
    car_length length = {0};
    bool good = car_length_parse(car_options_text(options, name), &length);
    CAR_REQUIRE(good);
    return length;
}

/* The smaller of those that are not 0. */
static int64_t least(int64_t a, int64_t b) { return a == 0 || (b != 0 && b < a) ? b : a; }

static bool trainer_options(const car_options *options, car_trainer_options *t, car_error *e)
{
    *t = (car_trainer_options){.schedule = schedule_options(options),
                               .clip_norm = car_options_number(options, "clip-norm"),
                               .clip_value = car_options_number(options, "clip-value"),
                               .dropout_inputs = car_options_number(options, "dropout-rnn"),
                               .dropout_states = car_options_number(options, "dropout-state"),
                               .label_smoothing = car_options_number(options, "label-smoothing"),
                               .seed = (uint64_t)car_options_count(options, "seed"),
                               .after = length_of(options, "after"),
                               .disp = length_of(options, "disp-freq"),
                               .save = length_of(options, "save-freq"),
                               .look = length_of(options, "gradients-freq"),
                               .early_stopping = car_options_count(options, "early-stopping"),
                               .max_bad_updates = (int)car_options_count(options, "max-bad-updates")};
    t->after.epochs = least(t->after.epochs, car_options_count(options, "after-epochs"));
    t->after.updates = least(t->after.updates, car_options_count(options, "after-batches"));
    if (car_options_texts_count(options, "valid-sets") > 0)
        t->valid = length_of(options, "valid-freq");
    return optimizer_options(options, &t->optimizer, e);
}

/* ---- the folder -------------------------------------------------------------------------- */

/* Removes what a former training left, but nothing that is not ours. */
static void remove_former(const char *path)
{
    static const char *const ours[] = {".safetensors", "metrics.jsonl", "train.log"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        car_listing listing = {0};
        car_error ignored;
        if (!car_listing_load(path, ours[i], &listing, &ignored))
            return;
        for (int k = 0; k < listing.count; k++) {
            char *file = car_path_join(path, listing.names[k]);
            (void)unlink(file);
            car_free(file);
        }
        car_listing_clear(&listing);
    }
}

/* Of a training that did not begin. */
static void remove_folder(const char *path)
{
    char *lock = car_path_join(path, ".lock");
    remove_former(path);
    (void)unlink(lock);
    (void)rmdir(path);
    car_free(lock);
}

/* A training that ended before it began may leave a lock and a log. */
static bool is_used(const char *path, bool *used, car_error *e)
{
    car_listing listing = {0};
    *used = false;
    if (!car_path_exists(path))
        return true;
    if (!car_listing_load(path, "", &listing, e))
        return false;
    for (int i = 0; i < listing.count; i++)
        *used = *used || (strcmp(listing.names[i], ".lock") != 0 && strcmp(listing.names[i], "train.log") != 0);
    car_listing_clear(&listing);
    return true;
}

static bool open_folder(training *t, car_error *e)
{
    const car_options *options = t->options;
    bool resume = car_options_flag(options, "resume"), overwrite = car_options_flag(options, "overwrite"), used;
    t->path = car_options_text(options, "model");
    if (!is_used(t->path, &used, e))
        return false;
    if (used && !resume && !overwrite)
        return car_error_set(e, CAR_EXIT_CREATE,
                             "%s is not empty; --resume goes on with the training in it, --overwrite begins anew",
                             t->path);
    bool validates = car_options_texts_count(options, "valid-sets") > 0, existed = car_path_exists(t->path);
    t->folder = car_folder_open(t->path, validates ? car_validator_first_metric(options) : NULL,
                                (int)car_options_count(options, "keep-last"), e);
    if (t->folder == NULL)
        return false;
    t->is_new = !existed;
    if (!resume)
        remove_former(t->path);
    char *log = car_path_join(t->path, "train.log");
    bool good = car_options_is_set(options, "log") || car_log_open(log, e);
    car_free(log);
    car_string note = {0};
    good = good && (!resume || car_folder_load_latest(t->folder, &t->checkpoint, &note, e));
    if (good && note.length > 0)
        car_log(CAR_LOG_WARN, "%s", note.at);
    if (good && resume && t->checkpoint == NULL)
        car_log(CAR_LOG_INFO, "[train] %s holds no checkpoint yet; training begins", t->path);
    car_string_clear(&note);
    return good;
}

/* ---- text and model --------------------------------------------------------------------- */

static bool open_texts(training *t, car_error *e)
{
    if (car_series_wanted(t->options)) /* columns are measured again with the tables */
        return true;
    return t->checkpoint != NULL ? car_system_read_texts(&t->system, t->checkpoint, t->options, e)
                                 : car_texts_open(&t->system.texts, t->options, e);
}

/* Of --set-weights; none is all 1. */
static bool read_weights(training *t, const car_sets *sets, int *n, car_error *e)
{
    *n = car_options_texts_count(t->options, "set-weights");
    if (*n == 0)
        return true;
    if (*n != sets->n)
        return car_error_set(e, CAR_EXIT_USAGE,
                             "--set-weights needs a number for each set of --train-sets, %d; it has %d", sets->n, *n);
    t->weights = car_alloc(*n, sizeof *t->weights);
    for (int i = 0; i < *n; i++)
        t->weights[i] = car_options_numbers(t->options, "set-weights", i);
    return true;
}

static bool load_pairs(training *t, car_error *e)
{
    if (car_series_wanted(t->options)) {
        if (!car_series_load(&t->series, t->options, &t->system.columns, e))
            return false;
        t->system.corpus = car_copy_text(car_windows_identity_view(t->series.windows));
        return true;
    }
    const car_options *options = t->options;
    const char *folder = car_options_text(options, "tempdir");
    car_sets sets;
    car_pairs_options wanted = {.max_length = (int)car_options_count(options, "max-length"),
                                .crop = car_options_flag(options, "max-length-crop"),
                                .max_ratio = car_options_number(options, "max-ratio"),
                                .mini_batch = (int)car_options_count(options, "mini-batch"),
                                .mini_batch_words = (int)car_options_count(options, "mini-batch-words"),
                                .maxi_batch = (int)car_options_count(options, "maxi-batch"),
                                .continuous = car_options_count(options, "bptt") > 0,
                                .window = (int)car_options_count(options, "bptt"),
                                .seed = (uint64_t)car_options_count(options, "seed"),
                                .memory = car_options_count(options, "corpus-memory") << 20,
                                .folder = folder[0] != '\0' ? folder : t->path};
    bool good = car_sets_of_options(&sets, options, "train-sets", car_sets_are_alone(options), e) &&
                read_weights(t, &sets, &wanted.n_weights, e);
    car_bpe_dropout dropout = car_bpe_dropout_of_options(options);
    memcpy(wanted.dropout, dropout.rate, sizeof wanted.dropout);
    wanted.weights = t->weights;
    if (good)
        t->pairs = car_pairs_load(&sets, &t->system.texts, car_model_task_of(options), &wanted, e);
    car_sets_clear(&sets);
    if (t->pairs == NULL)
        return false;
    t->system.corpus = car_copy_text(car_pairs_identity(t->pairs));
    return true;
}

static bool load_validation(training *t, car_error *e)
{
    if (car_options_texts_count(t->options, "valid-sets") == 0)
        return true;
    t->validator = car_validator_new(&t->system, t->options, e);
    return t->validator != NULL;
}

/* The update of the last validation. */
static int64_t validated_at(const car_trainer *trainer)
{
    car_named_number numbers[CAR_TRAINER_NUMBERS];
    int n = car_trainer_export(trainer, numbers), i = 0;
    while (i < n - 1 && strcmp(numbers[i].name, "validated-at") != 0)
        i++;
    return (int64_t)numbers[i].value;
}

/* The beginning, or where the checkpoint left off. */
static bool start(training *t, const car_trainer_options *options, car_error *e)
{
    t->trainer = car_trainer_new(t->system.model, options);
    if (t->checkpoint == NULL) {
        car_model_start(t->system.model, options->seed);
    } else {
        if (!car_resume_check(&t->system, t->checkpoint, e) ||
            !car_resume_load(&t->system, t->checkpoint, t->trainer, e))
            return false;
        car_log(CAR_LOG_INFO, "[train] going on from %s", car_checkpoint_path(t->checkpoint));
        car_checkpoint_close(t->checkpoint);
        t->checkpoint = NULL;
    }
    car_batch_source source = source_of(t);
    const car_progress *p = car_trainer_progress(t->trainer);
    car_reporter_options reporter = {.folder = t->path,
                                     .resumed_at = p->update,
                                     .displayed = p->sum_updates == 0,
                                     .validated = validated_at(t->trainer) == p->update,
                                     .after = options->after,
                                     .numbers = t->pairs == NULL,
                                     .updates_per_epoch = source.batches_per_epoch(source.self),
                                     .log_level = car_log_level_of(car_options_text(t->options, "log-level")),
                                     .quiet = car_options_flag(t->options, "quiet")};
    t->reporter = car_reporter_open(&reporter, e);
    return t->reporter != NULL;
}

/* Beside the checkpoints: what --resume takes the options from, and the vocabularies
 * for people. */
static bool save_settings(const training *t, car_error *e)
{
    car_string yaml = {0};
    car_options_dump(t->options, &yaml);
    char *path = car_path_join(t->path, "config.yml");
    bool good = car_file_save(path, yaml.at, yaml.length, e) &&
                (t->pairs == NULL || car_texts_save(&t->system.texts, t->path, e));
    car_free(path);
    car_string_clear(&yaml);
    return good;
}

static void describe(const training *t, const car_trainer_options *wanted)
{
    const car_options *options = t->options;
    const car_system *system = &t->system;
    const car_model *model = system->model;
    const car_model_options *shape = &model->options;
    bool encodes = system->cell[CAR_SOURCE] != NULL, decodes = system->cell[CAR_TARGET] != NULL;
    car_string text = {0};
    car_string_add_grouped(&text, car_parameters_count(model->parameters));
    car_string_add_text(&text, " parameters; ");
    if (encodes)
        car_string_format(&text, "encoder %s, %s, depth %d; ", car_options_text(options, "enc-cell"),
                          car_options_text(options, "enc-type"), model->encoder.depth);
    if (decodes)
        car_string_format(&text, "decoder %s, depth %d; ", car_options_text(options, "dec-cell"), model->decoder.depth);
    if (encodes && decodes)
        car_string_format(&text, "attention %s; ", car_options_text(options, "attention"));
    if (t->pairs == NULL)
        car_string_format(&text, "width %d, reads %d rows of %d numbers, predicts ", shape->dim_rnn,
                          system->shape.lookback, shape->source_numbers);
    else
        car_string_format(&text, "embeddings %d, width %d, words ", shape->dim_emb, shape->dim_rnn);
    if (t->pairs != NULL && shape->source_numbers > 0)
        car_string_format(&text, "for vectors of %d: ", shape->source_numbers);
    if (encodes && t->pairs != NULL && shape->source_numbers == 0)
        car_string_format(&text, "%d and ", shape->source_words);
    car_log(CAR_LOG_INFO, "[model] %s%d", text.at, shape->target_words);
    for (int side = 0; side < CAR_SIDES; side++)
        if (system->cell[side] != NULL && (side == CAR_SOURCE || system->cell[0] != system->cell[1]))
            car_log(CAR_LOG_INFO, "[model] cell %s %s: %s", system->cell[side]->cell->name,
                    system->cell[side]->plugin->version, system->cell[side]->path);
    car_log(CAR_LOG_INFO, "[train] %d threads, products in %s by %s", car_parallel_threads(),
            car_options_text(options, "precision"), car_product_path());
    car_string_clear(&text);
    if (wanted->after.updates + wanted->after.epochs + wanted->after.tokens == 0 &&
        (t->validator == NULL || wanted->early_stopping == 0))
        car_log(CAR_LOG_INFO, "[train] until it is interrupted, for want of --after");
}

/* ---- hooks of the trainer ------------------------------------------------------------------ */

static void tick(void *self, const car_progress *progress)
{
    car_reporter_tick(((training *)self)->reporter, progress);
}

static void display(void *self, const car_progress *progress)
{
    car_reporter_display(((training *)self)->reporter, progress);
}

static bool validate(void *self, car_score *scores, int *n, car_error *e)
{
    return car_validator_run(((training *)self)->validator, scores, n, e);
}

static void look(void *self, const car_progress *progress, const car_batch *batch)
{
    training *t = self;
    car_flow_report report = {0};
    car_flow_report_init(&report, t->system.model, CAR_FLOW_LAST_LOSS);
    car_flow_report_add(&report, t->system.model, batch, batch->rows < LOOKED_AT ? batch->rows : LOOKED_AT,
                        (uint64_t)progress->update);
    car_reporter_looked(t->reporter, progress, &report);
    car_flow_report_clear(&report);
}

static void validated(void *self, const car_progress *progress, const car_score *scores, int n)
{
    car_reporter_validated(((training *)self)->reporter, progress, scores, n);
}

/* A save that fails stops nothing at first: the disk may have room again by the next. */
static bool save(void *self, const car_trainer *trainer, const char *const *best, int n_best, car_error *e)
{
    training *t = self;
    car_named_number numbers[CAR_TRAINER_NUMBERS];
    car_named_text texts[CAR_SYSTEM_TEXTS];
    int n_texts = car_system_texts_view(&t->system, texts);
    car_snapshot snapshot = {.parameters = t->system.model->parameters,
                             .optimizer = car_trainer_optimizer(trainer),
                             .numbers = numbers,
                             .n_numbers = car_trainer_export(trainer, numbers),
                             .texts = texts,
                             .n_texts = n_texts,
                             .carried = car_trainer_carried(trainer)};
    if (car_folder_save(t->folder, car_trainer_progress(trainer)->update, &snapshot, best, n_best, e)) {
        t->failed_saves = 0;
        return true;
    }
    if (++t->failed_saves >= FAILED_SAVES)
        return car_error_context(e, "%d checkpoints in a row could not be saved", t->failed_saves);
    car_reporter_clear_line(t->reporter);
    car_log(CAR_LOG_WARN, "a checkpoint could not be saved, training goes on: %s", e->message);
    return true;
}

static int stop(void *self)
{
    training *t = self;
    car_error e;
    if (car_signals_take_save() && !save(t, t->trainer, NULL, 0, &e))
        car_log(CAR_LOG_WARN, "%s", e.message);
    return car_signals_stop();
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int report(const training *t, car_outcome outcome, car_error *e)
{
    const car_progress *p = car_trainer_progress(t->trainer);
    car_reporter_clear_line(t->reporter);
    car_reporter_summary(t->reporter);
    if (outcome == CAR_FAILED)
        return e->code;
    if (t->failed_saves > 0) {
        (void)car_error_set(e, CAR_EXIT_IO, "the last checkpoint could not be saved; what %s holds is older", t->path);
        return e->code;
    }
    const char *how = outcome == CAR_TRAINED         ? "finished"
                      : outcome == CAR_STOPPED_EARLY ? "stopped early: no new best any more"
                                                     : "interrupted; --resume goes on";
    car_log(CAR_LOG_INFO, "[train] %s after %" PRId64 " updates, %" PRId64 " epochs; the model is in %s", how,
            p->update, p->epoch - (p->batch == 0), t->path);
    return outcome == CAR_INTERRUPTED ? 128 + car_signals_stop() : CAR_EXIT_DONE;
}

static int train(training *t, car_error *e)
{
    car_trainer_options options;
    if (!check_usage(t->options, e) || !trainer_options(t->options, &options, e) ||
        !car_system_find_cells(&t->system, t->options, e) || !open_folder(t, e) || !open_texts(t, e) ||
        !load_pairs(t, e) || !car_system_build(&t->system, t->options, e) || !load_validation(t, e) ||
        !start(t, &options, e) || !save_settings(t, e))
        return e->code;
    t->is_new = false;
    describe(t, &options);
    car_signals_catch();
    car_batch_source source = source_of(t);
    car_trainer_hooks hooks = {t, tick, display, validate, validated, save, stop, look};
    return report(t, car_trainer_run(t->trainer, &source, &hooks, e), e);
}

int run_train(car_options *options, car_error *e)
{
    training t = {.options = options};
    car_signals_ignore_pipe();
    int code = train(&t, e);
    car_reporter_close(t.reporter);
    car_trainer_free(t.trainer);
    car_validator_free(t.validator);
    car_pairs_free(t.pairs);
    car_series_clear(&t.series);
    car_free(t.weights);
    car_system_clear(&t.system);
    car_checkpoint_close(t.checkpoint);
    if (t.is_new)
        remove_folder(t.path);
    car_folder_close(t.folder);
    return code;
}
