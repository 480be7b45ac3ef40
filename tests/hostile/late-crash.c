/* Behaves when it is tried, and crashes later, as it is told. */
#include "plugins/tiny.h"

#include <stdlib.h>
#include <string.h>

static int is_told(const char *what)
{
    const char *told = getenv("CAROUSEL_TEST_CRASH");
    return told != NULL && strcmp(told, what) == 0;
}

__attribute__((constructor)) static void load(void)
{
    if (is_told("load"))
        *(volatile int *)8 = 1;
}

static volatile int zero;

static int deeper(volatile char *above)
{
    volatile char here[4096];
    here[0] = above[0];
    return deeper(here) + here[0];
}

static void forward(const car_step *s)
{
    int now = s->hidden == 8 && s->t == 2;
    if ((now && is_told("segv")) || is_told("always"))
        *(volatile int *)8 = 1;
    if (now && is_told("abort"))
        abort();
    if (now && is_told("ill"))
        __builtin_trap();
    if (now && is_told("stack"))
        zero = deeper((volatile char *)"");
    tiny_forward(s);
}

static void backward(const car_step *s)
{
    if (s->hidden == 8 && s->t == 1 && is_told("fpe"))
        zero = 1000 / zero;
    tiny_backward(s);
}

static void plan(car_plan *p)
{
    if (p->hidden == 8 && is_told("plan"))
        __builtin_trap();
    car_state(p, 0, "h");
    car_stage(p, forward, backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
    (void)tiny_plan;
}

TINY("late-crash", NULL, plan)
