/* roof_kernel.h - one path of math/roof.c, included once per path with
 *
 *   PATH(name)    appends the name of the path
 *   VECTOR_BYTES  bytes of a vector register
 *   CHAINS        sums that are in registers side by side: enough that none of them
 *                 waits for itself
 */

typedef car_real PATH(vector) __attribute__((vector_size(VECTOR_BYTES)));
typedef long long PATH(bits) __attribute__((vector_size(VECTOR_BYTES), may_alias));

enum { PATH(operations) = 2 * CHAINS * VECTOR_BYTES / (int)sizeof(car_real) };

/* x <- x / 2 + 1 in every lane of every chain; returns the sum of them. */
static car_real PATH(compute)(int64_t rounds)
{
    PATH(vector) x[CHAINS], half = (PATH(vector)){0} + (car_real)0.5, one = (PATH(vector)){0} + 1;
#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; i++)
        x[i] = (PATH(vector)){0} + (car_real)i;
    for (int64_t round = 0; round < rounds; round++) {
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++)
            x[i] = x[i] * half + one;
    }
    PATH(vector) sum = x[0];
#pragma GCC unroll 24
    for (int i = 1; i < CHAINS; i++)
        sum += x[i];
    car_real all = 0;
    for (int i = 0; i < VECTOR_BYTES / (int)sizeof(car_real); i++)
        all += sum[i];
    return all;
}

static uint64_t PATH(read)(const car_real *memory, ptrdiff_t n)
{
    enum { AT_ONCE = 8 };
    const PATH(bits) *at = (const PATH(bits) *)(const void *)memory;
    PATH(bits) mixed[AT_ONCE];
    ptrdiff_t vectors = n / CAR_ROOF_REALS * (CAR_ROOF_REALS * (ptrdiff_t)sizeof(car_real) / VECTOR_BYTES);
#pragma GCC unroll 8
    for (int i = 0; i < AT_ONCE; i++)
        mixed[i] = (PATH(bits)){0};
    for (ptrdiff_t v = 0; v < vectors; v += AT_ONCE) {
#pragma GCC unroll 8
        for (int i = 0; i < AT_ONCE; i++)
            mixed[i] ^= at[v + i];
    }
#pragma GCC unroll 8
    for (int i = 1; i < AT_ONCE; i++)
        mixed[0] ^= mixed[i];
    uint64_t all = 0;
    for (int i = 0; i < VECTOR_BYTES / (int)sizeof all; i++)
        all ^= (uint64_t)mixed[0][i];
    return all;
}
