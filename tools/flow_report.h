/* flow_report.h - what is seen of gradients and gates in the layers of a model, from minibatches: how
 * far back gradients reach, how much a step lengthens a vector, which gates are
 * saturated.  For `carousel gradients`, and for a look while training.  The model is looked
 * at as it is used: without dropout and label smoothing.
 */
#ifndef CAROUSEL_TOOLS_FLOW_REPORT_H
#define CAROUSEL_TOOLS_FLOW_REPORT_H

#include "model/flow.h"
#include "train/shards.h"

/* What is seen of one gate: of its values, how many lie near 0, 1 and -1. */
typedef struct car_gate_count {
    double least, most;
    int64_t values, near_zero, near_one, near_minus_one;
} car_gate_count;

typedef struct car_flow_layer {
    const car_layer *layer;
    car_flow flow;
    car_gate_count gate[CAR_MAX_GATES];
    double jacobian_sum, jacobian_most;
    int jacobians;
} car_flow_layer;

/* Of what the gradient is: of a sentence's loss at the last step of its target, the only loss that
 * a model has that classifies; of its whole loss, at all steps; of a random direction of each
 * layer's last output. */
typedef enum car_flow_of { CAR_FLOW_LAST_LOSS, CAR_FLOW_LOSS, CAR_FLOW_LAST_OUTPUT } car_flow_of;

typedef struct car_flow_report {
    car_flow_of of;
    car_flow_layer *layer; /* [n], of the encoder and then the decoder */
    int n;
    int64_t sentences;
} car_flow_report;

/* The model is borrowed. */
void car_flow_report_init(car_flow_report *report, const car_model *model, car_flow_of of);
void car_flow_report_clear(car_flow_report *report);

/* Adds the first `rows` pairs of a minibatch; directions are drawn from the seed.  If the model
 * has gradients, those of its output layer are overwritten. */
void car_flow_report_add(car_flow_report *report, const car_model *model, const car_batch *batch, int rows,
                         uint64_t seed);

/* The share of a gate that is saturated, or -1 of one that has no ends. */
double car_gate_saturation(const car_gate_count *count);

/* The lags worth telling, of those that there are: 1, 2, 5, 10, ...; how many. */
enum { CAR_FLOW_LAGS = 9 };
int car_flow_report_lags(const car_flow *flow, int lags[CAR_FLOW_LAGS]);

#endif
