/* verdicts.h - what became of trying each plugin, remembered by its content.
 *
 * For loader.c.  A plugin whose content was never seen is tried in a process of its
 * own (probe.h); the verdict is kept in $XDG_CACHE_HOME/carousel/plugin-verdicts, by
 * default ~/.cache/carousel/plugin-verdicts, together with what it depends on: the
 * version, the ABI, the program that tries plugins and the kind of processor.  Nobody
 * but the user may be able to write the file or its folder.  A file that is missing, damaged or not to be
 * trusted is as good as an empty one; one that cannot be written costs a trial each
 * time, and nothing is said about it.
 */
#ifndef CAROUSEL_CELL_VERDICTS_H
#define CAROUSEL_CELL_VERDICTS_H

#include "cell/loader_open.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_verdicts car_verdicts;

/* Reads the environment; opens nothing yet. */
car_verdicts *car_verdicts_new(void);
void car_verdicts_free(car_verdicts *verdicts);

/* Is the plugin that was examined harmless to load?  *e (69) says why not. */
bool car_verdicts_ask(car_verdicts *verdicts, const char *path, const car_plugin_file *file, car_error *e);

/* Writes down what was found since, if anything was. */
void car_verdicts_save(car_verdicts *verdicts);

#ifdef __cplusplus
}
#endif
#endif
