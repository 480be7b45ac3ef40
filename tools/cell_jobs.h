/* cell_jobs.h - what `carousel cell` does, one function for each of its jobs.
 *
 * Operand 0 is the job's own name.  Each returns the exit code, like a command.
 */
#ifndef CAROUSEL_TOOLS_CELL_JOBS_H
#define CAROUSEL_TOOLS_CELL_JOBS_H

#include "base/options.h"

/* Writes a folder with a working cell to begin from, and prints how to go on. */
int run_cell_new(const car_options *options, car_error *e);

/* Does a plugin keep to the contract?  1 if it does not. */
int run_cell_check(const car_options *options, car_error *e);

#endif
