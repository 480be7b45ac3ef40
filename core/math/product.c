#include "math/product.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Sizes of blocks, not of results: they change speed, never bits. */
enum { SLICE = 384, SLICE_MOST = 512, GROUP_ROWS = 96 };

#define PATH(name) portable_##name
#define VECTOR_BYTES 16
#define ROWS 4
#include "math/product_kernel.h"
#undef PATH
#undef VECTOR_BYTES
#undef ROWS

/* clang knows neither these pragmas nor, before 17, the names of these levels. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && CAR_REAL_BITS == 32
#define HAS_X86_PATHS 1

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define PATH(name) avx2_##name
#define VECTOR_BYTES 32
#define ROWS 6
#include "math/product_kernel.h"
#undef PATH
#undef VECTOR_BYTES
#undef ROWS
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define PATH(name) avx512_##name
#define VECTOR_BYTES 64
#define ROWS 12
#include "math/product_kernel.h"
#undef PATH
#undef VECTOR_BYTES
#undef ROWS
#pragma GCC pop_options

#else
#define HAS_X86_PATHS 0
#endif

typedef struct path {
    const char *name;
    int width;
    void (*pack)(const car_packed *, const car_real *, ptrdiff_t, ptrdiff_t, int, int);
    void (*product)(int, const car_real *, ptrdiff_t, ptrdiff_t, const car_packed *, car_real *, ptrdiff_t, bool);
} path;

static const path paths[] = {
#if HAS_X86_PATHS
    {"avx512", avx512_width, avx512_pack, avx512_product},
    {"avx2", avx2_width, avx2_pack, avx2_product},
#endif
    {"portable", portable_width, portable_pack, portable_product},
};

enum { N_PATHS = (int)(sizeof paths / sizeof *paths) };

static const path *in_use; /* set once, before the first thread starts */

static bool can_run(const path *p)
{
#if HAS_X86_PATHS
    __builtin_cpu_init();
    if (strcmp(p->name, "avx512") == 0)
        return __builtin_cpu_supports("x86-64-v4");
    if (strcmp(p->name, "avx2") == 0)
        return __builtin_cpu_supports("x86-64-v3");
#endif
    return strcmp(p->name, "portable") == 0;
}

bool car_product_choose(const char *name)
{
    for (int i = 0; i < N_PATHS; i++)
        if (strcmp(paths[i].name, name) == 0 && can_run(&paths[i])) {
            in_use = &paths[i];
            return true;
        }
    return false;
}

__attribute__((constructor)) static void choose_path(void)
{
    const char *wish = getenv("CAROUSEL_KERNELS");
    if (wish != NULL && car_product_choose(wish))
        return;
    for (int i = 0; in_use == NULL; i++)
        if (can_run(&paths[i]))
            in_use = &paths[i];
}

int car_product_width(void) { return in_use->width; }

const char *car_product_path(void) { return in_use->name; }

int car_packed_panels(const car_packed *packed) { return (packed->columns + in_use->width - 1) / in_use->width; }

ptrdiff_t car_packed_reals(int rows, int columns)
{
    return (ptrdiff_t)((columns + in_use->width - 1) / in_use->width) * in_use->width * rows;
}

void car_pack(const car_packed *packed, const car_real *b, ptrdiff_t row_stride, ptrdiff_t column_stride, int first,
              int last)
{
    in_use->pack(packed, b, row_stride, column_stride, first, last);
}

car_packed car_pack_take(car_arena *arena, car_panel b, int rows, int columns)
{
    car_packed packed = {rows, columns, car_arena_take(arena, car_packed_reals(rows, columns), sizeof(car_real))};
    car_pack(&packed, b.at, b.stride, 1, 0, car_packed_panels(&packed));
    return packed;
}

void car_product(int rows, const car_real *a, ptrdiff_t row_stride, ptrdiff_t column_stride, const car_packed *b,
                 car_panel c, bool add)
{
    if (rows == 0)
        return;
    if (b->rows == 0 && !add) /* the empty sum */
        for (int i = 0; i < rows; i++)
            memset(car_row(c, i), 0, (size_t)b->columns * sizeof *c.at);
    in_use->product(rows, a, row_stride, column_stride, b, c.at, c.stride, add);
}
