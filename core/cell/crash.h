/* crash.h - who it was, when the program crashes inside a kernel.
 *
 * layer.c notes in a record of each thread which kernel it is in: a few stores to
 * memory that is in the cache.  The program asks once for crashes to be explained;
 * when a signal comes that ends it (SEGV, BUS, FPE, ILL, ABRT) one line on standard
 * error names plugin, cell, stage, direction, step, layer and update, and then the signal
 * does what it would have done, dumping core where that was asked for.
 */
#ifndef CAROUSEL_CELL_CRASH_H
#define CAROUSEL_CELL_CRASH_H

#include <stdbool.h>

#include "carousel/cell.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What this thread is in; layer NULL outside of kernels. */
typedef struct car_kernel_call {
    const char *layer; /* its name */
    const car_cell *cell;
    const car_step *step;
    bool backward;
} car_kernel_call;

extern __thread car_kernel_call car_kernel_now;

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
