/* loader_open.h - opens one plugin file, or says what is wrong with it.
 *
 * For loader.c.  A file is refused, with a message that names it and what was
 * expected and found, unless
 *
 *   the file      is a regular file, and it and its folder belong to root or the
 *                 user and can be written by nobody else
 *   its format    is a shared object of this machine's kind, complete
 *   loading       resolves every symbol, leaves the floating-point mode alone, and
 *                 the file is still the one that was checked
 *   magic block   magic, ABI major, ABI minor, size of car_real and of car_cell fit
 *   description   every cell has a usable name, a summary, a plan and well-formed
 *                 options
 *
 * in this order.
 */
#ifndef CAROUSEL_CELL_LOADER_OPEN_H
#define CAROUSEL_CELL_LOADER_OPEN_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/sha256.h"
#include "carousel/cell.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A plugin file as it was examined. */
typedef struct car_plugin_file {
    struct stat status;
    char sha256[CAR_SHA256_HEX];
} car_plugin_file;

/* All that can be known before code of the plugin runs: file and format.  `path` is
 * absolute; `insecure` leaves out the checks of owner and permissions.  *e: 69. */
bool car_plugin_examine(const char *path, bool insecure, car_plugin_file *file, car_error *e);

/* Is it still the file that was examined?  *e: 69. */
bool car_plugin_unchanged(const char *path, const car_plugin_file *file, car_error *e);

/* Loads what was examined: the rest of the list.  Fills *plugin, which then is valid
 * for the life of the process, or *e (69). */
bool car_plugin_load(const char *path, const car_plugin_file *file, const car_plugin **plugin, car_error *e);

/* Cell `index` of a plugin; an older plugin's descriptors may be shorter. */
const car_cell *car_plugin_cell(const car_plugin *plugin, int index);

#ifdef __cplusplus
}
#endif
#endif
