/* real.h - the scalar type and panels of it.
 *
 * The core is built twice from one source: with 32-bit reals for use, with
 * 64-bit reals (CAR_REAL_BITS=64) to check gradients with.
 *
 * A panel [rows, width] is a row-major matrix in somebody else's memory whose
 * rows are `stride` reals apart (car_panel of carousel/cell.h).
 */
#ifndef CAROUSEL_MATH_REAL_H
#define CAROUSEL_MATH_REAL_H

#include <stddef.h>

#include "base/memory.h"
#include "carousel/cell.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reals in a cache line; strides are multiples of it. */
enum { CAR_LINE_REALS = CAR_ALIGNMENT / (int)sizeof(car_real) };

static inline ptrdiff_t car_stride_of(int width)
{
    return ((ptrdiff_t)width + CAR_LINE_REALS - 1) / CAR_LINE_REALS * CAR_LINE_REALS;
}

/* A panel [rows, width] from the arena, not initialised. */
static inline car_panel car_panel_take(car_arena *arena, int rows, int width)
{
    car_panel panel;
    panel.stride = car_stride_of(width);
    panel.at = (car_real *)car_arena_take(arena, rows * panel.stride, sizeof(car_real));
    return panel;
}

/* The same panel from another row, or from another column. */
static inline car_panel car_panel_from_row(car_panel panel, int row)
{
    panel.at += row * panel.stride;
    return panel;
}

static inline car_panel car_panel_from_column(car_panel panel, int column)
{
    panel.at += column;
    return panel;
}

#ifdef __cplusplus
}
#endif
#endif
