/* lstmp - LSTM with a recurrent projection, Sak, Senior & Beaufays 2014 ("Long
 * short-term memory recurrent neural network architectures for large scale acoustic
 * modeling"): many cells, of which a narrow output speaks to the gates and to the
 * layer above.
 *
 *   i = sigmoid(W_xi x + W_ri r' + p_i c' + b_i)      input gate
 *   f = sigmoid(W_xf x + W_rf r' + p_f c' + b_f)      forget gate
 *   g =    tanh(W_xg x + W_rg r' + b_g)               candidate
 *   c = f c' + i g
 *   o = sigmoid(W_xo x + W_ro r' + p_o c + b_o)       output gate
 *   m = o tanh(c)
 *   r = W_mr m
 *
 *   states   r (the output, P wide), c     primes: one step before
 *   local    m                             from the first stage to the second
 *   weights  p.i p.f p.o                   element-wise, the paper's peepholes
 *   gates    i f g o                       first stage, fed by x and r
 *            proj                          second stage, fed by m, P wide, without bias; its value is r
 *
 * P is "projection" times the width of the layer, rounded up.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { R, C };             /* states */
enum { M };                /* local */
enum { I, F, G, O, PROJ }; /* gates */
enum { PI, PF, PO };       /* weights */

typedef struct config {
    int projection;
} config;

CAR_KERNEL static void cells_forward(const car_step *s)
{
    const car_real *pi = s->weight[PI], *pf = s->weight[PF], *po = s->weight[PO];
    for (int b = 0; b < s->rows; b++) {
        car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b);
        car_real *g = car_row(s->gate[G], b), *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b);
        car_real *c = car_row(s->next[C], b), *m = car_row(s->local[M], b);
        CAR_EACH(j, s->hidden) {
            i[j] = car_sigmoid(i[j] + pi[j] * c0[j]);
            f[j] = car_sigmoid(f[j] + pf[j] * c0[j]);
            g[j] = car_tanh(g[j]);
            c[j] = f[j] * c0[j] + i[j] * g[j];
            o[j] = car_sigmoid(o[j] + po[j] * c[j]);
            m[j] = o[j] * car_tanh(c[j]);
        }
    }
}

CAR_KERNEL static void cells_backward(const car_step *s)
{
    const car_real *pi = s->weight[PI], *pf = s->weight[PF], *po = s->weight[PO];
    car_real *dpi = s->d_weight[PI], *dpf = s->d_weight[PF], *dpo = s->d_weight[PO];
    for (int b = 0; b < s->rows; b++) {
        const car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b);
        const car_real *g = car_row(s->gate[G], b), *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b), *c = car_row(s->next[C], b);
        const car_real *dm = car_row(s->d_local[M], b), *dc1 = car_row(s->d_next[C], b);
        car_real *di = car_row(s->d_gate[I], b), *df = car_row(s->d_gate[F], b);
        car_real *dg = car_row(s->d_gate[G], b), *d_o = car_row(s->d_gate[O], b);
        car_real *dc0 = car_row(s->d_prev[C], b);
        CAR_EACH(j, s->hidden) {
            car_real tc = car_tanh(c[j]);
            d_o[j] = dm[j] * tc * car_d_sigmoid(o[j]);
            car_real dc = dc1[j] + dm[j] * o[j] * car_d_tanh(tc) + d_o[j] * po[j];
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

CAR_KERNEL static void copy(int rows, int width, car_panel from, car_panel to)
{
    for (int b = 0; b < rows; b++) {
        const car_real *in = car_row(from, b);
        car_real *out = car_row(to, b);
        CAR_EACH(j, width)
            out[j] = in[j];
    }
}

static int width(const car_step *s) { return ((const config *)s->config)->projection; }
static void project_forward(const car_step *s) { copy(s->rows, width(s), s->gate[PROJ], s->next[R]); }
static void project_backward(const car_step *s) { copy(s->rows, width(s), s->d_next[R], s->d_gate[PROJ]); }

static void lstmp_plan(car_plan *p)
{
    static const char *const gates[] = {"i", "f", "g", "o"}, *const weights[] = {"p.i", "p.f", "p.o"};
    config c = {.projection = (int)ceil(p->hidden * car_opt(p, "projection"))};
    car_config(p, &c, sizeof c);
    p->state(p, R, "r", c.projection);
    car_state(p, C, "c");
    car_local(p, M, "m");
    for (int w = PI; w <= PO; w++)
        car_weight(p, w, weights[w], CAR_INIT_UNIFORM, 0.1);
    car_stage(p, cells_forward, cells_backward);
    for (int g = I; g <= O; g++)
        car_gate(p, g, gates[g], CAR_X | CAR_H, g == F ? car_opt(p, "forget_bias") : 0);
    car_stage(p, project_forward, project_backward);
    p->gate(p, PROJ, "proj", c.projection, CAR_LOCAL(M) | CAR_NO_BIAS, 0);
}

static const car_option lstmp_options[] = {
    {"projection", "width of the output, as a part of the cells'", CAR_NUMBER, 0.5, 0.01, 1, NULL},
    {"forget_bias", "initial bias of the forget gate", CAR_NUMBER, 1, -10, 10, NULL},
    {0}};

CAR_PLUGIN("1.0", {"lstmp", "LSTM with a recurrent projection", "Sak et al. 2014", lstmp_options, lstmp_plan})
