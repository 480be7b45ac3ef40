/* task.h - the long-dependency problems a cell is put to.
 *
 * A task makes sequences: what a cell reads at every step, at which steps it is asked
 * and what the right answer is.  Everything is drawn anew from seeded streams, so no
 * sequence comes twice and none is stored.  Used by learner.h and card.h, and for
 * tests; what a cell does with the sequences is no business of this file.
 *
 * docs/cards/README.md describes the tasks with their sources.
 */
#ifndef CAROUSEL_CARD_TASK_H
#define CAROUSEL_CARD_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "math/random.h"
#include "math/real.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the score is.  Only the mean square is better when it is smaller. */
typedef enum car_card_measure {
    CAR_CARD_SQUARE, /* mean square of the error of the one number asked for               */
    CAR_CARD_SHARE,  /* share of right answers                                             */
    CAR_CARD_REACH   /* the longest size of the list up to which all sizes are answered
                        right: in that share of the sequences that `reached` says          */
} car_card_measure;

/* One sequence.  Where nothing is asked the label is -1; where a number is asked it is 0. */
typedef struct car_card_sequence {
    int length;
    car_real *x;     /* [length, input]                                  */
    int32_t *label;  /* [length]                                         */
    uint8_t *counts; /* [length] is the answer part of the score?        */
    car_real target; /* the number asked for, of CAR_CARD_SQUARE         */
} car_card_sequence;

typedef struct car_card_task car_card_task;
struct car_card_task {
    const char *name, *title;
    car_card_measure measure;
    int steps;                  /* T of the paper, or the longest size trained on              */
    int input, output;          /* widths; output 1 and CAR_CARD_SQUARE: a number, else classes */
    int longest;                /* steps of the longest sequence, of training and of tests     */
    int updates;                /* at most                                                     */
    double chance;              /* score of knowing everything but what has to be remembered    */
    double mark;                /* to pass, reach this score in the test ...                   */
    double enough;              /* ... and training ends early at this one of the probe        */
    double reached;             /* of CAR_CARD_REACH                                           */
    const int *sizes;           /* [n_sizes] rising, of the sequences of probe and test; 0: as trained */
    int n_sizes, probes, tests; /* sequences of each size                              */
    const char *published;      /* what is known of it, one line                        */
    /* Sequence number `number` of the stream; size 0: drawn as for training. */
    void (*draw)(const car_card_task *task, car_stream stream, uint64_t number, int size, car_card_sequence *made);
};

/* The battery, in the order of the report. */
extern const car_card_task car_card_tasks[];
extern const int car_card_task_count;

/* NULL if there is none of that name. */
const car_card_task *car_card_task_find(const char *name);

/* Is score a at least as good as b? */
bool car_card_task_as_good(const car_card_task *task, double a, double b);

/* Room for a sequence of task->longest steps, and a sequence drawn into it. */
car_card_sequence car_card_sequence_take(car_arena *arena, const car_card_task *task);
void car_card_sequence_draw(const car_card_task *task, car_stream stream, uint64_t number, int size,
                            car_card_sequence *made);

/* ---- the grammar of Reber (1967), for the task and its tests --------------------------- */

#define CAR_REBER_SYMBOLS "BTPSXVE"

/* From state 0, before the B, to CAR_REBER_END, behind the E: the state after `symbol`,
 * or -1 if that is not allowed. */
enum { CAR_REBER_END = 7 };
int car_reber_next(int state, char symbol);

#ifdef __cplusplus
}
#endif
#endif
