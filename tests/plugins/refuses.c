/* Has a wish about widths and says so. */
#include "tiny.h"

static void plan(car_plan *p)
{
    tiny_plan(p);
    if (p->input != p->hidden)
        car_fail(p, "input and hidden width must be equal");
}

TINY("refuses", NULL, plan)
