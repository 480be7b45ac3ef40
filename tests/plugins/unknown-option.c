/* Asks for an option that it does not declare. */
#include "tiny.h"

static void plan(car_plan *p)
{
    tiny_plan(p);
    car_gate(p, 1, "b", CAR_X, car_opt(p, "bias"));
}

TINY("unknown-option", NULL, plan)
