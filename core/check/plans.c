/* The plan: what a cell says it is made of, and whether its kernels agree. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/bench.h"
#include "check/plan_text.h"
#include "check/suite.h"

enum { INPUT = 5, HIDDEN = 7 };

void car_check_plan_accepted(car_case *c)
{
    car_error e;
    const int widths[][2] = {{INPUT, HIDDEN}, {3, 37}, {8, 8}, {1, 1}, {256, 256}};
    for (size_t i = 0; i < sizeof widths / sizeof *widths && !car_case_failed(c); i++) {
        car_case_doing(c, "its plan for input %d and width %d", widths[i][0], widths[i][1]);
        car_cell_plan *plan = car_cell_plan_new(c->cell, widths[i][0], widths[i][1], c->settings, &e);
        if (plan == NULL)
            car_case_fail(c, "%s", e.message);
        car_cell_plan_free(plan);
    }
}

/* ---- the plan itself ------------------------------------------------------------------------------------ */

static bool write_plan_for(car_case *c, int input, int hidden, car_string *text)
{
    car_cell_plan *plan = car_case_plan(c, input, hidden);
    if (plan != NULL)
        car_plan_text(plan, text);
    car_cell_plan_free(plan);
    return plan != NULL;
}

void car_check_plan_deterministic(car_case *c)
{
    car_string first = {0}, other = {0}, again = {0};
    car_string_empty(&again);
    int length;
    const char *line = NULL;
    if (write_plan_for(c, INPUT, HIDDEN, &first) && write_plan_for(c, 3, 37, &other) &&
        write_plan_for(c, INPUT, HIDDEN, &again))
        line = car_plan_text_difference(first.at, again.at, &length);
    if (line != NULL)
        car_case_fail(c,
                      "asked a second time, for the same widths and options, it declares something else: \"%.*s\"; "
                      "its plan must depend on p->input, p->hidden and car_opt() alone",
                      length, line);
    car_string_clear(&first);
    car_string_clear(&other);
    car_string_clear(&again);
}

void car_check_plan_widths(car_case *c)
{
    car_error e;
    for (int hidden = 1; hidden <= 65 && !car_case_failed(c); hidden += hidden < 20 ? 1 : 15)
        for (int input = 1; input <= 65; input += input < 4 ? 1 : 30) {
            e.message[0] = '\0';
            car_case_doing(c, "its plan for input %d and width %d", input, hidden);
            car_cell_plan *plan = car_cell_plan_new(c->cell, input, hidden, c->settings, &e);
            if (plan == NULL && strstr(e.message, "without a reason") != NULL)
                car_case_fail(c, "%s", e.message);
            else if (plan == NULL)
                car_case_warn(c, "has no plan for some widths: %s", e.message);
            car_cell_plan_free(plan);
        }
}

void car_check_plan_large(car_case *c)
{
    const int widths[][2] = {
        {CAR_MAX_WIDTH, 1}, {1, CAR_MAX_WIDTH}, {CAR_MAX_WIDTH, CAR_MAX_WIDTH}, {0, CAR_MAX_WIDTH}};
    car_error e;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        car_case_doing(c, "its plan for input %d and width %d", widths[i][0], widths[i][1]);
        car_cell_plan_free(car_cell_plan_new(c->cell, widths[i][0], widths[i][1], c->settings, &e));
    }
}

void car_check_plan_no_input(car_case *c)
{
    car_error e;
    car_case_doing(c, "its plan for input 0 and width %d", HIDDEN);
    car_cell_plan *plan = car_cell_plan_new(c->cell, 0, HIDDEN, c->settings, &e);
    car_cell_plan_free(plan);
    if (plan == NULL)
        return; /* refused, with a message */
    const car_layout layout = {.rows = 3};
    car_bench *bench = car_bench_new(c, 0, HIDDEN, &layout);
    char text[256];
    if (bench == NULL)
        return;
    car_bench_run_forward(bench);
    car_bench_backward(bench, 1);
    if (car_bench_find_infinite(bench, CAR_AT_NEXT, text, sizeof text))
        car_case_fail(c,
                      "accepts an input of width 0, but then leaves no number in %s; refuse it with car_fail(), or "
                      "do without x",
                      text);
    car_bench_free(bench);
}

void car_check_plan_stages(car_case *c)
{
    car_cell_plan *plan = car_case_plan(c, INPUT, HIDDEN);
    for (int stage = 0; plan != NULL && stage < plan->n_stages; stage++) {
        int gates = 0;
        for (int g = 0; g < plan->n_gates; g++)
            gates += plan->gate[g].stage == stage;
        if (gates == 0 && plan->n_locals == 0)
            car_case_fail(c,
                          "stage %d has no gates, and there are no locals it could work on: join it with the stage "
                          "before",
                          stage);
        else if (gates == 0)
            car_case_warn(c, "stage %d has no gates, so it need not be a stage: join it with the one before", stage);
    }
    car_cell_plan_free(plan);
}

/* ---- the plan and the kernels --------------------------------------------------------------------------- */

static car_bench *run_forward(car_case *c)
{
    const car_layout layout = {.rows = 3};
    car_bench *bench = car_bench_new(c, INPUT, HIDDEN, &layout);
    if (bench != NULL)
        car_bench_run_forward(bench);
    return bench;
}

void car_check_plan_locals(car_case *c)
{
    car_bench *bench = run_forward(c);
    for (int g = 0; bench != NULL && g < bench->plan->n_gates; g++)
        for (int k = 0; k < bench->plan->n_locals; k++) {
            const car_gate_plan *gate = &bench->plan->gate[g];
            if ((gate->feeds & CAR_LOCAL(k)) == 0 || (bench->writer[k] >= 0 && bench->writer[k] < gate->stage))
                continue;
            char when[64] = "no stage writes";
            if (bench->writer[k] >= 0)
                (void)snprintf(when, sizeof when, "stage %d writes", bench->writer[k]);
            car_case_fail(c,
                          "gate %s of stage %d is fed by local %s, which %s: a gate may be fed by locals of earlier "
                          "stages only",
                          gate->name, gate->stage, bench->plan->local[k].name, when);
        }
    car_bench_free(bench);
}

/* Do the kernels do anything else when this panel holds other numbers? */
static bool matters(car_case *c, const car_bench *base, car_role role, int index)
{
    const car_layout layout = {.rows = 3};
    car_bench *bench = car_bench_new(c, INPUT, HIDDEN, &layout);
    if (bench == NULL)
        return true;
    car_bench_draw_all(bench, CAR_AT_X, -1, 1);
    car_bench_draw_all(bench, CAR_AT_PREV, -1, 1);
    car_bench_draw_all(bench, CAR_AT_WEIGHT, -1, 1);
    if (role == CAR_AT_GATE)
        bench->odd_gate = index;
    else
        car_bench_draw(bench, role, index, 1, 2);
    car_bench_forward(bench);
    char text[256];
    bool differ = false;
    for (int g = 0; g < bench->plan->n_gates && role != CAR_AT_GATE && !differ; g++)
        differ = car_bench_differ(bench, base, CAR_AT_GATE, NULL, text, sizeof text);
    differ = differ || car_bench_differ(bench, base, CAR_AT_NEXT, NULL, text, sizeof text) ||
             car_bench_differ(bench, base, CAR_AT_LOCAL, NULL, text, sizeof text);
    car_bench_free(bench);
    return differ;
}

void car_check_plan_reads_x(car_case *c)
{
    car_bench *base = run_forward(c);
    if (base == NULL)
        return;
    bool reads = matters(c, base, CAR_AT_X, 0);
    if (reads && !base->plan->reads_x)
        car_case_fail(c, "its kernels read x, but its plan does not say so: call car_reads_x(p), or no gradient will "
                         "reach the layer below by this way");
    else if (!reads && base->plan->reads_x)
        car_case_warn(c, "its plan says that its kernels read x, but what they do does not depend on it; "
                         "car_reads_x(p) costs time");
    car_bench_free(base);
}

static bool feeds_a_gate(const car_cell_plan *plan, uint32_t feed)
{
    for (int g = 0; g < plan->n_gates; g++)
        if ((plan->gate[g].feeds & feed) != 0)
            return true;
    return false;
}

/* State 0 is the output, which is read by what lies above. */
void car_check_plan_states_used(car_case *c)
{
    car_bench *base = run_forward(c);
    for (int k = 1; base != NULL && k < base->plan->n_states; k++)
        if (!feeds_a_gate(base->plan, CAR_STATE(k)) && !matters(c, base, CAR_AT_PREV, k))
            car_case_warn(c, "state %s is carried from step to step, but nothing reads it", base->plan->state[k].name);
    car_bench_free(base);
}

void car_check_plan_gates_used(car_case *c)
{
    car_bench *base = run_forward(c);
    for (int g = 0; base != NULL && g < base->plan->n_gates; g++)
        if (!matters(c, base, CAR_AT_GATE, g))
            car_case_warn(c, "gate %s is computed, but no state depends on it", base->plan->gate[g].name);
    car_bench_free(base);
}

void car_check_plan_weights_used(car_case *c)
{
    car_bench *base = run_forward(c);
    for (int w = 0; base != NULL && w < base->plan->n_weights; w++)
        if (!matters(c, base, CAR_AT_WEIGHT, w))
            car_case_warn(c, "weight %s is learnt, but nothing depends on it", base->plan->weight[w].name);
    car_bench_free(base);
}

/* A local is for a gate, a later kernel, or a backward kernel. */
void car_check_plan_locals_used(car_case *c)
{
    car_bench *base = run_forward(c);
    if (base == NULL)
        return;
    car_bench_backward(base, 1);
    for (int k = 0; k < base->plan->n_locals; k++) {
        car_bench *other = run_forward(c);
        if (other == NULL)
            break;
        char text[256];
        car_bench_draw(other, CAR_AT_LOCAL, k, 1, 2);
        for (int stage = base->writer[k] + 1; stage < base->plan->n_stages; stage++)
            car_bench_call(other, stage, false);
        bool used = feeds_a_gate(base->plan, CAR_LOCAL(k)) ||
                    car_bench_differ(other, base, CAR_AT_NEXT, NULL, text, sizeof text);
        car_bench_backward(other, 1);
        used = used || car_bench_differ(other, base, CAR_AT_D_GATE, NULL, text, sizeof text) ||
               car_bench_differ(other, base, CAR_AT_D_PREV, NULL, text, sizeof text) ||
               car_bench_differ(other, base, CAR_AT_D_WEIGHT, NULL, text, sizeof text);
        if (!used)
            car_case_warn(c, "local %s is kept, but neither a gate nor a kernel reads it", base->plan->local[k].name);
        car_bench_free(other);
    }
    car_bench_free(base);
}

void car_check_plan_option_used(car_case *c)
{
    car_bench *chosen = run_forward(c);
    car_case defaults = *c;
    defaults.settings = "";
    car_bench *usual = run_forward(&defaults);
    if (chosen != NULL && usual != NULL &&
        memcmp(chosen->plan->option, usual->plan->option, sizeof usual->plan->option) != 0) {
        car_string a = {0}, b = {0};
        int length;
        char text[256];
        car_plan_text(chosen->plan, &a);
        car_plan_text(usual->plan, &b);
        if (car_plan_text_difference(a.at, b.at, &length) == NULL &&
            !car_bench_differ(chosen, usual, CAR_AT_NEXT, NULL, text, sizeof text))
            car_case_warn(c, "with %s it declares and computes the same as with its defaults: the option does nothing",
                          c->settings);
        car_string_clear(&a);
        car_string_clear(&b);
    }
    car_bench_free(chosen);
    car_bench_free(usual);
}
