/* parallel.h - the only place that knows about threads.
 *
 * A job is a number of tasks that touch disjoint memory.  How many tasks there
 * are and what each of them computes never depends on the number of threads;
 * which thread runs a task is left to chance.  That is why results do not
 * depend on the number of threads.
 */
#ifndef CAROUSEL_BASE_PARALLEL_H
#define CAROUSEL_BASE_PARALLEL_H

#include <stdbool.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*car_task)(void *context, int task);

/* Calls task(context, 0), ..., task(context, n - 1), in any order, on all
 * threads; returns when all are done.  Inside a task it runs the tasks of an
 * inner job one after the other. */
void car_parallel(int n, car_task task, void *context);

/* Would several tasks go to several threads here?  Not inside a task. */
bool car_parallel_is_free(void);

/* Threads to use; 0 is all processors this process may run on.  Built without OpenMP there is always one. */
void car_parallel_set_threads(int threads);
int car_parallel_threads(void);

/* The error of the first of the tasks that failed, whichever of them came first; {0}: none did. */
typedef struct car_failure {
    bool busy, any;
    int task;
    car_error e;
} car_failure;

void car_failure_note(car_failure *failure, int task, const car_error *e);

/* False and *e if any task failed. */
bool car_failure_pass(const car_failure *failure, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
