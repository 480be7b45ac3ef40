/* product_kernel.h - one path of math/product.c, included once per path with
 *
 *   PATH(name)         appends the name of the path
 *   VECTOR_BYTES       bytes of a vector register
 *   ROWS               rows of C that fit in registers, two vectors each
 *   BF16               defined for factors in bf16
 *   BF16_INSTRUCTIONS  defined if the processor multiplies those by itself (AVX512_BF16)
 *   TILES              defined if it does so in tiles (AMX, tiles.h): ROWS is 32, two tiles
 *
 * A block of ROWS x (2 vectors) of C stays in registers while k runs; B is read
 * from its panel in order, A is broadcast word by word.  K goes in slices that keep
 * a slice of a panel near the first-level cache, rows of A in groups that keep them
 * in the second.
 *
 * A word is a factor, or in bf16 the pair of factors k and k + 1, the even one in
 * its lower half.  K is filled up with zeros to whole words, and for tiles to 16 of them.
 */

#ifdef BF16
typedef uint32_t PATH(word);
enum { PATH(factors) = 2 }; /* of a word */
#else
typedef car_real PATH(word);
enum { PATH(factors) = 1 };
#endif
#ifdef TILES
enum { PATH(depth) = TILE }; /* words that are multiplied at a time */
#else
enum { PATH(depth) = 1 };
#endif
typedef PATH(word) PATH(words) __attribute__((vector_size(VECTOR_BYTES)));
typedef car_real PATH(vector) __attribute__((vector_size(VECTOR_BYTES)));
typedef car_real PATH(unaligned) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(car_real)), may_alias));

enum { PATH(lanes) = VECTOR_BYTES / (int)sizeof(car_real), PATH(width) = 2 * PATH(lanes) };

typedef PATH(word) PATH(four)
    __attribute__((vector_size(4 * sizeof(PATH(word))), aligned(sizeof(PATH(word))), may_alias));

/* to[k * to_stride + j] = from[k + j * stride], k = 0 .. TILE - 1, j = 0 .. n - 1, four by four */
__attribute__((always_inline)) static inline void PATH(transpose)(int n, const PATH(word) * from, ptrdiff_t stride,
                                                                  PATH(word) * to, ptrdiff_t to_stride)
{
    for (int j = 0; j < n; j += 4)
        for (int k = 0; k < TILE; k += 4) {
            const PATH(word) *in = from + k + j * stride;
            __builtin_prefetch(in + TILE);
            const PATH(four) a = *(const PATH(four) *)in, b = *(const PATH(four) *)(in + stride);
            const PATH(four) c = *(const PATH(four) *)(in + 2 * stride), d = *(const PATH(four) *)(in + 3 * stride);
            PATH(four) ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
            PATH(word) *out = to + k * to_stride + j;
            *(PATH(four) *)out = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
            *(PATH(four) *)(out + to_stride) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
            ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
            cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
            *(PATH(four) *)(out + 2 * to_stride) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
            *(PATH(four) *)(out + 3 * to_stride) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
        }
}

/* Words of so many factors, filled up. */
static inline int PATH(words_in)(int n)
{
    int words = (n + PATH(factors) - 1) / PATH(factors);
    return (words + PATH(depth) - 1) / PATH(depth) * PATH(depth);
}

#ifdef BF16

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
    const int width = PATH(width), rows = packed->rows, pairs = PATH(words_in)(rows);
    for (int p = first; p < last; p++) {
        uint32_t *out = (uint32_t *)packed->at + (ptrdiff_t)p * pairs * width;
        int n0 = p * width, live = packed->columns - n0 < width ? packed->columns - n0 : width;
        const car_real *in = b + n0 * column_stride;
        if (live < width)
            memset(out, 0, (size_t)pairs * (size_t)width * sizeof *out);
        int k = 0;
        for (; row_stride == 1 && live == width && k + 2 * TILE <= rows; k += 2 * TILE, out += TILE * width) {
            uint32_t tile[PATH(width) * TILE];
            for (int j = 0; j < width; j++) {
                const car_real *row = in + k + j * column_stride;
                __builtin_prefetch(row + 2 * TILE);
                __builtin_prefetch(row + 3 * TILE);
                PATH(round_row)(2 * TILE, row, 1, (bf16_in_pair *)(tile + j * TILE));
            }
            PATH(transpose)(width, tile, TILE, out, width);
        }
        for (; k < rows; k += 2, out += width) {
            const car_real *even = in + k * row_stride, *odd = k + 1 < rows ? even + row_stride : NULL;
            if (column_stride == 1)
                PATH(pair_up)(live, even, odd, 1, out);
            else
                PATH(pair_up)(live, even, odd, column_stride, out);
        }
        memset(out, 0, (size_t)(pairs - (rows + 1) / 2) * (size_t)width * sizeof *out);
    }
}

#ifdef TILES
/* The words of A [rows, K] in rows, rounded into `copy`, and how far apart they are then. */
static const uint32_t *PATH(words_of)(int rows, int K, const car_real *a, ptrdiff_t *row_stride,
                                      ptrdiff_t *column_stride, uint32_t *copy)
{
    const int pairs = (K + 1) / 2, words = PATH(words_in)(K);
    if (*row_stride == 1 && *column_stride > 1) {
        for (int k0 = 0; k0 < words; k0 += TILE) {
            uint32_t turned[TILE * GROUP_ROWS] = {0};
            for (int k = k0; k < k0 + TILE && k < pairs; k++) {
                const car_real *even = a + 2 * k * *column_stride, *odd = 2 * k + 1 < K ? even + *column_stride : NULL;
                PATH(pair_up)(rows, even, odd, 1, turned + (k - k0) * GROUP_ROWS);
            }
            for (int i = 0; i < rows; i += TILE)
                PATH(transpose)(TILE, turned + i, GROUP_ROWS, copy + i * words + k0, words);
        }
    } else {
        for (int i = 0; i < rows; i++) {
            PATH(round_row)(K, a + i * *row_stride, *column_stride, (bf16_in_pair *)(copy + i * words));
            memset(copy + i * words + pairs, 0, (size_t)(words - pairs) * sizeof *copy);
        }
    }
    *row_stride = words;
    *column_stride = 1;
    return copy;
}
#else
/* The words of A [rows, K], rounded into `copy`, and how far apart they are then. */
static const uint32_t *PATH(words_of)(int rows, int K, const car_real *a, ptrdiff_t *row_stride,
                                      ptrdiff_t *column_stride, uint32_t *copy)
{
    if (*row_stride == 1 && *column_stride > 1) {
        for (int k = 0; k < K; k += 2) {
            const car_real *even = a + k * *column_stride, *odd = k + 1 < K ? even + *column_stride : NULL;
            PATH(pair_up)(rows, even, odd, 1, copy + k / 2 * GROUP_ROWS);
        }
        *column_stride = GROUP_ROWS;
        return copy;
    }
    const int pairs = (K + 1) / 2;
    for (int i = 0; i < rows; i++) {
        bf16_in_pair *out = (bf16_in_pair *)(copy + i * pairs);
        if (*column_stride == 1)
            PATH(round_row)(K, a + i * *row_stride, 1, out);
        else
            PATH(round_row)(K, a + i * *row_stride, *column_stride, out);
    }
    *row_stride = pairs;
    *column_stride = 1;
    return copy;
}

/* c + x_1 b_1 + x_0 b_0 of every pair.  The product of two bf16 is exact in a float, so that each addition
 * rounds once whether it is fused with its product or not. */
__attribute__((always_inline)) static inline PATH(vector)
    PATH(multiply_add)(PATH(vector) c, PATH(words) x, PATH(words) b)
{
#ifdef BF16_INSTRUCTIONS
    return _mm512_dpbf16_ps(c, (__m512bh)x, (__m512bh)b);
#else
    c += (PATH(vector))(x & 0xffff0000u) * (PATH(vector))(b & 0xffff0000u);
    c += (PATH(vector))(x << 16) * (PATH(vector))(b << 16);
    return c;
#endif
}
#endif

#else

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
            continue;
        }
        int k = 0;
        for (; row_stride == 1 && live == width && k + TILE <= rows; k += TILE)
            PATH(transpose)(width, in + k, column_stride, out + (ptrdiff_t)k * width, width);
        for (; k < rows; k++)
            for (int j = 0; j < width; j++)
                out[(ptrdiff_t)k * width + j] = j < live ? in[k * row_stride + j * column_stride] : 0;
    }
}

/* A [rows, K] where it is; read transposed it is copied, because columns far apart collide in the cache. */
static const car_real *PATH(words_of)(int rows, int K, const car_real *a, ptrdiff_t *row_stride,
                                      ptrdiff_t *column_stride, car_real *copy)
{
    if (*row_stride != 1 || *column_stride <= 1)
        return a;
    for (int k = 0; k < K; k++) {
        for (int i = 0; i < rows; i += CAR_LINE_REALS)
            __builtin_prefetch(a + (k + AHEAD / 2) * *column_stride + i);
        memcpy(copy + k * GROUP_ROWS, a + k * *column_stride, (size_t)rows * sizeof *copy);
    }
    *column_stride = GROUP_ROWS;
    return copy;
}

__attribute__((always_inline)) static inline PATH(vector)
    PATH(multiply_add)(PATH(vector) c, PATH(words) x, PATH(words) b)
{
    return c + x * b;
}

#endif

#ifdef TILES
/* c[rows, width] = start + a[rows, K] . panel, K in words; rows are whole tiles, one or two of them.  With every k
 * two lines are brought near, from `ahead` on and `share` words further each time. */
__attribute__((noinline)) static void PATH(rows)(int rows, int K, const PATH(word) * a, ptrdiff_t row_stride,
                                                 ptrdiff_t column_stride, const PATH(word) * panel,
                                                 const PATH(word) * ahead, ptrdiff_t share, car_panel start,
                                                 car_panel c)
{
    enum { WORD = sizeof *a };
    const bool two = rows > TILE;
    CAR_REQUIRE(column_stride == 1);
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
    TILE_ZERO(3);
    if (start.at != NULL) {
        TILE_LOAD(0, start.at, start.stride * WORD);
        TILE_LOAD(1, start.at + TILE, start.stride * WORD);
    }
    if (start.at != NULL && two) {
        TILE_LOAD(2, car_row(start, TILE), start.stride * WORD);
        TILE_LOAD(3, car_row(start, TILE) + TILE, start.stride * WORD);
    }
    for (int k = 0; k < K; k += TILE, a += TILE, panel += TILE * PATH(width)) {
        for (int i = 0; i < TILE; i++, ahead += share) {
            __builtin_prefetch(ahead);
            __builtin_prefetch(ahead + PATH(lanes));
        }
        TILE_LOAD(4, a, row_stride * WORD);
        TILE_LOAD(6, panel, PATH(width) * WORD);
        TILE_LOAD(7, panel + TILE, PATH(width) * WORD);
        TILE_MULTIPLY(0, 4, 6);
        TILE_MULTIPLY(1, 4, 7);
        if (two) {
            TILE_LOAD(5, a + TILE * row_stride, row_stride * WORD);
            TILE_MULTIPLY(2, 5, 6);
            TILE_MULTIPLY(3, 5, 7);
        }
    }
    TILE_STORE(0, c.at, c.stride * WORD);
    TILE_STORE(1, c.at + TILE, c.stride * WORD);
    if (two) {
        TILE_STORE(2, car_row(c, TILE), c.stride * WORD);
        TILE_STORE(3, car_row(c, TILE) + TILE, c.stride * WORD);
    }
}
#else
/* c[rows, width] = start + a[rows, K] . panel, K in words, `rows` a constant after inlining.  With every k
 * two lines are brought near, from `ahead` on and `share` words further each time. */
__attribute__((always_inline)) static inline void PATH(block)(const int rows, int K, const PATH(word) * a,
                                                              ptrdiff_t row_stride, ptrdiff_t column_stride,
                                                              const PATH(word) * panel, const PATH(word) * ahead,
                                                              ptrdiff_t share, car_panel start, car_panel c)
{
    PATH(vector) r[ROWS][2];
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++) {
        r[i][0] = r[i][1] = (PATH(vector)){0};
        if (start.at != NULL) {
            r[i][0] = *(const PATH(unaligned) *)car_row(start, i);
            r[i][1] = *(const PATH(unaligned) *)(car_row(start, i) + PATH(lanes));
        }
    }
    /* one pointer per three rows: x86 addresses reach a row and its two neighbours from one register */
    const PATH(word) *a0 = a, *a1 = a + 3 * row_stride, *a2 = a + 6 * row_stride, *a3 = a + 9 * row_stride;
    for (int k = 0; k < K; k++) {
        PATH(words) b0 = *(const PATH(words) *)panel, b1 = *(const PATH(words) *)(panel + PATH(lanes));
        __builtin_prefetch(ahead);
        __builtin_prefetch(ahead + PATH(lanes));
#pragma GCC unroll 12
        for (int i = 0; i < rows; i++) {
            const PATH(word) *row = i < 3 ? a0 : i < 6 ? a1 : i < 9 ? a2 : a3;
            PATH(words) x = row[(i % 3) * row_stride] - (PATH(words)){0}; /* broadcast */
            r[i][0] = PATH(multiply_add)(r[i][0], x, b0);
            r[i][1] = PATH(multiply_add)(r[i][1], x, b1);
        }
        panel += PATH(width);
        ahead += share;
        a0 += column_stride;
        a1 += column_stride;
        a2 += column_stride;
        a3 += column_stride;
    }
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++) {
        *(PATH(unaligned) *)car_row(c, i) = r[i][0];
        *(PATH(unaligned) *)(car_row(c, i) + PATH(lanes)) = r[i][1];
    }
}

/* unit stride along k is by far the most common: give it code of its own */
#define BLOCK(n)                                                                                                       \
    case n:                                                                                                            \
        if (column_stride == 1)                                                                                        \
            PATH(block)(n, K, a, row_stride, 1, panel, ahead, share, start, c);                                        \
        else                                                                                                           \
            PATH(block)(n, K, a, row_stride, column_stride, panel, ahead, share, start, c);                            \
        break;

__attribute__((noinline)) static void PATH(rows)(int rows, int K, const PATH(word) * a, ptrdiff_t row_stride,
                                                 ptrdiff_t column_stride, const PATH(word) * panel,
                                                 const PATH(word) * ahead, ptrdiff_t share, car_panel start,
                                                 car_panel c)
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
#endif

/* rows x live columns, of which one or the other do not fill a block: by way of a whole one on the stack */
static void PATH(edge)(int rows, int live, int K, const PATH(word) * a, ptrdiff_t row_stride, ptrdiff_t column_stride,
                       const PATH(word) * panel, const PATH(word) * ahead, ptrdiff_t share, car_panel start,
                       car_panel c)
{
    car_real block[ROWS * PATH(width)] __attribute__((aligned(CAR_ALIGNMENT))) = {0};
    const car_panel whole = {block, PATH(width)};
    for (int i = 0; i < rows && start.at != NULL; i++)
        memcpy(car_row(whole, i), car_row(start, i), (size_t)live * sizeof *block);
    PATH(rows)(rows, K, a, row_stride, column_stride, panel, ahead, share, whole, whole);
    for (int i = 0; i < rows; i++)
        memcpy(car_row(c, i), car_row(whole, i), (size_t)live * sizeof *block);
}

/* Rows of the next of so many blocks: nearly equal heights, or whole tiles as long as there are some. */
__attribute__((always_inline)) static inline int PATH(height)(int rows, int blocks)
{
#ifdef TILES
    return blocks > 1 ? ROWS : rows;
#else
    return (rows + blocks - 1) / blocks;
#endif
}

static void PATH(product)(int M, const car_real *a, ptrdiff_t row_stride, ptrdiff_t column_stride, const car_packed *b,
                          car_panel start, car_panel c)
{
    const int width = PATH(width), panels = (b->columns + width - 1) / width;
    const int K = PATH(words_in)(b->rows);
    PATH(word) copy[GROUP_ROWS * SLICE_MOST] __attribute__((aligned(CAR_ALIGNMENT)));

#ifdef TILES
    tiles_take();
#endif
    for (int k0 = 0, slice = 0; k0 < K; k0 += slice, start = c) {
        slice = K - k0 <= SLICE_MOST ? K - k0 : SLICE;
        const int first = k0 * PATH(factors), left = b->rows - first; /* factors */
        for (int m0 = 0; m0 < M; m0 += GROUP_ROWS) {
            int group = M - m0 < GROUP_ROWS ? M - m0 : GROUP_ROWS;
            int blocks = (group + ROWS - 1) / ROWS;
            ptrdiff_t from_row = row_stride, from_column = column_stride;
            const PATH(word) *in =
                PATH(words_of)(group, slice * PATH(factors) < left ? slice * PATH(factors) : left,
                               a + m0 * row_stride + first * column_stride, &from_row, &from_column, copy);
            const ptrdiff_t share = width / blocks; /* of each row of the next panel, for every block to bring near */
            for (int p = 0; p < panels; p++) {
                const PATH(word) *panel = (const PATH(word) *)b->at + ((ptrdiff_t)p * K + k0) * width;
                const PATH(word) *next = panel + (ptrdiff_t)K * width;
                const int column = p * width, live = b->columns - column < width ? b->columns - column : width;
                for (int i = 0, n = 0; n < blocks; n++) {
                    int rows = PATH(height)(group - i, blocks - n);
                    const PATH(word) *from = in + i * from_row;
                    const PATH(word) *ahead = blocks > 1 ? next + (ptrdiff_t)n * slice * share : panel + AHEAD * width;
                    const car_panel to = car_panel_from_column(car_panel_from_row(c, m0 + i), column);
                    const car_panel sum =
                        start.at == NULL ? start : car_panel_from_column(car_panel_from_row(start, m0 + i), column);
                    const car_real *after = n < blocks - 1 ? car_row(to, rows) : car_row(c, m0) + column + width;
                    for (int j = 0; j < rows; j++) {
                        __builtin_prefetch(after + j * c.stride, 1);
                        __builtin_prefetch(after + j * c.stride + PATH(lanes), 1);
                    }
                    if (live == width && (PATH(depth) == 1 || rows % TILE == 0))
                        PATH(rows)(rows, slice, from, from_row, from_column, panel, ahead, share, sum, to);
                    else
                        PATH(edge)(rows, live, slice, from, from_row, from_column, panel, ahead, share, sum, to);
                    i += rows;
                }
            }
        }
    }
#ifdef TILES
    tiles_release();
#endif
}
