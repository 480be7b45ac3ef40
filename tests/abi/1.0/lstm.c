/* lstm - long short-term memory, Hochreiter & Schmidhuber 1997, with the forget
 * gate of Gers, Schmidhuber & Cummins 2000.
 *
 *   i = sigmoid(W_xi x + W_hi h' + b_i)      input gate
 *   f = sigmoid(W_xf x + W_hf h' + b_f)      forget gate
 *   g =    tanh(W_xg x + W_hg h' + b_g)      candidate
 *   o = sigmoid(W_xo x + W_ho h' + b_o)      output gate
 *   c = f c' + i g                           the constant error carousel
 *   h = o tanh(c)
 *
 *   states  h (the output), c     primes: one step before
 *   gates   i f g o               all fed by x and h
 *
 * b_f starts at 1, so that an untrained cell remembers (Gers et al. 2000).
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H, C };       /* states */
enum { I, F, G, O }; /* gates */

CAR_KERNEL static void lstm_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b);
        car_real *g = car_row(s->gate[G], b), *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b);
        car_real *c = car_row(s->next[C], b), *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            i[j] = car_sigmoid(i[j]);
            f[j] = car_sigmoid(f[j]);
            g[j] = car_tanh(g[j]);
            o[j] = car_sigmoid(o[j]);
            c[j] = f[j] * c0[j] + i[j] * g[j];
            h[j] = o[j] * car_tanh(c[j]);
        }
    }
}

CAR_KERNEL static void lstm_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b);
        const car_real *g = car_row(s->gate[G], b), *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b), *c = car_row(s->next[C], b);
        const car_real *dh = car_row(s->d_next[H], b), *dc1 = car_row(s->d_next[C], b);
        car_real *di = car_row(s->d_gate[I], b), *df = car_row(s->d_gate[F], b);
        car_real *dg = car_row(s->d_gate[G], b), *d_o = car_row(s->d_gate[O], b);
        car_real *dc0 = car_row(s->d_prev[C], b);
        CAR_EACH(j, s->hidden) {
            car_real tc = car_tanh(c[j]);
            car_real dc = dc1[j] + dh[j] * o[j] * car_d_tanh(tc);
            d_o[j] = dh[j] * tc * car_d_sigmoid(o[j]);
            di[j] = dc * g[j] * car_d_sigmoid(i[j]);
            df[j] = dc * c0[j] * car_d_sigmoid(f[j]);
            dg[j] = dc * i[j] * car_d_tanh(g[j]);
            dc0[j] += dc * f[j];
        }
    }
}

static void lstm_plan(car_plan *p)
{
    car_state(p, H, "h");
    car_state(p, C, "c");
    car_stage(p, lstm_forward, lstm_backward);
    car_gate(p, I, "i", CAR_X | CAR_H, 0);
    car_gate(p, F, "f", CAR_X | CAR_H, car_opt(p, "forget_bias"));
    car_gate(p, G, "g", CAR_X | CAR_H, 0);
    car_gate(p, O, "o", CAR_X | CAR_H, 0);
}

static const car_option lstm_options[] = {
    {"forget_bias", "initial bias of the forget gate", CAR_NUMBER, 1, -10, 10, NULL}, {0}};

CAR_PLUGIN("1.0", {"lstm", "long short-term memory", "Hochreiter & Schmidhuber 1997; Gers et al. 2000", lstm_options,
                   lstm_plan})
