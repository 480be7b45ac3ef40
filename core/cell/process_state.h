/* process_state.h - what of the whole process a plugin may not change.
 *
 * Taken down before and after code of a plugin runs, and compared: the
 * floating-point mode, the locale, the working folder, signals, limits, files,
 * timers, threads, the environment.  Used where plugins are tried and by tests.
 * It finds accidents: memory that was overwritten, or what was changed and put
 * back meanwhile, it does not see.
 */
#ifndef CAROUSEL_CELL_PROCESS_STATE_H
#define CAROUSEL_CELL_PROCESS_STATE_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the processor rounds, and whether it flushes small numbers to zero; not
 * which exceptions have happened. */
typedef struct car_float_mode {
    unsigned vector, x87;
} car_float_mode;

car_float_mode car_float_mode_now(void);
bool car_float_mode_equal(car_float_mode a, car_float_mode b);

enum { CAR_STATE_FILES = 256, CAR_STATE_SIGNALS = 65, CAR_STATE_LIMITS = 16, CAR_STATE_TIMERS = 3 };

/* Some 20 KB: better not on the stack of a signal handler. */
typedef struct car_process_state {
    car_float_mode mode;
    char locale[512], folder[PATH_MAX];
    mode_t creation_mask;
    sigset_t blocked;
    struct {
        void (*handler)(int);
        int flags;
    } signals[CAR_STATE_SIGNALS];
    struct rlimit limits[CAR_STATE_LIMITS];
    struct {
        bool open;
        dev_t device;
        ino_t number;
    } files[CAR_STATE_FILES];      /* by descriptor */
    bool timers[CAR_STATE_TIMERS]; /* is it set? */
    long threads;
    uint64_t environment; /* a hash */
} car_process_state;

/* Not while other threads run that change any of it or create files. */
void car_process_state_take(car_process_state *state);

/* Compares; when something differs, returns false and says the first such thing as
 * what was done, "changed the locale from "C" to "cs_CZ.UTF-8"". */
bool car_process_state_same(const car_process_state *before, const car_process_state *after, char *done, size_t size);

#ifdef __cplusplus
}
#endif
#endif
