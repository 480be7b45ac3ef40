/* Built for the other size of car_real. */
#if CAR_REAL_BITS == 64
#undef CAR_REAL_BITS
#define CAR_REAL_BITS 32
#else
#undef CAR_REAL_BITS
#define CAR_REAL_BITS 64
#endif
#include "tiny.h"

TINY("other-real", NULL, tiny_plan)
