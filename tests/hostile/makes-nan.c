/* Divides zero by zero. */
#include "plugins/tiny.h"

static void forward(const car_step *s)
{
    tiny_forward(s);
    car_row(s->next[0], 0)[0] /= car_row(s->prev[0], 0)[0] * 0;
}

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, forward, tiny_backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
    (void)tiny_plan;
}

TINY("makes-nan", NULL, plan)
