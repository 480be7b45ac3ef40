#include "tools/speeds.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "math/roof.h"

/* Of one thread alone, of all. */
static int peak_of(int threads) { return threads > 1; }

/* ---- threads at once ------------------------------------------------------------------- */

double car_speeds_least(const car_speeds *speeds, int threads)
{
    return threads > 1 ? fmin(fmax(speeds->seconds / 10, 1e-3), 1e-2) : 1e-3;
}

double (*car_speeds_clock(int threads))(void) { return threads > 1 ? car_clock : car_clock_of_thread; }

typedef struct crew {
    car_thread_timed run;
    void *context;
    int threads;
    int64_t times;
} crew;

static void run_member(void *context, int thread)
{
    const crew *c = context;
    c->run(c->context, thread, c->times);
}

static void run_crew(void *context, int64_t times)
{
    crew *c = context;
    c->times = times;
    car_parallel(c->threads, run_member, c);
}

car_timing car_speeds_time(const car_speeds *speeds, int threads, car_thread_timed run, void *context)
{
    crew c = {run, context, 1, 1};
    car_parallel_set_threads(1); /* where others are free a large product would go to all of them */
    int64_t times = car_timing_times(run_crew, &c, car_speeds_least(speeds, threads));
    c.threads = threads;
    car_parallel_set_threads(threads);
    car_timing timing = car_timing_take(run_crew, &c, times, car_speeds_clock(threads), speeds->seconds);
    car_parallel_set_threads(speeds->threads);
    return timing;
}

/* ---- values ------------------------------------------------------------------------------ */

json_t *car_speeds_json(const car_speeds *speeds, int threads, const car_timing *timing, double operations)
{
    json_t *object = json_pack("{s:i, s:f, s:f, s:f, s:i}", "threads", threads, "seconds", timing->median, "low",
                               timing->low, "high", timing->high, "runs", timing->runs);
    if (operations > 0) {
        double gflops = 1e-9 * operations / timing->median;
        (void)json_object_set_new(object, "operations", json_real(operations));
        (void)json_object_set_new(object, "gflops", json_real(gflops));
        (void)json_object_set_new(object, "share", json_real(gflops / speeds->peak[peak_of(threads)]));
    }
    return object;
}

double car_speeds_number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

double car_speeds_spread(const json_t *timing)
{
    return 50 * (car_speeds_number(timing, "high") - car_speeds_number(timing, "low")) /
           car_speeds_number(timing, "seconds");
}

void car_speeds_print_rate(const json_t *timing)
{
    (void)printf("%12.1f%6.0f%%%5.0f%%", car_speeds_number(timing, "gflops"), 100 * car_speeds_number(timing, "share"),
                 car_speeds_spread(timing));
}

/* ---- the peaks ----------------------------------------------------------------------------- */

enum { ROUNDS = 1000000 }; /* some milliseconds: longer by far than it takes to wake a thread */

/* What others take of the processors, above which it is said. */
#define MUCH 0.1

static void multiply_and_add(void *context, int thread)
{
    double *seconds = context, began = car_clock_of_thread();
    (void)car_roof_compute(ROUNDS);
    seconds[thread] = car_clock_of_thread() - began;
}

/* All threads at once, each by its own clock: what there is to reach is the same however busy the machine
 * is.  *waiting is the share of the time in which they did not run. */
static car_timing time_peak(const car_speeds *speeds, int threads, double *waiting)
{
    double taken[CAR_MOST_RUNS], passed = 0;
    double *seconds = car_alloc(threads, sizeof *seconds);
    int n = 0;
    car_parallel(threads, multiply_and_add, seconds);
    double began = car_clock();
    for (; n < CAR_LEAST_RUNS || (n < CAR_MOST_RUNS && car_clock() - began < speeds->seconds); n++) {
        double rate = 0;
        car_parallel(threads, multiply_and_add, seconds);
        for (int thread = 0; thread < threads; thread++)
            rate += 1 / seconds[thread];
        taken[n] = threads / rate;
        passed += taken[n];
    }
    *waiting = 1 - passed / (car_clock() - began);
    car_free(seconds);
    return car_timing_of(taken, n);
}

void car_speeds_init(car_speeds *speeds, const car_options *options)
{
    *speeds = (car_speeds){.options = options,
                           .seconds = car_options_number(options, "seconds"),
                           .threads = car_parallel_threads(),
                           .multiply_adds = json_array()};
    for (int threads = 1;; threads = speeds->threads) {
        car_timing timing = time_peak(speeds, threads, &speeds->waiting);
        double operations = (double)ROUNDS * car_roof_operations() * threads;
        speeds->peak[peak_of(threads)] = 1e-9 * operations / timing.median;
        (void)json_array_append_new(speeds->multiply_adds, car_speeds_json(speeds, threads, &timing, operations));
        if (threads == speeds->threads)
            break;
    }
    if (speeds->waiting > MUCH)
        car_log(CAR_LOG_WARN,
                "[bench] threads wait %.0f%% of the time for others: what they do together is slower here "
                "than it could be",
                100 * speeds->waiting);
}

void car_speeds_clear(car_speeds *speeds) { json_decref(speeds->multiply_adds); }
