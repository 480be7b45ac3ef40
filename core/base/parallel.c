#include "base/parallel.h"

#include <sched.h>
#ifdef _OPENMP
#include <omp.h>
#endif

static int n_threads = 1;

void car_parallel_set_threads(int threads)
{
    if (threads <= 0) {
        cpu_set_t allowed;
        threads = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
    }
    n_threads = threads;
}

int car_parallel_threads(void) { return n_threads; }

void car_parallel(int n, car_task task, void *context)
{
#ifdef _OPENMP
    if (n > 1 && n_threads > 1 && !omp_in_parallel()) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_threads)
        for (int i = 0; i < n; i++)
            task(context, i);
        return;
    }
#endif
    for (int i = 0; i < n; i++)
        task(context, i);
}
