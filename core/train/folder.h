/* folder.h - a model folder: the generations of one training, and links into them.
 *
 *   u00001000.safetensors          a checkpoint, named after its update: a generation
 *   latest.safetensors             link to the generation to go on from
 *   best-METRIC.safetensors        link to the best generation by METRIC
 *   best.safetensors               link to the best-METRIC of the first metric
 *   .lock                          held by the process that trains here
 *
 * Whatever happens while saving - kill, full disk, power cut - the links lead to
 * whole files.  Other files beside them (config.yml, metrics.jsonl, ...) are the
 * caller's, and never touched here.
 */
#ifndef CAROUSEL_TRAIN_FOLDER_H
#define CAROUSEL_TRAIN_FOLDER_H

#include "base/text.h"
#include "train/checkpoint.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- training: the one process that writes ---------------------------------------- */

typedef struct car_folder car_folder;

/* Makes the folder if need be, locks it and removes temporary files of dead
 * processes.  `metric` is the first one of the validation, which decides what
 * "best" means, or NULL; `keep` generations are kept beside those that links lead
 * to (0: all).  NULL and *e if the folder cannot be made (73, 77) or another
 * process trains in it (73). */
car_folder *car_folder_open(const char *path, const char *metric, int keep, car_error *e);
void car_folder_close(car_folder *folder); /* unlocks */

/* Saves the snapshot taken after `update` updates as a generation; sets best-METRIC for
 * each of best [n_best], and latest; removes old generations.  A generation that
 * stands as it was just saved is only linked.  On failure (73, 74, 77) all that
 * links led to still stands, and saving may be tried again. */
bool car_folder_save(car_folder *folder, int64_t update, const car_snapshot *snapshot, const char *const *best,
                     int n_best, car_error *e);

/* The checkpoint to go on from, to be closed by the caller; NULL if there is none
 * yet.  It is what `latest` leads to.  If that is damaged, it is the newest whole
 * generation before it, and `note` (emptied first) says what was wrong with which
 * file; if all are, that is bad data (65). */
bool car_folder_load_latest(const car_folder *folder, car_checkpoint **checkpoint, car_string *note, car_error *e);

/* ---- translating: any number of readers --------------------------------------------- */

/* The model of the checkpoint that `path` stands for: a file is itself, a folder its best
 * or else its latest.  NULL and *e as car_checkpoint_open, or if the folder holds no
 * model (66). */
car_checkpoint *car_folder_load_model(const char *path, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
