/* Rounds towards minus infinity from its first step on. */
#include "plugins/tiny.h"

#include <fenv.h>

static void forward(const car_step *s)
{
    (void)fesetround(FE_DOWNWARD);
    tiny_forward(s);
}

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, forward, tiny_backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
    (void)tiny_plan;
}

TINY("rounds-down", NULL, plan)
