/* Wants 64 GB for itself as it is loaded. */
#include "plugins/tiny.h"

static char huge[(size_t)1 << 36];

static void plan(car_plan *p)
{
    volatile char *at = huge;
    at[0] = 1;
    tiny_plan(p);
}

TINY("huge-array", NULL, plan)
