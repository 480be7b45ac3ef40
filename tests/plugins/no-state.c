/* Carries nothing from step to step. */
#include "tiny.h"

static void plan(car_plan *p)
{
    car_stage(p, tiny_forward, tiny_backward);
    car_gate(p, 0, "a", CAR_X, 0);
}

TINY("no-state", NULL, plan)
