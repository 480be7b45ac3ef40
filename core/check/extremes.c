/* Numbers far out, zero, tiny, and none at all. */
#include <math.h>

#include "check/bench.h"
#include "check/suite.h"

enum { INPUT = 5, HIDDEN = 37, ROWS = 9, NAN_ROW = 2 };

/* What the inputs are drawn from. */
typedef struct range {
    double gates, states, weights; /* [-that, that) */
    bool thirds;                   /* or one of -that, 0 and that */
} range;

static void draw(car_bench *bench, car_role role, double size, bool thirds)
{
    for (int i = 0; i < car_bench_count(bench, role); i++)
        if (thirds)
            car_bench_draw_thirds(bench, role, i, -size, size);
        else
            car_bench_draw(bench, role, i, -size, size);
}

static car_bench *run(car_case *c, const range *from)
{
    const car_layout layout = {.rows = ROWS, .t = 1};
    car_bench *bench = car_bench_new(c, INPUT, HIDDEN, &layout);
    if (bench == NULL)
        return NULL;
    draw(bench, CAR_AT_X, from->states, from->thirds);
    draw(bench, CAR_AT_PREV, from->states, from->thirds);
    draw(bench, CAR_AT_WEIGHT, from->weights, false);
    bench->low = -from->gates;
    bench->high = from->gates;
    bench->thirds = from->thirds;
    car_bench_forward(bench);
    return bench;
}

static void expect_numbers(car_case *c, const car_bench *bench, const car_role *made, int n, const char *from)
{
    char text[256];
    for (int i = 0; i < n && !car_case_failed(c); i++)
        if (car_bench_find_infinite(bench, made[i], text, sizeof text))
            car_case_fail(c,
                          "from %s it makes a NaN or an infinity in %s; car_sigmoid, car_tanh and car_exp stay finite "
                          "everywhere, a division or a root needs a little more than 0",
                          from, text);
}

static void check(car_case *c, const range *from, const char *name)
{
    const car_role forward[] = {CAR_AT_NEXT, CAR_AT_GATE, CAR_AT_LOCAL};
    const car_role backward[] = {CAR_AT_D_GATE, CAR_AT_D_PREV, CAR_AT_D_LOCAL, CAR_AT_D_X, CAR_AT_D_WEIGHT};
    car_bench *bench = run(c, from);
    if (bench == NULL)
        return;
    expect_numbers(c, bench, forward, sizeof forward / sizeof *forward, name);
    car_bench_backward(bench, 1);
    expect_numbers(c, bench, backward, sizeof backward / sizeof *backward, name);
    car_bench_free(bench);
}

void car_check_extremes_gates(car_case *c)
{
    const range far = {.gates = 50, .states = 1, .weights = 1, .thirds = true};
    check(c, &far, "affine parts of gates of -50, 0 and 50");
}

void car_check_extremes_states(car_case *c)
{
    const range far = {.gates = 2, .states = 50, .weights = 1, .thirds = true};
    check(c, &far, "old states and x of -50, 0 and 50");
}

void car_check_extremes_zero(car_case *c)
{
    const range zero = {.gates = 0};
    check(c, &zero, "nothing but zeros");
}

void car_check_extremes_tiny(car_case *c)
{
    const range tiny = {.gates = 1e-38, .states = 1e-38, .weights = 1e-38};
    check(c, &tiny, "numbers below 1e-38");
}

/* NaN in one row, as from a damaged sentence, stays there. */
void car_check_extremes_nan(car_case *c)
{
    const range usual = {.gates = 2, .states = 1, .weights = 1};
    const car_layout layout = {.rows = ROWS, .t = 1};
    car_bench *whole = run(c, &usual), *bench = car_bench_new(c, INPUT, HIDDEN, &layout);
    if (whole != NULL && bench != NULL) {
        draw(bench, CAR_AT_X, 1, false);
        draw(bench, CAR_AT_PREV, 1, false);
        draw(bench, CAR_AT_WEIGHT, 1, false);
        bench->nan_row = NAN_ROW;
        car_bench_forward(bench);
        for (int k = 0; k < bench->plan->n_states; k++) {
            car_panel a = car_bench_panel_of(whole, CAR_AT_NEXT, k), b = car_bench_panel_of(bench, CAR_AT_NEXT, k);
            for (int i = 0; i < ROWS * bench->plan->state[k].width; i++) {
                int row = i / bench->plan->state[k].width, unit = i % bench->plan->state[k].width;
                if (row != NAN_ROW && car_row(a, row)[unit] != car_row(b, row)[unit])
                    car_case_fail(c, "NaN in row %d changes %s, row %d, unit %d", NAN_ROW,
                                  car_bench_name(bench, CAR_AT_NEXT, k), row, unit);
            }
        }
    }
    car_bench_free(whole);
    car_bench_free(bench);
}
