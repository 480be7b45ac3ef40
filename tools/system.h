/* system.h - a model with all that makes it a translator: cells, tokenizers,
 * vocabularies; from options, and into and out of a model file.
 *
 * A model file carries, beside the weights, as texts:
 *
 *   config                      the options that shaped it (CAR_FOR_MODEL_FILE)
 *   vocab.source, vocab.target  the vocabularies with their tokenizers; of a language model
 *                               the latter
 *   cell.encoder, cell.decoder  name, settings, version, ABI and hash, as JSON; of those
 *                               that there are
 *   vectors                     where the source is vectors instead of its vocabulary: their
 *                               scales (corpora/vectors.h)
 *   columns                     of a model of tables instead of vocabularies: their names
 *                               and scales (corpora/columns.h)
 *   corpus                      what it was trained on (car_pairs_identity)
 *
 * and nothing that may differ between two trainings that are to be equal.
 */
#ifndef CAROUSEL_TOOLS_SYSTEM_H
#define CAROUSEL_TOOLS_SYSTEM_H

#include "cell/loader.h"
#include "model/seq2seq.h"
#include "tools/series.h"
#include "tools/texts.h"
#include "train/checkpoint.h"

enum { CAR_SYSTEM_TEXTS = 6 }; /* at most */

/* {0} is an empty one. */
typedef struct car_system {
    car_texts texts;
    car_columns columns;    /* of a model of tables; else none, n = 0 */
    car_series_shape shape; /* with them                              */
    car_cells *cells;
    const car_loaded_cell *cell[CAR_SIDES]; /* of the encoder, of the decoder; NULL: there is none */
    car_model *model;
    /* the texts above */
    car_string config, columns_text, vectors_text, vocabulary_text[CAR_SIDES], cell_text[CAR_SIDES];
    char *corpus;
} car_system;

void car_system_clear(car_system *system);

/* --task */
car_model_task car_model_task_of(const car_options *options);

/* A translator's shape, by the options: without cells and the sizes of vocabularies.  False and *e (78) if they
 * do not fit together. */
bool car_model_options_of(const car_options *options, car_model_options *model, car_error *e);

/* The cell that --enc-cell, or --dec-cell, names; *settings as car_cell_find_spec.  NULL and *e (69) if there
 * is none. */
const car_loaded_cell *car_system_find_cell(car_cells *cells, const car_options *options, int side,
                                            const char **settings, car_error *e);

/* Finds --enc-cell and --dec-cell, or that of them which the task needs (69). */
bool car_system_find_cells(car_system *system, const car_options *options, car_error *e);

/* Is it a language model, whose sets are texts without a source (sets.h)? */
bool car_system_is_alone(const car_system *system);

/* What the model in a file of car_system_load is for. */
bool car_system_peek(const char *path, car_model_task *task, car_error *e);

/* Of that file the texts alone, and the task. */
bool car_system_load_texts(car_system *system, const char *path, car_model_task *task, car_error *e);

/* Builds the model of these cells for system->texts or system->columns, with gradients, all parameters
 * zero. */
bool car_system_build(car_system *system, const car_options *options, car_error *e);

/* What a model file is to carry, and how many texts that is; borrowed from the system,
 * which has been built and whose `corpus` is set. */
int car_system_texts_view(const car_system *system, car_named_text texts[CAR_SYSTEM_TEXTS]);

/* Warns of cells that come from another file than when the checkpoint was written. */
void car_system_note_cells(const car_system *system, const car_checkpoint *checkpoint);

/* The texts (tokenizers, vocabularies) of a model file; --task says which there are. */
bool car_system_read_texts(car_system *system, const car_checkpoint *checkpoint, const car_options *options,
                           car_error *e);

/* Reads a model to be used, which is not to learn: a folder of train or a file in it. */
bool car_system_load(car_system *system, const char *path, car_purpose purpose, bool insecure_plugins, car_error *e);

#endif
