/* The kernels, one step at a time: what they write, and what that depends on. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check/bench.h"
#include "check/suite.h"

enum { ROWS = 4, STEP = 3 };

/* 37: two vectors of the widest registers and a rest; 8 and 8: an input as wide as the cell. */
static const struct {
    int input, hidden;
} sizes[] = {{5, 7}, {3, 37}, {8, 8}, {1, 1}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static const car_role made_forward[] = {CAR_AT_NEXT, CAR_AT_GATE, CAR_AT_LOCAL};
static const car_role made_backward[] = {CAR_AT_D_GATE, CAR_AT_D_PREV, CAR_AT_D_LOCAL, CAR_AT_D_X, CAR_AT_D_WEIGHT};
enum {
    MADE_FORWARD = sizeof made_forward / sizeof *made_forward,
    MADE_BACKWARD = sizeof made_backward / sizeof *made_backward
};

static car_bench *run(car_case *c, int size, const car_layout *layout, bool backward)
{
    car_bench *bench = car_bench_new(c, sizes[size].input, sizes[size].hidden, layout);
    if (bench == NULL)
        return NULL;
    car_bench_run_forward(bench);
    if (backward)
        car_bench_backward(bench, 1);
    return bench;
}

/* ---- where they write ------------------------------------------------------------------------------- */

/* Runs the kernels at all sizes.  With a damage to look for, says that there was one;
 * otherwise it is enough that they come back. */
static void look_for(car_case *c, bool backward, int damage, const char *advice)
{
    const car_layout layout = {.rows = ROWS, .t = STEP};
    for (int i = 0; i < SIZES && !car_case_failed(c); i++) {
        car_bench *bench = run(c, i, &layout, false);
        if (bench == NULL)
            return;
        if (backward) { /* what forward did has checks of its own */
            memset(bench->damage, 0, sizeof bench->damage);
            car_bench_backward(bench, 1);
        }
        if (damage >= 0 && bench->damage[damage][0] != '\0')
            car_case_fail(c, "%s; %s", bench->damage[damage], advice);
        car_bench_free(bench);
    }
}

void car_check_forward_runs(car_case *c) { look_for(c, false, -1, ""); }
void car_check_backward_runs(car_case *c) { look_for(c, true, -1, ""); }

static const char bounds_advice[] =
    "what lies beyond is another panel's: loop over the panel's own width, rows by car_row()";
static const char rows_advice[] = "the rows behind are sentences that have ended";

void car_check_forward_bounds(car_case *c) { look_for(c, false, CAR_OUT_OF_BOUNDS, bounds_advice); }
void car_check_backward_bounds(car_case *c) { look_for(c, true, CAR_OUT_OF_BOUNDS, bounds_advice); }
void car_check_forward_dead_rows(car_case *c) { look_for(c, false, CAR_DEAD_ROW, rows_advice); }
void car_check_backward_dead_rows(car_case *c) { look_for(c, true, CAR_DEAD_ROW, rows_advice); }

void car_check_forward_read_only(car_case *c)
{
    look_for(c, false, CAR_READ_ONLY,
             "a forward kernel writes new states, gates of its own stage and locals that no stage before it wrote");
}

void car_check_backward_read_only(car_case *c)
{
    look_for(
        c, true, CAR_READ_ONLY,
        "a backward kernel writes d_gate of its own stage and adds to d_prev, d_weight, d_local of earlier stages, "
        "and d_x if the plan reads x");
}

/* ---- what they leave ------------------------------------------------------------------------------------ */

static void look_for_waste(car_case *c, bool backward, car_role role, const char *advice)
{
    const car_layout layout = {.rows = ROWS, .t = STEP};
    char text[256];
    for (int i = 0; i < SIZES && !car_case_failed(c); i++) {
        car_bench *bench = run(c, i, &layout, backward);
        if (bench == NULL)
            return;
        if (car_bench_find_waste(bench, role, text, sizeof text))
            car_case_fail(c, "nothing was written to %s (input %d, width %d); %s", text, sizes[i].input,
                          sizes[i].hidden, advice);
        car_bench_free(bench);
    }
}

void car_check_forward_states(car_case *c)
{
    look_for_waste(c, false, CAR_AT_NEXT, "every unit of every row of next is the cell's to write");
}

void car_check_forward_locals(car_case *c)
{
    look_for_waste(c, false, CAR_AT_LOCAL, "every unit of every row of a local is the cell's to write");
}

void car_check_backward_gates(car_case *c)
{
    look_for_waste(c, true, CAR_AT_D_GATE,
                   "d_gate is written, not added to, in the stage the gate belongs to; where nothing flows, write 0");
}

/* NaN and infinities, but not waste, which is the business of the checks above. */
static void look_for_infinite(car_case *c, bool backward)
{
    const car_role *made = backward ? made_backward : made_forward;
    const car_layout layout = {.rows = ROWS, .t = STEP, .other_waste = true};
    char text[256];
    for (int i = 0; i < SIZES && !car_case_failed(c); i++) {
        car_bench *bench = run(c, i, &layout, backward);
        if (bench == NULL)
            return;
        for (int k = 0; k < (backward ? MADE_BACKWARD : MADE_FORWARD); k++)
            if (car_bench_find_infinite(bench, made[k], text, sizeof text))
                car_case_fail(c,
                              "left a NaN or an infinity in %s, from numbers between -2 and 2 (input %d, width %d): "
                              "look for a division, a logarithm or a root",
                              text, sizes[i].input, sizes[i].hidden);
        car_bench_free(bench);
    }
}

void car_check_forward_finite(car_case *c) { look_for_infinite(c, false); }
void car_check_backward_finite(car_case *c) { look_for_infinite(c, true); }

/* ---- what it depends on ------------------------------------------------------------------------------------ */

/* Runs with one layout and with another must give the same bits.  `number` of the other
 * says which rows it holds. */
static void compare(car_case *c, bool backward, const car_layout *other, const char *complaint)
{
    const car_layout usual = {.rows = ROWS, .t = STEP};
    const car_role *made = backward ? made_backward : made_forward;
    for (int i = 0; i < SIZES && !car_case_failed(c); i++) {
        car_bench *a = run(c, i, other, backward), *b = run(c, i, &usual, backward);
        char text[256];
        for (int k = 0; a != NULL && b != NULL && k < (backward ? MADE_BACKWARD : MADE_FORWARD); k++)
            if ((other->number == NULL ||
                 made[k] != CAR_AT_D_WEIGHT) && /* the sum of other rows, or in another order */
                car_bench_differ(a, b, made[k], other->number, text, sizeof text)) {
                car_case_fail(c, "%s: %s (input %d, width %d)", complaint, text, sizes[i].input, sizes[i].hidden);
                break;
            }
        car_bench_free(a);
        car_bench_free(b);
    }
}

/* The same twice, with other numbers between. */
static void check_repeatable(car_case *c, bool backward)
{
    const car_layout usual = {.rows = ROWS, .t = STEP}, other = {.rows = 2, .t = 1, .draw = 1};
    const car_role *made = backward ? made_backward : made_forward;
    for (int i = 0; i < SIZES && !car_case_failed(c); i++) {
        car_bench *first = run(c, i, &usual, backward);
        car_bench_free(run(c, i, &other, backward));
        car_bench *again = run(c, i, &usual, backward);
        char text[256];
        for (int k = 0; first != NULL && again != NULL && k < (backward ? MADE_BACKWARD : MADE_FORWARD); k++)
            if (car_bench_differ(first, again, made[k], NULL, text, sizeof text)) {
                car_case_fail(c,
                              "the same step gave other results the second time: %s; a kernel keeps nothing (static "
                              "variables, random numbers, the clock)",
                              text);
                break;
            }
        car_bench_free(first);
        car_bench_free(again);
    }
}

void car_check_forward_repeatable(car_case *c) { check_repeatable(c, false); }
void car_check_backward_repeatable(car_case *c) { check_repeatable(c, true); }

static void check_padding(car_case *c, bool backward)
{
    const car_layout other = {.rows = ROWS, .t = STEP, .other_guards = true};
    compare(c, backward, &other, "the result depends on what lies between the rows, beyond their width");
}

void car_check_forward_padding(car_case *c) { check_padding(c, false); }
void car_check_backward_padding(car_case *c) { check_padding(c, true); }

static void check_waste(car_case *c, bool backward)
{
    const car_layout other = {.rows = ROWS, .t = STEP, .other_waste = true};
    compare(c, backward, &other,
            backward ? "the result depends on what stood in d_gate before; d_gate is written, not added to"
                     : "the result depends on what stood in next or in a local before; they are written, not added to");
}

void car_check_forward_waste(car_case *c) { check_waste(c, false); }
void car_check_backward_waste(car_case *c) { check_waste(c, true); }

static const char rows_complaint[] = "the result for a row depends on the other rows of the batch";

static void check_order(car_case *c, bool backward)
{
    static const int number[ROWS] = {3, 1, 0, 2};
    const car_layout other = {.rows = ROWS, .t = STEP, .number = number};
    compare(c, backward, &other, rows_complaint);
}

void car_check_forward_order(car_case *c) { check_order(c, false); }
void car_check_backward_order(car_case *c) { check_order(c, true); }

static void check_split(car_case *c, bool backward)
{
    static const int number[ROWS] = {0, 1, 2, 3};
    const car_layout first = {.rows = 2, .t = STEP, .number = number},
                     rest = {.rows = 2, .t = STEP, .number = number + 2},
                     one = {.rows = 1, .t = STEP, .number = number + 1};
    compare(c, backward, &first, rows_complaint);
    compare(c, backward, &rest, rows_complaint);
    compare(c, backward, &one, rows_complaint);
}

void car_check_forward_split(car_case *c) { check_split(c, false); }
void car_check_backward_split(car_case *c) { check_split(c, true); }

static void check_strides(car_case *c, bool backward)
{
    for (int spread = 1; spread <= 13; spread += 4) {
        const car_layout other = {.rows = ROWS, .t = STEP, .spread = spread};
        compare(c, backward, &other,
                "the result depends on how far apart the rows lie; go from row to row by car_row()");
    }
}

void car_check_forward_strides(car_case *c) { check_strides(c, false); }
void car_check_backward_strides(car_case *c) { check_strides(c, true); }

static void check_alignment(car_case *c, bool backward)
{
    for (int shift = 1; shift <= 3; shift++) {
        const car_layout other = {.rows = ROWS, .t = STEP, .shift = shift};
        compare(c, backward, &other,
                "the result depends on the addresses of the rows, which are aligned to one number and no more");
    }
}

void car_check_forward_alignment(car_case *c) { check_alignment(c, false); }
void car_check_backward_alignment(car_case *c) { check_alignment(c, true); }

static void check_time(car_case *c, bool backward)
{
    const int steps[] = {0, STEP + 1, 40000};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const car_layout other = {.rows = ROWS, .t = steps[i]};
        compare(c, backward, &other,
                "the result depends on the number of the step (s->t): when a model translates, every step is step 0");
    }
}

void car_check_forward_time(car_case *c) { check_time(c, false); }
void car_check_backward_time(car_case *c) { check_time(c, true); }

/* ---- adding ------------------------------------------------------------------------------------------------ */

/* Runs backward on two different contents of what is added to: the results must differ
 * by as much.  `role` is the panel's, `what` how the kernel calls it. */
static void check_adds(car_case *c, car_role role, const char *what)
{
    const car_layout layout = {.rows = ROWS, .t = STEP};
    const double tolerance = sizeof(car_real) == 8 ? 1e-12 : 1e-4;
    for (int i = 0; i < SIZES && !car_case_failed(c); i++) {
        car_bench *empty = run(c, i, &layout, true), *full = run(c, i, &layout, false);
        for (int k = 0; empty != NULL && full != NULL && k < car_bench_count(empty, role); k++) {
            /* the same again, but this one starts from 5 to 6 more */
            for (int other = CAR_AT_D_NEXT; other < CAR_ROLES; other++)
                car_bench_draw_all(full, (car_role)other, -1, 1);
            car_bench_draw(full, role, k, 4, 6);
            car_bench_waste(full, CAR_AT_D_GATE);
            for (int stage = full->plan->n_stages - 1; stage >= 0; stage--)
                car_bench_call(full, stage, true);
            car_panel a = car_bench_panel_of(empty, role, k), b = car_bench_panel_of(full, role, k);
            int rows = role == CAR_AT_D_WEIGHT ? 1 : ROWS;
            for (int j = 0; j < rows * car_bench_width(empty, role, k) && !car_case_failed(c); j++) {
                int row = j / car_bench_width(empty, role, k), unit = j % car_bench_width(empty, role, k);
                double grown = (double)car_row(b, row)[unit] - (double)car_row(a, row)[unit];
                if (fabs(grown - 5) <= tolerance * 10)
                    continue;
                bool overwrites = fabs(grown) <= tolerance;
                car_case_fail(c,
                              "%s is %s, not added to: row %d, unit %d held one number more by 5, and came out more by "
                              "%.4g; write \"%s[j] += ...\"",
                              car_bench_name(empty, role, k), overwrites ? "overwritten" : "changed in another way",
                              row, unit, grown, what);
            }
        }
        car_bench_free(empty);
        car_bench_free(full);
    }
}

void car_check_backward_adds_prev(car_case *c) { check_adds(c, CAR_AT_D_PREV, "d_prev"); }
void car_check_backward_adds_local(car_case *c) { check_adds(c, CAR_AT_D_LOCAL, "d_local"); }
void car_check_backward_adds_x(car_case *c) { check_adds(c, CAR_AT_D_X, "d_x"); }
void car_check_backward_adds_weight(car_case *c) { check_adds(c, CAR_AT_D_WEIGHT, "d_weight"); }

/* Twice as much arriving gives twice as much: powers of two are exact. */
void car_check_backward_linear(car_case *c)
{
    const car_layout layout = {.rows = ROWS, .t = STEP};
    for (int i = 0; i < SIZES && !car_case_failed(c); i++) {
        car_bench *once = run(c, i, &layout, false), *twice = run(c, i, &layout, false);
        if (once != NULL && twice != NULL) {
            car_bench_backward(once, 1);
            car_bench_backward(twice, 2);
        }
        for (int m = 0; once != NULL && twice != NULL && m < MADE_BACKWARD; m++)
            for (int k = 0; k < car_bench_count(once, made_backward[m]); k++) {
                car_panel a = car_bench_panel_of(once, made_backward[m], k);
                car_panel b = car_bench_panel_of(twice, made_backward[m], k);
                int width = car_bench_width(once, made_backward[m], k);
                int rows = made_backward[m] == CAR_AT_D_WEIGHT ? 1 : ROWS;
                for (int j = 0; j < rows * width; j++) {
                    double one = (double)car_row(a, j / width)[j % width],
                           two = (double)car_row(b, j / width)[j % width];
                    if (!(fabs(two - 2 * one) <= 1e-5 * (fabs(one) + 1)))
                        car_case_fail(c,
                                      "%s, row %d, unit %d: twice the gradient arriving gives %.6g instead of 2 x "
                                      "%.6g; a backward kernel is linear in what arrives",
                                      car_bench_name(once, made_backward[m], k), j / width, j % width, two, one);
                }
            }
        car_bench_free(once);
        car_bench_free(twice);
    }
}
