#include "base/parallel.h"

#ifdef _OPENMP
#include <omp.h>
#endif

static int n_threads = 1;

void car_parallel_set_threads(int threads)
{
#ifdef _OPENMP
    /* Not the affinity of this thread, which OMP_PROC_BIND has bound to one of them. */
    n_threads = threads > 0 ? threads : omp_get_num_procs();
#else
    (void)threads;
#endif
}

int car_parallel_threads(void) { return n_threads; }

bool car_parallel_is_free(void)
{
#ifdef _OPENMP
    return n_threads > 1 && !omp_in_parallel();
#else
    return false;
#endif
}

void car_parallel(int n, car_task task, void *context)
{
#ifdef _OPENMP
    if (n > 1 && car_parallel_is_free()) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_threads)
        for (int i = 0; i < n; i++)
            task(context, i);
        return;
    }
#endif
    for (int i = 0; i < n; i++)
        task(context, i);
}

void car_failure_note(car_failure *failure, int task, const car_error *e)
{
    while (__atomic_test_and_set(&failure->busy, __ATOMIC_ACQUIRE)) {
    }
    if (!failure->any || task < failure->task) {
        failure->any = true;
        failure->task = task;
        failure->e = *e;
    }
    __atomic_clear(&failure->busy, __ATOMIC_RELEASE);
}

bool car_failure_pass(const car_failure *failure, car_error *e)
{
    if (failure->any)
        *e = failure->e;
    return !failure->any;
}
