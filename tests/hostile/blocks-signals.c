/* Blocks the interrupt of whoever plans. */
#include "plugins/tiny.h"

#include <signal.h>

static void plan(car_plan *p)
{
    sigset_t interrupt;
    (void)sigemptyset(&interrupt);
    (void)sigaddset(&interrupt, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &interrupt, NULL);
    tiny_plan(p);
}

TINY("blocks-signals", NULL, plan)
