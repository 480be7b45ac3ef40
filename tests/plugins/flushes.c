/* Flushes small numbers to zero in the whole program when it is loaded, which is
 * what linking with -ffast-math does. */
#include "tiny.h"

#include <xmmintrin.h>

__attribute__((constructor)) static void set_mode(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }

TINY("flushes", NULL, tiny_plan)
