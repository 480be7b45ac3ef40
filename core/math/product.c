#include "math/product.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"

/* Sizes of blocks, not of results: they change speed, never bits. */
enum { SLICE = 384, SLICE_MOST = 512, GROUP_ROWS = 96, AHEAD = 16, TILE = 16 };

#if CAR_REAL_BITS == 32
typedef uint16_t __attribute__((may_alias)) bf16_in_pair;

/* x rounded to the nearest of 8 bits, ties to even, as the upper half of a float.  As processors with bf16 do,
 * subnormal numbers become 0. */
static inline uint32_t bf16_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    uint32_t size = bits & 0x7fffffff;
    return size > 0x7f800000 ? bits >> 16 | 0x40 : size < 0x00800000 ? bits >> 31 << 15 : rounded;
}
#endif

/* clang knows neither these pragmas nor, before 17, the names of these levels. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && CAR_REAL_BITS == 32
#define HAS_X86_PATHS 1
#else
#define HAS_X86_PATHS 0
#endif

#define VECTOR_BYTES 16
#define ROWS 4
#define PATH(name) portable_##name
#include "math/product_kernel.h"
#undef PATH
#if CAR_REAL_BITS == 32
#define BF16
#define PATH(name) portable_bf16_##name
#include "math/product_kernel.h"
#undef PATH
#undef BF16
#endif
#undef VECTOR_BYTES
#undef ROWS

#if HAS_X86_PATHS
#include <immintrin.h>

#include "math/tiles.h"

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define VECTOR_BYTES 32
#define ROWS 6
#define PATH(name) avx2_##name
#include "math/product_kernel.h"
#undef PATH
#define BF16
#define PATH(name) avx2_bf16_##name
#include "math/product_kernel.h"
#undef PATH
#undef BF16
#undef VECTOR_BYTES
#undef ROWS
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define VECTOR_BYTES 64
#define ROWS 12
#define PATH(name) avx512_##name
#include "math/product_kernel.h"
#undef PATH
#define BF16
#define PATH(name) avx512_bf16_##name
#include "math/product_kernel.h"
#undef PATH
#pragma GCC target("avx512bf16")
#define BF16_INSTRUCTIONS
#define PATH(name) avx512bf16_bf16_##name
#include "math/product_kernel.h"
#undef PATH
#undef BF16_INSTRUCTIONS
#undef ROWS
#define ROWS 32
#define TILES
#define PATH(name) avx512amx_bf16_##name
#include "math/product_kernel.h"
#undef PATH
#undef TILES
#undef BF16
#undef VECTOR_BYTES
#undef ROWS
#pragma GCC pop_options

#endif

typedef struct path {
    const char *name;
    car_precision precision;
    int width;              /* columns of a panel */
    int (*words_in)(int n); /* of so many factors, filled up */
    void (*pack)(const car_packed *, const car_real *, ptrdiff_t, ptrdiff_t, int, int);
    void (*product)(int, const car_real *, ptrdiff_t, ptrdiff_t, const car_packed *, car_panel, car_panel);
} path;

/* Of each precision the best first. */
static const path paths[] = {
#if HAS_X86_PATHS
    {"avx512", CAR_FP32, avx512_width, avx512_words_in, avx512_pack, avx512_product},
    {"avx2", CAR_FP32, avx2_width, avx2_words_in, avx2_pack, avx2_product},
#endif
    {"portable", CAR_FP32, portable_width, portable_words_in, portable_pack, portable_product},
#if HAS_X86_PATHS
    {"avx512amx", CAR_BF16, avx512amx_bf16_width, avx512amx_bf16_words_in, avx512amx_bf16_pack, avx512amx_bf16_product},
    {"avx512bf16", CAR_BF16, avx512bf16_bf16_width, avx512bf16_bf16_words_in, avx512bf16_bf16_pack,
     avx512bf16_bf16_product},
    {"avx512", CAR_BF16, avx512_bf16_width, avx512_bf16_words_in, avx512_bf16_pack, avx512_bf16_product},
    {"avx2", CAR_BF16, avx2_bf16_width, avx2_bf16_words_in, avx2_bf16_pack, avx2_bf16_product},
#endif
#if CAR_REAL_BITS == 32
    {"portable", CAR_BF16, portable_bf16_width, portable_bf16_words_in, portable_bf16_pack, portable_bf16_product},
#endif
};

enum { N_PATHS = (int)(sizeof paths / sizeof *paths) };

static const path *in_use; /* set before the first thread starts */

#if HAS_X86_PATHS
/* Small whole numbers, whose sums are exact in any order. */
static bool multiplies_right(const path *p)
{
    enum { M = 37, K = 70, N = 45, WORDS = (K / 2 + TILE - 1) / TILE * TILE };
    static car_real a[M * K], b[K * N], c[M * N],
        panels[2 * avx512amx_bf16_width * WORDS] __attribute__((aligned(CAR_ALIGNMENT)));
    for (int i = 0; i < M * K; i++)
        a[i] = (car_real)(i % 11 - 5);
    for (int i = 0; i < K * N; i++)
        b[i] = (car_real)(i % 13 - 6);
    const car_packed packed = {K, N, panels};
    p->pack(&packed, b, N, 1, 0, 2);
    p->product(M, a, K, 1, &packed, (car_panel){NULL, 0}, (car_panel){c, N});
    bool right = true;
    for (int i = 0; i < M * N; i++) {
        car_real sum = 0;
        for (int k = 0; k < K; k++)
            sum += a[i / N * K + k] * b[k * N + i % N];
        right &= sum == c[i];
    }
    return right;
}
#endif

static bool can_run(const path *p)
{
#if HAS_X86_PATHS
    __builtin_cpu_init();
    /* Carousel's tests know tiles from a model of them: the processor's show themselves first. */
    if (strcmp(p->name, "avx512amx") == 0)
        return __builtin_cpu_supports("x86-64-v4") && tiles_are_there() && multiplies_right(p);
    if (strcmp(p->name, "avx512bf16") == 0)
        return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512bf16");
    if (strcmp(p->name, "avx512") == 0)
        return __builtin_cpu_supports("x86-64-v4");
    if (strcmp(p->name, "avx2") == 0)
        return __builtin_cpu_supports("x86-64-v3");
#endif
    return strcmp(p->name, "portable") == 0;
}

/* The first path of that precision that can run, or the one of that name. */
static bool choose(car_precision precision, const char *name)
{
    for (int i = 0; i < N_PATHS; i++)
        if (paths[i].precision == precision && (name == NULL || strcmp(paths[i].name, name) == 0) &&
            can_run(&paths[i])) {
            in_use = &paths[i];
            return true;
        }
    return false;
}

bool car_product_choose(const char *name) { return choose(in_use->precision, name); }

bool car_product_set_precision(car_precision precision)
{
    const char *wish = getenv("CAROUSEL_KERNELS");
    return (wish != NULL && choose(precision, wish)) || choose(precision, NULL);
}

__attribute__((constructor)) static void choose_path(void) { car_product_set_precision(CAR_FP32); }

int car_product_width(void) { return in_use->width; }

const char *car_product_path(void) { return in_use->name; }

int car_packed_panels(const car_packed *packed) { return (packed->columns + in_use->width - 1) / in_use->width; }

ptrdiff_t car_packed_reals(int rows, int columns)
{
    return (ptrdiff_t)in_use->words_in(rows) * ((columns + in_use->width - 1) / in_use->width * in_use->width);
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

/* A panel is rows of as many words as it has columns, whatever stands in them: numbers, or pairs. */
void car_pack_columns(const car_packed *packed, const car_packed *from, const int32_t *column)
{
    CAR_REQUIRE(packed->rows == from->rows);
    const int width = in_use->width;
    const ptrdiff_t panel = car_packed_reals(from->rows, width);
    for (int p = 0; p < car_packed_panels(packed); p++) {
        car_real *out = packed->at + p * panel;
        for (int j = 0; j < width; j++) {
            int n = p * width + j;
            if (n < packed->columns) {
                const car_real *in = from->at + column[n] / width * panel + column[n] % width;
                for (ptrdiff_t k = 0; k < panel; k += width)
                    memcpy(&out[k + j], &in[k], sizeof *out);
            } else {
                for (ptrdiff_t k = 0; k < panel; k += width)
                    memset(&out[k + j], 0, sizeof *out);
            }
        }
    }
}

car_packed car_packed_part(const car_packed *packed, int first, int last)
{
    const int width = in_use->width, columns = (last - first) * width, left = packed->columns - first * width;
    return (car_packed){packed->rows, columns < left ? columns : left,
                        packed->at + first * car_packed_reals(packed->rows, width)};
}

/* Panels of B that one task multiplies by. */
typedef struct piece_job {
    int rows, panels;
    const car_real *a;
    ptrdiff_t row_stride, column_stride;
    const car_packed *b;
    car_panel start, c;
} piece_job;

enum { PIECE_REALS = 1 << 15 }; /* of B in a piece at least; threads meet in less time than it takes */

static void multiply_piece(void *context, int task)
{
    const piece_job *job = context;
    const int first = task * job->panels, from = first * in_use->width;
    const car_packed b = car_packed_part(job->b, first, first + job->panels);
    in_use->product(job->rows, job->a, job->row_stride, job->column_stride, &b,
                    job->start.at != NULL ? car_panel_from_column(job->start, from) : job->start,
                    car_panel_from_column(job->c, from));
}

void car_product(int rows, const car_real *a, ptrdiff_t row_stride, ptrdiff_t column_stride, const car_packed *b,
                 const car_panel *start, car_panel c)
{
    const car_panel from = start != NULL ? *start : (car_panel){NULL, 0};
    if (rows == 0)
        return;
    for (int i = 0; b->rows == 0 && i < rows; i++) /* the empty sum */
        if (start == NULL)
            memset(car_row(c, i), 0, (size_t)b->columns * sizeof *c.at);
        else
            memmove(car_row(c, i), car_row(from, i), (size_t)b->columns * sizeof *c.at);
    const ptrdiff_t most = car_packed_reals(b->rows, b->columns) / PIECE_REALS;
    const int threads = car_parallel_threads(), pieces = most < threads ? (int)most : threads;
    if (pieces <= 1 || !car_parallel_is_free()) {
        in_use->product(rows, a, row_stride, column_stride, b, from, c);
        return;
    }
    const int panels = (car_packed_panels(b) + pieces - 1) / pieces;
    piece_job job = {rows, panels, a, row_stride, column_stride, b, from, c};
    car_parallel((car_packed_panels(b) + panels - 1) / panels, multiply_piece, &job);
}
