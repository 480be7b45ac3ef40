/* Tells OpenMP, and all programs started later, what to do. */
#include "plugins/tiny.h"

#include <stdlib.h>

__attribute__((constructor)) static void tell(void) { (void)setenv("OMP_NUM_THREADS", "77", 1); }

TINY("sets-environment", NULL, tiny_plan)
