#include "cell/flow.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "math/random.h"

enum { X, PREV, NEXT, GATE, LOCAL, WEIGHT, KINDS };
enum { DRAWS = 4, MOST = CAR_MAX_GATES };

/* One row of everything that a forward kernel sees, in one piece of memory. */
typedef struct trial {
    const car_cell_plan *plan;
    int count[KINDS];
    ptrdiff_t at[KINDS][MOST];
    int width[KINDS][MOST];
    ptrdiff_t n;
    car_real *memory;
    car_stream stream;
    uint64_t drawn; /* how often numbers were drawn */
} trial;

static void add(trial *t, int kind, int width)
{
    t->at[kind][t->count[kind]] = t->n;
    t->width[kind][t->count[kind]++] = width;
    t->n += (width + 15) / 16 * 16;
}

static void lay_out(trial *t, const car_cell_plan *plan)
{
    *t = (trial){.plan = plan, .stream = car_stream_named(1, "flow")};
    add(t, X, plan->input);
    for (int k = 0; k < plan->n_states; k++) {
        add(t, PREV, plan->state[k].width);
        add(t, NEXT, plan->state[k].width);
    }
    for (int k = 0; k < plan->n_gates; k++)
        add(t, GATE, plan->gate[k].width);
    for (int k = 0; k < plan->n_locals; k++)
        add(t, LOCAL, plan->local[k].width);
    for (int k = 0; k < plan->n_weights; k++)
        add(t, WEIGHT, plan->weight[k].width);
    t->memory = car_alloc(t->n, sizeof *t->memory);
}

static void draw(trial *t, int kind, int index)
{
    car_real *row = t->memory + t->at[kind][index];
    t->drawn++;
    for (int j = 0; j < t->width[kind][index]; j++)
        row[j] = (car_real)(4 * car_random_uniform(t->stream, t->drawn, (uint64_t)j) - 2);
}

static void spoil(trial *t, int kind, int index)
{
    for (int j = 0; j < t->width[kind][index]; j++)
        t->memory[t->at[kind][index] + j] = (car_real)NAN;
}

static void run(trial *t, int stage)
{
    car_panel panel[KINDS][MOST];
    const car_real *weight[CAR_MAX_WEIGHTS];
    for (int kind = 0; kind < KINDS; kind++)
        for (int i = 0; i < t->count[kind]; i++)
            panel[kind][i] = (car_panel){t->memory + t->at[kind][i], t->width[kind][i]};
    for (int i = 0; i < t->count[WEIGHT]; i++)
        weight[i] = panel[WEIGHT][i].at;
    const car_step step = {.size = sizeof step,
                           .stage = stage,
                           .rows = 1,
                           .input = t->plan->input,
                           .hidden = t->plan->hidden,
                           .config = t->plan->config,
                           .weight = weight,
                           .x = panel[X],
                           .prev = panel[PREV],
                           .next = panel[NEXT],
                           .gate = panel[GATE],
                           .local = panel[LOCAL]};
    t->plan->stage[stage].forward(&step);
}

/* Does what this stage writes change when that row is drawn anew?  `before` is the
 * memory before the stage, `after` the one it left. */
static bool matters(trial *t, int stage, int kind, int index, const car_real *before, const car_real *after)
{
    size_t bytes = (size_t)t->n * sizeof *before;
    memcpy(t->memory, before, bytes);
    draw(t, kind, index);
    run(t, stage);
    for (int other = 0; other < KINDS; other++)
        for (int i = 0; i < t->count[other]; i++)
            if ((other != kind || i != index) && memcmp(t->memory + t->at[other][i], after + t->at[other][i],
                                                        (size_t)t->width[other][i] * sizeof *after) != 0)
                return true;
    return false;
}

static void try_stage(trial *t, int stage, car_real *before, car_real *after, car_stage_flow *flow)
{
    size_t bytes = (size_t)t->n * sizeof *before;
    for (int g = 0; g < t->count[GATE]; g++)
        if (t->plan->gate[g].stage == stage)
            draw(t, GATE, g);
    memcpy(before, t->memory, bytes);
    run(t, stage);
    memcpy(after, t->memory, bytes);
    for (int k = 0; k < t->count[NEXT]; k++)
        if (memcmp(before + t->at[NEXT][k], after + t->at[NEXT][k], sizeof *after) != 0)
            flow->next |= 1u << k;
    for (int k = 0; k < t->count[LOCAL]; k++)
        if (memcmp(before + t->at[LOCAL][k], after + t->at[LOCAL][k], sizeof *after) != 0)
            flow->made |= 1u << k;

    flow->x = flow->x || (t->plan->reads_x && matters(t, stage, X, 0, before, after));
    for (int k = 0; k < t->count[PREV]; k++)
        flow->states |= matters(t, stage, PREV, k, before, after) ? 1u << k : 0;
    for (int k = 0; k < t->count[WEIGHT]; k++)
        flow->weights |= matters(t, stage, WEIGHT, k, before, after) ? 1u << k : 0;
    for (int k = 0; k < t->count[GATE]; k++)
        if (t->plan->gate[k].stage < stage)
            flow->gates |= matters(t, stage, GATE, k, before, after) ? (uint64_t)1 << k : 0;
    for (int k = 0; k < t->count[LOCAL]; k++)
        if (!isnan(before[t->at[LOCAL][k]]))
            flow->locals |= matters(t, stage, LOCAL, k, before, after) ? 1u << k : 0;
    memcpy(t->memory, after, bytes);
}

void car_cell_flow_find(const car_cell_plan *plan, car_stage_flow *flow)
{
    trial t;
    lay_out(&t, plan);
    car_real *before = car_alloc(t.n, sizeof *before), *after = car_alloc(t.n, sizeof *after);
    memset(flow, 0, (size_t)plan->n_stages * sizeof *flow);
    for (int round = 0; round < DRAWS; round++) {
        draw(&t, X, 0);
        for (int k = 0; k < plan->n_states; k++) {
            draw(&t, PREV, k);
            spoil(&t, NEXT, k);
        }
        for (int k = 0; k < plan->n_weights; k++)
            draw(&t, WEIGHT, k);
        for (int k = 0; k < plan->n_gates; k++)
            spoil(&t, GATE, k);
        for (int k = 0; k < plan->n_locals; k++)
            spoil(&t, LOCAL, k);
        for (int stage = 0; stage < plan->n_stages; stage++)
            try_stage(&t, stage, before, after, &flow[stage]);
    }
    car_free(after);
    car_free(before);
    car_free(t.memory);
}
