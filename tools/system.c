#include "tools/system.h"

#include <string.h>

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "tools/sets.h"
#include "train/folder.h"

static const char *const cell_options[CAR_SIDES] = {"enc-cell", "dec-cell"};
static const char *const cell_keys[CAR_SIDES] = {"cell.encoder", "cell.decoder"};
static const char *const vocabulary_keys[CAR_SIDES] = {"vocab.source", "vocab.target"};

void car_system_clear(car_system *system)
{
    car_model_free(system->model);
    car_texts_clear(&system->texts);
    car_cells_free(system->cells);
    car_columns_clear(&system->columns);
    car_string_clear(&system->columns_text);
    car_string_clear(&system->vectors_text);
    car_string_clear(&system->config);
    for (int side = 0; side < CAR_SIDES; side++) {
        car_string_clear(&system->cell_text[side]);
        car_string_clear(&system->vocabulary_text[side]);
    }
    car_free(system->corpus);
    *system = (car_system){0};
}

/* ---- from options ------------------------------------------------------------------ */

car_model_task car_model_task_of(const car_options *options)
{
    const char *name = car_options_text(options, "task");
    if (car_series_wanted(options))
        return CAR_REGRESS;
    return strcmp(name, "tag") == 0        ? CAR_TAG
           : strcmp(name, "classify") == 0 ? CAR_CLASSIFY
           : strcmp(name, "lm") == 0       ? CAR_LANGUAGE_MODEL
                                           : CAR_TRANSLATE;
}

/* Has a model for the task a cell on this side: an encoder's, a decoder's? */
static bool has_cell(car_model_task task, int side)
{
    return side == CAR_SOURCE ? car_task_encodes(task) : car_task_decodes(task);
}

bool car_system_is_alone(const car_system *system) { return !car_task_encodes(system->model->options.task); }

static car_direction direction_of(const char *name)
{
    return strcmp(name, "bidirectional") == 0 ? CAR_BIDIRECTIONAL
           : strcmp(name, "reverse") == 0     ? CAR_BACKWARDS
                                              : CAR_FORWARDS;
}

static car_attention_kind attention_of(const char *name)
{
    return strcmp(name, "none") == 0      ? CAR_ATTENTION_NONE
           : strcmp(name, "dot") == 0     ? CAR_ATTENTION_DOT
           : strcmp(name, "general") == 0 ? CAR_ATTENTION_GENERAL
                                          : CAR_ATTENTION_ADDITIVE;
}

static car_tying tying_of(const car_options *options)
{
    bool source = car_options_flag(options, "tied-embeddings-src"),
         target = car_options_flag(options, "tied-embeddings");
    if (car_options_flag(options, "tied-embeddings-all") || (source && target))
        return CAR_TIED_ALL;
    return source ? CAR_TIED_SOURCE : target ? CAR_TIED_TARGET : CAR_TIED_NONE;
}

static int words_of(const car_texts *texts, int side)
{
    return texts->vocabulary[side] != NULL ? car_vocabulary_size(texts->vocabulary[side]) : 0;
}

bool car_model_options_of(const car_options *options, car_model_options *model, car_error *e)
{
    bool layer = car_options_flag(options, "layer-normalization"),
         batch = car_options_flag(options, "batch-normalization");
    if (layer && batch)
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "--layer-normalization normalises all that --batch-normalization would, and more: leave "
                             "out one of them");
    *model = (car_model_options){
        .enc_type = direction_of(car_options_text(options, "enc-type")),
        .enc_depth = (int)car_options_count(options, "enc-depth"),
        .dec_depth = (int)car_options_count(options, "dec-depth"),
        .dim_emb = (int)car_options_count(options, "dim-emb"),
        .dim_rnn = (int)car_options_count(options, "dim-rnn"),
        .skip = car_options_flag(options, "skip"),
        .attention = attention_of(car_options_text(options, "attention")),
        .input_feeding = car_options_flag(options, "input-feeding"),
        .context_every = strcmp(car_options_text(options, "context"), "every") == 0,
        .tied = tying_of(options),
        .he = strcmp(car_options_text(options, "init"), "he") == 0,
        .layer = {.norm = layer   ? CAR_NORM_LAYER
                          : batch ? CAR_NORM_BATCH
                                  : CAR_NORM_NONE,
                  .zoneout = {car_options_numbers(options, "zoneout", 0),
                              car_options_numbers(options, "zoneout", car_options_texts_count(options, "zoneout") > 1)},
                  .clip = car_options_number(options, "clip-gates")},
    };
    return true;
}

static bool model_options(const car_options *options, const car_system *system, car_model_options *model, car_error *e)
{
    bool numbers = system->columns.n > 0;
    if (!car_model_options_of(options, model, e))
        return false;
    model->task = car_model_task_of(options);
    model->continuous = car_options_count(options, "bptt") > 0;
    model->source_words = words_of(&system->texts, CAR_SOURCE);
    model->target_words =
        numbers ? system->shape.horizon * system->columns.targets : words_of(&system->texts, CAR_TARGET);
    model->source_numbers = numbers ? system->columns.inputs : system->texts.vectors.n;
    return true;
}

static void log_notes(const car_cells *cells)
{
    for (const char *note = car_cells_notes_view(cells); *note != '\0'; note += strcspn(note, "\n"), note += *note != 0)
        car_log(CAR_LOG_WARN, "[cells] %.*s", (int)strcspn(note, "\n"), note);
}

/* The cell as a model file keeps it. */
static void describe_cell(const car_loaded_cell *loaded, const car_cell_plan *plan, car_string *text)
{
    car_string settings = {0};
    char abi[16];
    car_cell_plan_settings(plan, &settings);
    (void)snprintf(abi, sizeof abi, "%d.%d", loaded->plugin->abi_major, loaded->plugin->abi_minor);
    json_t *object = json_pack(
        "{ssssssssss}", "name", loaded->cell->name, "settings", settings.at != NULL ? settings.at : "", "version",
        loaded->plugin->version != NULL ? loaded->plugin->version : "", "abi", abi, "sha256", loaded->sha256);
    car_string_empty(text);
    car_string_add_json(text, object, JSON_SORT_KEYS);
    car_string_clear(&settings);
}

/* `settings` [CAR_SIDES] of the cells that were found; borrowed for the call. */
static bool build_model(car_system *system, const car_options *options, const char *const settings[CAR_SIDES],
                        car_purpose purpose, car_error *e)
{
    car_model_options model;
    system->shape = car_series_shape_of(options);
    if (!model_options(options, system, &model, e))
        return false;
    model.enc_cell = system->cell[CAR_SOURCE] != NULL ? system->cell[CAR_SOURCE]->cell : NULL;
    model.dec_cell = system->cell[CAR_TARGET] != NULL ? system->cell[CAR_TARGET]->cell : NULL;
    model.enc_settings = settings[CAR_SOURCE];
    model.dec_settings = settings[CAR_TARGET];
    system->model = car_model_new(&model, purpose, e);
    if (system->model == NULL)
        return false;
    if (model.enc_cell != NULL)
        describe_cell(system->cell[CAR_SOURCE], system->model->encoder.layer[0][0].plan,
                      &system->cell_text[CAR_SOURCE]);
    if (model.dec_cell != NULL)
        describe_cell(system->cell[CAR_TARGET], system->model->decoder.layer[0].plan, &system->cell_text[CAR_TARGET]);
    return true;
}

const car_loaded_cell *car_system_find_cell(car_cells *cells, const car_options *options, int side,
                                            const char **settings, car_error *e)
{
    const car_loaded_cell *found =
        car_cell_find_spec(cells, car_options_text(options, cell_options[side]), settings, e);
    if (found == NULL)
        (void)car_error_context(e, "--%s", cell_options[side]);
    return found;
}

bool car_system_find_cells(car_system *system, const car_options *options, car_error *e)
{
    system->cells = car_cells_new();
    car_cells_allow_insecure(system->cells, car_options_flag(options, "insecure-plugins"));
    for (int side = 0; side < CAR_SIDES; side++) {
        if (!has_cell(car_model_task_of(options), side))
            continue;
        const char *settings;
        system->cell[side] = car_system_find_cell(system->cells, options, side, &settings, e);
        if (system->cell[side] == NULL)
            return false;
    }
    log_notes(system->cells);
    return true;
}

bool car_system_build(car_system *system, const car_options *options, car_error *e)
{
    const char *settings[CAR_SIDES];
    car_string_empty(&system->config);
    car_options_dump_kept(options, &system->config);
    car_string_empty(&system->columns_text);
    if (system->columns.n > 0)
        car_columns_write(&system->columns, &system->columns_text);
    car_string_empty(&system->vectors_text);
    if (system->texts.vectors.n > 0)
        car_vectors_write(&system->texts.vectors, &system->vectors_text);
    for (int side = 0; side < CAR_SIDES; side++) {
        car_free(car_cell_spec_split(car_options_text(options, cell_options[side]), &settings[side]));
        car_string_empty(&system->vocabulary_text[side]);
        if (system->texts.vocabulary[side] != NULL)
            car_vocabulary_write(system->texts.vocabulary[side], &system->vocabulary_text[side]);
    }
    return build_model(system, options, settings, CAR_TO_LEARN, e);
}

/* ---- model files --------------------------------------------------------------------- */

int car_system_texts_view(const car_system *system, car_named_text texts[CAR_SYSTEM_TEXTS])
{
    int n = 0;
    texts[n++] = (car_named_text){"config", system->config.at};
    texts[n++] = (car_named_text){"corpus", system->corpus};
    if (system->columns.n > 0)
        texts[n++] = (car_named_text){"columns", system->columns_text.at};
    if (system->texts.vectors.n > 0)
        texts[n++] = (car_named_text){"vectors", system->vectors_text.at};
    for (int side = 0; side < CAR_SIDES; side++) {
        if (system->texts.vocabulary[side] != NULL)
            texts[n++] = (car_named_text){vocabulary_keys[side], system->vocabulary_text[side].at};
        if (system->cell[side] != NULL)
            texts[n++] = (car_named_text){cell_keys[side], system->cell_text[side].at};
    }
    return n;
}

static const char *text_of(const car_checkpoint *checkpoint, const char *key, car_error *e)
{
    const char *text = car_checkpoint_text(checkpoint, key);
    if (text == NULL)
        (void)car_error_set(e, CAR_EXIT_DATA, "%s: it holds no \"%s\", so it is no model of `carousel train`",
                            car_checkpoint_path(checkpoint), key);
    return text;
}

bool car_system_read_texts(car_system *system, const car_checkpoint *checkpoint, const car_options *options,
                           car_error *e)
{
    const char *vocabulary[CAR_SIDES] = {NULL, NULL}, *columns = car_checkpoint_text(checkpoint, "columns");
    if (columns != NULL)
        return car_columns_read(&system->columns, columns, car_checkpoint_path(checkpoint), e);
    for (int side = car_texts_first_side(options); side < CAR_SIDES; side++)
        if ((vocabulary[side] = text_of(checkpoint, vocabulary_keys[side], e)) == NULL)
            return false;
    if (!car_texts_read(&system->texts, vocabulary, car_checkpoint_path(checkpoint), e))
        return false;
    const char *vectors = car_options_flag(options, "source-vectors") ? text_of(checkpoint, "vectors", e) : "";
    return vectors != NULL &&
           (*vectors == '\0' || car_vectors_read(&system->texts.vectors, vectors, car_checkpoint_path(checkpoint), e));
}

/* The member `key` of a cell's text; "" if it has none. */
static const char *member(const json_t *cell, const char *key)
{
    const char *text = json_string_value(json_object_get(cell, key));
    return text != NULL ? text : "";
}

/* Finds the cell where --enc-cell said if that was a file, else by its name. */
static bool find_cell(car_system *system, int side, const json_t *kept, const car_options *options, const char *origin,
                      car_error *e)
{
    const char *settings; /* the model's own count, which name them all */
    char *asked = car_cell_spec_split(car_options_text(options, cell_options[side]), &settings);
    system->cell[side] = strchr(asked, '/') != NULL ? car_cell_find(system->cells, asked, e) : NULL;
    if (strchr(asked, '/') != NULL && system->cell[side] == NULL && car_path_exists(asked))
        car_log(CAR_LOG_WARN, "[cells] %s", e->message);
    car_free(asked);
    if (system->cell[side] == NULL)
        system->cell[side] = car_cell_find(system->cells, member(kept, "name"), e);
    if (system->cell[side] == NULL)
        return car_error_context(e, "%s", origin);
    return true;
}

void car_system_note_cells(const car_system *system, const car_checkpoint *checkpoint)
{
    char noted[CAR_SHA256_HEX] = "";
    for (int side = 0; side < CAR_SIDES; side++) {
        const char *text = car_checkpoint_text(checkpoint, cell_keys[side]);
        json_t *kept = text != NULL ? json_loads(text, 0, NULL) : NULL;
        const car_loaded_cell *now = system->cell[side];
        const char *then = member(kept, "sha256");
        if (then[0] != '\0' && strcmp(then, now->sha256) != 0 && strcmp(then, noted) != 0) {
            car_log(
                CAR_LOG_WARN,
                "[cells] %s: made with cell %s of version %s, SHA-256 %.12s...; %s has version %s, SHA-256 %.12s...: "
                "results may differ",
                car_checkpoint_path(checkpoint), member(kept, "name"), member(kept, "version"), then, now->path,
                now->plugin->version, now->sha256);
            (void)snprintf(noted, sizeof noted, "%s", then);
        }
        json_decref(kept);
    }
}

static bool build_from(car_system *system, const car_checkpoint *checkpoint, const car_options *options,
                       car_purpose purpose, car_error *e)
{
    const char *origin = car_checkpoint_path(checkpoint), *settings[CAR_SIDES] = {NULL, NULL};
    json_t *kept[CAR_SIDES] = {NULL, NULL};
    bool good = true;
    for (int side = 0; side < CAR_SIDES && good; side++) {
        if (!has_cell(car_model_task_of(options), side))
            continue;
        const char *text = text_of(checkpoint, cell_keys[side], e);
        good = text != NULL;
        if (good && (kept[side] = json_loads(text, 0, NULL)) == NULL)
            good = car_error_set(e, CAR_EXIT_DATA, "%s: its \"%s\" is not JSON", origin, cell_keys[side]);
        good = good && find_cell(system, side, kept[side], options, origin, e);
        settings[side] = good ? member(kept[side], "settings") : NULL;
    }
    if (good && !build_model(system, options, settings, purpose, e))
        good = car_error_context(e, "%s", origin);
    for (int side = 0; side < CAR_SIDES; side++)
        json_decref(kept[side]);
    return good;
}

/* What the options of a model file say. */
static bool load_config(const car_checkpoint *checkpoint, car_options *options, car_error *e)
{
    const char *config = text_of(checkpoint, "config", e);
    return config != NULL &&
           car_options_load_text(options, config, (ptrdiff_t)strlen(config), car_checkpoint_path(checkpoint), e);
}

bool car_system_peek(const char *path, car_model_task *task, car_error *e)
{
    car_checkpoint *checkpoint = car_folder_load_model(path, e);
    if (checkpoint == NULL)
        return false;
    car_options *options = car_options_new(car_option_table, CAR_FOR_MODEL_FILE);
    bool good = load_config(checkpoint, options, e);
    *task = good ? car_model_task_of(options) : CAR_TRANSLATE;
    car_options_free(options);
    car_checkpoint_close(checkpoint);
    return good;
}

bool car_system_load_texts(car_system *system, const char *path, car_model_task *task, car_error *e)
{
    car_checkpoint *checkpoint = car_folder_load_model(path, e);
    if (checkpoint == NULL)
        return false;
    car_options *options = car_options_new(car_option_table, CAR_FOR_MODEL_FILE);
    bool good = load_config(checkpoint, options, e) && car_system_read_texts(system, checkpoint, options, e);
    *task = good ? car_model_task_of(options) : CAR_TRANSLATE;
    car_options_free(options);
    car_checkpoint_close(checkpoint);
    return good;
}

bool car_system_load(car_system *system, const char *path, car_purpose purpose, bool insecure_plugins, car_error *e)
{
    car_checkpoint *checkpoint = car_folder_load_model(path, e);
    if (checkpoint == NULL)
        return false;
    car_options *options = car_options_new(car_option_table, CAR_FOR_MODEL_FILE);
    system->cells = car_cells_new();
    car_cells_allow_insecure(system->cells, insecure_plugins);
    bool good = load_config(checkpoint, options, e) && car_system_read_texts(system, checkpoint, options, e) &&
                build_from(system, checkpoint, options, purpose, e) &&
                car_checkpoint_read_parameters(checkpoint, system->model->parameters, e);
    if (good) {
        log_notes(system->cells);
        car_system_note_cells(system, checkpoint);
    }
    car_options_free(options);
    car_checkpoint_close(checkpoint);
    return good;
}
