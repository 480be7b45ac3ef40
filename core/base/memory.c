#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "base/error.h"

#define HUGE_PAGE ((size_t)2 << 20)

#ifdef __GLIBC__
/* Large pieces go back to the system when freed.  Left to itself, glibc raises the
 * bound each time one is freed, and arenas that come and go leave holes. */
__attribute__((constructor)) static void return_large_pieces(void) { (void)mallopt(M_MMAP_THRESHOLD, HUGE_PAGE); }
#endif

static size_t bytes_of(ptrdiff_t count, size_t size)
{
    size_t bytes;
    CAR_REQUIRE(count >= 0);
    if (__builtin_mul_overflow((size_t)count, size, &bytes) || bytes > SIZE_MAX / 2) {
        (void)fprintf(stderr, "carousel: cannot hold %td objects of %zu bytes\n", count, size);
        exit(CAR_EXIT_MEMORY);
    }
    return bytes;
}

static void out_of_memory(size_t bytes)
{
    (void)fprintf(stderr, "carousel: out of memory: no %zu bytes left; a smaller model or --mini-batch needs less\n",
                  bytes);
    exit(CAR_EXIT_MEMORY);
}

static void *aligned(size_t bytes)
{
    size_t whole = (bytes + CAR_ALIGNMENT) / CAR_ALIGNMENT * CAR_ALIGNMENT;
    void *memory = aligned_alloc(whole >= HUGE_PAGE ? HUGE_PAGE : CAR_ALIGNMENT,
                                 whole >= HUGE_PAGE ? (whole + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE : whole);
    if (memory == NULL)
        out_of_memory(bytes);
#ifdef MADV_HUGEPAGE
    if (whole >= HUGE_PAGE)
        (void)madvise(memory, whole, MADV_HUGEPAGE); /* a wish: large weights are read faster */
#endif
    return memory;
}

void *car_alloc(ptrdiff_t count, size_t size)
{
    size_t bytes = bytes_of(count, size);
    return memset(aligned(bytes), 0, bytes);
}

void *car_resize(void *array, ptrdiff_t count, size_t size)
{
    size_t bytes = bytes_of(count, size);
    void *memory = realloc(array, bytes > 0 ? bytes : 1);
    if (memory == NULL)
        out_of_memory(bytes);
    return memory;
}

void *car_grow(void *array, ptrdiff_t used, ptrdiff_t *capacity, size_t size)
{
    if (used < *capacity)
        return array;
    *capacity = *capacity < 8 ? 16 : *capacity * 2;
    return car_resize(array, *capacity, size);
}

char *car_copy_text(const char *text)
{
    size_t length = strlen(text) + 1;
    return memcpy(car_resize(NULL, (ptrdiff_t)length, 1), text, length);
}

void car_free(void *memory) { free(memory); }

struct car_arena_piece {
    struct car_arena_piece *older;
    size_t size;
    unsigned char *bytes;
};

void car_arena_init(car_arena *arena) { *arena = (car_arena){0}; }

void car_arena_clear(car_arena *arena)
{
    while (arena->pieces != NULL) {
        struct car_arena_piece *older = arena->pieces->older;
        free(arena->pieces->bytes);
        free(arena->pieces);
        arena->pieces = older;
    }
    arena->used = arena->needed = 0;
}

static void add_piece(car_arena *arena, size_t size)
{
    struct car_arena_piece *piece = car_resize(NULL, 1, sizeof *piece);
    *piece = (struct car_arena_piece){arena->pieces, size, aligned(size)};
    arena->pieces = piece;
    arena->used = 0;
}

void car_arena_reset(car_arena *arena)
{
    if (arena->pieces != NULL && arena->pieces->older != NULL) {
        size_t needed = arena->needed;
        car_arena_clear(arena);
        add_piece(arena, needed + needed / 4); /* rounds differ a little: do not come back for each record */
    }
    arena->used = arena->needed = 0;
}

void *car_arena_take(car_arena *arena, ptrdiff_t count, size_t size)
{
    size_t bytes = (bytes_of(count, size) + CAR_ALIGNMENT - 1) / CAR_ALIGNMENT * CAR_ALIGNMENT;
    if (arena->pieces == NULL || arena->used + bytes > arena->pieces->size) {
        size_t floor = (size_t)1 << 18, half = arena->pieces != NULL ? arena->needed / 2 : 0;
        size_t wish = bytes > floor ? bytes : floor;
        add_piece(arena, wish > half ? wish : half);
    }
    unsigned char *memory = arena->pieces->bytes + arena->used;
    arena->used += bytes;
    arena->needed += bytes;
    return arena->poison ? memset(memory, 0xff, bytes) : memory; /* all ones is a NaN in both widths */
}
