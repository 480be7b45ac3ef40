/* Changes how numbers are written and letters compared, for everybody. */
#include "plugins/tiny.h"

#include <locale.h>

static void plan(car_plan *p)
{
    (void)setlocale(LC_ALL, "C.UTF-8");
    tiny_plan(p);
}

TINY("sets-locale", NULL, plan)
