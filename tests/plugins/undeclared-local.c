/* A gate fed by a local that does not exist. */
#include "tiny.h"

static void plan(car_plan *p)
{
    tiny_plan(p);
    car_stage(p, tiny_forward, tiny_backward);
    car_gate(p, 1, "b", CAR_LOCAL(0), 0);
}

TINY("undeclared-local", NULL, plan)
