/* Brings an OpenMP of its own, as what another compiler built does: two pools of threads
 * in one program. */
#include "plugins/tiny.h"

int omp_get_max_threads(void);

static void plan(car_plan *p)
{
    if (omp_get_max_threads() > 0)
        tiny_plan(p);
}

TINY("second-openmp", NULL, plan)
