/* Cannot be trained. */
#include "tiny.h"

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, tiny_forward, NULL);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
}

TINY("no-backward", NULL, plan)
