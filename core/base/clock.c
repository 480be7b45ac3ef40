#include "base/clock.h"

#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double car_clock(void) { return seconds_of(CLOCK_MONOTONIC); }

double car_clock_of_thread(void) { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }
