#include "tools/flow_report.h"

#include <math.h>

#include "base/memory.h"
#include "math/vector.h"

enum { JACOBIANS = 8 };              /* steps of a layer of which the Jacobian is looked at */
static const double near_end = 0.05; /* that near to an end of its range a gate is saturated */

static void add_layer(car_flow_report *r, const car_layer *layer)
{
    car_flow_layer *added = &r->layer[r->n++];
    *added = (car_flow_layer){.layer = layer};
    car_flow_init(&added->flow, layer);
}

void car_flow_report_init(car_flow_report *r, const car_model *model, car_flow_of of)
{
    const car_encoder *encoder = &model->encoder;
    r->of = of;
    r->layer = car_alloc(encoder->depth * encoder->readers + model->decoder.depth, sizeof *r->layer);
    for (int l = 0; l < encoder->depth; l++)
        for (int i = 0; i < encoder->readers; i++)
            add_layer(r, &encoder->layer[l][i]);
    for (int l = 0; l < model->decoder.depth; l++)
        add_layer(r, &model->decoder.layer[l]);
}

void car_flow_report_clear(car_flow_report *r)
{
    for (int i = 0; i < r->n; i++)
        car_flow_clear(&r->layer[i].flow);
    car_free(r->layer);
}

static void count_gates(car_flow_layer *r, const car_tape *tape)
{
    const car_cell_plan *plan = r->layer->plan;
    for (int g = 0; g < plan->n_gates; g++)
        for (int row = 0; row < tape->steps.total; row++) {
            const car_real *value = car_row(tape->gate, row) + plan->gate[g].column;
            car_gate_count *count = &r->gate[g];
            for (int j = 0; j < plan->gate[g].width; j++) {
                double v = (double)value[j];
                count->least = count->values == 0 || v < count->least ? v : count->least;
                count->most = count->values == 0 || v > count->most ? v : count->most;
                count->values++;
                count->near_zero += fabs(v) < near_end;
                count->near_one += fabs(v - 1) < near_end;
                count->near_minus_one += fabs(v + 1) < near_end;
            }
        }
}

double car_gate_saturation(const car_gate_count *count)
{
    if (count->values == 0 || count->most > 1 || count->least < -1)
        return -1;
    int64_t near = count->near_one + (count->least >= 0 ? count->near_zero : count->near_minus_one);
    return (double)near / (double)count->values;
}

static void look_at_steps(car_flow_layer *r, const car_tape *tape, car_arena *arena)
{
    count_gates(r, tape);
    if (r->jacobians == JACOBIANS)
        return;
    double size = car_jacobian_size(tape, tape->steps.total / 2, arena);
    r->jacobian_sum += size;
    r->jacobian_most = size > r->jacobian_most ? size : r->jacobian_most;
    r->jacobians++;
}

/* Backward through the whole model, from the loss of all words or of each sentence's last. */
static void back_from_loss(car_shard *shard, const car_model *model, bool last)
{
    const car_steps *steps = &shard->target;
    shard->rows.d_readout = car_panel_take(&shard->arena, shard->rows.n, model->output.readout);
    car_output_loss(&model->output, &shard->rows, 1, 0, 1, &shard->arena);
    for (int t = 0; last && t + 1 < steps->steps; t++)
        car_panel_zero(car_panel_from_row(shard->rows.d_readout, steps->first[t]), steps->rows[t + 1],
                       model->output.readout);
    car_shard_backward(shard, model);
}

/* All tapes of a shard, in the order of the report's layers. */
static car_tape **tapes_of(car_shard *shard, const car_model *model)
{
    const car_encoder *encoder = &model->encoder;
    car_tape **tape =
        car_arena_take(&shard->arena, encoder->depth * encoder->readers + model->decoder.depth, sizeof(car_tape *));
    int n = 0;
    for (int l = 0; l < encoder->depth; l++)
        for (int i = 0; i < encoder->readers; i++)
            tape[n++] = &shard->encoding.tape[l][i];
    for (int l = 0; l < model->decoder.depth; l++)
        tape[n++] = &shard->decoding.tape[l];
    return tape;
}

void car_flow_report_add(car_flow_report *r, const car_model *model, const car_batch *batch, int rows, uint64_t seed)
{
    car_shard shard;
    car_shard_init(&shard);
    int *all = car_alloc(rows, sizeof *all);
    for (int i = 0; i < rows; i++)
        all[i] = i;
    car_shard_load(&shard, &model->options, batch, all, rows);
    car_shard_forward(&shard, model, NULL);
    car_tape **tape = tapes_of(&shard, model);
    for (int i = 0; i < r->n; i++) {
        look_at_steps(&r->layer[i], tape[i], &shard.arena);
        car_tape_watch(tape[i], &shard.arena);
    }
    if (r->of != CAR_FLOW_LAST_OUTPUT)
        back_from_loss(&shard, model, r->of == CAR_FLOW_LAST_LOSS);
    for (int i = 0; i < r->n; i++) {
        if (r->of == CAR_FLOW_LAST_OUTPUT)
            car_flow_back(tape[i], &shard.arena, seed);
        car_flow_add(&r->layer[i].flow, tape[i]);
    }
    r->sentences += rows;
    car_free(all);
    car_shard_clear(&shard);
}

int car_flow_report_lags(const car_flow *flow, int lags[CAR_FLOW_LAGS])
{
    static const int shown[CAR_FLOW_LAGS] = {1, 2, 5, 10, 20, 50, 100, 200, 500};
    int n = 0;
    for (; n < CAR_FLOW_LAGS && shown[n] <= flow->lags; n++)
        lags[n] = shown[n];
    return n;
}
