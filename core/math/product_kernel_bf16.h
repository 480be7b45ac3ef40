/* product_kernel_bf16.h - one path of math/product.c in bf16, included once per path with
 *
 *   PATH(name)         appends the name of the path
 *   VECTOR_BYTES       bytes of a vector register
 *   ROWS               rows of C that fit in registers, two vectors each
 *   BF16_INSTRUCTIONS  defined where the processor multiplies pairs by itself (AVX512_BF16)
 *
 * A word of 32 bits holds the pair of factors k and k + 1, the even one in its
 * lower half; an odd K is filled up with a zero.  B is rounded when it is packed.
 * Rows of A are rounded into a copy, pair by pair, or for A read transposed all
 * rows of a pair and then of the next.
 */

typedef car_real PATH(vector) __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t PATH(pairs) __attribute__((vector_size(VECTOR_BYTES)));
typedef car_real PATH(unaligned) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(car_real)), may_alias));

enum { PATH(lanes) = VECTOR_BYTES / (int)sizeof(car_real), PATH(width) = 2 * PATH(lanes) };

/* out[i] = the pair of even[i] and odd[i]; without `odd`, of even[i] and 0. */
__attribute__((always_inline)) static inline void PATH(pair_up)(int n, const car_real *even, const car_real *odd,
                                                                ptrdiff_t stride, uint32_t *out)
{
    if (odd == NULL)
        for (int i = 0; i < n; i++)
            out[i] = bf16_of(even[i * stride]);
    else
        for (int i = 0; i < n; i++)
            out[i] = bf16_of(even[i * stride]) | bf16_of(odd[i * stride]) << 16;
}

/* The pairs of a row of A, which in memory are its numbers one after the other. */
__attribute__((always_inline)) static inline void PATH(round_row)(int n, const car_real *row, ptrdiff_t stride,
                                                                  bf16_in_pair *out)
{
    for (int k = 0; k < n; k++)
        out[k] = (bf16_in_pair)bf16_of(row[k * stride]);
    if (n % 2 != 0)
        out[n] = 0;
}

static void PATH(pack)(const car_packed *packed, const car_real *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
                       int first, int last)
{
    const int width = PATH(width), rows = packed->rows, pairs = (rows + 1) / 2;
    for (int p = first; p < last; p++) {
        uint32_t *out = (uint32_t *)packed->at + (ptrdiff_t)p * pairs * width;
        int n0 = p * width, live = packed->columns - n0 < width ? packed->columns - n0 : width;
        const car_real *in = b + n0 * column_stride;
        if (live < width)
            memset(out, 0, (size_t)pairs * (size_t)width * sizeof *out);
        for (int k = 0; k < rows; k += 2, out += width) {
            const car_real *even = in + k * row_stride, *odd = k + 1 < rows ? even + row_stride : NULL;
            if (column_stride == 1)
                PATH(pair_up)(live, even, odd, 1, out);
            else
                PATH(pair_up)(live, even, odd, column_stride, out);
        }
    }
}

/* c + x_1 b_1 + x_0 b_0 of every pair.  The product of two bf16 is exact in a float, so that each addition
 * rounds once whether it is fused with its product or not. */
__attribute__((always_inline)) static inline PATH(vector) PATH(add_pairs)(PATH(vector) c, PATH(pairs) x, PATH(pairs) b)
{
#ifdef BF16_INSTRUCTIONS
    return _mm512_dpbf16_ps(c, (__m512bh)x, (__m512bh)b);
#else
    c += (PATH(vector))(x & 0xffff0000u) * (PATH(vector))(b & 0xffff0000u);
    c += (PATH(vector))(x << 16) * (PATH(vector))(b << 16);
    return c;
#endif
}

/* c[rows, width] (+)= a . panel over K pairs, `rows` and the steps constants after inlining */
__attribute__((always_inline)) static inline void PATH(block)(const int rows, int K, const uint32_t *a,
                                                              const ptrdiff_t row_step, const ptrdiff_t k_step,
                                                              const uint32_t *panel, car_real *c, ptrdiff_t c_stride,
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
    for (int k = 0; k < K; k++) {
        PATH(pairs) b0 = *(const PATH(pairs) *)panel, b1 = *(const PATH(pairs) *)(panel + PATH(lanes));
        __builtin_prefetch(panel + 16 * PATH(width));
        __builtin_prefetch(panel + 16 * PATH(width) + PATH(lanes));
#pragma GCC unroll 12
        for (int i = 0; i < rows; i++) {
            PATH(pairs) x = a[i * row_step] - (PATH(pairs)){0}; /* broadcast */
            r[i][0] = PATH(add_pairs)(r[i][0], x, b0);
            r[i][1] = PATH(add_pairs)(r[i][1], x, b1);
        }
        panel += PATH(width);
        a += k_step;
    }
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++) {
        *(PATH(unaligned) *)(c + i * c_stride) = r[i][0];
        *(PATH(unaligned) *)(c + i * c_stride + PATH(lanes)) = r[i][1];
    }
}

#define BLOCK(n)                                                                                                       \
    case n:                                                                                                            \
        if (transposed)                                                                                                \
            PATH(block)(n, K, a, 1, GROUP_ROWS, panel, c, c_stride, add);                                              \
        else                                                                                                           \
            PATH(block)(n, K, a, ROW_PAIRS, 1, panel, c, c_stride, add);                                               \
        break;

__attribute__((noinline)) static void PATH(rows)(int rows, int K, const uint32_t *a, bool transposed,
                                                 const uint32_t *panel, car_real *c, ptrdiff_t c_stride, bool add)
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
static void PATH(edge)(int rows, int live, int K, const uint32_t *a, bool transposed, const uint32_t *panel,
                       car_real *c, ptrdiff_t c_stride, bool add)
{
    car_real block[ROWS * PATH(width)] __attribute__((aligned(CAR_ALIGNMENT)));
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < PATH(width); j++)
            block[i * PATH(width) + j] = add && j < live ? c[i * c_stride + j] : 0;
    PATH(rows)(rows, K, a, transposed, panel, block, PATH(width), add);
    for (int i = 0; i < rows; i++)
        memcpy(c + i * c_stride, block + i * PATH(width), (size_t)live * sizeof *c);
}

static void PATH(product)(int M, const car_real *a, ptrdiff_t row_stride, ptrdiff_t column_stride, const car_packed *b,
                          car_real *c, ptrdiff_t c_stride, bool add)
{
    const int width = PATH(width), K = b->rows, panels = (b->columns + width - 1) / width;
    uint32_t copy[GROUP_ROWS * ROW_PAIRS] __attribute__((aligned(CAR_ALIGNMENT)));
    const bool transposed = row_stride == 1 && column_stride > 1;

    for (int k0 = 0, slice = 0; k0 < K; k0 += slice, add = true) {
        slice = K - k0 <= SLICE_MOST ? K - k0 : SLICE;
        const int pairs = (slice + 1) / 2;
        for (int m0 = 0; m0 < M; m0 += GROUP_ROWS) {
            int group = M - m0 < GROUP_ROWS ? M - m0 : GROUP_ROWS;
            int blocks = (group + ROWS - 1) / ROWS; /* of nearly equal height */
            const car_real *in = a + m0 * row_stride + k0 * column_stride;
            if (transposed)
                for (int k = 0; k < pairs; k++) {
                    const car_real *even = in + 2 * k * column_stride;
                    const car_real *odd = 2 * k + 1 < slice ? even + column_stride : NULL;
                    PATH(pair_up)(group, even, odd, 1, copy + k * GROUP_ROWS);
                }
            else
                for (int i = 0; i < group; i++) {
                    bf16_in_pair *out = (bf16_in_pair *)(copy + i * ROW_PAIRS);
                    if (column_stride == 1)
                        PATH(round_row)(slice, in + i * row_stride, 1, out);
                    else
                        PATH(round_row)(slice, in + i * row_stride, column_stride, out);
                }
            for (int p = 0; p < panels; p++) {
                const uint32_t *panel = (const uint32_t *)b->at + ((ptrdiff_t)p * ((K + 1) / 2) + k0 / 2) * width;
                int live = b->columns - p * width;
                for (int i = 0, n = 0; n < blocks; n++) {
                    int rows = (group - i + (blocks - n) - 1) / (blocks - n);
                    const uint32_t *from = copy + (transposed ? i : i * ROW_PAIRS);
                    car_real *to = c + (m0 + i) * c_stride + (ptrdiff_t)p * width;
                    if (live >= width)
                        PATH(rows)(rows, pairs, from, transposed, panel, to, c_stride, add);
                    else
                        PATH(edge)(rows, live, pairs, from, transposed, panel, to, c_stride, add);
                    i += rows;
                }
            }
        }
    }
}
