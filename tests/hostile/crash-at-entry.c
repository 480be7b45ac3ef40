/* Divides by zero when it is asked what it is. */
#include "plugins/tiny.h"

static volatile int zero;

const car_plugin *carousel_plugin(void)
{
    volatile int never = 1000 / zero;
    (void)never;
    return NULL;
}
