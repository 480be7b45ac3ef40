/* tiles.h - the tile registers of AMX, which math/product.c multiplies bf16 with.
 *
 * A tile is 16 rows of 64 bytes.  TILE_MULTIPLY adds to C [16, 16] of floats the product of
 * A [16, 32] and B [32, 16] of bf16, of which B lies in pairs: row k holds b[2k][n] and b[2k + 1][n]
 * side by side (Intel, Instruction Set Extensions, TDPBF16PS).  Registers are named by
 * number; a stride is in bytes.
 *
 * Inline assembly rather than the compiler's intrinsics: those of GCC 12 do not say that they read
 * memory, so that what was written there for them may come too late.
 */
#ifndef CAROUSEL_MATH_TILES_H
#define CAROUSEL_MATH_TILES_H

#include <cpuid.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define TILE_ZERO(t) __asm__ volatile("tilezero %%tmm" #t ::)
#define TILE_LOAD(t, from, stride)                                                                                     \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #t ::"r"(from), "r"((ptrdiff_t)(stride)) : "memory")
#define TILE_STORE(t, to, stride)                                                                                      \
    __asm__ volatile("tilestored %%tmm" #t ", (%0,%1,1)" ::"r"(to), "r"((ptrdiff_t)(stride)) : "memory")
#define TILE_MULTIPLY(c, a, b) __asm__ volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #c ::)

/* Before and after a thread works with tiles: all eight whole. */
static inline void tiles_take(void)
{
    static const struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t bytes_of_row[16];
        uint8_t rows[16];
    } whole = {1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};
    __asm__ volatile("ldtilecfg %0" ::"m"(whole));
}

static inline void tiles_release(void) { __asm__ volatile("tilerelease" ::); }

/* Has the processor tiles for bf16, and may this process use them?  Linux grants them on request. */
static inline bool tiles_are_there(void)
{
#ifdef __linux__
    enum { BF16 = 1 << 22, TILES = 1 << 24, REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & BF16) != 0 && (d & TILES) != 0 &&
           syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
    return false;
#endif
}

#endif
