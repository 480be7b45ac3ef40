/* A choice among nothing. */
#include "tiny.h"

static const car_option options[] = {{"colour", "which", CAR_CHOICE, 0, 0, 1, NULL}, {0}};

TINY("option-choices", options, tiny_plan)
