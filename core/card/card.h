/* card.h - the report card of a cell: every task of the battery from several seeds.
 *
 * Runs are independent of each other and each is done by one thread, so a card is the
 * same bits on any number of threads.  Used by `carousel card`, which prints it.
 */
#ifndef CAROUSEL_CARD_CARD_H
#define CAROUSEL_CARD_CARD_H

#include "base/error.h"
#include "card/learner.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One task from one seed. */
typedef struct car_card_run {
    const car_card_task *task;
    int seed;     /* from 1                                              */
    double score; /* in the test; NaN if training came to infinite numbers */
    int updates;  /* made                                                */
    bool passed;
    double seconds; /* of the thread; the one thing that differs from time to time */
} car_card_run;

/* All runs of one task, and what they come to. */
typedef enum car_card_verdict { CAR_CARD_FAILED, CAR_CARD_PARTLY, CAR_CARD_PASSED } car_card_verdict;

typedef struct car_card_line {
    const car_card_task *task;
    const car_card_run *run; /* [n] in the order of the seeds */
    int n, passed;
    double median, worst, best; /* NaN is worse than any number */
    int updates;                /* median                         */
    car_card_verdict verdict;   /* passed: from at least four of five seeds; failed: from none */
} car_card_line;

typedef struct car_card {
    const car_card_recipe *recipe;
    int n, seeds;        /* lines; runs of each */
    car_card_line *line; /* [n]                 */
    car_card_run *run;   /* [n * seeds]         */
} car_card;

/* Trains and tests a cell on `tasks` [n] from seeds 1 .. seeds.  Says on the log how it
 * goes on.  NULL and *e if there is no plan of the cell for one of the widths. */
car_card *car_card_new(const car_cell *cell, const char *settings, const car_card_task *const *tasks, int n, int seeds,
                       car_error *e);
void car_card_free(car_card *card);

#ifdef __cplusplus
}
#endif
#endif
