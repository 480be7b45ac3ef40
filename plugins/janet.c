/* janet - just another network: an LSTM with the forget gate alone, van der
 * Westhuizen & Lasenby 2018 ("The unreasonable effectiveness of the forget gate").
 *
 *   s = W_xf x + W_hf h' + b_f
 *   f = sigmoid(s)                              forget gate
 *   g =    tanh(W_xg x + W_hg h' + b_g)         candidate
 *   h = f h' + (1 - sigmoid(s - beta)) g
 *
 *   state  h      the output, which is the cell state; h' is h one step before
 *   local  in     1 - sigmoid(s - beta) = sigmoid(beta - s), for backward
 *   gates  f g    both fed by x and h
 *
 * beta > 0 lets more in than is forgotten; the paper takes 1.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };    /* state */
enum { IN };   /* local */
enum { F, G }; /* gates */

typedef struct config {
    car_real beta;
} config;

CAR_KERNEL static void janet_forward(const car_step *s)
{
    car_real beta = ((const config *)s->config)->beta;
    for (int b = 0; b < s->rows; b++) {
        car_real *f = car_row(s->gate[F], b), *g = car_row(s->gate[G], b), *in = car_row(s->local[IN], b);
        const car_real *h0 = car_row(s->prev[H], b);
        car_real *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            in[j] = car_sigmoid(beta - f[j]);
            f[j] = car_sigmoid(f[j]);
            g[j] = car_tanh(g[j]);
            h[j] = f[j] * h0[j] + in[j] * g[j];
        }
    }
}

CAR_KERNEL static void janet_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *f = car_row(s->gate[F], b), *g = car_row(s->gate[G], b), *in = car_row(s->local[IN], b);
        const car_real *h0 = car_row(s->prev[H], b), *dh = car_row(s->d_next[H], b);
        car_real *df = car_row(s->d_gate[F], b), *dg = car_row(s->d_gate[G], b), *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            df[j] = dh[j] * (h0[j] * car_d_sigmoid(f[j]) - g[j] * car_d_sigmoid(in[j]));
            dg[j] = dh[j] * in[j] * car_d_tanh(g[j]);
            dh0[j] += dh[j] * f[j];
        }
    }
}

static void janet_plan(car_plan *p)
{
    config c = {.beta = (car_real)car_opt(p, "beta")};
    car_config(p, &c, sizeof c);
    car_state(p, H, "h");
    car_local(p, IN, "in");
    car_stage(p, janet_forward, janet_backward);
    car_gate(p, F, "f", CAR_X | CAR_H, car_opt(p, "forget_bias"));
    car_gate(p, G, "g", CAR_X | CAR_H, 0);
}

static const car_option janet_options[] = {
    {"beta", "how much more is let in than is forgotten", CAR_NUMBER, 1, 0, 10, NULL},
    {"forget_bias", "initial bias of the forget gate", CAR_NUMBER, 1, -10, 10, NULL},
    {0}};

CAR_PLUGIN("1.0",
           {"janet", "LSTM with the forget gate alone", "van der Westhuizen & Lasenby 2018", janet_options, janet_plan})
