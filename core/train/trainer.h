/* trainer.h - the training loop.
 *
 * Owns everything that changes while a model is trained: optimizer, learning
 * rate, early stopping, counters.  Minibatches come from a car_batch_source;
 * validating, saving and showing are the caller's, through hooks.  Everything
 * but the parameters and the moments is a list of named numbers, so that a
 * training continued from a checkpoint does exactly what it would have done.
 */
#ifndef CAROUSEL_TRAIN_TRAINER_H
#define CAROUSEL_TRAIN_TRAINER_H

#include "base/options.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/shards.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_MAX_SCORES = 8, CAR_SCORE_NAME = 32 };

typedef struct car_trainer_options {
    car_optimizer_options optimizer;
    car_schedule_options schedule;
    double clip_norm;                      /* 0: none                                           */
    double clip_value;                     /* 0: none                                           */
    double dropout_inputs, dropout_states; /* [0, 1)                             */
    double label_smoothing;                /* [0, 1)                                            */
    uint64_t seed;
    car_length after;                   /* stop when any of it is reached; 0: no limit  */
    car_length disp, valid, save, look; /* how often; 0: never                   */
    int64_t early_stopping;             /* validations without a new best; 0: off       */
    int max_bad_updates;                /* of non-finite gradients in a row             */
} car_trainer_options;

/* One metric of a validation.  The first one decides what is best. */
typedef struct car_score {
    char name[CAR_SCORE_NAME];
    double value;
    bool higher_is_better;
    bool is_best;   /* set by the trainer */
    int64_t stalls; /* set by the trainer */
    double best;    /* set by the trainer */
} car_score;

/* What the time of an update goes into: taking the minibatch; everything up to the readouts;
 * output layer, loss and their gradients; everything below; the gradients of all other
 * weights; norm, clipping and the optimizer's step; packing the weights anew. */
typedef enum car_part {
    CAR_READING,
    CAR_FORWARD,
    CAR_OUTPUT,
    CAR_BACKWARD,
    CAR_WEIGHTS,
    CAR_STEP,
    CAR_PACKING,
    CAR_PARTS
} car_part;

extern const char *const car_part_names[CAR_PARTS]; /* "reading", ... */

/* Where training is.  Sums are since the last display. */
typedef struct car_progress {
    int64_t update, epoch, batch; /* updates made; epoch from 1; minibatches of it done */
    int64_t pairs, words;         /* seen since the beginning; words: of the target     */
    int64_t sum_pairs, sum_words, sum_source_words, sum_correct, sum_updates;
    int64_t sum_clipped; /* updates whose gradient was longer than clip_norm            */
    double sum_loss, sum_cross_entropy;
    double gradient_norm, learning_rate; /* of the last update, before clipping         */
    double seconds;                      /* since the last display                      */
    double seconds_of[CAR_PARTS];        /* of these                                    */
    int64_t bad_updates;                 /* skipped in a row                            */
} car_progress;

typedef struct car_trainer car_trainer;

typedef struct car_trainer_hooks {
    void *self;
    /* After every update, and every options.disp. */
    void (*tick)(void *self, const car_progress *progress);
    void (*display)(void *self, const car_progress *progress);
    /* Fills scores [CAR_MAX_SCORES] and their number. */
    bool (*validate)(void *self, car_score *scores, int *n, car_error *e);
    void (*validated)(void *self, const car_progress *progress, const car_score *scores, int n);
    /* Keeps a checkpoint; `best` [n_best] are the names of the metrics it is best at. */
    bool (*save)(void *self, const car_trainer *trainer, const char *const *best, int n_best, car_error *e);
    /* Nonzero: leave after this update. */
    int (*stop)(void *self);
    /* Every options.look, after an update: at the model, with that minibatch.  Of epochs, with the
     * first minibatch of the next. */
    void (*look)(void *self, const car_progress *progress, const car_batch *batch);
} car_trainer_hooks;

typedef enum car_outcome { CAR_TRAINED, CAR_STOPPED_EARLY, CAR_INTERRUPTED, CAR_FAILED } car_outcome;

/* The model is borrowed, and must have gradients. */
car_trainer *car_trainer_new(car_model *model, const car_trainer_options *options);
void car_trainer_free(car_trainer *trainer);

/* Trains until `after`, early stopping or hooks->stop.  CAR_FAILED and *e: 76 when
 * the gradient stays non-finite, else what a hook or the source reported. */
car_outcome car_trainer_run(car_trainer *trainer, const car_batch_source *source, const car_trainer_hooks *hooks,
                            car_error *e);

const car_progress *car_trainer_progress(const car_trainer *trainer);
car_optimizer *car_trainer_optimizer(const car_trainer *trainer);
car_carried *car_trainer_carried(const car_trainer *trainer); /* see car_shards_carried */

/* The state as named numbers (names borrowed until the next call), and back. */
enum { CAR_TRAINER_NUMBERS = 64 };
int car_trainer_export(const car_trainer *trainer, car_named_number numbers[CAR_TRAINER_NUMBERS]);
bool car_trainer_import(car_trainer *trainer, const car_named_number *numbers, int n, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
