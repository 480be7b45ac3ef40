/* A cell without a plan. */
#include "tiny.h"

CAR_PLUGIN("1.0", {"good", "h = a", NULL, NULL, tiny_plan}, {"no-plan", "h = a", NULL, NULL, NULL})
