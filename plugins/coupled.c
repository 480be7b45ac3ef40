/* coupled - LSTM with coupled input and forget gate (CIFG), Greff et al. 2017
 * ("LSTM: a search space odyssey"): what is forgotten is replaced.
 *
 *   f = sigmoid(W_xf x + W_hf h' + b_f)      forget gate; the input gate is 1 - f
 *   g =    tanh(W_xg x + W_hg h' + b_g)      candidate
 *   o = sigmoid(W_xo x + W_ho h' + b_o)      output gate
 *   c = f c' + (1 - f) g
 *   h = o tanh(c)
 *
 *   states  h (the output), c     primes: one step before
 *   gates   f g o                 all fed by x and h
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H, C };    /* states */
enum { F, G, O }; /* gates */

CAR_KERNEL static void coupled_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *f = car_row(s->gate[F], b), *g = car_row(s->gate[G], b);
        car_real *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b);
        car_real *c = car_row(s->next[C], b), *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            f[j] = car_sigmoid(f[j]);
            g[j] = car_tanh(g[j]);
            o[j] = car_sigmoid(o[j]);
            c[j] = g[j] + f[j] * (c0[j] - g[j]);
            h[j] = o[j] * car_tanh(c[j]);
        }
    }
}

CAR_KERNEL static void coupled_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *f = car_row(s->gate[F], b), *g = car_row(s->gate[G], b);
        const car_real *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b), *c = car_row(s->next[C], b);
        const car_real *dh = car_row(s->d_next[H], b), *dc1 = car_row(s->d_next[C], b);
        car_real *df = car_row(s->d_gate[F], b), *dg = car_row(s->d_gate[G], b);
        car_real *d_o = car_row(s->d_gate[O], b), *dc0 = car_row(s->d_prev[C], b);
        CAR_EACH(j, s->hidden) {
            car_real tc = car_tanh(c[j]);
            car_real dc = dc1[j] + dh[j] * o[j] * car_d_tanh(tc);
            d_o[j] = dh[j] * tc * car_d_sigmoid(o[j]);
            df[j] = dc * (c0[j] - g[j]) * car_d_sigmoid(f[j]);
            dg[j] = dc * (1 - f[j]) * car_d_tanh(g[j]);
            dc0[j] += dc * f[j];
        }
    }
}

static void coupled_plan(car_plan *p)
{
    car_state(p, H, "h");
    car_state(p, C, "c");
    car_stage(p, coupled_forward, coupled_backward);
    car_gate(p, F, "f", CAR_X | CAR_H, car_opt(p, "forget_bias"));
    car_gate(p, G, "g", CAR_X | CAR_H, 0);
    car_gate(p, O, "o", CAR_X | CAR_H, 0);
}

static const car_option coupled_options[] = {
    {"forget_bias", "initial bias of the forget gate", CAR_NUMBER, 1, -10, 10, NULL}, {0}};

CAR_PLUGIN("1.0",
           {"coupled", "LSTM with coupled input and forget gate", "Greff et al. 2017", coupled_options, coupled_plan})
