/* product_kernel.h - one path of math/product.c, included once per path with
 *
 *   PATH(name)    appends the name of the path
 *   VECTOR_BYTES  bytes of a vector register
 *   ROWS          rows of C that fit in registers, two vectors each
 *
 * A block of ROWS x (2 vectors) of C stays in registers while k runs; B is read
 * from its panel in order, A is broadcast element by element.  K goes in slices
 * that keep a slice of a panel near the first-level cache, rows of A in groups
 * that keep them in the second.
 */

typedef car_real PATH(vector) __attribute__((vector_size(VECTOR_BYTES)));
typedef car_real PATH(unaligned) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(car_real)), may_alias));

enum { PATH(lanes) = VECTOR_BYTES / (int)sizeof(car_real), PATH(width) = 2 * VECTOR_BYTES / (int)sizeof(car_real) };

static void PATH(pack)(const car_packed *packed, const car_real *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
                       int first, int last)
{
    const int width = PATH(width), rows = packed->rows;
    for (int p = first; p < last; p++) {
        car_real *out = packed->at + (ptrdiff_t)p * rows * width;
        int n0 = p * width, live = packed->columns - n0 < width ? packed->columns - n0 : width;
        const car_real *in = b + n0 * column_stride;
        if (column_stride == 1 && live == width) {
            for (int k = 0; k < rows; k++)
                memcpy(out + (ptrdiff_t)k * width, in + k * row_stride, (size_t)width * sizeof *out);
        } else if (live == width) { /* transpose in tiles, so that both sides stay in cache */
            for (int k0 = 0; k0 < rows; k0 += 16) {
                int k1 = k0 + 16 < rows ? k0 + 16 : rows;
                for (int j = 0; j < width; j++)
                    for (int k = k0; k < k1; k++)
                        out[(ptrdiff_t)k * width + j] = in[k * row_stride + j * column_stride];
            }
        } else {
            for (int k = 0; k < rows; k++)
                for (int j = 0; j < width; j++)
                    out[(ptrdiff_t)k * width + j] = j < live ? in[k * row_stride + j * column_stride] : 0;
        }
    }
}

/* c[rows, width] (+)= a[rows, K] . panel, `rows` a constant after inlining */
__attribute__((always_inline)) static inline void PATH(block)(const int rows, int K, const car_real *a,
                                                              ptrdiff_t row_stride, ptrdiff_t column_stride,
                                                              const car_real *panel, car_real *c, ptrdiff_t c_stride,
                                                              bool add)
{
    PATH(vector) r[ROWS][2];
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++) {
        r[i][0] = r[i][1] = (PATH(vector)){0};
        if (add) {
            r[i][0] = *(const PATH(unaligned) *)(c + i * c_stride);
            r[i][1] = *(const PATH(unaligned) *)(c + i * c_stride + PATH(lanes));
        }
    }
    /* one pointer per three rows: x86 addresses reach a row and its two neighbours from one register */
    const car_real *a0 = a, *a1 = a + 3 * row_stride, *a2 = a + 6 * row_stride, *a3 = a + 9 * row_stride;
    for (int k = 0; k < K; k++) {
        PATH(vector) b0 = *(const PATH(vector) *)panel, b1 = *(const PATH(vector) *)(panel + PATH(lanes));
        __builtin_prefetch(panel + 16 * PATH(width));
        __builtin_prefetch(panel + 16 * PATH(width) + PATH(lanes));
#pragma GCC unroll 12
        for (int i = 0; i < rows; i++) {
            const car_real *row = i < 3 ? a0 : i < 6 ? a1 : i < 9 ? a2 : a3;
            PATH(vector) x = row[(i % 3) * row_stride] - (PATH(vector)){0}; /* broadcast */
            r[i][0] += x * b0;
            r[i][1] += x * b1;
        }
        panel += PATH(width);
        a0 += column_stride;
        a1 += column_stride;
        a2 += column_stride;
        a3 += column_stride;
    }
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++) {
        *(PATH(unaligned) *)(c + i * c_stride) = r[i][0];
        *(PATH(unaligned) *)(c + i * c_stride + PATH(lanes)) = r[i][1];
    }
}

/* unit stride along k is by far the most common: give it code of its own */
#define BLOCK(n)                                                                                                       \
    case n:                                                                                                            \
        if (column_stride == 1)                                                                                        \
            PATH(block)(n, K, a, row_stride, 1, panel, c, c_stride, add);                                              \
        else                                                                                                           \
            PATH(block)(n, K, a, row_stride, column_stride, panel, c, c_stride, add);                                  \
        break;

__attribute__((noinline)) static void PATH(rows)(int rows, int K, const car_real *a, ptrdiff_t row_stride,
                                                 ptrdiff_t column_stride, const car_real *panel, car_real *c,
                                                 ptrdiff_t c_stride, bool add)
{
    switch (rows) {
        BLOCK(1)
        BLOCK(2)
        BLOCK(3)
        BLOCK(4)
#if ROWS > 4
        BLOCK(5)
        BLOCK(6)
#endif
#if ROWS > 6
        BLOCK(7)
        BLOCK(8)
        BLOCK(9)
        BLOCK(10)
        BLOCK(11)
        BLOCK(12)
#endif
    }
}
#undef BLOCK

/* rows x live columns, live < width: by way of a whole block on the stack */
static void PATH(edge)(int rows, int live, int K, const car_real *a, ptrdiff_t row_stride, ptrdiff_t column_stride,
                       const car_real *panel, car_real *c, ptrdiff_t c_stride, bool add)
{
    car_real block[ROWS * PATH(width)] __attribute__((aligned(CAR_ALIGNMENT)));
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < PATH(width); j++)
            block[i * PATH(width) + j] = add && j < live ? c[i * c_stride + j] : 0;
    PATH(rows)(rows, K, a, row_stride, column_stride, panel, block, PATH(width), add);
    for (int i = 0; i < rows; i++)
        memcpy(c + i * c_stride, block + i * PATH(width), (size_t)live * sizeof *c);
}

static void PATH(product)(int M, const car_real *a, ptrdiff_t row_stride, ptrdiff_t column_stride, const car_packed *b,
                          car_real *c, ptrdiff_t c_stride, bool add)
{
    const int width = PATH(width), K = b->rows, panels = (b->columns + width - 1) / width;
    car_real copy[GROUP_ROWS * SLICE_MOST] __attribute__((aligned(CAR_ALIGNMENT)));
    bool transposed = row_stride == 1 && column_stride > 1;

    for (int k0 = 0, slice = 0; k0 < K; k0 += slice, add = true) {
        slice = K - k0 <= SLICE_MOST ? K - k0 : SLICE;
        for (int m0 = 0; m0 < M; m0 += GROUP_ROWS) {
            int group = M - m0 < GROUP_ROWS ? M - m0 : GROUP_ROWS;
            int blocks = (group + ROWS - 1) / ROWS; /* of nearly equal height */
            const car_real *in = a + m0 * row_stride + k0 * column_stride;
            if (transposed) /* columns far apart collide in the cache: copy block by block, rows innermost */
                for (int i = 0, n = 0; n < blocks; n++) {
                    int rows = (group - i + (blocks - n) - 1) / (blocks - n);
                    for (int k = 0; k < slice; k++)
                        for (int j = 0; j < rows; j++)
                            copy[(ptrdiff_t)i * slice + (ptrdiff_t)k * rows + j] = in[i + j + k * column_stride];
                    i += rows;
                }
            for (int p = 0; p < panels; p++) {
                const car_real *panel = b->at + ((ptrdiff_t)p * K + k0) * width;
                int live = b->columns - p * width;
                for (int i = 0, n = 0; n < blocks; n++) {
                    int rows = (group - i + (blocks - n) - 1) / (blocks - n);
                    const car_real *from = transposed ? copy + (ptrdiff_t)i * slice : in + i * row_stride;
                    ptrdiff_t from_row = transposed ? 1 : row_stride, from_column = transposed ? rows : column_stride;
                    car_real *to = c + (m0 + i) * c_stride + (ptrdiff_t)p * width;
                    if (live >= width)
                        PATH(rows)(rows, slice, from, from_row, from_column, panel, to, c_stride, add);
                    else
                        PATH(edge)(rows, live, slice, from, from_row, from_column, panel, to, c_stride, add);
                    i += rows;
                }
            }
        }
    }
}
