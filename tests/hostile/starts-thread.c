/* Starts a thread that stays. */
#include "plugins/tiny.h"

#include <pthread.h>
#include <unistd.h>

static void *stay(void *nothing)
{
    for (;;)
        (void)pause();
    return nothing;
}

__attribute__((constructor)) static void start(void)
{
    pthread_t thread;
    (void)pthread_create(&thread, NULL, stay, NULL);
}

TINY("starts-thread", NULL, tiny_plan)
