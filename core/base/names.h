/* names.h - a map from byte strings to 0, 1, 2, ... in the order they came, and
 * the nearest of some names for "did you mean".
 *
 * For vocabularies, option and parameter names.  Nothing is ever taken out.  A
 * name may hold any byte but NUL.
 */
#ifndef CAROUSEL_BASE_NAMES_H
#define CAROUSEL_BASE_NAMES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_names car_names;

car_names *car_names_new(void);
void car_names_free(car_names *names);

/* The index of the name, which is copied in if it is new. */
int car_names_add(car_names *names, const char *bytes, ptrdiff_t length);

/* The index of the name, or -1. */
int car_names_find(const car_names *names, const char *bytes, ptrdiff_t length);

/* The name of 0 <= index < count, terminated; valid as long as `names` lives. */
const char *car_names_at(const car_names *names, int index);
ptrdiff_t car_names_length(const car_names *names, int index);
int car_names_count(const car_names *names);

/* The one of `n` names that `wanted` is most likely a slip of the pen for, the
 * first of equals; NULL if none is near. */
const char *car_nearest_name(const char *wanted, const char *const *names, int n);

/* What a message that there is no `wanted` goes on with: "; did you mean 'NEAREST'?", or "". */
typedef struct car_name_hint {
    char text[96];
} car_name_hint;

car_name_hint car_name_hint_of(const char *wanted, const char *const *names, int n);

#ifdef __cplusplus
}
#endif
#endif
