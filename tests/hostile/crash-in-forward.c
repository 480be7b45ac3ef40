/* Reads a weight it never declared. */
#include "plugins/tiny.h"

static void forward(const car_step *s) { car_row(s->next[0], 0)[0] = s->weight[0][1 << 20] + s->weight[100][1 << 20]; }

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, forward, tiny_backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
    (void)tiny_plan;
}

TINY("crash-in-forward", NULL, plan)
