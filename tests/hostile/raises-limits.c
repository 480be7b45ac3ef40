/* Changes how many files the program may open. */
#include "plugins/tiny.h"

#include <sys/resource.h>

static void plan(car_plan *p)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_cur < limit.rlim_max ? limit.rlim_max : limit.rlim_cur - 1;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    tiny_plan(p);
}

TINY("raises-limits", NULL, plan)
