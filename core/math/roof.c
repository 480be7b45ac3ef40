#include "math/roof.h"

#include <string.h>

#include "math/product.h"

#define PATH(name) portable_##name
#define VECTOR_BYTES 16
#define CHAINS 12
#include "math/roof_kernel.h"
#undef PATH
#undef VECTOR_BYTES
#undef CHAINS

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && CAR_REAL_BITS == 32
#define HAS_X86_PATHS 1

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define PATH(name) avx2_##name
#define VECTOR_BYTES 32
#define CHAINS 12
#include "math/roof_kernel.h"
#undef PATH
#undef VECTOR_BYTES
#undef CHAINS
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define PATH(name) avx512_##name
#define VECTOR_BYTES 64
#define CHAINS 24
#include "math/roof_kernel.h"
#undef PATH
#undef VECTOR_BYTES
#undef CHAINS
#pragma GCC pop_options

#else
#define HAS_X86_PATHS 0
#endif

typedef struct path {
    const char *name;
    int operations;
    car_real (*compute)(int64_t);
    uint64_t (*read)(const car_real *, ptrdiff_t);
} path;

static const path paths[] = {
#if HAS_X86_PATHS
    {"avx512", avx512_operations, avx512_compute, avx512_read},
    {"avx2", avx2_operations, avx2_compute, avx2_read},
#endif
    {"portable", portable_operations, portable_compute, portable_read},
};

enum { N_PATHS = (int)(sizeof paths / sizeof *paths) };

/* The level of the path that products take, whatever else is in its name. */
static const path *in_use(void)
{
    const char *name = car_product_path();
    int i = 0;
    while (i < N_PATHS - 1 && strncmp(paths[i].name, name, strlen(paths[i].name)) != 0)
        i++;
    return &paths[i];
}

int car_roof_operations(void) { return in_use()->operations; }

car_real car_roof_compute(int64_t rounds) { return in_use()->compute(rounds); }

uint64_t car_roof_read(const car_real *memory, ptrdiff_t n) { return in_use()->read(memory, n); }
