/* carousel/cell_math.h - squashing functions and loops for cell kernels.
 *
 * Optional and header-only: a cell may use any of it or none.  Everything here
 * is branch-free arithmetic, so that a compiler turns a CAR_EACH loop into
 * vector code, and the body and the tail of such a loop give the same bits.
 * There is no call into libm for 32-bit reals; the 64-bit twin, which gradients
 * are checked with, uses libm.
 *
 * Include <carousel/cell.h> first or let this header do it.  Compile with
 * -O3 -fno-math-errno -fno-trapping-math (car_add_cell() and carousel.pc do),
 * and never with -ffast-math, under which rounding by addition is optimised away.
 */
#ifndef CAROUSEL_CELL_MATH_H
#define CAROUSEL_CELL_MATH_H

#include "cell.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__FAST_MATH__) && CAR_REAL_BITS == 32
#error "carousel/cell_math.h gives wrong results under -ffast-math"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* CAR_EACH(j, n) statement: for j = 0 .. n-1, with the promise that rows of
 * different panels do not overlap (cell.h guarantees it).  Without the promise
 * no cell loop is vectorised: too many pointers to compare at run time. */
#if defined(__clang__)
#define CAR_EACH(j, n) _Pragma("clang loop vectorize(assume_safety)") for (int j = 0; j < (n); j++)
#elif defined(__GNUC__)
#define CAR_EACH(j, n) _Pragma("GCC ivdep") for (int j = 0; j < (n); j++)
#else
#define CAR_EACH(j, n) for (int j = 0; j < (n); j++)
#endif

/* CAR_KERNEL before a kernel compiles it for the baseline, for AVX2 and for
 * AVX-512, and picks one when the plugin is loaded.  It changes speed, never
 * meaning; a kernel without it is just as valid. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && CAR_REAL_BITS == 32 && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CAR_KERNEL __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CAR_KERNEL
#endif

#if defined(__GNUC__)
#define CAR_INLINE static inline __attribute__((always_inline))
#else
#define CAR_INLINE static inline
#endif

#if CAR_REAL_BITS == 64

CAR_INLINE car_real car_exp(car_real x) { return exp(x); }
CAR_INLINE car_real car_tanh(car_real x) { return tanh(x); }
CAR_INLINE car_real car_sigmoid(car_real x) { return 1 / (1 + exp(-x)); }

#else

/* How the three work.  Adding ROUND = 1.5 x 2^23 to a number rounds it to a whole
 * number n, which then stands in the low bits of the sum: shifted left by 23 they
 * are n in the place of a float's exponent.  With x = n ln 2 + r, |r| <= ln 2 / 2,
 *     exp(x) = 2^n exp(r),   exp(r) = 1 + r + r^2 q(r),
 * q of degree 4 and fitted (Remez) to the least relative error of the whole.
 *
 * The bounds hold for results that are normal numbers, with and without fused
 * multiply-add (tests/cell/cell_math_test.cpp; over all floats they were 1.0, 2.5
 * and 2.4 ulp).  NaN gives NaN; nothing else does. */

CAR_INLINE float car_float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

CAR_INLINE uint32_t car_bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

#define CAR_ROUND 12582912.0f

/* exp(x), within 2 ulp.  Where it would leave the normal numbers, which is below
 * -87.33654 and above 88.72283, it stays at its value there. */
CAR_INLINE car_real car_exp(car_real x)
{
    x = x < -87.3365402f ? -87.3365402f : x;
    x = x > 88.7228317f ? 88.7228317f : x;
    float z = x * 1.44269504f + CAR_ROUND;
    float n = z - CAR_ROUND;
    float r = x - n * 0.693145752f; /* ln 2 in two parts, the first exact times n */
    r = r - n * 1.42860677e-6f;
    float q = 1.38145994e-3f;
    q = q * r + 8.36871688e-3f;
    q = q * r + 4.16683880e-2f;
    q = q * r + 1.66665206e-1f;
    q = q * r + 4.99999934e-1f;
    float p = r * r * q + r + 1.0f;
    p = car_float_of(car_bits_of(p) + (car_bits_of(z) << 23)); /* n goes to the exponent, as 2^128 is no float */
    return p + 0.0f * x;                                       /* the exponent of a NaN has suffered */
}

/* tanh(x), within 4 ulp, never beyond 1, odd.  From t = (exp(2|x|) - 1) / 2,
 * which keeps its relative accuracy near 0:  tanh |x| = t / (t + 1),
 *     t = 2^n p + (2^n - 1) / 2,   p = (exp(2r) - 1) / 2 = r + r^2 q(r).
 * Beyond |x| = 9.02 the nearest float is 1. */
CAR_INLINE car_real car_tanh(car_real x)
{
    float a = __builtin_fabsf(x);
    a = a > 9.1f ? 9.1f : a;
    float z = a * 2.88539008f + CAR_ROUND;
    float n = z - CAR_ROUND;
    float r = a - n * 0.34657359f; /* n <= 26: one part will do */
    float q = 4.44240695e-2f;
    q = q * r + 1.33864329e-1f;
    q = q * r + 3.33337599e-1f;
    q = q * r + 6.66661745e-1f;
    q = q * r + 9.99999963e-1f;
    float p = r * r * q + r;
    float s = car_float_of((car_bits_of(z) << 23) + 0x3f800000u); /* 2^n */
    float t = s * p + (s * 0.5f - 0.5f);
    return __builtin_copysignf(t / (t + 1.0f), x);
}

/* sigmoid(x) = 1 / (1 + exp(-x)), within 4 ulp, also far out on both sides. */
CAR_INLINE car_real car_sigmoid(car_real x) { return 1.0f / (1.0f + car_exp(-x)); }

#endif

/* Derivatives from the value: y = tanh(a), y = sigmoid(a). */
CAR_INLINE car_real car_d_tanh(car_real y) { return 1 - y * y; }
CAR_INLINE car_real car_d_sigmoid(car_real y) { return y * (1 - y); }

#ifdef __cplusplus
}
#endif
#endif
