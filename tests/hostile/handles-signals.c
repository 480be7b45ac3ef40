/* Takes the signals by which a training is told to save. */
#include "plugins/tiny.h"

#include <signal.h>

static void ignore(int number) { (void)number; }

__attribute__((constructor)) static void take_signals(void) { (void)signal(SIGTERM, ignore); }

TINY("handles-signals", NULL, tiny_plan)
