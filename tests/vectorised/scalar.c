/* A kernel that cannot become vector code, as each unit waits for its neighbour or for libm. */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

CAR_KERNEL static void scalar_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *h = car_row(s->next[0], b);
        const car_real *h0 = car_row(s->prev[0], b);
        h[0] = h0[0];
        for (int j = 1; j < s->hidden; j++)
            h[j] = car_tanh(h[j - 1] + h0[j]);
    }
}

CAR_KERNEL static void scalar_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *d = car_row(s->d_prev[0], b);
        CAR_EACH(j, s->hidden)
            d[j] = (car_real)erf((double)d[j]);
    }
}

static void scalar_plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, scalar_forward, scalar_backward);
}

CAR_PLUGIN("1.0", {"scalar", "no cell", NULL, NULL, scalar_plan})
