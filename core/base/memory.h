/* memory.h - allocation that never returns NULL, and arenas.
 *
 * Ownership law of the toolkit: what a _new, _load or car_alloc returned is
 * freed by the holder with the matching _free (which accepts NULL); what came
 * from an arena or has _view in its name is borrowed.
 *
 * Out of memory is not an error a caller handles: the program reports the size
 * and the place and exits with 71.
 */
#ifndef CAROUSEL_BASE_MEMORY_H
#define CAROUSEL_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAR_ALIGNMENT 64 /* bytes: one cache line, one 512-bit vector */

/* `count` objects of `size` bytes, zeroed, aligned to CAR_ALIGNMENT.  count 0
 * gives a pointer that may be freed. */
void *car_alloc(ptrdiff_t count, size_t size);

/* Grows or shrinks what a former call gave (NULL is an
 * empty array); new elements are not initialised.  Plain alignment. */
void *car_resize(void *array, ptrdiff_t count, size_t size);

/* Makes room for one more element in a growing array (doubling). */
void *car_grow(void *array, ptrdiff_t used, ptrdiff_t *capacity, size_t size);

char *car_copy_text(const char *text);

/* Frees what any of the above returned. */
void car_free(void *memory);

/* An arena hands out memory that all dies at once.  After the first round of
 * a repeated job it allocates nothing: car_arena_reset keeps what it has, as
 * one piece that has room for somewhat more than the largest round so far. */
typedef struct car_arena {
    struct car_arena_piece *pieces; /* newest first */
    size_t used, needed;            /* bytes in the newest piece; in this round */
    bool poison;                    /* fill with NaN what is handed out (tests) */
} car_arena;

void car_arena_init(car_arena *arena);
void car_arena_clear(car_arena *arena);

/* Everything taken so far is dead.  Not for use while anybody holds some. */
void car_arena_reset(car_arena *arena);

/* `count` objects of `size` bytes, not initialised, aligned to CAR_ALIGNMENT. */
void *car_arena_take(car_arena *arena, ptrdiff_t count, size_t size);

#ifdef __cplusplus
}
#endif
#endif
