/* Writes where nothing is when it is loaded. */
#include "plugins/tiny.h"

__attribute__((constructor)) static void crash(void) { *(volatile int *)8 = 1; }

TINY("crash-at-load", NULL, tiny_plan)
