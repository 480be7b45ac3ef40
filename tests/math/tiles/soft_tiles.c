/* Products with a model of AMX's tiles in the place of math/tiles.h, for processors without them: what TDPBF16PS
 * does by Intel's description, factor by factor. */
#define CAROUSEL_MATH_TILES_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { TILES_IN_USE = 8, ROWS_OF_TILE = 16, WORDS_OF_ROW = 16 };

bool soft_tiles_are_wrong; /* as a processor's might be */

static _Thread_local uint32_t reg[TILES_IN_USE][ROWS_OF_TILE][WORDS_OF_ROW];
static _Thread_local bool is_taken;

bool soft_tiles_are_taken(void); /* by this thread */
bool soft_tiles_are_taken(void) { return is_taken; }

static void tile_load(int t, const void *from, ptrdiff_t stride)
{
    for (int i = 0; i < ROWS_OF_TILE; i++)
        memcpy(reg[t][i], (const char *)from + i * stride, sizeof reg[t][i]);
}

static void tile_store(int t, void *to, ptrdiff_t stride)
{
    for (int i = 0; i < ROWS_OF_TILE; i++)
        memcpy((char *)to + i * stride, reg[t][i], sizeof reg[t][i]);
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Even and odd factors are added up apart, and both then to C. */
static void tile_multiply(int c, int a, int b)
{
    for (int m = 0; m < ROWS_OF_TILE; m++)
        for (int n = 0; n < WORDS_OF_ROW; n++) {
            float even = 0, odd = 0;
            for (int k = 0; k < WORDS_OF_ROW; k++) {
                uint32_t x = reg[a][m][k], y = reg[b][k][n];
                even = fmaf(float_of(x << 16), float_of(y << 16), even);
                odd = fmaf(float_of(x & 0xffff0000u), float_of(y & 0xffff0000u), odd);
            }
            float sum = float_of(reg[c][m][n]) + (even + odd) + (float)soft_tiles_are_wrong;
            memcpy(&reg[c][m][n], &sum, sizeof sum);
        }
}

/* A thread that has not taken its tiles reads numbers that no product has. */
#define TILE_ZERO(t) memset(reg[t], is_taken ? 0 : 0x7f, sizeof reg[t])
#define TILE_LOAD(t, from, stride) tile_load(t, from, stride)
#define TILE_STORE(t, to, stride) tile_store(t, to, stride)
#define TILE_MULTIPLY(c, a, b) tile_multiply(c, a, b)

static void tiles_take(void) { is_taken = true; }
static void tiles_release(void) { is_taken = false; }
static bool tiles_are_there(void) { return true; }

#include "math/product.c"
