/* nested-lstm - Moniz & Krueger 2017 ("Nested LSTMs"): the memory of an LSTM is
 * itself the output of an LSTM, which sees i g as its input and f c' as its state.
 *
 *   i, f, o = sigmoid(W_x. x + W_h. h' + b_.)      input, forget and output gate
 *   g       =    tanh(W_xg x + W_hg h' + b_g)      candidate
 *   p = i g,  q = f c'
 *   I, F, O = sigmoid(W_p. p + W_q. q + b_.)       gates of the inner LSTM
 *   G       =    tanh(W_pG p + W_qG q + b_G)       and its candidate
 *   e = F e' + I G                                 inner memory
 *   c = O tanh(e),  h = o tanh(c)                  memory and output
 *
 *   states  h (the output), c, c.in (e)     primes: one step before
 *   locals  i*g (p), f*c (q)                from the first stage to the second
 *   gates   i f g o; i.in f.in g.in o.in    first stage, fed by x and h; second, by p and q
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H, C, E };                    /* states */
enum { P, Q };                       /* locals */
enum { I, F, G, O, II, FI, GI, OI }; /* gates; the inner ones from II on */

CAR_KERNEL static void outer_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b);
        car_real *g = car_row(s->gate[G], b), *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b);
        car_real *p = car_row(s->local[P], b), *q = car_row(s->local[Q], b);
        CAR_EACH(j, s->hidden) {
            i[j] = car_sigmoid(i[j]);
            f[j] = car_sigmoid(f[j]);
            g[j] = car_tanh(g[j]);
            o[j] = car_sigmoid(o[j]);
            p[j] = i[j] * g[j];
            q[j] = f[j] * c0[j];
        }
    }
}

CAR_KERNEL static void inner_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *i = car_row(s->gate[II], b), *f = car_row(s->gate[FI], b);
        car_real *g = car_row(s->gate[GI], b), *o = car_row(s->gate[OI], b);
        const car_real *outer = car_row(s->gate[O], b), *e0 = car_row(s->prev[E], b);
        car_real *e = car_row(s->next[E], b), *c = car_row(s->next[C], b), *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            i[j] = car_sigmoid(i[j]);
            f[j] = car_sigmoid(f[j]);
            g[j] = car_tanh(g[j]);
            o[j] = car_sigmoid(o[j]);
            e[j] = f[j] * e0[j] + i[j] * g[j];
            c[j] = o[j] * car_tanh(e[j]);
            h[j] = outer[j] * car_tanh(c[j]);
        }
    }
}

CAR_KERNEL static void inner_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *i = car_row(s->gate[II], b), *f = car_row(s->gate[FI], b), *g = car_row(s->gate[GI], b);
        const car_real *o = car_row(s->gate[OI], b), *outer = car_row(s->gate[O], b), *e0 = car_row(s->prev[E], b);
        const car_real *e = car_row(s->next[E], b), *c = car_row(s->next[C], b);
        const car_real *dh = car_row(s->d_next[H], b), *dc1 = car_row(s->d_next[C], b), *de1 = car_row(s->d_next[E], b);
        car_real *di = car_row(s->d_gate[II], b), *df = car_row(s->d_gate[FI], b), *dg = car_row(s->d_gate[GI], b);
        car_real *d_o = car_row(s->d_gate[OI], b), *de0 = car_row(s->d_prev[E], b);
        CAR_EACH(j, s->hidden) {
            car_real te = car_tanh(e[j]);
            car_real dc = dc1[j] + dh[j] * outer[j] * car_d_tanh(car_tanh(c[j]));
            car_real de = de1[j] + dc * o[j] * car_d_tanh(te);
            d_o[j] = dc * te * car_d_sigmoid(o[j]);
            di[j] = de * g[j] * car_d_sigmoid(i[j]);
            df[j] = de * e0[j] * car_d_sigmoid(f[j]);
            dg[j] = de * i[j] * car_d_tanh(g[j]);
            de0[j] += de * f[j];
        }
    }
}

CAR_KERNEL static void outer_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b), *g = car_row(s->gate[G], b);
        const car_real *o = car_row(s->gate[O], b), *c0 = car_row(s->prev[C], b), *c = car_row(s->next[C], b);
        const car_real *dh = car_row(s->d_next[H], b), *dp = car_row(s->d_local[P], b), *dq = car_row(s->d_local[Q], b);
        car_real *di = car_row(s->d_gate[I], b), *df = car_row(s->d_gate[F], b), *dg = car_row(s->d_gate[G], b);
        car_real *d_o = car_row(s->d_gate[O], b), *dc0 = car_row(s->d_prev[C], b);
        CAR_EACH(j, s->hidden) {
            d_o[j] = dh[j] * car_tanh(c[j]) * car_d_sigmoid(o[j]);
            di[j] = dp[j] * g[j] * car_d_sigmoid(i[j]);
            dg[j] = dp[j] * i[j] * car_d_tanh(g[j]);
            df[j] = dq[j] * c0[j] * car_d_sigmoid(f[j]);
            dc0[j] += dq[j] * f[j];
        }
    }
}

static void nested_lstm_plan(car_plan *p)
{
    static const char *const gates[] = {"i", "f", "g", "o", "i.in", "f.in", "g.in", "o.in"};
    car_state(p, H, "h");
    car_state(p, C, "c");
    car_state(p, E, "c.in");
    car_local(p, P, "i*g");
    car_local(p, Q, "f*c");
    car_stage(p, outer_forward, outer_backward);
    for (int g = I; g <= O; g++)
        car_gate(p, g, gates[g], CAR_X | CAR_H, g == F ? car_opt(p, "forget_bias") : 0);
    car_stage(p, inner_forward, inner_backward);
    for (int g = II; g <= OI; g++)
        car_gate(p, g, gates[g], CAR_LOCAL(P) | CAR_LOCAL(Q), g == FI ? car_opt(p, "forget_bias") : 0);
}

static const car_option nested_lstm_options[] = {
    {"forget_bias", "initial bias of both forget gates", CAR_NUMBER, 1, -10, 10, NULL}, {0}};

CAR_PLUGIN("1.0", {"nested-lstm", "LSTM whose memory is an LSTM", "Moniz & Krueger 2017", nested_lstm_options,
                   nested_lstm_plan})
