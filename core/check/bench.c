#include "check/bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    DEAD_ROWS = 2, /* behind the live ones of every panel: padding, no business of the kernel */
    MARGIN = 64    /* reals in front of a panel */
};

/* ---- waste: what stands where nobody has written -------------------------------------------- */

static car_real waste_if(bool other)
{
    car_real waste;
    memset(&waste, 0xff, sizeof waste); /* a NaN that arithmetic does not make */
    return other ? (car_real)-98765.25 : waste;
}

static bool same_bits(const car_real *a, const car_real *b) { return memcmp(a, b, sizeof *a) == 0; }

bool car_bench_is_waste(const car_bench *bench, car_real value)
{
    car_real waste = waste_if(bench->layout.other_waste);
    return same_bits(&value, &waste);
}

/* ---- names --------------------------------------------------------------------------------------- */

const char *car_bench_name(const car_bench *bench, car_role role, int index)
{
    static char texts[4][2 * CAR_NAME_SIZE];
    static int last;
    const car_cell_plan *plan = bench->plan;
    char *text = texts[last = (last + 1) % 4];
    const size_t size = sizeof texts[0];
    static const char *const formats[CAR_ROLES] = {"x",
                                                   "the old state %s (prev[%d])",
                                                   "the new state %s (next[%d])",
                                                   "gate %s (gate[%d])",
                                                   "local %s (local[%d])",
                                                   "weight %s (weight[%d])",
                                                   "the gradient arriving at state %s (d_next[%d])",
                                                   "the gradient of the old state %s (d_prev[%d])",
                                                   "the gradient of gate %s (d_gate[%d])",
                                                   "the gradient of local %s (d_local[%d])",
                                                   "the gradient of x (d_x)",
                                                   "the gradient of weight %s (d_weight[%d])"};
    const char *name = "";
    switch (role) {
    case CAR_AT_PREV:
    case CAR_AT_NEXT:
    case CAR_AT_D_NEXT:
    case CAR_AT_D_PREV:
        name = plan->state[index].name;
        break;
    case CAR_AT_GATE:
    case CAR_AT_D_GATE:
        name = plan->gate[index].name;
        break;
    case CAR_AT_LOCAL:
    case CAR_AT_D_LOCAL:
        name = plan->local[index].name;
        break;
    case CAR_AT_WEIGHT:
    case CAR_AT_D_WEIGHT:
        name = plan->weight[index].name;
        break;
    default:
        break;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(text, size, formats[role], name, index);
#pragma GCC diagnostic pop
    return text;
}

/* ---- layout ---------------------------------------------------------------------------------------- */

static void count_role(const car_cell_plan *plan, car_role role, int *count)
{
    static const int one = 1;
    const int *counts[CAR_ROLES] = {&one,
                                    &plan->n_states,
                                    &plan->n_states,
                                    &plan->n_gates,
                                    &plan->n_locals,
                                    &plan->n_weights,
                                    &plan->n_states,
                                    &plan->n_states,
                                    &plan->n_gates,
                                    &plan->n_locals,
                                    &one,
                                    &plan->n_weights};
    *count = *counts[role];
}

static int width_of(const car_cell_plan *plan, car_role role, int index)
{
    switch (role) {
    case CAR_AT_GATE:
    case CAR_AT_D_GATE:
        return plan->gate[index].width;
    case CAR_AT_LOCAL:
    case CAR_AT_D_LOCAL:
        return plan->local[index].width;
    case CAR_AT_WEIGHT:
    case CAR_AT_D_WEIGHT:
        return plan->weight[index].width;
    case CAR_AT_X:
    case CAR_AT_D_X:
        return plan->input;
    default:
        return plan->state[index].width;
    }
}

static bool is_vector(car_role role) { return role == CAR_AT_WEIGHT || role == CAR_AT_D_WEIGHT; }

int car_bench_width(const car_bench *bench, car_role role, int index) { return width_of(bench->plan, role, index); }
int car_bench_count(const car_bench *bench, car_role role) { return bench->first[role + 1] - bench->first[role]; }

static const car_bench_panel *panel_at(const car_bench *bench, car_role role, int index)
{
    return &bench->panels[bench->first[role] + index];
}

car_panel car_bench_panel_of(const car_bench *bench, car_role role, int index)
{
    const car_bench_panel *panel = panel_at(bench, role, index);
    return (car_panel){bench->memory + panel->at, panel->stride};
}

/* Every panel has a gap between its rows that differs from its neighbours', so that a
 * kernel that takes one panel's stride for another's is found out. */
static void lay_out(car_bench *bench)
{
    const car_layout *layout = &bench->layout;
    int n = 0;
    for (int role = 0; role < CAR_ROLES; role++) {
        int count;
        count_role(bench->plan, role, &count);
        bench->first[role] = n;
        n += count;
    }
    bench->first[CAR_ROLES] = bench->n_panels = n;
    bench->panels = car_alloc(n, sizeof *bench->panels);
    ptrdiff_t at = layout->shift;
    for (int role = 0; role < CAR_ROLES; role++)
        for (int i = 0; i < bench->first[role + 1] - bench->first[role]; i++) {
            int p = bench->first[role] + i;
            car_bench_panel *panel = &bench->panels[p];
            *panel = (car_bench_panel){.role = role, .index = i, .width = width_of(bench->plan, role, i)};
            panel->rows = is_vector(role) ? 1 : layout->rows;
            panel->stride = panel->width + 3 + p % 5 + layout->spread;
            panel->at = at + MARGIN + panel->stride;
            at = panel->at + panel->stride * (panel->rows + (is_vector(role) ? 0 : DEAD_ROWS));
        }
    bench->n = at + MARGIN;
}

/* What a crash at this address means; called from a signal handler. */
static void describe_address(const void *context, const char *address, char *text, size_t size)
{
    const car_bench *bench = context;
    ptrdiff_t at = (address - (const char *)bench->memory) / (ptrdiff_t)sizeof(car_real);
    const char *side = at < 0 ? "in front of" : "behind";
    (void)snprintf(text, size, "%ld numbers %s all panels", (long)(at < 0 ? -at : at - bench->n + 1), side);
}

static bool take_memory(car_bench *bench)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), edge = 64 * page;
    size_t bytes = ((size_t)bench->n * sizeof(car_real) + page - 1) / page * page;
    bench->page_bytes = bytes + 2 * edge;
    bench->pages = mmap(NULL, bench->page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bench->pages == MAP_FAILED || mprotect(bench->pages + edge, bytes, PROT_READ | PROT_WRITE) != 0) {
        car_case_skip(bench->c, "no memory for its panels");
        return false;
    }
    bench->memory = (car_real *)(void *)(bench->pages + edge);
    bench->before = car_alloc(bench->n, sizeof *bench->before);
    bench->owner = car_alloc(bench->n, sizeof *bench->owner);
    car_real guard = waste_if(bench->layout.other_guards);
    for (ptrdiff_t i = 0; i < bench->n; i++) {
        bench->memory[i] = guard;
        bench->owner[i] = -1;
    }
    for (int p = 0; p < bench->n_panels; p++)
        for (int b = 0; b < bench->panels[p].rows + DEAD_ROWS; b++)
            for (int j = 0; j < bench->panels[p].width; j++)
                if (!is_vector(bench->panels[p].role) || b == 0)
                    bench->owner[bench->panels[p].at + b * bench->panels[p].stride + j] = p;
    car_case_watch(bench->c, bench->pages, bench->pages + bench->page_bytes, describe_address, bench);
    return true;
}

car_bench *car_bench_new(car_case *c, int input, int hidden, const car_layout *layout)
{
    car_cell_plan *plan = car_case_plan(c, input, hidden);
    if (plan == NULL)
        return NULL;
    car_bench *bench = car_alloc(1, sizeof *bench);
    bench->c = c;
    bench->plan = plan;
    bench->layout = *layout;
    bench->low = -2;
    bench->high = 2;
    bench->odd_gate = bench->nan_row = -1;
    bench->stream = car_stream_named(c->seed + layout->draw, "bench");
    lay_out(bench);
    for (int k = 0; k < CAR_MAX_LOCALS; k++)
        bench->writer[k] = -1;
    if (take_memory(bench))
        return bench;
    car_bench_free(bench);
    return NULL;
}

void car_bench_free(car_bench *bench)
{
    if (bench == NULL)
        return;
    car_case_watch(bench->c, NULL, NULL, NULL, NULL);
    if (bench->pages != MAP_FAILED)
        (void)munmap(bench->pages, bench->page_bytes);
    car_cell_plan_free(bench->plan);
    car_free(bench->panels);
    car_free(bench->before);
    car_free(bench->owner);
    car_free(bench);
}

/* ---- numbers ------------------------------------------------------------------------------------ */

static double uniform(const car_bench *bench, car_role role, int index, int row, int column)
{
    int number = bench->layout.number != NULL ? bench->layout.number[row] : row;
    uint64_t place = (uint64_t)(is_vector(role) ? 0 : number) << 32 | (uint64_t)column;
    return car_random_uniform(bench->stream, (uint64_t)role << 8 | (uint64_t)index, place);
}

static car_real *element(const car_bench *bench, car_role role, int index, int row, int column)
{
    const car_bench_panel *panel = panel_at(bench, role, index);
    return &bench->memory[panel->at + row * panel->stride + column];
}

void car_bench_draw(car_bench *bench, car_role role, int index, double low, double high)
{
    const car_bench_panel *panel = panel_at(bench, role, index);
    for (int b = 0; b < panel->rows; b++)
        for (int j = 0; j < panel->width; j++)
            *element(bench, role, index, b, j) = (car_real)(low + (high - low) * uniform(bench, role, index, b, j));
}

void car_bench_draw_all(car_bench *bench, car_role role, double low, double high)
{
    for (int i = 0; i < car_bench_count(bench, role); i++)
        car_bench_draw(bench, role, i, low, high);
}

void car_bench_draw_thirds(car_bench *bench, car_role role, int index, double low, double high)
{
    const car_bench_panel *panel = panel_at(bench, role, index);
    for (int b = 0; b < panel->rows; b++)
        for (int j = 0; j < panel->width; j++)
            *element(bench, role, index, b, j) =
                (car_real)(low + (high - low) * floor(3 * uniform(bench, role, index, b, j)) / 2);
}

void car_bench_waste(car_bench *bench, car_role role)
{
    car_real waste = waste_if(bench->layout.other_waste);
    for (int i = 0; i < car_bench_count(bench, role); i++)
        for (int b = 0; b < panel_at(bench, role, i)->rows; b++)
            for (int j = 0; j < panel_at(bench, role, i)->width; j++)
                *element(bench, role, i, b, j) = waste;
}

/* ---- calling -------------------------------------------------------------------------------------- */

/* May this kernel write to the panel? */
static bool is_writable(const car_bench *bench, const car_bench_panel *panel, int stage, bool backward)
{
    switch (panel->role) {
    case CAR_AT_NEXT:
        return !backward;
    case CAR_AT_GATE:
        return !backward && bench->plan->gate[panel->index].stage == stage;
    case CAR_AT_LOCAL:
        return !backward && (bench->writer[panel->index] < 0 || bench->writer[panel->index] == stage);
    case CAR_AT_D_PREV:
    case CAR_AT_D_WEIGHT:
        return backward;
    case CAR_AT_D_GATE:
        return backward && bench->plan->gate[panel->index].stage == stage;
    case CAR_AT_D_LOCAL:
        return backward && bench->writer[panel->index] < stage;
    case CAR_AT_D_X:
        return backward && bench->plan->reads_x;
    default:
        return false;
    }
}

static void damaged(car_bench *bench, car_damage kind, int stage, bool backward, ptrdiff_t i)
{
    char *text = bench->damage[kind];
    if (text[0] != '\0')
        return;
    ptrdiff_t near = i;
    for (ptrdiff_t far = 0; bench->owner[near] < 0; far = far <= 0 ? 1 - far : -far)
        near = i + far >= 0 && i + far < bench->n ? i + far : near;
    const car_bench_panel *panel = &bench->panels[bench->owner[near]];
    ptrdiff_t offset = near - panel->at;
    long row = (long)(offset / panel->stride), column = (long)(offset % panel->stride + i - near);
    const char *name = car_bench_name(bench, panel->role, panel->index);
    int used = snprintf(text, sizeof bench->damage[kind], "the %s kernel of stage %d wrote to %s, row %ld, unit %ld",
                        backward ? "backward" : "forward", stage, name, row, column);
    if (kind == CAR_OUT_OF_BOUNDS && used > 0)
        (void)snprintf(text + used, sizeof bench->damage[kind] - (size_t)used,
                       ": it is %d wide, so its units are 0 to %d", panel->width, panel->width - 1);
    if (kind == CAR_DEAD_ROW && used > 0)
        (void)snprintf(text + used, sizeof bench->damage[kind] - (size_t)used, ": there are %d rows now (s->rows)",
                       panel->rows);
}

static void look_for_damage(car_bench *bench, int stage, bool backward)
{
    for (ptrdiff_t i = 0; i < bench->n; i++) {
        if (same_bits(&bench->memory[i], &bench->before[i]))
            continue;
        const car_bench_panel *panel = bench->owner[i] >= 0 ? &bench->panels[bench->owner[i]] : NULL;
        if (panel == NULL)
            damaged(bench, CAR_OUT_OF_BOUNDS, stage, backward, i);
        else if (!is_writable(bench, panel, stage, backward))
            damaged(bench, CAR_READ_ONLY, stage, backward, i);
        else if ((i - panel->at) / panel->stride >= panel->rows)
            damaged(bench, CAR_DEAD_ROW, stage, backward, i);
    }
}

void car_bench_call_quickly(car_bench *bench, int stage, bool backward)
{
    const car_cell_plan *plan = bench->plan;
    car_panel views[CAR_ROLES][CAR_MAX_GATES];
    const car_real *weights[CAR_MAX_WEIGHTS];
    car_real *d_weights[CAR_MAX_WEIGHTS];
    for (int role = 0; role < CAR_ROLES; role++)
        for (int i = 0; i < car_bench_count(bench, role); i++)
            views[role][i] = car_bench_panel_of(bench, role, i);
    if (plan->input == 0)
        views[CAR_AT_X][0] = (car_panel){NULL, 0};
    for (int w = 0; w < plan->n_weights; w++) {
        weights[w] = views[CAR_AT_WEIGHT][w].at;
        d_weights[w] = views[CAR_AT_D_WEIGHT][w].at;
    }
    car_step step = {.size = sizeof step,
                     .stage = stage,
                     .t = bench->layout.t,
                     .rows = bench->layout.rows,
                     .input = plan->input,
                     .hidden = plan->hidden,
                     .config = plan->config,
                     .weight = weights,
                     .x = views[CAR_AT_X],
                     .prev = views[CAR_AT_PREV],
                     .next = views[CAR_AT_NEXT],
                     .gate = views[CAR_AT_GATE],
                     .local = views[CAR_AT_LOCAL]};
    if (backward) {
        step.d_next = views[CAR_AT_D_NEXT];
        step.d_prev = views[CAR_AT_D_PREV];
        step.d_gate = views[CAR_AT_D_GATE];
        step.d_local = views[CAR_AT_D_LOCAL];
        step.d_x = plan->reads_x ? views[CAR_AT_D_X] : NULL;
        step.d_weight = d_weights;
    }
    car_case_doing(bench->c, "the %s kernel of stage %d (input %d, width %d, %d rows)",
                   backward ? "backward" : "forward", stage, plan->input, plan->hidden, bench->layout.rows);
    (backward ? plan->stage[stage].backward : plan->stage[stage].forward)(&step);
    car_case_doing(bench->c, "looking at what its kernels did");
}

void car_bench_call(car_bench *bench, int stage, bool backward)
{
    memcpy(bench->before, bench->memory, (size_t)bench->n * sizeof *bench->memory);
    car_bench_call_quickly(bench, stage, backward);
    look_for_damage(bench, stage, backward);
}

/* The locals that are whole now and were not before are this stage's. */
static void find_writers(car_bench *bench, int stage)
{
    for (int k = 0; k < bench->plan->n_locals; k++)
        for (int b = 0; b < bench->layout.rows && bench->writer[k] < 0; b++)
            for (int j = 0; j < bench->plan->local[k].width; j++) {
                ptrdiff_t at = element(bench, CAR_AT_LOCAL, k, b, j) - bench->memory;
                if (!same_bits(&bench->memory[at], &bench->before[at]))
                    bench->writer[k] = stage;
            }
}

/* What the host would leave in a gate before its stage. */
static void draw_affine(car_bench *bench, int g)
{
    if (g == bench->odd_gate)
        car_bench_draw(bench, CAR_AT_GATE, g, bench->high, bench->high + 1);
    else if (bench->thirds)
        car_bench_draw_thirds(bench, CAR_AT_GATE, g, bench->low, bench->high);
    else
        car_bench_draw(bench, CAR_AT_GATE, g, bench->low, bench->high);
    for (int j = 0; bench->nan_row >= 0 && j < bench->plan->gate[g].width; j++)
        *element(bench, CAR_AT_GATE, g, bench->nan_row, j) = (car_real)NAN;
}

void car_bench_forward(car_bench *bench)
{
    for (int role = CAR_AT_D_NEXT; role < CAR_ROLES; role++)
        car_bench_waste(bench, (car_role)role);
    car_bench_waste(bench, CAR_AT_NEXT);
    car_bench_waste(bench, CAR_AT_GATE);
    car_bench_waste(bench, CAR_AT_LOCAL);
    for (int stage = 0; stage < bench->plan->n_stages; stage++) {
        for (int g = 0; g < bench->plan->n_gates; g++)
            if (bench->plan->gate[g].stage == stage)
                draw_affine(bench, g);
        car_bench_call(bench, stage, false);
        find_writers(bench, stage);
    }
}

void car_bench_run_forward(car_bench *bench)
{
    car_bench_draw_all(bench, CAR_AT_X, -1, 1);
    car_bench_draw_all(bench, CAR_AT_PREV, -1, 1);
    car_bench_draw_all(bench, CAR_AT_WEIGHT, -1, 1);
    car_bench_forward(bench);
}

void car_bench_backward(car_bench *bench, double scale)
{
    const car_role drawn[] = {CAR_AT_D_NEXT, CAR_AT_D_PREV, CAR_AT_D_LOCAL, CAR_AT_D_X, CAR_AT_D_WEIGHT};
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
        car_bench_draw_all(bench, drawn[i], -scale, scale);
    car_bench_waste(bench, CAR_AT_D_GATE);
    for (int stage = bench->plan->n_stages - 1; stage >= 0; stage--)
        car_bench_call(bench, stage, true);
}

/* ---- looking ---------------------------------------------------------------------------------------- */

bool car_bench_differ(const car_bench *a, const car_bench *b, car_role role, const int *map, char *text, size_t size)
{
    for (int i = 0; i < car_bench_count(a, role); i++)
        for (int row = 0; row < panel_at(a, role, i)->rows; row++)
            for (int j = 0; j < panel_at(a, role, i)->width; j++) {
                const car_real *one = element(a, role, i, row, j);
                const car_real *other = element(b, role, i, map != NULL && !is_vector(role) ? map[row] : row, j);
                if (same_bits(one, other))
                    continue;
                (void)snprintf(text, size, "%s, row %d, unit %d: %.9g and %.9g", car_bench_name(a, role, i), row, j,
                               (double)*one, (double)*other);
                return true;
            }
    return false;
}

static bool find(const car_bench *bench, car_role role, bool waste, char *text, size_t size)
{
    for (int i = 0; i < car_bench_count(bench, role); i++)
        for (int row = 0; row < panel_at(bench, role, i)->rows; row++)
            for (int j = 0; j < panel_at(bench, role, i)->width; j++) {
                car_real value = *element(bench, role, i, row, j);
                if (waste ? !car_bench_is_waste(bench, value) : isfinite(value))
                    continue;
                (void)snprintf(text, size, "%s, row %d, unit %d", car_bench_name(bench, role, i), row, j);
                return true;
            }
    return false;
}

bool car_bench_find_waste(const car_bench *bench, car_role role, char *text, size_t size)
{
    return find(bench, role, true, text, size);
}

bool car_bench_find_infinite(const car_bench *bench, car_role role, char *text, size_t size)
{
    return find(bench, role, false, text, size);
}
