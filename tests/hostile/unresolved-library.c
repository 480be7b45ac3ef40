/* Needs a library that is not there. */
#include "plugins/tiny.h"

int carousel_gone(void);

static void plan(car_plan *p)
{
    if (carousel_gone() == 0)
        tiny_plan(p);
}

TINY("unresolved-library", NULL, plan)
