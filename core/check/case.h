/* case.h - one check in its own process: what it is about, and what it finds.
 *
 * For the checks.  A check passes unless it says otherwise; the first failure is
 * the verdict, later ones are only counted.  The report lies in memory shared with
 * the process that waits, so that it outlives a crash: car_case_doing says
 * beforehand what is about to run.
 */
#ifndef CAROUSEL_CHECK_CASE_H
#define CAROUSEL_CHECK_CASE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "carousel/cell.h"
#include "cell/plan.h"
#include "check/check.h"
#include "math/random.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_REPORT_TEXT = 1 << 18 };

typedef struct car_case_report {
    bool loaded, done;  /* by the child: the plugin is loaded; the check has come to its end */
    car_verdict verdict;
    int failures;
    char text[CAR_REPORT_TEXT];
    char doing[200];    /* "the forward kernel of stage 0" */
    char fault[200];    /* where memory was accessed that is not there; "" if it was not */
} car_case_report;

typedef struct car_case {
    const char *path, *twin; /* twin: NULL if there is none */
    bool insecure;
    int cell_index;       /* in the plugin */
    const char *settings; /* "" for all options at their defaults */
    uint64_t seed;
    const car_plugin *plugin; /* NULL in checks of the file */
    const car_cell *cell;
    car_case_report *report;
    int output;           /* descriptor of the file that standard output and error go to */
} car_case;

void car_case_fail(car_case *c, const char *format, ...) CAR_PRINTF(2, 3);
void car_case_warn(car_case *c, const char *format, ...) CAR_PRINTF(2, 3); /* unless it fails */
void car_case_skip(car_case *c, const char *format, ...) CAR_PRINTF(2, 3); /* not run, and why */
bool car_case_failed(const car_case *c);

void car_case_doing(car_case *c, const char *format, ...) CAR_PRINTF(2, 3);

/* Loads the plugin, which has been done for a check unless it is of the file or loads
 * by itself. */
bool car_case_load(car_case *c, car_error *e);

/* The plan for these widths.  One that the cell refuses is NULL, and the case is not
 * run: plan.accepted is the check of that. */
car_cell_plan *car_case_plan(car_case *c, int input, int hidden);

/* A stream of the case's seed. */
car_stream car_case_stream(const car_case *c, const char *name);

/* While an address lies in [from, to), a crash there is described by `describe`,
 * which must be safe in a signal handler.  NULL ends that. */
typedef void (*car_case_describe)(const void *context, const char *address, char *text, size_t size);
void car_case_watch(car_case *c, const char *from, const char *to, car_case_describe describe, const void *context);

/* Makes this process the one for the case: its limits, its handlers, its output.
 * For run.c. */
void car_case_enter(car_case *c, double seconds);

#ifdef __cplusplus
}
#endif
#endif
