/* loader.h - finds cells by name and loads the plugins they come in.
 *
 * Programs make one car_cells, ask it for cells, and hand those to
 * car_cell_plan_new (plan.h).  Where it looks, in this order, the first cell of a
 * name being the one that counts:
 *
 *   the file itself, when the name contains a slash
 *   the folders of CAROUSEL_PATH, separated by colons
 *   $XDG_DATA_HOME/carousel/cells, by default ~/.local/share/carousel/cells
 *   <prefix>/lib/carousel/cells, the prefix being where Carousel was configured to go
 *   <folder of the program>/../lib/carousel/cells
 *
 * Only absolute folders, never the current one, no folders within them, and only
 * files called *.so.  A core with 64-bit reals adds "64" to the name of every
 * folder and so finds the twins.
 *
 * A plugin is code with all the rights of this program; nothing here makes an
 * evil one safe.  What is prevented is accident and planting: see loader_open.h, and
 * verdicts.h for how a plugin is tried that was never seen before.  An accepted plugin
 * stays loaded until the process ends.
 */
#ifndef CAROUSEL_CELL_LOADER_H
#define CAROUSEL_CELL_LOADER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/sha256.h"
#include "carousel/cell.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A cell and where it came from; as long-lived as the car_cells it is of, but
 * for `cell` and `plugin`, which live as long as the process. */
typedef struct car_loaded_cell {
    const car_cell *cell;
    const car_plugin *plugin;
    const char *path;            /* absolute, without symbolic links */
    char sha256[CAR_SHA256_HEX]; /* of the file */
} car_loaded_cell;

typedef struct car_cells car_cells;

/* Reads the environment; opens nothing yet. */
car_cells *car_cells_new(void);
void car_cells_free(car_cells *cells);

/* Do without the checks of owner and permissions from now on. */
void car_cells_allow_insecure(car_cells *cells, bool allow);

/* The cell of that name, or the one cell of the file of that path.  FOLDER/name.so
 * is tried first, in all folders; all other plugins are opened only if that does
 * not find it.  NULL and *e (69) if there is none, with the nearest name and all
 * folders searched, or if FOLDER/name.so is refused.  A cell loaded before by its
 * path is found by its name too. */
const car_loaded_cell *car_cell_find(car_cells *cells, const char *name, car_error *e);

/* The cell of "rnn:activation=relu"; *settings as car_cell_spec_split has them, found or not. */
const car_loaded_cell *car_cell_find_spec(car_cells *cells, const char *spec, const char **settings, car_error *e);

/* Opens every plugin of every folder, so that car_cells_at gives all there are. */
void car_cells_open_all(car_cells *cells);

/* The cells loaded so far, in the order of loading.  Of two with the same name
 * the first is the one that car_cell_find gives for that name. */
int car_cells_count(const car_cells *cells);
const car_loaded_cell *car_cells_at(const car_cells *cells, int index);

/* What a user should hear of though it stopped nothing: plugins refused, cells
 * hidden by others of their name (both paths), folders ignored.  One line each;
 * "" if there is none.  Borrowed until the next call that loads. */
const char *car_cells_notes_view(const car_cells *cells);

/* Takes "rnn:activation=relu" apart: returns the name, freed with car_free, and
 * points *settings behind the colon, or at the end if there is none.  A colon in
 * the folders of a path does not count. */
char *car_cell_spec_split(const char *spec, const char **settings);

#ifdef __cplusplus
}
#endif
#endif
