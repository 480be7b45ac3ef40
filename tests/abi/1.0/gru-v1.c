/* gru-v1 - gated recurrent unit as first described, Cho et al. 2014 ("Learning
 * phrase representations using RNN encoder-decoder"): reset before the product.
 *
 *   r = sigmoid(W_xr x + W_hr h' + b_r)        reset gate
 *   z = sigmoid(W_xz x + W_hz h' + b_z)        update gate
 *   q = r h'
 *   n =    tanh(W_xn x + W_qn q + b_n)         candidate
 *   h = (1 - z) n + z h'
 *
 *   state  h       the output; h' is h one step before
 *   local  r*h     q, from the first stage to the second
 *   gates  r, z    first stage, fed by x and h
 *          n       second stage, fed by x and q
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };       /* state */
enum { Q };       /* local */
enum { R, Z, N }; /* gates */

CAR_KERNEL static void reset_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *r = car_row(s->gate[R], b), *z = car_row(s->gate[Z], b);
        const car_real *h0 = car_row(s->prev[H], b);
        car_real *q = car_row(s->local[Q], b);
        CAR_EACH(j, s->hidden) {
            r[j] = car_sigmoid(r[j]);
            z[j] = car_sigmoid(z[j]);
            q[j] = r[j] * h0[j];
        }
    }
}

CAR_KERNEL static void mix_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *n = car_row(s->gate[N], b), *h = car_row(s->next[H], b);
        const car_real *z = car_row(s->gate[Z], b), *h0 = car_row(s->prev[H], b);
        CAR_EACH(j, s->hidden) {
            n[j] = car_tanh(n[j]);
            h[j] = n[j] + z[j] * (h0[j] - n[j]);
        }
    }
}

/* The host turns dn into d_local[Q] before the first stage's turn. */
CAR_KERNEL static void mix_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *n = car_row(s->gate[N], b), *z = car_row(s->gate[Z], b);
        const car_real *dh = car_row(s->d_next[H], b);
        car_real *dn = car_row(s->d_gate[N], b), *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            dn[j] = dh[j] * (1 - z[j]) * car_d_tanh(n[j]);
            dh0[j] += dh[j] * z[j];
        }
    }
}

CAR_KERNEL static void reset_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *r = car_row(s->gate[R], b), *z = car_row(s->gate[Z], b);
        const car_real *n = car_row(s->gate[N], b), *h0 = car_row(s->prev[H], b);
        const car_real *dh = car_row(s->d_next[H], b), *dq = car_row(s->d_local[Q], b);
        car_real *dr = car_row(s->d_gate[R], b), *dz = car_row(s->d_gate[Z], b);
        car_real *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            dz[j] = dh[j] * (h0[j] - n[j]) * car_d_sigmoid(z[j]);
            dr[j] = dq[j] * h0[j] * car_d_sigmoid(r[j]);
            dh0[j] += dq[j] * r[j];
        }
    }
}

static void gru_v1_plan(car_plan *p)
{
    car_state(p, H, "h");
    car_local(p, Q, "r*h");
    car_stage(p, reset_forward, reset_backward);
    car_gate(p, R, "r", CAR_X | CAR_H, 0);
    car_gate(p, Z, "z", CAR_X | CAR_H, 0);
    car_stage(p, mix_forward, mix_backward);
    car_gate(p, N, "n", CAR_X | CAR_LOCAL(Q), 0);
}

CAR_PLUGIN("1.0", {"gru-v1", "gated recurrent unit, reset before the product", "Cho et al. 2014", NULL, gru_v1_plan})
