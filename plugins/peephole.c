/* peephole - LSTM whose gates see the cell, Gers & Schmidhuber 2000 ("Recurrent
 * nets that time and count"); Gers, Schraudolph & Schmidhuber 2002.
 *
 *   i = sigmoid(W_xi x + W_hi h' + b_i + p_i c')      input gate
 *   f = sigmoid(W_xf x + W_hf h' + b_f + p_f c')      forget gate
 *   g =    tanh(W_xg x + W_hg h' + b_g)               candidate
 *   c = f c' + i g
 *   o = sigmoid(W_xo x + W_ho h' + b_o + p_o c)       output gate: sees the new c
 *   h = o tanh(c)
 *
 *   states   h (the output), c     primes: one step before
 *   gates    i f g o               all fed by x and h
 *   weights  p.i p.f p.o           element-wise (diagonal matrices)
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H, C };       /* states */
enum { I, F, G, O }; /* gates */
enum { PI, PF, PO }; /* weights */

CAR_KERNEL static void peephole_forward(const car_step *s)
{
    const car_real *pi = s->weight[PI], *pf = s->weight[PF], *po = s->weight[PO];
    for (int b = 0; b < s->rows; b++) {
        car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b);
        car_real *g = car_row(s->gate[G], b), *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b);
        car_real *c = car_row(s->next[C], b), *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            i[j] = car_sigmoid(i[j] + pi[j] * c0[j]);
            f[j] = car_sigmoid(f[j] + pf[j] * c0[j]);
            g[j] = car_tanh(g[j]);
            c[j] = f[j] * c0[j] + i[j] * g[j];
            o[j] = car_sigmoid(o[j] + po[j] * c[j]);
            h[j] = o[j] * car_tanh(c[j]);
        }
    }
}

CAR_KERNEL static void peephole_backward(const car_step *s)
{
    const car_real *pi = s->weight[PI], *pf = s->weight[PF], *po = s->weight[PO];
    car_real *dpi = s->d_weight[PI], *dpf = s->d_weight[PF], *dpo = s->d_weight[PO];
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
            d_o[j] = dh[j] * tc * car_d_sigmoid(o[j]);
            car_real dc = dc1[j] + dh[j] * o[j] * car_d_tanh(tc) + d_o[j] * po[j];
            di[j] = dc * g[j] * car_d_sigmoid(i[j]);
            df[j] = dc * c0[j] * car_d_sigmoid(f[j]);
            dg[j] = dc * i[j] * car_d_tanh(g[j]);
            dc0[j] += dc * f[j] + di[j] * pi[j] + df[j] * pf[j];
            dpi[j] += di[j] * c0[j];
            dpf[j] += df[j] * c0[j];
            dpo[j] += d_o[j] * c[j];
        }
    }
}

static void peephole_plan(car_plan *p)
{
    car_state(p, H, "h");
    car_state(p, C, "c");
    car_weight(p, PI, "p.i", CAR_INIT_UNIFORM, 0.1);
    car_weight(p, PF, "p.f", CAR_INIT_UNIFORM, 0.1);
    car_weight(p, PO, "p.o", CAR_INIT_UNIFORM, 0.1);
    car_stage(p, peephole_forward, peephole_backward);
    car_gate(p, I, "i", CAR_X | CAR_H, 0);
    car_gate(p, F, "f", CAR_X | CAR_H, car_opt(p, "forget_bias"));
    car_gate(p, G, "g", CAR_X | CAR_H, 0);
    car_gate(p, O, "o", CAR_X | CAR_H, 0);
}

static const car_option peephole_options[] = {
    {"forget_bias", "initial bias of the forget gate", CAR_NUMBER, 1, -10, 10, NULL}, {0}};

CAR_PLUGIN("1.0",
           {"peephole", "LSTM with peephole connections", "Gers & Schmidhuber 2000", peephole_options, peephole_plan})
