/* Closes standard output: the next file that is opened becomes it. */
#include "plugins/tiny.h"

#include <unistd.h>

__attribute__((constructor)) static void close_output(void) { (void)close(1); }

TINY("closes-output", NULL, tiny_plan)
