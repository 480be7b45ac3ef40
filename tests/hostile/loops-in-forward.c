/* Never finishes a step. */
#include "plugins/tiny.h"

static void forward(const car_step *s)
{
    for (volatile int b = 0; b < s->rows; b = 0)
        ;
}

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, forward, tiny_backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
    (void)tiny_plan;
}

TINY("loops-in-forward", NULL, plan)
