/* spool.h - what does not fit into memory: a temporary file that is written once, from
 * front to back, and read back by place.
 *
 * It has no name, so that nothing is left behind however the program ends.
 */
#ifndef CAROUSEL_CORPORA_SPOOL_H
#define CAROUSEL_CORPORA_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_spool car_spool;

/* NULL with *e (73, 77) if no file can be made in the folder. */
car_spool *car_spool_new(const char *folder, car_error *e);
void car_spool_free(car_spool *spool);

/* Adds bytes at the end (74). */
bool car_spool_add(car_spool *spool, const void *bytes, ptrdiff_t length, car_error *e);

int64_t car_spool_size(const car_spool *spool);

/* Reads bytes that were added, from `place` on (74). */
bool car_spool_read(const car_spool *spool, int64_t place, void *bytes, ptrdiff_t length, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
