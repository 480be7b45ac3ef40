/* config.h - flat configuration files: names with a value or a list of values.
 *
 * The syntax is YAML, of which one mapping of names to scalars or to lists of
 * scalars is accepted; anchors, aliases, tags, more than one document, deeper
 * nesting, a name twice and files over 1 MiB are refused.  Every scalar is text:
 * what it means is the business of options.h.  Messages begin with FILE:LINE.
 */
#ifndef CAROUSEL_BASE_CONFIG_H
#define CAROUSEL_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "name: value" or "name: [value, ...]"; borrowed for the length of the call. */
typedef struct car_config_entry {
    const char *name;
    const char *const *values; /* [n] */
    int n;
    bool is_list;
    const char *origin; /* of the text, as given */
    int line;
} car_config_entry;

/* Called for each entry in order; false with *e ends the reading. */
typedef bool (*car_config_visit)(void *context, const car_config_entry *entry, car_error *e);

/* `origin` is what messages call the text.  False and *e (78) if it is not as
 * above, or what the visit said. */
bool car_config_read(const char *text, ptrdiff_t length, const char *origin, car_config_visit visit, void *context,
                     car_error *e);

/* The same for a file (also 66, 77, 74). */
bool car_config_load(const char *path, car_config_visit visit, void *context, car_error *e);

/* Adds a value, in quotes if it needs them, so that it reads back the same.  The
 * value is UTF-8. */
void car_config_add_value(car_string *text, const char *value);

#ifdef __cplusplus
}
#endif
#endif
