/* Calls a function that nobody has. */
#include "tiny.h"

void nobody_has_this(car_plan *p);

static void plan(car_plan *p) { nobody_has_this(p); }

TINY("undefined-symbol", NULL, plan)
