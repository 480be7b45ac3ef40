/* Two cells of one name. */
#include "tiny.h"

CAR_PLUGIN("1.0", {"twin", "h = a", NULL, NULL, tiny_plan}, {"twin", "h = a", NULL, NULL, tiny_plan})
