/* mlstm - multiplicative LSTM, Krause, Lu, Murray & Renals 2016 ("Multiplicative
 * LSTM for sequence modelling"): each input has a recurrent matrix of its own,
 * W_hm diag(W_xm x) W_hh, in factors.
 *
 *   m = (W_xa x) (W_hb h')                   element-wise
 *   i = sigmoid(W_xi x + W_mi m + b_i)       input gate
 *   f = sigmoid(W_xf x + W_mf m + b_f)       forget gate
 *   g =    tanh(W_xg x + W_mg m + b_g)       candidate
 *   o = sigmoid(W_xo x + W_mo m + b_o)       output gate
 *   c = f c' + i g
 *   h = o tanh(c)
 *
 *   states  h (the output), c     primes: one step before
 *   local   m                     from the first stage to the second
 *   gates   m.x m.h               first stage, the factors, fed by x and by h, without bias
 *           i f g o               second stage, fed by x and m
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H, C };             /* states */
enum { M };                /* local */
enum { A, B, I, F, G, O }; /* gates: m.x, m.h, and the LSTM's */

CAR_KERNEL static void factor_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *mx = car_row(s->gate[A], b), *mh = car_row(s->gate[B], b);
        car_real *m = car_row(s->local[M], b);
        CAR_EACH(j, s->hidden)
            m[j] = mx[j] * mh[j];
    }
}

CAR_KERNEL static void factor_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *mx = car_row(s->gate[A], b), *mh = car_row(s->gate[B], b), *dm = car_row(s->d_local[M], b);
        car_real *dmx = car_row(s->d_gate[A], b), *dmh = car_row(s->d_gate[B], b);
        CAR_EACH(j, s->hidden) {
            dmx[j] = dm[j] * mh[j];
            dmh[j] = dm[j] * mx[j];
        }
    }
}

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

static void mlstm_plan(car_plan *p)
{
    car_state(p, H, "h");
    car_state(p, C, "c");
    car_local(p, M, "m");
    car_stage(p, factor_forward, factor_backward);
    car_gate(p, A, "m.x", CAR_X | CAR_NO_BIAS, 0);
    car_gate(p, B, "m.h", CAR_H | CAR_NO_BIAS, 0);
    car_stage(p, lstm_forward, lstm_backward);
    car_gate(p, I, "i", CAR_X | CAR_LOCAL(M), 0);
    car_gate(p, F, "f", CAR_X | CAR_LOCAL(M), car_opt(p, "forget_bias"));
    car_gate(p, G, "g", CAR_X | CAR_LOCAL(M), 0);
    car_gate(p, O, "o", CAR_X | CAR_LOCAL(M), 0);
}

static const car_option mlstm_options[] = {
    {"forget_bias", "initial bias of the forget gate", CAR_NUMBER, 1, -10, 10, NULL}, {0}};

CAR_PLUGIN("1.0", {"mlstm", "multiplicative LSTM", "Krause et al. 2016", mlstm_options, mlstm_plan})
