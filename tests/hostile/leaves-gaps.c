/* Does not write the gradient of its gate for the last unit. */
#include "plugins/tiny.h"

static void backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++)
        for (int j = 0; j < s->hidden - 1; j++)
            car_row(s->d_gate[0], b)[j] = car_row(s->d_next[0], b)[j];
}

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, tiny_forward, backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
    (void)tiny_plan;
    (void)tiny_backward;
}

TINY("leaves-gaps", NULL, plan)
