#include "math/random.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "carousel/cell_math.h"

/* Philox4x32: multipliers, and the Weyl sequence of the key. */
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u
enum { ROUNDS = 10 };

/* The finaliser of SplitMix64 (Steele, Lea and Flood, 2014), a bijection that
 * lets every bit of its argument reach every bit of the result. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

car_stream car_stream_named(uint64_t seed, const char *name)
{
    const uint64_t golden = 0x9E3779B97F4A7C15u; /* 2^64 / golden ratio: mix(0) is 0 */
    car_stream stream = {mix(seed + golden)};
    for (const char *byte = name; *byte != '\0'; byte++)
        stream.key = mix(stream.key + golden + (unsigned char)*byte);
    return stream;
}

/* One round:  (c0, c1, c2, c3) <- (hi(M1 c2) ^ c1 ^ k0, lo(M1 c2),
 *                                  hi(M0 c0) ^ c3 ^ k1, lo(M0 c0)) */
CAR_INLINE void philox_round(uint32_t *c0, uint32_t *c1, uint32_t *c2, uint32_t *c3, uint32_t k0, uint32_t k1)
{
    uint64_t a = (uint64_t)PHILOX_M0 * *c0, b = (uint64_t)PHILOX_M1 * *c2;
    *c0 = (uint32_t)(b >> 32) ^ *c1 ^ k0;
    *c1 = (uint32_t)b;
    *c2 = (uint32_t)(a >> 32) ^ *c3 ^ k1;
    *c3 = (uint32_t)a;
}

void car_random_block(car_stream stream, uint64_t high, uint64_t low, uint32_t out[4])
{
    uint32_t c0 = (uint32_t)low, c1 = (uint32_t)(low >> 32), c2 = (uint32_t)high, c3 = (uint32_t)(high >> 32);
    uint32_t k0 = (uint32_t)stream.key, k1 = (uint32_t)(stream.key >> 32);
    for (int round = 0; round < ROUNDS; round++, k0 += PHILOX_W0, k1 += PHILOX_W1)
        philox_round(&c0, &c1, &c2, &c3, k0, k1);
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

static uint64_t join(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

/* The upper 53 bits as a fraction. */
static double fraction(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

double car_random_uniform(car_stream stream, uint64_t high, uint64_t index)
{
    uint32_t block[4];
    car_random_block(stream, high, index, block);
    return fraction(join(block[0], block[1]));
}

/* Lemire, "Fast random integer generation in an interval" (2019): the upper
 * half of bits x n is below n; a lower half among the first 2^64 mod n would
 * give some values once more than others, so it is drawn again under another
 * key. */
uint64_t car_random_below(car_stream stream, uint64_t high, uint64_t index, uint64_t n)
{
    CAR_REQUIRE(n >= 1);
    for (;; stream.key = mix(stream.key + 1)) {
        uint32_t block[4];
        car_random_block(stream, high, index, block);
        unsigned __int128 product = (unsigned __int128)join(block[0], block[1]) * n;
        if ((uint64_t)product >= n || (uint64_t)product >= (0 - n) % n)
            return (uint64_t)(product >> 64);
    }
}

/* Box and Muller (1958): sqrt(-2 ln u) cos(2 pi v), u in (0, 1]. */
double car_random_normal(car_stream stream, uint64_t high, uint64_t index)
{
    uint32_t block[4];
    car_random_block(stream, high, index, block);
    double u = 1 - fraction(join(block[0], block[1])), v = fraction(join(block[2], block[3]));
    return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}

/* Fisher and Yates: position i gets one of the values not yet placed. */
void car_random_shuffle(car_stream stream, uint64_t high, int32_t *values, ptrdiff_t n)
{
    for (ptrdiff_t i = n - 1; i > 0; i--) {
        ptrdiff_t j = (ptrdiff_t)car_random_below(stream, high, (uint64_t)i, (uint64_t)i + 1);
        int32_t value = values[i];
        values[i] = values[j];
        values[j] = value;
    }
}

/* LANES blocks side by side give a group of elements: word w of lane l decides
 * with its lower half element 2 w LANES + l of the group and with its upper half
 * the one LANES later. */
enum { LANES = 16, GROUP = 8 * LANES };

CAR_INLINE void mask_group(car_stream stream, uint64_t high, uint64_t group, uint32_t threshold, car_real keep,
                           car_real *mask)
{
    uint32_t c[4][LANES];
    uint64_t low = group * LANES;
    for (int l = 0; l < LANES; l++) {
        c[0][l] = (uint32_t)low + (uint32_t)l; /* low is a multiple of LANES: no carry */
        c[1][l] = (uint32_t)(low >> 32);
        c[2][l] = (uint32_t)high;
        c[3][l] = (uint32_t)(high >> 32);
    }
    uint32_t k0 = (uint32_t)stream.key, k1 = (uint32_t)(stream.key >> 32);
    for (int round = 0; round < ROUNDS; round++, k0 += PHILOX_W0, k1 += PHILOX_W1)
        for (int l = 0; l < LANES; l++)
            philox_round(&c[0][l], &c[1][l], &c[2][l], &c[3][l], k0, k1);
    for (int w = 0; w < 4; w++)
        for (int l = 0; l < LANES; l++) {
            mask[2 * w * LANES + l] = (c[w][l] & 0xFFFF) < threshold ? 0 : keep;
            mask[2 * w * LANES + LANES + l] = (c[w][l] >> 16) < threshold ? 0 : keep;
        }
}

CAR_KERNEL
static void mask_groups(car_stream stream, uint64_t high, uint64_t group, ptrdiff_t n_groups, uint32_t threshold,
                        car_real keep, car_real *mask)
{
    for (ptrdiff_t i = 0; i < n_groups; i++)
        mask_group(stream, high, group + (uint64_t)i, threshold, keep, mask + i * GROUP);
}

void car_dropout_mask(car_stream stream, uint64_t high, uint64_t first, ptrdiff_t n, double rate, car_real *mask)
{
    CAR_REQUIRE(rate >= 0 && rate < 1);
    double steps = fmin(nearbyint(rate * 65536), 65535);
    uint32_t threshold = (uint32_t)steps;
    car_real keep = (car_real)(65536 / (65536 - steps));
    ptrdiff_t done = 0;
    while (done < n) {
        uint64_t at = first + (uint64_t)done;
        ptrdiff_t skip = (ptrdiff_t)(at % GROUP), left = n - done;
        if (skip == 0 && left >= GROUP) {
            mask_groups(stream, high, at / GROUP, left / GROUP, threshold, keep, mask + done);
            done += left / GROUP * GROUP;
        } else {
            car_real piece[GROUP];
            ptrdiff_t part = left < GROUP - skip ? left : GROUP - skip;
            mask_groups(stream, high, at / GROUP, 1, threshold, keep, piece);
            memcpy(mask + done, piece + skip, (size_t)part * sizeof(car_real));
            done += part;
        }
    }
}
