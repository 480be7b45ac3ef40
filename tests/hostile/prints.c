/* Greets everybody, in the midst of the translations. */
#include "plugins/tiny.h"

#include <stdio.h>

__attribute__((constructor)) static void greet(void) { (void)printf("prints 1.0 (c) its author\n"); }

TINY("prints", NULL, tiny_plan)
