/* Takes memory at every step and forgets it. */
#include "plugins/tiny.h"

#include <stdlib.h>

static void *volatile kept;

static void forward(const car_step *s)
{
    kept = malloc(100);
    tiny_forward(s);
}

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, forward, tiny_backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
    (void)tiny_plan;
}

TINY("leaks", NULL, plan)
