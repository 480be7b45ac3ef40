/* An alarm that ends the program an hour later. */
#include "plugins/tiny.h"

#include <unistd.h>

static void plan(car_plan *p)
{
    (void)alarm(3600);
    tiny_plan(p);
}

TINY("sets-alarm", NULL, plan)
