/* A choice that goes further than its choices. */
#include "tiny.h"

static const car_option options[] = {{"colour", "which", CAR_CHOICE, 0, 0, 2, "red|blue"}, {0}};

TINY("option-range", options, tiny_plan)
