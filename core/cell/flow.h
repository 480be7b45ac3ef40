/* flow.h - what the kernels of a cell read and write, found by trying them.
 *
 * A plan declares which feeds go into which gates; what a stage reads besides, element
 * by element, and which stage writes a local or a new state, it leaves to the kernels.
 * Here each forward kernel is run on drawn numbers, and again with one thing changed
 * at a time.  What a kernel reads only for values that were not drawn is missed.  For
 * `carousel cell graph`.
 */
#ifndef CAROUSEL_CELL_FLOW_H
#define CAROUSEL_CELL_FLOW_H

#include "cell/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bit k: state, local, weight or gate k.  Gates of the stage itself, which it reads
 * by definition, are left out. */
typedef struct car_stage_flow {
    uint32_t states, locals, weights; /* read */
    uint64_t gates;
    bool x;
    uint32_t next, made; /* written: new states, locals */
} car_stage_flow;

/* Fills flow[n_stages]. */
void car_cell_flow_find(const car_cell_plan *plan, car_stage_flow *flow);

#ifdef __cplusplus
}
#endif
#endif
