/* timing.h - how long something takes, from many runs of it: the median, and between
 * which quartiles the others lie.  For `carousel bench` and `carousel cell bench`.
 */
#ifndef CAROUSEL_TOOLS_TIMING_H
#define CAROUSEL_TOOLS_TIMING_H

#include <stdint.h>

/* Whatever the time that there is. */
enum { CAR_LEAST_RUNS = 5, CAR_MOST_RUNS = 1000 };

typedef struct car_timing {
    int runs;
    double median, low, high; /* seconds; low, high: the quartiles */
} car_timing;

/* From the seconds of n >= 1 runs, which it sorts. */
car_timing car_timing_of(double *seconds, int n);

/* Something that is done so many times in a row. */
typedef void (*car_timed)(void *context, int64_t times);

/* How many times keep this thread at work for `least` seconds, by its own clock; warms up, too. */
int64_t car_timing_times(car_timed run, void *context, double least);

/* Runs it, so many times between two looks at the clock, until `seconds` have passed; the
 * result is of one time. */
car_timing car_timing_take(car_timed run, void *context, int64_t times, double (*clock)(void), double seconds);

#endif
