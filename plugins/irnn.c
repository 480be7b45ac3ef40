/* irnn - rectified units that start as an identity, Le, Jaitly & Hinton 2015 ("A
 * simple way to initialize recurrent networks of rectified linear units").
 *
 *   h = max(0, W_x x + W_h h' + b)
 *
 *   state  h    the output; h' is h one step before
 *   gate   a    fed by x and h; its value is h
 *
 * W_h starts as "identity" times the identity matrix, b at 0, and W_x small, with
 * standard deviation "input" (0.001 in the paper, drawn evenly here): without input
 * an untrained cell keeps its state, and gradients neither grow nor vanish.  For
 * tasks of short range the paper takes 0.01 instead of 1.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H }; /* state */
enum { A }; /* gate */

CAR_KERNEL static void irnn_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *a = car_row(s->gate[A], b), *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden)
            h[j] = a[j] = a[j] < 0 ? 0 : a[j];
    }
}

CAR_KERNEL static void irnn_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *a = car_row(s->gate[A], b), *dh = car_row(s->d_next[H], b);
        car_real *da = car_row(s->d_gate[A], b);
        CAR_EACH(j, s->hidden)
            da[j] = a[j] > 0 ? dh[j] : 0;
    }
}

static void irnn_plan(car_plan *p)
{
    car_state(p, H, "h");
    car_stage(p, irnn_forward, irnn_backward);
    car_gate(p, A, "a", CAR_X | CAR_H, 0);
    p->init(p, A, CAR_H, CAR_INIT_IDENTITY, car_opt(p, "identity"));
    p->init(p, A, CAR_X, CAR_INIT_UNIFORM, sqrt(3) * car_opt(p, "input"));
}

static const car_option irnn_options[] = {
    {"identity", "what stands on the diagonal of W_h at the start", CAR_NUMBER, 1, 0, 2, NULL},
    {"input", "standard deviation of W_x at the start", CAR_NUMBER, 0.001, 0, 1, NULL},
    {0}};

CAR_PLUGIN("1.0", {"irnn", "rectified units that start as an identity", "Le et al. 2015", irnn_options, irnn_plan})
