/* cell_jobs.h - what `carousel cell` does, one function for each of its jobs.
 *
 * Operand 0 is the job's own name.  Each returns the exit code, like a command.
 */
#ifndef CAROUSEL_TOOLS_CELL_JOBS_H
#define CAROUSEL_TOOLS_CELL_JOBS_H

#include "base/options.h"
#include "cell/loader.h"
#include "cell/plan.h"

/* Writes a folder with a working cell to begin from, and prints how to go on. */
int run_cell_new(const car_options *options, car_error *e);

/* Does a plugin keep to the contract?  1 if it does not. */
int run_cell_check(const car_options *options, car_error *e);

/* Prints a cell's data flow in the DOT language. */
int run_cell_graph(const car_options *options, car_error *e);

/* Measures cells beside the lstm. */
int run_cell_bench(const car_options *options, car_error *e);

/* ---- what several of them need ------------------------------------------------- */

/* Where cells are looked for, by the options. */
car_cells *car_cells_of_options(const car_options *options);

/* The plan of "CELL:name=value,..." for these widths; NULL and *e.
 * *loaded, if not NULL: the cell and where it came from. */
car_cell_plan *car_cell_spec_plan(car_cells *cells, const char *spec, int input, int hidden,
                                  const car_loaded_cell **loaded, car_error *e);

/* The same for --dim-emb and --dim-rnn. */
car_cell_plan *car_cell_plan_of_options(car_cells *cells, const char *spec, const car_options *options,
                                        const car_loaded_cell **loaded, car_error *e);

/* As JSON, for scripts: what `cell list` and `cell info` say. */
void car_cells_print_json(car_cells *cells);
void car_cell_print_json(const car_loaded_cell *loaded, const car_cell_plan *plan);

#endif
