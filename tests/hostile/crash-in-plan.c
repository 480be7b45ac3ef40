/* Runs out of stack in its plan. */
#include "plugins/tiny.h"

static int deeper(volatile char *above)
{
    volatile char here[4096];
    here[0] = above[0];
    return deeper(here) + here[0];
}

static void plan(car_plan *p)
{
    volatile char top[1] = {0};
    if (deeper(top) == 0)
        tiny_plan(p);
}

TINY("crash-in-plan", NULL, plan)
