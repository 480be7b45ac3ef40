/* The help of its option is no address. */
#include "plugins/tiny.h"

static const car_option options[] = {{"depth", (const char *)7, CAR_COUNT, 1, 1, 9, NULL}, {NULL}};

TINY("lies-about-help", options, tiny_plan)
