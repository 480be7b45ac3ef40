/* tiny.h - the smallest good cell, h = a, for plugins that are wrong in one thing. */
#include <carousel/cell.h>

static void tiny_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++)
        for (int j = 0; j < s->hidden; j++)
            car_row(s->next[0], b)[j] = car_row(s->gate[0], b)[j];
}

static void tiny_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++)
        for (int j = 0; j < s->hidden; j++)
            car_row(s->d_gate[0], b)[j] = car_row(s->d_next[0], b)[j];
}

static inline void tiny_plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, tiny_forward, tiny_backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
}

#define TINY(name, options, plan) CAR_PLUGIN("1.0", {name, "h = a", NULL, options, plan})
