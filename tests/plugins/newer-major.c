/* Of a time when everything has changed. */
#include "tiny.h"

#undef CAR_ABI_MAJOR
#define CAR_ABI_MAJOR 2
TINY("newer-major", NULL, tiny_plan)
