/* Writes dL/dx, which a plan that does not read x is not given. */
#include "plugins/tiny.h"

static void backward(const car_step *s)
{
    tiny_backward(s);
    car_row(*s->d_x, 0)[0] += 1;
}

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, tiny_forward, backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
    (void)tiny_plan;
}

TINY("crash-in-backward", NULL, plan)
