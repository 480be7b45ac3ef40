/* Needs something that this host does not have yet. */
#define CAR_USE_MINOR 7
#include "tiny.h"

TINY("newer-minor", NULL, tiny_plan)
