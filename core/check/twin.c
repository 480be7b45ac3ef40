/* The twin with 64-bit reals, in this process of 32-bit ones: do both declare the same plan
 * and compute the same?  A plan knows nothing of the width of reals, and to a kernel its
 * panels are addresses; only the loader would refuse the twin. */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cell/loader_open.h"
#include "check/bench.h"
#include "check/plan_text.h"
#include "check/suite.h"

/* A step of the twin.  Its panels hold doubles, at addresses that are called car_real's. */
typedef struct wide_step {
    car_panel panels[CAR_ROLES][CAR_MAX_GATES];
    double *numbers[CAR_ROLES][CAR_MAX_GATES];
    int n[CAR_ROLES][CAR_MAX_GATES];
} wide_step;

static const car_cell *twin_of(car_case *c)
{
    car_plugin_file file;
    car_error e;
    car_case_doing(c, "loading the twin");
    void *library = car_plugin_examine(c->twin, c->insecure, &file, &e) ? dlopen(c->twin, RTLD_NOW | RTLD_LOCAL) : NULL;
    void *symbol = library != NULL ? dlsym(library, "carousel_plugin") : NULL;
    const car_plugin *(*entry)(void);
    memcpy(&entry, &symbol, sizeof entry);
    const car_plugin *plugin = symbol != NULL ? entry() : NULL;
    if (plugin == NULL || plugin->magic != CAR_MAGIC || plugin->real_size != sizeof(double) ||
        plugin->cell_size != sizeof(car_cell)) {
        car_case_fail(c, "%s is no twin: a plugin of the same source compiled with -DCAR_REAL_BITS=64", c->twin);
        return NULL;
    }
    for (int i = 0; i < (int)plugin->n_cells; i++)
        if (strcmp(car_plugin_cell(plugin, i)->name, c->cell->name) == 0)
            return car_plugin_cell(plugin, i);
    car_case_fail(c, "%s has no cell %s; build it from the same source", c->twin, c->cell->name);
    return NULL;
}

/* All that the bench holds, as doubles. */
static void copy_numbers(wide_step *wide, const car_bench *bench)
{
    for (int role = 0; role < CAR_ROLES; role++)
        for (int k = 0; k < car_bench_count(bench, (car_role)role); k++) {
            int width = car_bench_width(bench, (car_role)role, k);
            int rows = role == CAR_AT_WEIGHT || role == CAR_AT_D_WEIGHT ? 1 : bench->layout.rows;
            car_panel panel = car_bench_panel_of(bench, (car_role)role, k);
            if (wide->numbers[role][k] == NULL)
                wide->numbers[role][k] = car_alloc(rows * width + 1, sizeof(double));
            wide->n[role][k] = rows * width;
            wide->panels[role][k] = (car_panel){(car_real *)(void *)wide->numbers[role][k], width};
            for (int i = 0; i < rows * width; i++)
                wide->numbers[role][k][i] = (double)car_row(panel, i / width)[i % width];
        }
}

static void free_numbers(wide_step *wide)
{
    for (int role = 0; role < CAR_ROLES; role++)
        for (int k = 0; k < CAR_MAX_GATES; k++)
            car_free(wide->numbers[role][k]);
}

static void run_wide(car_case *c, wide_step *wide, const car_cell_plan *plan, int rows, bool backward)
{
    const car_real *weights[CAR_MAX_WEIGHTS];
    car_real *d_weights[CAR_MAX_WEIGHTS];
    for (int w = 0; w < plan->n_weights; w++) {
        weights[w] = wide->panels[CAR_AT_WEIGHT][w].at;
        d_weights[w] = wide->panels[CAR_AT_D_WEIGHT][w].at;
    }
    car_step step = {.size = sizeof step,
                     .rows = rows,
                     .input = plan->input,
                     .hidden = plan->hidden,
                     .config = plan->config,
                     .weight = weights,
                     .x = wide->panels[CAR_AT_X],
                     .prev = wide->panels[CAR_AT_PREV],
                     .next = wide->panels[CAR_AT_NEXT],
                     .gate = wide->panels[CAR_AT_GATE],
                     .local = wide->panels[CAR_AT_LOCAL]};
    if (backward) {
        step.d_next = wide->panels[CAR_AT_D_NEXT];
        step.d_prev = wide->panels[CAR_AT_D_PREV];
        step.d_gate = wide->panels[CAR_AT_D_GATE];
        step.d_local = wide->panels[CAR_AT_D_LOCAL];
        step.d_x = plan->reads_x ? wide->panels[CAR_AT_D_X] : NULL;
        step.d_weight = d_weights;
    }
    car_case_doing(c, "the %s kernels of the twin", backward ? "backward" : "forward");
    for (int i = 0; i < plan->n_stages; i++) {
        step.stage = backward ? plan->n_stages - 1 - i : i;
        (backward ? plan->stage[step.stage].backward : plan->stage[step.stage].forward)(&step);
    }
}

static void expect_equal(car_case *c, const wide_step *wide, const car_bench *bench, const car_role *made, int n)
{
    const double tolerance = 1e-3;
    for (int m = 0; m < n; m++)
        for (int k = 0; k < car_bench_count(bench, made[m]); k++) {
            car_panel panel = car_bench_panel_of(bench, made[m], k);
            int width = car_bench_width(bench, made[m], k);
            for (int i = 0; i < wide->n[made[m]][k]; i++) {
                double ours = (double)car_row(panel, i / width)[i % width], theirs = wide->numbers[made[m]][k][i];
                if (!(fabs(ours - theirs) <= tolerance * (1 + fabs(theirs))))
                    car_case_fail(c,
                                  "the cell and its twin compute different things: %s, row %d, unit %d: %.9g and "
                                  "%.9g; build both from the same source",
                                  car_bench_name(bench, made[m], k), i / width, i % width, ours, theirs);
            }
        }
}

/* The numbers are those of the bench; the gates are drawn before for both. */
static void compare_step(car_case *c, const car_cell_plan *plan)
{
    const car_role forward[] = {CAR_AT_NEXT, CAR_AT_LOCAL},
                   backward[] = {CAR_AT_D_GATE, CAR_AT_D_PREV, CAR_AT_D_X, CAR_AT_D_WEIGHT};
    const car_layout layout = {.rows = 3};
    car_bench *bench = car_bench_new(c, plan->input, plan->hidden, &layout);
    wide_step *wide = car_alloc(1, sizeof *wide);
    if (bench != NULL) {
        car_bench_draw_all(bench, CAR_AT_X, -1, 1);
        car_bench_draw_all(bench, CAR_AT_PREV, -1, 1);
        car_bench_draw_all(bench, CAR_AT_WEIGHT, -1, 1);
        car_bench_draw_all(bench, CAR_AT_GATE, bench->low, bench->high);
        for (int role = CAR_AT_D_NEXT; role < CAR_ROLES; role++)
            car_bench_draw_all(bench, (car_role)role, -1, 1);
        copy_numbers(wide, bench);
        run_wide(c, wide, plan, layout.rows, false);
        run_wide(c, wide, plan, layout.rows, true);
        car_bench_run_forward(bench);
        car_bench_backward(bench, 1);
        expect_equal(c, wide, bench, forward, sizeof forward / sizeof *forward);
        expect_equal(c, wide, bench, backward, sizeof backward / sizeof *backward);
    }
    free_numbers(wide);
    car_free(wide);
    car_bench_free(bench);
}

void car_check_plan_twin(car_case *c)
{
    enum { INPUT = 5, HIDDEN = 7 };
    if (c->twin == NULL) {
        car_case_skip(c, CAR_CHECK_NO_TWIN);
        return;
    }
    const car_cell *cell = twin_of(c);
    car_case other = *c;
    other.cell = cell;
    car_cell_plan *mine = car_case_plan(c, INPUT, HIDDEN);
    car_cell_plan *theirs = cell != NULL ? car_case_plan(&other, INPUT, HIDDEN) : NULL;
    if (mine != NULL && theirs != NULL) {
        car_string a = {0}, b = {0};
        int length;
        car_plan_text(mine, &a);
        car_plan_text(theirs, &b);
        const char *line = car_plan_text_difference(a.at, b.at, &length);
        if (line != NULL)
            car_case_fail(c, "the cell and its twin declare different plans: \"%.*s\"; build both from the same source",
                          length, line);
        else
            compare_step(c, theirs);
        car_string_clear(&a);
        car_string_clear(&b);
    } else if (cell != NULL && mine != NULL) {
        car_case_fail(c, "the twin refuses the plan that the cell accepts; build both from the same source");
    }
    car_cell_plan_free(mine);
    car_cell_plan_free(theirs);
}
