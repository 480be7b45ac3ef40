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

/* Loads the plugin at `path`, which is absolute.  `insecure` leaves out the
 * checks of owner and permissions.  Fills *plugin, which then is valid for the
 * life of the process, and status and SHA-256 of the file; or *e (69). */
bool car_plugin_open(const char *path, bool insecure, struct stat *status, const car_plugin **plugin,
                     char sha256[CAR_SHA256_HEX], car_error *e);

/* Cell `index` of a plugin; an older plugin's descriptors may be shorter. */
const car_cell *car_plugin_cell(const car_plugin *plugin, int index);

#ifdef __cplusplus
}
#endif
#endif
