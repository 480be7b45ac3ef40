/* Gives up when the process ends. */
#include "plugins/tiny.h"

#include <stdlib.h>

__attribute__((destructor)) static void crash(void) { abort(); }

TINY("crash-at-exit", NULL, tiny_plan)
