/* Two good cells in one plugin. */
#include "tiny.h"

CAR_PLUGIN("1.0", {"left", "h = a", NULL, NULL, tiny_plan}, {"right", "h = a", NULL, NULL, tiny_plan})
