/* An option whose default is out of its own range. */
#include "tiny.h"

static const car_option options[] = {{"speed", "how fast", CAR_NUMBER, 11, 0, 10, NULL}, {0}};

TINY("option-default", options, tiny_plan)
