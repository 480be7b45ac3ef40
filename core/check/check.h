/* check.h - does a cell plugin keep to the contract of carousel/cell.h?
 *
 * A suite of checks, each with an id such as "forward.bounds".  A check looks at a
 * file, or at one cell of it with one choice of its options, in a process of its
 * own with a limit on time and memory: whatever the plugin does there, the caller
 * gets a verdict in words.  The suite is built with 32-bit reals and with 64-bit
 * ones, like the core; the checks of gradients are only in the latter and need the
 * plugin's twin.  For `carousel cell check` and the tests.
 *
 * The caller must not have started threads: the processes are made by fork().
 */
#ifndef CAROUSEL_CHECK_CHECK_H
#define CAROUSEL_CHECK_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what there is ----------------------------------------------------------- */

/* Where a check belongs. */
enum {
    CAR_CHECK_FILE = 1, /* once for the file; otherwise for every cell and choice of options */
    CAR_CHECK_ONCE = 2, /* for every cell, but with its options at their defaults only       */
    CAR_CHECK_TWIN = 4, /* in the 64-bit build; otherwise in the 32-bit build                */
    CAR_CHECK_LOADS = 8 /* loads the plugin by itself                                       */
};

typedef struct car_check_about {
    const char *id;      /* "group.name" */
    const char *summary; /* what holds if it is passed */
    unsigned kind;       /* of the bits above */
} car_check_about;

/* All checks of both builds, in the order of their results. */
int car_check_count(void);
car_check_about car_check_at(int index);

/* Does `pattern` name this id: the id itself, or its group? */
bool car_check_is_named(const char *id, const char *pattern);

/* Why checks that need the twin were not run. */
#define CAR_CHECK_NO_TWIN                                                                               \
    "there is no twin with 64-bit reals to check gradients with; car_add_cell() builds it, or compile " \
    "the same source with -DCAR_REAL_BITS=64 to NAME64.so beside NAME.so, or name it with --twin"

/* ---- running them -------------------------------------------------------------- */

typedef enum car_verdict {
    CAR_VERDICT_PASSED,
    CAR_VERDICT_WARNED, /* keeps to the contract, but its author should know */
    CAR_VERDICT_FAILED,
    CAR_VERDICT_NOT_RUN
} car_verdict;

const char *car_verdict_name(car_verdict verdict); /* "passed", "warned", "failed", "not run" */

typedef struct car_check_request {
    const char *path;        /* absolute */
    const char *twin;        /* the same with 64-bit reals, absolute; NULL if there is none */
    bool insecure;           /* do without the checks of owner and permissions */
    uint64_t seed;           /* of all that is drawn */
    const char *const *only; /* [n_only] ids or groups, and what these need; all if there are none */
    int n_only;
    double seconds;          /* of processor time for a check of one choice of options */
    int jobs;                /* processes at a time, at least 1 */
} car_check_request;

/* Borrowed for the length of the call.  `cell` and `settings` are "" for checks of
 * the file. */
typedef struct car_check_result {
    const char *id, *cell, *settings;
    car_verdict verdict;
    const char *text; /* why, in plain words; "" if there is nothing to say */
    double seconds;
} car_check_result;

typedef void (*car_check_report)(void *context, const car_check_result *result);

/* Runs the checks of this build and reports them in the order of the table, for one
 * cell and choice of options after the other.  False with *e (2: an id that does not
 * exist; 71: no process). */
bool car_check_run(const car_check_request *request, car_check_report report, void *context, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
