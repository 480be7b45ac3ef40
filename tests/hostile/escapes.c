/* Clears the terminal of whoever lists it. */
#include "plugins/tiny.h"

CAR_PLUGIN("1.0", {"escapes", "h = a\033[2J\033]0;owned\007", NULL, NULL, tiny_plan})
