/* json.h - JSON as text, for files that hold some. */
#ifndef CAROUSEL_BASE_JSON_H
#define CAROUSEL_BASE_JSON_H

#include <jansson.h>

#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds the value, which is not NULL and all of whose text is UTF-8, as json_dumps writes it with
 * these flags; and frees it. */
void car_string_add_json(car_string *text, json_t *value, size_t flags);

#ifdef __cplusplus
}
#endif
#endif
