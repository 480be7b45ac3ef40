/* validate.h - the trainer's validation: how well the model does on other text.
 *
 *   cross-entropy, perplexity, accuracy   of the reference, word by word
 *   bleu, chrf, exact                     of translations, against the lines as they are
 *   mse, mae, rmse, mase                  of the numbers of tables, as means over the columns
 */
#ifndef CAROUSEL_TOOLS_VALIDATE_H
#define CAROUSEL_TOOLS_VALIDATE_H

#include "tools/system.h"
#include "train/trainer.h"

typedef struct car_validator car_validator;

/* Is every --valid-metrics known, and one for the task (2)? */
bool car_validator_check(const car_options *options, car_error *e);

/* The first of --valid-metrics, or the usual one of the task. */
const char *car_validator_first_metric(const car_options *options);

/* Loads --valid-sets; `system` is borrowed.  NULL and *e (65, 66, ...). */
car_validator *car_validator_new(const car_system *system, const car_options *options, car_error *e);
void car_validator_free(car_validator *validator);

/* Fills the scores, in the order of --valid-metrics. */
bool car_validator_run(car_validator *validator, car_score scores[CAR_MAX_SCORES], int *n, car_error *e);

#endif
