/* Lets everybody write what the program writes from now on. */
#include "plugins/tiny.h"

#include <sys/stat.h>

static void plan(car_plan *p)
{
    (void)umask(0);
    tiny_plan(p);
}

TINY("sets-umask", NULL, plan)
