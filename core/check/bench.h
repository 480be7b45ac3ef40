/* bench.h - a cell's kernels alone, on panels between guards.
 *
 * All panels that a kernel sees lie in one piece of memory with guards around every
 * row and pages without access at both ends.  After each call it is known what was
 * written that was not the kernel's to write.  What is drawn for a panel depends on
 * the seed, the panel, the row's number and the column, and on nothing else: two
 * benches that differ in layout or in which rows they hold see the same numbers.
 * For the checks of kernels; layer_bench.h has the whole layer.
 */
#ifndef CAROUSEL_CHECK_BENCH_H
#define CAROUSEL_CHECK_BENCH_H

#include "check/case.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_role {
    CAR_AT_X, CAR_AT_PREV, CAR_AT_NEXT, CAR_AT_GATE, CAR_AT_LOCAL, CAR_AT_WEIGHT,
    CAR_AT_D_NEXT, CAR_AT_D_PREV, CAR_AT_D_GATE, CAR_AT_D_LOCAL, CAR_AT_D_X, CAR_AT_D_WEIGHT,
    CAR_ROLES
} car_role;

/* What differs between two runs that must give the same. */
typedef struct car_layout {
    int rows;          /* live ones                                               */
    const int *number; /* [rows] of each row, for drawing; NULL: 0, 1, 2, ...      */
    int t;             /* the step                                                */
    int spread;        /* columns more between two rows                           */
    int shift;         /* reals that everything is moved by                       */
    bool other_guards; /* other numbers between the rows                          */
    bool other_waste;  /* other numbers in what is to be overwritten              */
    uint64_t draw;     /* other numbers in all that is drawn                      */
} car_layout;

typedef struct car_bench_panel {
    car_role role;
    int index, rows, width;
    ptrdiff_t at, stride;
} car_bench_panel;

typedef enum car_damage { CAR_OUT_OF_BOUNDS, CAR_DEAD_ROW, CAR_READ_ONLY, CAR_DAMAGES } car_damage;

typedef struct car_bench {
    car_case *c;
    car_cell_plan *plan;
    car_layout layout;
    car_stream stream;
    int n_panels, first[CAR_ROLES + 1]; /* panels of a role: first[role] .. first[role + 1] - 1 */
    car_bench_panel *panels;
    car_real *memory, *before; /* [n] */
    ptrdiff_t n;
    char *pages;
    size_t page_bytes;
    int *owner; /* [n] panel, or -1 */
    double low, high;           /* affine parts of gates are drawn from [low, high), at first [-2, 2) ... */
    bool thirds;                /* ... or are one of low, the middle and high */
    int odd_gate;               /* that of this gate from [high, high + 1) instead; -1: none */
    int nan_row;                /* in this row they are NaN; -1: none */
    int writer[CAR_MAX_LOCALS]; /* which stage wrote the local in car_bench_forward */
    char damage[CAR_DAMAGES][256]; /* the first of each kind since the start, in words; or "" */
} car_bench;

/* NULL if there is no plan for these widths. */
car_bench *car_bench_new(car_case *c, int input, int hidden, const car_layout *layout);
void car_bench_free(car_bench *bench);

car_panel car_bench_panel_of(const car_bench *bench, car_role role, int index);
int car_bench_width(const car_bench *bench, car_role role, int index);
int car_bench_count(const car_bench *bench, car_role role);

/* "the new state c", "the gradient of gate f": borrowed until the next but three. */
const char *car_bench_name(const car_bench *bench, car_role role, int index);

/* Live rows: numbers in [low, high), or one of low, the middle and high. */
void car_bench_draw(car_bench *bench, car_role role, int index, double low, double high);
void car_bench_draw_all(car_bench *bench, car_role role, double low, double high);
void car_bench_draw_thirds(car_bench *bench, car_role role, int index, double low, double high);
/* What nobody has written: NaN of a kind of its own, or a number in other_waste. */
void car_bench_waste(car_bench *bench, car_role role);
bool car_bench_is_waste(const car_bench *bench, car_real value);

/* One kernel; the second without a look at what it wrote. */
void car_bench_call(car_bench *bench, int stage, bool backward);
void car_bench_call_quickly(car_bench *bench, int stage, bool backward);

/* All stages, on x, states and weights that were drawn or set before. */
void car_bench_forward(car_bench *bench);

/* Inputs in [-1, 1), then all stages forward. */
void car_bench_run_forward(car_bench *bench);

/* All stages backward: with what arrives and what is added to in [-1, 1) times `scale`. */
void car_bench_backward(car_bench *bench, double scale);

/* The first difference in the bits of the live rows of a role, in words: "the new state
 * c, row 1, unit 3: 0.12 and 0.13".  Row i of `a` is row map[i] of `b`; NULL: row i.
 * False if there is none. */
bool car_bench_differ(const car_bench *a, const car_bench *b, car_role role, const int *map, char *text, size_t size);

/* The first live element of the role that is not finite or is waste. */
bool car_bench_find_waste(const car_bench *bench, car_role role, char *text, size_t size);
bool car_bench_find_infinite(const car_bench *bench, car_role role, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
