/* crash.h - who it was, when the program crashes inside a plugin.
 *
 * Whoever calls code of a plugin notes it before in a record of the thread: for a
 * kernel a few stores to memory that is in the cache.  The program asks once for
 * crashes to be explained; when a signal comes that ends it (SEGV, BUS, FPE, ILL,
 * ABRT) one line on standard error names the plugin and what it was called for, of
 * a kernel cell, stage, direction, step, layer and update, and then the signal does
 * what it would have done, dumping core where that was asked for.
 */
#ifndef CAROUSEL_CELL_CRASH_H
#define CAROUSEL_CELL_CRASH_H

#include <stdbool.h>

#include "carousel/cell.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_plugin_work {
    CAR_WORK_NONE,
    CAR_WORK_LOAD,
    CAR_WORK_PLAN,
    CAR_WORK_FORWARD,
    CAR_WORK_BACKWARD
} car_plugin_work;

/* What a plugin was called for. */
typedef struct car_plugin_call {
    car_plugin_work work;
    const char *name;     /* LOAD: the path; FORWARD, BACKWARD: the layer */
    const car_cell *cell; /* but for LOAD                                 */
    const car_step *step; /* of FORWARD, BACKWARD                         */
} car_plugin_call;

extern __thread car_plugin_call car_plugin_now;

/* The cells of this plugin are from this file; copied and kept for good. */
void car_crash_note_plugin(const car_plugin *plugin, const char *path);

/* Training is now in its update number so, from 1; 0 when it is in none. */
void car_crash_note_update(int64_t update);

/* From now on.  Signals that somebody ignores stay ignored; other handlers are called
 * afterwards.  For the main thread also when its stack is used up. */
void car_crash_explain(void);

#ifdef __cplusplus
}
#endif
#endif
