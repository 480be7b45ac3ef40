/* Gate 2 where gate 1 is due. */
#include "tiny.h"

static void plan(car_plan *p)
{
    tiny_plan(p);
    car_gate(p, 2, "c", CAR_X, 0);
}

TINY("index-gap", NULL, plan)
