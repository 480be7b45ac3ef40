/* learner.h - one cell, one layer of it, learning one task.
 *
 *   h = cell(x)          y = E h + b at the steps that are asked
 *
 * The loss is the mean over what is asked: the square of the error where a number is,
 * else the cross-entropy of a softmax.  A learner is used by one thread at a time; what
 * it comes to depends on cell, task, recipe and seed alone.
 */
#ifndef CAROUSEL_CARD_LEARNER_H
#define CAROUSEL_CARD_LEARNER_H

#include "card/task.h"
#include "cell/layer.h"
#include "model/output.h"
#include "train/optimizer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How every cell learns every task. */
typedef struct car_card_recipe {
    int hidden, batch;
    double learning_rate; /* of Adam                                        */
    double clip;          /* the longest that a gradient may be             */
    int probe_every;      /* updates                                        */
} car_card_recipe;

extern const car_card_recipe car_card_recipe_fixed;

typedef struct car_card_learner {
    const car_card_task *task;
    const car_card_recipe *recipe;
    uint64_t seed;
    car_layer layer;
    car_output output;
    car_parameters *parameters;
    car_optimizer *optimizer;
    car_arena arena; /* of one batch */
} car_card_learner;

/* Takes the plan, which is for inputs as wide as the task's. */
void car_card_learner_init(car_card_learner *learner, const car_card_task *task, const car_card_recipe *recipe,
                           car_cell_plan *plan, uint64_t seed);
void car_card_learner_clear(car_card_learner *learner);

/* Sequences first .. first + n - 1 of a stream, side by side, and what was answered. */
typedef struct car_card_batch {
    car_steps steps;
    car_panel x;            /* [N, input]                                             */
    car_tape tape;          /* after a forward pass                                    */
    int sequences, n;       /* n: how often something is asked                        */
    const int *row;         /* [n] row in x, and the sequence's number in the batch    */
    const int *sequence;    /* [n]                                                     */
    const int32_t *label;   /* [n]                                                     */
    const uint8_t *counts;  /* [n]                                                     */
    const car_real *target; /* [n] of CAR_CARD_SQUARE                                  */
    double *loss;           /* [n]                                                     */
    uint8_t *correct;       /* [n] but of CAR_CARD_SQUARE                              */
} car_card_batch;

/* In learner->arena, which the caller has reset. */
car_card_batch car_card_batch_take(car_card_learner *learner, car_stream stream, uint64_t first, int n, int size);

/* The mean loss.  With `gradient` also the gradients of all parameters. */
double car_card_learner_loss(car_card_learner *learner, car_card_batch *batch, bool gradient);

/* Update number `update`, from 1, on sequences of its own.  False if a number was not
 * finite: then nothing was changed. */
bool car_card_learner_update(car_card_learner *learner, int64_t update);

/* The score on the probe or on the test, which are the same sequences for every seed. */
typedef enum car_card_set { CAR_CARD_PROBE, CAR_CARD_TEST } car_card_set;
double car_card_learner_score(car_card_learner *learner, car_card_set set);

#ifdef __cplusplus
}
#endif
#endif
