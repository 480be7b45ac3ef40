/* Behaves when it is tried and crashes at sizes that only a training has. */
#include "plugins/tiny.h"

#include <stdlib.h>
#include <string.h>

static int is_told(const char *what)
{
    const char *told = getenv("CAROUSEL_TEST_CRASH");
    return told != NULL && strcmp(told, what) == 0;
}

static volatile int zero;

static void forward(const car_step *s)
{
    if (s->hidden == 8 && s->t == 2 && is_told("segv"))
        *(volatile int *)8 = 1;
    if (s->hidden == 8 && s->t == 2 && is_told("abort"))
        abort();
    if (s->hidden == 8 && s->t == 2 && is_told("ill"))
        __builtin_trap();
    tiny_forward(s);
}

static void backward(const car_step *s)
{
    if (s->hidden == 8 && s->t == 1 && is_told("fpe"))
        zero = 1 / zero;
    tiny_backward(s);
}

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, forward, backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
    (void)tiny_plan;
}

TINY("late-crash", NULL, plan)
