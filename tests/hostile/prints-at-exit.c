/* Says goodbye in the midst of the translations. */
#include "plugins/tiny.h"

#include <stdio.h>

__attribute__((destructor)) static void leave(void) { (void)printf("prints-at-exit ran for a while\n"); }

TINY("prints-at-exit", NULL, tiny_plan)
