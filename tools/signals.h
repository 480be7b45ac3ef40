/* signals.h - being asked to stop, or to save, while training runs.
 *
 *   INT, TERM, HUP, XCPU   finish the update, save, leave with 128 + n; a second
 *                          INT leaves at once
 *   USR1                   save and go on
 *
 * The handlers only note what came; training asks between updates.
 */
#ifndef CAROUSEL_TOOLS_SIGNALS_H
#define CAROUSEL_TOOLS_SIGNALS_H

#include <stdbool.h>

void car_signals_catch(void);

/* A reader of the log that leaves stops nothing. */
void car_signals_ignore_pipe(void);

/* The signal that asked to stop, or 0. */
int car_signals_stop(void);

/* Was it asked to save since this was called last? */
bool car_signals_take_save(void);

#endif
