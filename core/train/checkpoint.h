/* checkpoint.h - a model in one file, with or without what training needs to go on.
 *
 * The file is safetensors (base/tensors.h, docs/model-format.md): the weights as
 * "model.NAME"; the optimizer's moments as "optim.MOMENT.NAME"; states that the next
 * minibatch goes on with as "carried.NAME"; under metadata keys the named numbers of
 * the trainer and texts (configuration, vocabularies), enough to translate from the file
 * alone.  Its bytes are a function of that state: no time, host, path or number of
 * threads gets in.
 *
 * What the texts say is the caller's business; which file to open is folder.h's.
 */
#ifndef CAROUSEL_TRAIN_CHECKPOINT_H
#define CAROUSEL_TRAIN_CHECKPOINT_H

#include "base/error.h"
#include "cell/parameters.h"
#include "model/carried.h"
#include "train/optimizer.h"
#include "train/schedule.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_named_text {
    const char *name; /* the metadata key: "config", "vocab.source", ... */
    const char *text; /* UTF-8 */
} car_named_text;

/* What a checkpoint is made of; all borrowed. */
typedef struct car_snapshot {
    const car_parameters *parameters;
    car_optimizer *optimizer; /* of parameters->n elements; NULL: to translate only */
    const car_named_number *numbers;
    int n_numbers;
    const car_named_text *texts;
    int n_texts;
    const car_carried *carried; /* NULL or without rows: none */
} car_snapshot;

/* Replaces the file at `path` (base/files.h: whole or not at all).  Names of
 * numbers and of texts must be unique; the texts' must not be "format",
 * "format_version", "training" or begin with "sha256". */
bool car_checkpoint_save(const char *path, const car_snapshot *snapshot, car_error *e);

/* ---- reading: everything returned is borrowed until _close --------------------- */

typedef struct car_checkpoint car_checkpoint;

/* To go on training all of it is read at once, and is whole.  To use a model its texts are
 * read, and weights only where they go to; what its training needs to go on, two thirds of the
 * file with Adam, is neither read nor checked. */
typedef enum car_checkpoint_part { CAR_WHOLE_CHECKPOINT, CAR_ONLY_MODEL } car_checkpoint_part;

/* Reads the file, or all but the weights, and checks the hashes of that.  NULL and *e if it
 * cannot be read (66, 77, 74), or is damaged or no checkpoint of this version (65). */
car_checkpoint *car_checkpoint_open(const char *path, car_checkpoint_part part, car_error *e);
void car_checkpoint_close(car_checkpoint *checkpoint);

const char *car_checkpoint_path(const car_checkpoint *checkpoint);

/* The text of this name, or NULL. */
const char *car_checkpoint_text(const car_checkpoint *checkpoint, const char *name);

/* The numbers [*n], in the order in which they were saved. */
const car_named_number *car_checkpoint_numbers(const car_checkpoint *checkpoint, int *n);

/* Fills the values (and their packed forms), if the file holds exactly the tensors
 * of `parameters`.  Otherwise bad data (65): names tensors that are missing, too
 * many, or of another shape or type, and touches nothing.  64-bit parameters take
 * 32-bit tensors too.  A model's weights are checked now, and if one is damaged (65)
 * or cannot be read (74), the parameters are void. */
bool car_checkpoint_read_parameters(const car_checkpoint *checkpoint, car_parameters *parameters, car_error *e);

/* The same for the moments of an optimizer of these parameters, of a whole checkpoint.  Its
 * number of updates is among the numbers, for car_trainer_import. */
bool car_checkpoint_read_optimizer(const car_checkpoint *checkpoint, const car_parameters *parameters,
                                   car_optimizer *optimizer, car_error *e);

/* The same for the states carried on: of as many rows as were saved, or of none. */
bool car_checkpoint_read_carried(const car_checkpoint *checkpoint, car_carried *carried, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
