#include "tools/flow_report.h"

#include <math.h>

#include "base/memory.h"

enum { JACOBIANS = 8 };              /* steps of a layer of which the Jacobian is looked at */
static const double near_end = 0.05; /* that near to an end of its range a gate is saturated */

static void add_layer(car_flow_report *r, const car_layer *layer)
{
    car_flow_layer *added = &r->layer[r->n++];
    *added = (car_flow_layer){.layer = layer};
    car_flow_init(&added->flow, layer);
}

void car_flow_report_init(car_flow_report *r, const car_model *model)
{
    const car_encoder *encoder = &model->encoder;
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

static void measure(car_flow_layer *r, car_tape *tape, car_arena *arena, uint64_t seed)
{
    count_gates(r, tape);
    if (r->jacobians < JACOBIANS) {
        double size = car_jacobian_size(tape, tape->steps.total / 2, arena);
        r->jacobian_sum += size;
        r->jacobian_most = size > r->jacobian_most ? size : r->jacobian_most;
        r->jacobians++;
    }
    car_flow_add(&r->flow, tape, arena, seed);
}

void car_flow_report_add(car_flow_report *r, const car_model *model, const car_batch *batch, int rows, uint64_t seed)
{
    car_shard shard;
    car_shard_init(&shard);
    int *all = car_alloc(rows, sizeof *all), n = 0;
    for (int i = 0; i < rows; i++)
        all[i] = i;
    car_shard_load(&shard, &model->options, batch, all, rows);
    car_shard_forward(&shard, model, NULL);
    for (int l = 0; l < model->encoder.depth; l++)
        for (int i = 0; i < model->encoder.readers; i++)
            measure(&r->layer[n++], &shard.encoding.tape[l][i], &shard.arena, seed);
    for (int l = 0; l < model->decoder.depth; l++)
        measure(&r->layer[n++], &shard.decoding.tape[l], &shard.arena, seed);
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
