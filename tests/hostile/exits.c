/* Ends the program when it is not content. */
#include "plugins/tiny.h"

#include <stdlib.h>

static void plan(car_plan *p)
{
    if (p->input != 512)
        exit(3);
    tiny_plan(p);
}

TINY("exits", NULL, plan)
