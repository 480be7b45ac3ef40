/* carousel/cell_math.h - squashing functions and loops for cell kernels.
 *
 * Optional and header-only: a cell may use any of it or none.  Everything here
 * is branch-free arithmetic, so that a compiler turns a CAR_EACH loop into
 * vector code, and the body and the tail of such a loop give the same bits.
 * There is no call into libm for 32-bit reals; the 64-bit twin, which gradients
 * are checked with, uses libm.
 *
 * Include <carousel/cell.h> first or let this header do it.  Compile with
 * -O3 -fno-math-errno -fno-trapping-math (car_add_cell() and carousel.pc do).
 */
#ifndef CAROUSEL_CELL_MATH_H
#define CAROUSEL_CELL_MATH_H

#include "cell.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

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

/* exp(x), within 2 ulp on [-87.3, 88.7]; below it flushes to the smallest
 * normal number's neighbourhood, above it stays at exp(88.7).
 *   x = n ln 2 + r, |r| <= ln 2 / 2;  exp(x) = 2^n exp(r), exp(r) by a
 *   polynomial of degree 7 (relative error of the fit 4e-9). */
CAR_INLINE car_real car_exp(car_real x)
{
    x = x < -87.3f ? -87.3f : x;
    x = x > 88.7f ? 88.7f : x;
    float n = __builtin_rintf(x * 1.44269504f);
    float r = x - n * 0.693145752f; /* ln 2 in two parts, the first exact times n */
    r = r - n * 1.42860677e-6f;
    float p = 1.98412698e-4f;
    p = p * r + 1.38888889e-3f;
    p = p * r + 8.33333333e-3f;
    p = p * r + 4.16666667e-2f;
    p = p * r + 1.66666667e-1f;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    /* 2^n in two factors: n may be 128, and 2^128 is no float. */
    int32_t half = (int32_t)n / 2, rest = (int32_t)n - half;
    int32_t bits_a = (half + 127) << 23, bits_b = (rest + 127) << 23;
    float a, b;
    memcpy(&a, &bits_a, 4);
    memcpy(&b, &bits_b, 4);
    return p * a * b;
}

/* tanh(x), within 4 ulp.  A quotient of odd and even polynomials, degrees 9
 * and 8; beyond |x| = 9.01 the nearest float to tanh is 1. */
CAR_INLINE car_real car_tanh(car_real x)
{
    x = x < -9.1f ? -9.1f : x;
    x = x > 9.1f ? 9.1f : x;
    float y = x * x;
    float p = 1.31775064e-8f;
    p = p * y + 2.04811728e-5f;
    p = p * y + 3.48781008e-3f;
    p = p * y + 1.33744743e-1f;
    p = p * y + 0.999999977f;
    float q = 7.70403891e-7f;
    q = q * y + 3.27291670e-4f;
    q = q * y + 2.58473847e-2f;
    q = q * y + 4.67077881e-1f;
    q = q * y + 1.0f;
    return x * p / q;
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
