/* Nothing wrong here. */
#include "tiny.h"

TINY("tiny", NULL, tiny_plan)
