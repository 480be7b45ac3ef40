#include "tools/timing.h"

#include <stdlib.h>

#include "base/clock.h"

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of sorted values, between two of them where none is at that place. */
static double quantile(const double *values, int n, double share)
{
    double place = share * (n - 1);
    int below = (int)place, above = below + 1 < n ? below + 1 : below;
    return values[below] + (place - below) * (values[above] - values[below]);
}

car_timing car_timing_of(double *seconds, int n)
{
    qsort(seconds, (size_t)n, sizeof *seconds, by_size);
    return (car_timing){n, quantile(seconds, n, 0.5), quantile(seconds, n, 0.25), quantile(seconds, n, 0.75)};
}

int64_t car_timing_times(car_timed run, void *context, double least)
{
    int64_t times = 1;
    run(context, 1);
    for (;; times *= 2) {
        double began = car_clock_of_thread();
        run(context, times);
        if (car_clock_of_thread() - began >= least)
            return times;
    }
}

car_timing car_timing_take(car_timed run, void *context, int64_t times, double (*clock)(void), double seconds)
{
    double taken[CAR_MOST_RUNS];
    double began = clock(), now = began;
    int n = 0;
    while (n < CAR_LEAST_RUNS || (n < CAR_MOST_RUNS && now < began + seconds)) {
        double before = now;
        run(context, times);
        now = clock();
        taken[n++] = (now - before) / (double)times;
    }
    return car_timing_of(taken, n);
}
