/* Asks for memory until there is none, and uses what it was not given. */
#include "plugins/tiny.h"

#include <stdlib.h>

static void plan(car_plan *p)
{
    enum { PIECE = 1 << 28 };
    for (;;)
        *(volatile char *)malloc(PIECE) = 0;
    tiny_plan(p);
}

TINY("eats-memory", NULL, plan)
