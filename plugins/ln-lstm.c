/* ln-lstm - LSTM with layer normalisation of its memory, Ba, Kiros & Hinton 2016
 * ("Layer normalization"), equations 20 to 22.
 *
 *   i = sigmoid(W_xi x + W_hi h' + b_i)      input gate
 *   f = sigmoid(W_xf x + W_hf h' + b_f)      forget gate
 *   g =    tanh(W_xg x + W_hg h' + b_g)      candidate
 *   o = sigmoid(W_xo x + W_ho h' + b_o)      output gate
 *   c = f c' + i g
 *   n = (c - mean(c)) / sqrt(var(c) + 1e-5)  over the units of one row
 *   h = o tanh(gain n + shift)
 *
 *   states   h (the output), c     primes: one step before
 *   locals   c.norm (n), c.inverse (1 / sqrt(.), one number)
 *   weights  gain shift            element-wise
 *   gates    i f g o               all fed by x and h
 *
 * This is equation 22.  The products W_x. x and W_h. h' of equation 20 are
 * normalised by the host, for every cell: --layer-normalization.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H, C };          /* states */
enum { NORM, INVERSE }; /* locals */
enum { GAIN, SHIFT };   /* weights */
enum { I, F, G, O };    /* gates */

CAR_KERNEL static void ln_lstm_forward(const car_step *s)
{
    const car_real *gain = s->weight[GAIN], *shift = s->weight[SHIFT], width = (car_real)s->hidden;
    for (int b = 0; b < s->rows; b++) {
        car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b);
        car_real *g = car_row(s->gate[G], b), *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b);
        car_real *c = car_row(s->next[C], b), *h = car_row(s->next[H], b), *n = car_row(s->local[NORM], b);
        CAR_EACH(j, s->hidden) {
            i[j] = car_sigmoid(i[j]);
            f[j] = car_sigmoid(f[j]);
            g[j] = car_tanh(g[j]);
            o[j] = car_sigmoid(o[j]);
            c[j] = f[j] * c0[j] + i[j] * g[j];
        }
        car_real mean = car_row_sum(s->hidden, c) / width;
        CAR_EACH(j, s->hidden)
            n[j] = c[j] - mean;
        car_real inverse = 1 / (car_real)sqrt((double)(car_row_dot(s->hidden, n, n) / width) + 1e-5);
        CAR_EACH(j, s->hidden) {
            n[j] *= inverse;
            h[j] = o[j] * car_tanh(gain[j] * n[j] + shift[j]);
        }
        *car_row(s->local[INVERSE], b) = inverse;
    }
}

/* dn stands in df until df is due. */
CAR_KERNEL static void ln_lstm_backward(const car_step *s)
{
    const car_real *gain = s->weight[GAIN], *shift = s->weight[SHIFT], width = (car_real)s->hidden;
    car_real *d_gain = s->d_weight[GAIN], *d_shift = s->d_weight[SHIFT];
    for (int b = 0; b < s->rows; b++) {
        const car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b), *g = car_row(s->gate[G], b);
        const car_real *o = car_row(s->gate[O], b), *n = car_row(s->local[NORM], b), *c0 = car_row(s->prev[C], b);
        const car_real *dh = car_row(s->d_next[H], b), *dc1 = car_row(s->d_next[C], b);
        car_real *di = car_row(s->d_gate[I], b), *df = car_row(s->d_gate[F], b), *dg = car_row(s->d_gate[G], b);
        car_real *d_o = car_row(s->d_gate[O], b), *dc0 = car_row(s->d_prev[C], b);
        CAR_EACH(j, s->hidden) {
            car_real y = car_tanh(gain[j] * n[j] + shift[j]);
            car_real dy = dh[j] * o[j] * car_d_tanh(y);
            d_o[j] = dh[j] * y * car_d_sigmoid(o[j]);
            d_gain[j] += dy * n[j];
            d_shift[j] += dy;
            df[j] = dy * gain[j];
        }
        car_real inverse = *car_row(s->local[INVERSE], b);
        car_real mean = car_row_sum(s->hidden, df) / width, along = car_row_dot(s->hidden, df, n) / width;
        CAR_EACH(j, s->hidden) {
            car_real dc = dc1[j] + inverse * (df[j] - mean - n[j] * along);
            di[j] = dc * g[j] * car_d_sigmoid(i[j]);
            df[j] = dc * c0[j] * car_d_sigmoid(f[j]);
            dg[j] = dc * i[j] * car_d_tanh(g[j]);
            dc0[j] += dc * f[j];
        }
    }
}

static void ln_lstm_plan(car_plan *p)
{
    static const char *const gates[] = {"i", "f", "g", "o"};
    car_state(p, H, "h");
    car_state(p, C, "c");
    car_local(p, NORM, "c.norm");
    p->local(p, INVERSE, "c.inverse", 1);
    car_weight(p, GAIN, "gain", CAR_INIT_CONSTANT, 1);
    car_weight(p, SHIFT, "shift", CAR_INIT_CONSTANT, 0);
    car_stage(p, ln_lstm_forward, ln_lstm_backward);
    for (int k = I; k <= O; k++)
        car_gate(p, k, gates[k], CAR_X | CAR_H, k == F ? car_opt(p, "forget_bias") : 0);
}

static const car_option ln_lstm_options[] = {
    {"forget_bias", "initial bias of the forget gate", CAR_NUMBER, 1, -10, 10, NULL}, {0}};

CAR_PLUGIN("1.0", {"ln-lstm", "LSTM with a normalised memory", "Ba et al. 2016", ln_lstm_options, ln_lstm_plan})
