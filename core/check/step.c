#include "check/step.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

enum { ROWS = 3 };

_Static_assert(CAR_MAX_STATES + CAR_MAX_LOCALS <= CAR_STEP_SOURCES, "gradients come from every state and local");

/* An input of the step, moved by a little. */
typedef struct nudge {
    car_role role; /* CAR_AT_GATE (its affine part), CAR_AT_PREV, CAR_AT_X or CAR_AT_WEIGHT; CAR_ROLES: none */
    int index, row, unit;
    double by;
} nudge;

static car_role role_of_input(car_role gradient)
{
    switch (gradient) {
    case CAR_AT_D_GATE:
        return CAR_AT_GATE;
    case CAR_AT_D_PREV:
        return CAR_AT_PREV;
    case CAR_AT_D_X:
        return CAR_AT_X;
    default:
        return CAR_AT_WEIGHT;
    }
}

static int rows_of(car_role role) { return role == CAR_AT_WEIGHT || role == CAR_AT_D_WEIGHT ? 1 : ROWS; }

static car_real *element(const car_step_gradients *g, car_role role, int index, int row, int unit)
{
    return &car_row(car_bench_panel_of(g->bench, role, index), row)[unit];
}

/* ---- forward ------------------------------------------------------------------------------------- */

static void set_gates(const car_step_gradients *g, int stage)
{
    const car_cell_plan *plan = g->bench->plan;
    for (int k = 0; k < plan->n_gates; k++)
        for (int i = 0; plan->gate[k].stage == stage && i < ROWS * plan->gate[k].width; i++)
            *element(g, CAR_AT_GATE, k, i / plan->gate[k].width, i % plan->gate[k].width) = (car_real)g->affine[k][i];
}

/* All stages, with one input moved; the loss of source s is <arriving[s], its panel>. */
static void evaluate(car_step_gradients *g, const nudge *n, double *losses)
{
    car_bench *bench = g->bench;
    car_real kept = 0;
    bool is_input = n->role == CAR_AT_PREV || n->role == CAR_AT_X || n->role == CAR_AT_WEIGHT;
    if (is_input) {
        kept = *element(g, n->role, n->index, n->row, n->unit);
        *element(g, n->role, n->index, n->row, n->unit) += (car_real)n->by;
    }
    for (int stage = 0; stage < bench->plan->n_stages; stage++) {
        set_gates(g, stage);
        if (n->role == CAR_AT_GATE && bench->plan->gate[n->index].stage == stage)
            *element(g, CAR_AT_GATE, n->index, n->row, n->unit) += (car_real)n->by;
        car_bench_call_quickly(bench, stage, false);
    }
    if (is_input)
        *element(g, n->role, n->index, n->row, n->unit) = kept;
    for (int s = 0; s < g->n_sources; s++) {
        car_role role = g->source[s] == CAR_AT_D_NEXT ? CAR_AT_NEXT : CAR_AT_LOCAL;
        int width = car_bench_width(bench, role, g->source_index[s]);
        losses[s] = 0;
        for (int i = 0; i < ROWS * width; i++)
            losses[s] += g->arriving[s][i] * (double)*element(g, role, g->source_index[s], i / width, i % width);
    }
}

typedef struct moving {
    car_step_gradients *g;
    nudge n;
} moving;

static void move(void *context, double by, double *losses)
{
    moving *m = context;
    m->n.by = by;
    evaluate(m->g, &m->n, losses);
}

/* One element from all sources. */
static void measure(car_step_gradients *g, car_step_tensor *tensor, int i)
{
    double analytic[CAR_STEP_SOURCES], numeric[CAR_STEP_SOURCES];
    moving m = {.g = g,
                .n = {.role = role_of_input(tensor->role),
                      .index = tensor->index,
                      .row = i / tensor->width,
                      .unit = i % tensor->width}};
    for (int s = 0; s < g->n_sources; s++)
        analytic[s] = tensor->analytic[s][i];
    tensor->smooth[i] = car_differentiate(move, &m, g->n_sources, analytic, numeric);
    for (int s = 0; s < g->n_sources; s++)
        tensor->numeric[s][i] = numeric[s];
    g->rough += !tensor->smooth[i];
}

/* ---- backward ------------------------------------------------------------------------------------- */

void car_step_backward(car_step_gradients *g, int source, double start)
{
    car_bench *bench = g->bench;
    for (int role = CAR_AT_D_NEXT; role < CAR_ROLES; role++)
        for (int k = 0; k < car_bench_count(bench, (car_role)role); k++)
            for (int row = 0; row < rows_of((car_role)role); row++)
                for (int unit = 0; unit < car_bench_width(bench, (car_role)role, k); unit++)
                    *element(g, (car_role)role, k, row, unit) =
                        role == CAR_AT_D_NEXT || role == CAR_AT_D_LOCAL ? 0 : (car_real)start;
    for (int s = 0; s < g->n_sources; s++) {
        int width = car_bench_width(bench, g->source[s], g->source_index[s]);
        for (int i = 0; (source < 0 || s == source) && i < ROWS * width; i++)
            *element(g, g->source[s], g->source_index[s], i / width, i % width) = (car_real)g->arriving[s][i];
    }
    for (int stage = bench->plan->n_stages - 1; stage >= 0; stage--)
        car_bench_call_quickly(bench, stage, true);
}

/* ---- all together ---------------------------------------------------------------------------------- */

static void add_tensor(car_step_gradients *g, car_role role, int index)
{
    car_step_tensor *tensor = &g->tensor[g->n_tensors++];
    *tensor = (car_step_tensor){.role = role, .index = index, .width = car_bench_width(g->bench, role, index)};
    tensor->n = rows_of(role) * tensor->width;
    tensor->smooth = car_alloc(tensor->n, sizeof *tensor->smooth);
    for (int s = 0; s < g->n_sources; s++) {
        tensor->analytic[s] = car_alloc(tensor->n, sizeof(double));
        tensor->numeric[s] = car_alloc(tensor->n, sizeof(double));
    }
    g->n += tensor->n;
}

static bool feeds_a_gate(const car_cell_plan *plan, uint32_t feed)
{
    for (int k = 0; k < plan->n_gates; k++)
        if ((plan->gate[k].feeds & feed) != 0)
            return true;
    return false;
}

static void add_source(car_step_gradients *g, car_role role, int index)
{
    int s = g->n_sources++, width = car_bench_width(g->bench, role, index);
    g->source[s] = role;
    g->source_index[s] = index;
    g->arriving[s] = car_alloc(ROWS * width, sizeof(double));
    car_bench_draw(g->bench, role, index, -1, 1);
    for (int i = 0; i < ROWS * width; i++)
        g->arriving[s][i] = (double)*element(g, role, index, i / width, i % width);
}

static void take_affine(car_step_gradients *g)
{
    for (int k = 0; k < g->bench->plan->n_gates; k++) {
        int width = g->bench->plan->gate[k].width;
        g->affine[k] = car_alloc(ROWS * width, sizeof(double));
        car_bench_draw(g->bench, CAR_AT_GATE, k, -2, 2);
        for (int i = 0; i < ROWS * width; i++)
            g->affine[k][i] = (double)*element(g, CAR_AT_GATE, k, i / width, i % width);
    }
}

static void take_analytic(car_step_gradients *g)
{
    for (int s = 0; s < g->n_sources; s++) {
        car_step_backward(g, s, 0);
        for (int t = 0; t < g->n_tensors; t++) {
            car_step_tensor *tensor = &g->tensor[t];
            for (int i = 0; i < tensor->n; i++)
                tensor->analytic[s][i] =
                    (double)*element(g, tensor->role, tensor->index, i / tensor->width, i % tensor->width);
        }
    }
}

car_step_gradients *car_step_gradients_new(car_case *c, int input, int hidden, uint64_t draw)
{
    const car_layout layout = {.rows = ROWS, .draw = draw};
    car_bench *bench = car_bench_new(c, input, hidden, &layout);
    if (bench == NULL)
        return NULL;
    car_step_gradients *g = car_alloc(1, sizeof *g);
    g->bench = bench;
    car_bench_run_forward(bench); /* also finds out who writes which local */
    for (int k = 0; k < bench->plan->n_states; k++)
        add_source(g, CAR_AT_D_NEXT, k);
    for (int k = 0; k < bench->plan->n_locals; k++)
        if (feeds_a_gate(bench->plan, CAR_LOCAL(k))) /* others have no gradient of their own */
            add_source(g, CAR_AT_D_LOCAL, k);
    for (int k = 0; k < bench->plan->n_gates; k++)
        add_tensor(g, CAR_AT_D_GATE, k);
    for (int k = 0; k < bench->plan->n_states; k++)
        add_tensor(g, CAR_AT_D_PREV, k);
    for (int k = 0; k < bench->plan->n_weights; k++)
        add_tensor(g, CAR_AT_D_WEIGHT, k);
    if (bench->plan->reads_x)
        add_tensor(g, CAR_AT_D_X, 0);
    take_affine(g);

    const nudge none = {.role = CAR_ROLES};
    double losses[CAR_STEP_SOURCES];
    evaluate(g, &none, losses);
    take_analytic(g);
    for (int t = 0; t < g->n_tensors; t++)
        for (int i = 0; i < g->tensor[t].n; i++)
            measure(g, &g->tensor[t], i);
    evaluate(g, &none, losses); /* leaves the values that belong to the gradients */
    return g;
}

void car_step_gradients_free(car_step_gradients *g)
{
    if (g == NULL)
        return;
    for (int t = 0; t < g->n_tensors; t++) {
        for (int s = 0; s < g->n_sources; s++) {
            car_free(g->tensor[t].analytic[s]);
            car_free(g->tensor[t].numeric[s]);
        }
        car_free(g->tensor[t].smooth);
    }
    for (int s = 0; s < g->n_sources; s++)
        car_free(g->arriving[s]);
    for (int k = 0; k < g->bench->plan->n_gates; k++)
        car_free(g->affine[k]);
    car_bench_free(g->bench);
    car_free(g);
}

bool car_step_tensor_agrees(const car_step_gradients *g, const car_step_tensor *tensor, int source)
{
    for (int s = 0; s < g->n_sources; s++)
        for (int i = 0; (source < 0 || s == source) && i < tensor->n; i++)
            if (tensor->smooth[i] && !car_gradients_agree(tensor->analytic[s][i], tensor->numeric[s][i]))
                return false;
    return true;
}
