/* Runs an instruction that no processor has, as a plugin does that was built for a newer one. */
#include "plugins/tiny.h"

static void plan(car_plan *p)
{
    (void)p;
    (void)tiny_plan;
    __builtin_trap();
}

TINY("illegal", NULL, plan)
