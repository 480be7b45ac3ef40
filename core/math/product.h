/* product.h - matrix products with packed right-hand sides.
 *
 *   C[M, N] = S[M, N] + A[M, K] . B[K, N]
 *
 * Weights are packed once per update and multiplied at every step of every
 * shard; packing is what a BLAS repeats at every call.  A may have any strides,
 * so one product serves three roles: forward (A, B as they are), to the feeds (B
 * packed transposed) and to the weights (A read transposed).  It is read where
 * it is, or by way of a copy on the stack: transposed, and in bf16.
 *
 * Every element of C is one chain s + a_0 b_0 + a_1 b_1 + ... in the order of
 * k.  So its bits do not depend on how rows and columns are divided, nor on how
 * k is, and the AVX2 and AVX-512 paths (both fused multiply-add) agree bit for
 * bit; the portable path rounds each product.  The path is chosen with the
 * precision, from what the processor can do;
 * CAROUSEL_KERNELS=portable|avx2|avx512|avx512bf16|avx512amx asks for another.
 *
 * In bf16 both factors are rounded to bfloat16, 8 significant bits, to nearest
 * and ties to even, and the products added up in fp32: twice the speed of fp32
 * where the processor has AVX512_BF16, half the memory for B everywhere.  The
 * chain then runs in pairs, the odd factor of each before the even one, so that
 * k may be divided at even places only.  All paths agree bit for bit, but for
 * sums below 2^-126, which AVX512_BF16 makes 0; and but for AMX, which adds 16
 * even and 16 odd factors up apart, then both to C: there k may be divided at
 * multiples of 32, and the bits are those of processors with AMX.
 */
#ifndef CAROUSEL_MATH_PRODUCT_H
#define CAROUSEL_MATH_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "math/real.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_precision { CAR_FP32, CAR_BF16 } car_precision;

/* Products from now on; anything packed before is void.  Before that, fp32 (of
 * car_real's width).  False where car_real has 64 bits and bf16 is asked for. */
bool car_product_set_precision(car_precision precision);

/* B [rows, columns] in panels of car_product_width() columns; the memory is
 * the holder's. */
typedef struct car_packed {
    int rows, columns; /* K, N */
    car_real *at;      /* car_packed_reals(rows, columns), aligned to CAR_ALIGNMENT */
} car_packed;

ptrdiff_t car_packed_reals(int rows, int columns);

/* Packs panels first .. last-1 of B, B[k, n] = b[k * row_stride + n * column_stride]. */
void car_pack(const car_packed *packed, const car_real *b, ptrdiff_t row_stride, ptrdiff_t column_stride, int first,
              int last);

/* All panels of B from arena memory. */
car_packed car_pack_take(car_arena *arena, car_panel b, int rows, int columns);

/* Columns of `from` as they are packed: column j becomes that of column[j], j = 0 .. packed->columns - 1. */
void car_pack_columns(const car_packed *packed, const car_packed *from, const int32_t *column);

/* Panels first .. last-1 of B, as a B of their own: borrowed. */
car_packed car_packed_part(const car_packed *packed, int first, int last);

/* C = S + A . B; A[m, k] = a[m * row_stride + k * column_stride].  C is [rows, b->columns].  S starts
 * the sums: NULL for zeros, &c to add to C, or another panel of that shape; with stride 0 one row
 * for all, a bias.  By a large B it goes to all threads in pieces, if they are free. */
void car_product(int rows, const car_real *a, ptrdiff_t row_stride, ptrdiff_t column_stride, const car_packed *b,
                 const car_panel *start, car_panel c);

/* Columns of a panel, panels of a matrix, and the name of the path in use. */
int car_product_width(void);
int car_packed_panels(const car_packed *packed);
const char *car_product_path(void);

/* Takes the path of that name in the same precision; false if this processor or this
 * build has no such path.  Anything packed before is void.  For tests and comparisons. */
bool car_product_choose(const char *path);

#ifdef __cplusplus
}
#endif
#endif
