/* speeds.h - what `carousel bench` measures, a function for each of its parts.
 *
 * Each measures and returns a JSON value that holds all of it; beside it stands a function
 * that prints such a value as a table for people.  A timing, in any of them, is
 *
 *   threads              one or all
 *   seconds, low, high   the median of `runs` runs, and the quartiles of them
 *   operations           multiplications and additions in matrices, by all threads
 *   gflops               10^9 of these a second
 *   share                of what as many threads can do at most, in fp32
 *
 * One thread is timed by its own clock, which other programs do not disturb; several by
 * the clock on the wall, which they do.
 */
#ifndef CAROUSEL_TOOLS_SPEEDS_H
#define CAROUSEL_TOOLS_SPEEDS_H

#include <jansson.h>

#include "base/options.h"
#include "tools/timing.h"

typedef struct car_speeds {
    const car_options *options;
    double seconds;        /* for each thing that is measured                  */
    int threads;           /* all that there are                               */
    double peak[2];        /* GFLOP/s that one thread and all can do at most   */
    double waiting;        /* share of the time that threads wait for other programs */
    json_t *multiply_adds; /* how these were measured: timings                 */
} car_speeds;

/* Measures the peaks, which all others need. */
void car_speeds_init(car_speeds *speeds, const car_options *options);
void car_speeds_clear(car_speeds *speeds);

/* Multiply-adds in registers; reading from each cache and from memory. */
json_t *car_speeds_roof(const car_speeds *speeds);
void car_speeds_print_roof(const json_t *roof);

/* The three products with a layer's weights, of --dims. */
json_t *car_speeds_products(const car_speeds *speeds);
void car_speeds_print_products(const json_t *products);

/* --cells of --dims.  The first is false with *e if a cell is not found or refuses; the other is NULL then. */
bool car_speeds_find_cells(const car_options *options, car_error *e);
json_t *car_speeds_cells(const car_speeds *speeds, car_error *e);
void car_speeds_print_cells(const json_t *cells);

/* A model as `carousel train` builds it with these options, in memory, with text drawn for
 * it.  NULL and *e if they make no model. */
typedef struct car_speed_model car_speed_model;
car_speed_model *car_speed_model_new(const car_options *options, car_error *e);
void car_speed_model_free(car_speed_model *model);

/* Its updates, by the parts of one, NULL and *e (76) if it has no finite gradient; translating with it. */
json_t *car_speeds_training(const car_speeds *speeds, car_speed_model *model, car_error *e);
void car_speeds_print_training(const json_t *training);
json_t *car_speeds_decoding(const car_speeds *speeds, car_speed_model *model);
void car_speeds_print_decoding(const json_t *decoding);

/* ---- what several of them need ------------------------------------------------- */

/* Seconds between two looks at the clock, of threads by far longer than it takes to wake them, if there is the time;
 * and the clock. */
double car_speeds_least(const car_speeds *speeds, int threads);
double (*car_speeds_clock(int threads))(void);

/* Does the same on each of `threads` threads, one or all, at once.  `thread` is from 0. */
typedef void (*car_thread_timed)(void *context, int thread, int64_t times);
car_timing car_speeds_time(const car_speeds *speeds, int threads, car_thread_timed run, void *context);

/* A timing; without what follows from operations where these are 0. */
json_t *car_speeds_json(const car_speeds *speeds, int threads, const car_timing *timing, double operations);

/* A number of a JSON object, 0 if it has none of the name. */
double car_speeds_number(const json_t *object, const char *name);

/* Half of what lies between the quartiles of a timing, in percent of its median. */
double car_speeds_spread(const json_t *timing);

/* "  123.4  80%  ±1%": of a timing. */
void car_speeds_print_rate(const json_t *timing);

#endif
