/* Waits for what never comes, and uses no processor meanwhile. */
#include "plugins/tiny.h"

#include <unistd.h>

__attribute__((constructor)) static void wait_for_nothing(void)
{
    for (;;)
        (void)pause();
}

TINY("sleeps", NULL, tiny_plan)
