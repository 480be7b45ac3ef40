/* Prints for ever. */
#include "plugins/tiny.h"

#include <stdio.h>

static void plan(car_plan *p)
{
    tiny_plan(p);
    for (;;)
        (void)puts("planning ...");
}

TINY("prints-on", NULL, plan)
