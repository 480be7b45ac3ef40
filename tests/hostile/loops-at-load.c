/* Never finishes loading. */
#include "plugins/tiny.h"

__attribute__((constructor)) static void loop(void)
{
    for (volatile int i = 0;; i = !i)
        ;
}

TINY("loops-at-load", NULL, tiny_plan)
