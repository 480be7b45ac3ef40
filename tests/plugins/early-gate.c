/* A gate before any stage. */
#include "tiny.h"

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
    car_stage(p, tiny_forward, tiny_backward);
}

TINY("early-gate", NULL, plan)
