/* mycell - update-gate network whose candidate is two layers deep: the deep
 * transition of Pascanu, Gulcehre, Cho & Bengio 2014 ("How to construct deep recurrent
 * neural networks") behind the gate of Collins et al. 2017.
 *
 * A whole cell, ready to be built; to make it yours, change in this order
 *
 * 1. the equations, here:
 *
 *   g = sigmoid(W_xg x + W_hg h' + b_g)      update gate
 *   q =    tanh(W_xq x + W_hq h' + b_q)      first layer
 *   c =    tanh(W_qc q + b_c)                candidate: its matrix waits for q
 *   h = g h' + (1 - g) c                     h' is h one step before
 *
 * 2. plan(), at the end: what the equations are made of.  A matrix that is applied to
 *    something computed in the same step, here W_qc, belongs to a stage of its own; what
 *    it is applied to is a local, which one stage writes for later ones.  All gates
 *    named after car_stage() are of that stage.
 * 3. the forward kernels, one a stage: replace each gate of the stage by its value,
 *    write the stage's locals, and in some stage every new state.
 * 4. the backward kernels, called from the last stage to the first: write d_gate of the
 *    stage; add to d_prev.  d_local[k] is complete when the stage that wrote local k
 *    has its turn: the host has brought dc through W_qc.
 * 5. the last line: name, summary, where it is described.
 *
 * README.md says how to build, check and train; `carousel cell check` finds mistakes of
 * step 4 and says in which gate.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };        /* state */
enum { Q };        /* local */
enum { G, IN, C }; /* gates; the value of "in" is q */

CAR_KERNEL static void first_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *g = car_row(s->gate[G], b), *in = car_row(s->gate[IN], b), *q = car_row(s->local[Q], b);
        CAR_EACH(j, s->hidden) {
            g[j] = car_sigmoid(g[j]);
            q[j] = in[j] = car_tanh(in[j]);
        }
    }
}

CAR_KERNEL static void second_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *g = car_row(s->gate[G], b), *h0 = car_row(s->prev[H], b);
        car_real *c = car_row(s->gate[C], b), *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            c[j] = car_tanh(c[j]);
            h[j] = g[j] * h0[j] + (1 - g[j]) * c[j];
        }
    }
}

/* car_d_sigmoid(y) and car_d_tanh(y) are derivatives where the function's value is y. */
CAR_KERNEL static void second_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *g = car_row(s->gate[G], b), *c = car_row(s->gate[C], b), *dh = car_row(s->d_next[H], b);
        car_real *dc = car_row(s->d_gate[C], b), *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            dc[j] = dh[j] * (1 - g[j]) * car_d_tanh(c[j]);
            dh0[j] += dh[j] * g[j];
        }
    }
}

CAR_KERNEL static void first_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *g = car_row(s->gate[G], b), *c = car_row(s->gate[C], b), *q = car_row(s->local[Q], b);
        const car_real *h0 = car_row(s->prev[H], b), *dh = car_row(s->d_next[H], b), *dq = car_row(s->d_local[Q], b);
        car_real *dg = car_row(s->d_gate[G], b), *d_in = car_row(s->d_gate[IN], b);
        CAR_EACH(j, s->hidden) {
            dg[j] = dh[j] * (h0[j] - c[j]) * car_d_sigmoid(g[j]);
            d_in[j] = dq[j] * car_d_tanh(q[j]);
        }
    }
}

static void plan(car_plan *p)
{
    car_state(p, H, "h");
    car_local(p, Q, "q");
    car_stage(p, first_forward, first_backward);
    car_gate(p, G, "g", CAR_X | CAR_H, 1); /* 1: the bias starts so, and the cell remembers */
    car_gate(p, IN, "in", CAR_X | CAR_H, 0);
    car_stage(p, second_forward, second_backward);
    car_gate(p, C, "c", CAR_LOCAL(Q), 0);
}

CAR_PLUGIN("0.1", {"mycell", "update-gate network with a deep transition", "Pascanu et al. 2014", NULL, plan})
