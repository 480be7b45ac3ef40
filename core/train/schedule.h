/* schedule.h - how fast to learn, and when to stop.
 *
 * Used by the trainer.  A schedule gives the learning rate of every update; a
 * judge follows one validation metric and says which score is a new best and
 * when there has been none for too long.  Neither reads a clock, a file or a
 * model.
 *
 * What either has learnt from the past are a few numbers with names.  The
 * checkpoint stores them; the options come from the command line again.
 */
#ifndef CAROUSEL_TRAIN_SCHEDULE_H
#define CAROUSEL_TRAIN_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_named_number {
    const char *name; /* a literal */
    double value;
} car_named_number;

/* The value of that name among n; false with *e (65) if there is none. */
bool car_named_number_find(const car_named_number *numbers, int n, const char *name, double *value, car_error *e);

/* ---- the learning rate ---------------------------------------------------------
 *
 *   rate(t) = rate x min(1, t / warmup) x min(1, sqrt(inverse_sqrt / t)) x decayed
 *
 * for update t = 1, 2, ...; the second factor (Goyal et al., 2017) only if warmup
 * > 0, the third (Vaswani et al., 2017) only if inverse_sqrt > 0.  `decayed` is 1
 * at first and is multiplied by `factor`
 *
 *   CAR_DECAY_NONE      never
 *   CAR_DECAY_EPOCHS    as epoch start, start + frequency, ... begins
 *   CAR_DECAY_UPDATES   after update start, start + frequency, ...
 *   CAR_DECAY_STALLED   whenever a further `start` validations in a row were no new
 *                       best; `frequency` is not used
 */
typedef enum car_decay { CAR_DECAY_NONE, CAR_DECAY_EPOCHS, CAR_DECAY_UPDATES, CAR_DECAY_STALLED } car_decay;

typedef struct car_schedule_options {
    double rate;          /* > 0                                       --learn-rate         */
    int64_t warmup;       /* updates, >= 0                             --lr-warmup          */
    int64_t inverse_sqrt; /* updates, >= 0                             --lr-decay-inv-sqrt  */
    car_decay decay;      /*                                           --lr-decay-strategy  */
    double factor;        /* (0, 1], unless decay is NONE              --lr-decay           */
    int64_t start;        /* >= 1, unless decay is NONE                --lr-decay-start     */
    int64_t frequency;    /* >= 1, if decay is EPOCHS or UPDATES       --lr-decay-freq      */
} car_schedule_options;

typedef struct car_schedule {
    car_schedule_options options;
    double decayed;
} car_schedule;

void car_schedule_init(car_schedule *schedule, const car_schedule_options *options);

/* The rate for update t >= 1, which is about to be made. */
double car_schedule_rate(const car_schedule *schedule, int64_t t);

/* To be called as each of these happens: `count` is the number of the epoch that
 * begins (from 1), of updates made, of validations in a row without a new best
 * (car_judge's `stalls`).  True if that lowered the rate. */
bool car_schedule_report(car_schedule *schedule, car_decay what, int64_t count);

enum { CAR_SCHEDULE_NUMBERS = 1, CAR_JUDGE_NUMBERS = 3 };

void car_schedule_export(const car_schedule *schedule, car_named_number numbers[CAR_SCHEDULE_NUMBERS]);

/* From n numbers, among which those of car_schedule_export are looked up by name.
 * One that is missing or cannot be is bad data (65). */
bool car_schedule_import(car_schedule *schedule, const car_named_number *numbers, int n, car_error *e);

/* ---- early stopping ------------------------------------------------------------ */

typedef struct car_judge {
    bool higher_is_better; /* BLEU; not so cross-entropy                            */
    double epsilon;        /* >= 0: a new best is better than the old by more       */
    int64_t patience;      /* stalls to stop after; 0: never                        */
    double best;           /* score; there is one if seen > stalls                  */
    int64_t stalls;        /* validations since the best, or since the beginning    */
    int64_t seen;          /* validations                                           */
} car_judge;

void car_judge_init(car_judge *judge, bool higher_is_better, double epsilon, int64_t patience);

/* Takes the score of one more validation.  True if it is a new best, as the first
 * finite one is; a score that is not finite never is. */
bool car_judge_take(car_judge *judge, double score);

/* Has there been no new best for `patience` validations? */
bool car_judge_stops(const car_judge *judge);

void car_judge_export(const car_judge *judge, car_named_number numbers[CAR_JUDGE_NUMBERS]);
bool car_judge_import(car_judge *judge, const car_named_number *numbers, int n, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
