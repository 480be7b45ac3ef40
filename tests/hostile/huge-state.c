/* Declares a state wider than memory. */
#include "plugins/tiny.h"

static void plan(car_plan *p)
{
    (void)tiny_plan;
    p->state(p, 0, "h", 1 << 30);
    car_stage(p, tiny_forward, tiny_backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
}

TINY("huge-state", NULL, plan)
