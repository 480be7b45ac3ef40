/* mycell - update-gate network, Collins, Sohl-Dickstein & Sussillo 2017 ("Capacity
 * and trainability in recurrent neural networks").
 *
 * A whole cell, ready to be built; to make it yours, change in this order
 *
 * 1. the equations, here:
 *
 *   g = sigmoid(W_xg x + W_hg h' + b_g)      update gate
 *   c =    tanh(W_xc x + W_hc h' + b_c)      candidate
 *   h = g h' + (1 - g) c                     h' is h one step before
 *
 * 2. plan(), at the end: what the equations are made of.  States are carried from step
 *    to step; state 0 is the cell's output.  Gates are all that has matrices: the host
 *    computes W.feed + b for each.  The indices are the enums below.
 * 3. forward(): everything that is not a matrix product, for one step.  A gate holds
 *    W.feed + b: replace it by the gate's value, and write all new states.
 * 4. backward(): your derivatives.  d_next[k] is dL/d state k after the step.  Write
 *    d_gate[g], dL/d (W.feed + b); add to d_prev[k] what reaches state k before the
 *    step on other ways than through gates; the host sees to the matrices.
 * 5. the last line: name, summary, where it is described.
 *
 * README.md says how to build, check and train; `carousel cell check` finds mistakes of
 * step 4 and says in which gate.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };    /* state */
enum { G, C }; /* gates */

CAR_KERNEL static void forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *g = car_row(s->gate[G], b), *c = car_row(s->gate[C], b);
        const car_real *h0 = car_row(s->prev[H], b);
        car_real *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            g[j] = car_sigmoid(g[j]);
            c[j] = car_tanh(c[j]);
            h[j] = g[j] * h0[j] + (1 - g[j]) * c[j];
        }
    }
}

/* car_d_sigmoid(y) and car_d_tanh(y) are derivatives where the function's value is y. */
CAR_KERNEL static void backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *g = car_row(s->gate[G], b), *c = car_row(s->gate[C], b);
        const car_real *h0 = car_row(s->prev[H], b), *dh = car_row(s->d_next[H], b);
        car_real *dg = car_row(s->d_gate[G], b), *dc = car_row(s->d_gate[C], b);
        car_real *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            dg[j] = dh[j] * (h0[j] - c[j]) * car_d_sigmoid(g[j]);
            dc[j] = dh[j] * (1 - g[j]) * car_d_tanh(c[j]);
            dh0[j] += dh[j] * g[j];
        }
    }
}

static void plan(car_plan *p)
{
    car_state(p, H, "h");
    car_stage(p, forward, backward);
    car_gate(p, G, "g", CAR_X | CAR_H, 1); /* 1: the bias starts so, and the cell remembers */
    car_gate(p, C, "c", CAR_X | CAR_H, 0);
}

CAR_PLUGIN("0.1", {"mycell", "update-gate network", "Collins et al. 2017", NULL, plan})
