/* Leaves a file open with every plan. */
#include "plugins/tiny.h"

#include <fcntl.h>

static void plan(car_plan *p)
{
    (void)open("/dev/null", O_RDONLY);
    tiny_plan(p);
}

TINY("leaves-open", NULL, plan)
