/* Two gates of one name. */
#include "tiny.h"

static void plan(car_plan *p)
{
    tiny_plan(p);
    car_gate(p, 1, "a", CAR_X, 0);
}

TINY("twin-gates", NULL, plan)
