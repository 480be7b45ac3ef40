/* gru - gated recurrent unit, Cho et al. 2014, with the reset gate after the
 * product (variant "v3" of arXiv 1406.1078; PyTorch's and cuDNN's GRU).
 *
 *   r = sigmoid(W_xr x + W_hr h' + b_r)                          reset gate
 *   z = sigmoid(W_xz x + W_hz h' + b_z)                          update gate
 *   n =    tanh(W_xn x + b_n.x + r (W_hn h' + b_n.h))            candidate
 *   h = (1 - z) n + z h'
 *
 *   state  h      the output; h' is h one step before
 *   gates  r, z   fed by x and h
 *          n.x    fed by x: the candidate's share of x; its value is n
 *          n.h    fed by h: the candidate's share of h, before the reset
 *
 * One round of products a step, where gru-v1 needs two.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };          /* state */
enum { R, Z, N, M }; /* gates: reset, update, n.x, n.h */

CAR_KERNEL static void gru_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *r = car_row(s->gate[R], b), *z = car_row(s->gate[Z], b);
        car_real *n = car_row(s->gate[N], b);
        const car_real *m = car_row(s->gate[M], b), *h0 = car_row(s->prev[H], b);
        car_real *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            r[j] = car_sigmoid(r[j]);
            z[j] = car_sigmoid(z[j]);
            n[j] = car_tanh(n[j] + r[j] * m[j]);
            h[j] = n[j] + z[j] * (h0[j] - n[j]);
        }
    }
}

CAR_KERNEL static void gru_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *r = car_row(s->gate[R], b), *z = car_row(s->gate[Z], b);
        const car_real *n = car_row(s->gate[N], b), *m = car_row(s->gate[M], b);
        const car_real *h0 = car_row(s->prev[H], b), *dh = car_row(s->d_next[H], b);
        car_real *dr = car_row(s->d_gate[R], b), *dz = car_row(s->d_gate[Z], b);
        car_real *dn = car_row(s->d_gate[N], b), *dm = car_row(s->d_gate[M], b);
        car_real *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            dz[j] = dh[j] * (h0[j] - n[j]) * car_d_sigmoid(z[j]);
            dn[j] = dh[j] * (1 - z[j]) * car_d_tanh(n[j]);
            dr[j] = dn[j] * m[j] * car_d_sigmoid(r[j]);
            dm[j] = dn[j] * r[j];
            dh0[j] += dh[j] * z[j];
        }
    }
}

static void gru_plan(car_plan *p)
{
    car_state(p, H, "h");
    car_stage(p, gru_forward, gru_backward);
    car_gate(p, R, "r", CAR_X | CAR_H, 0);
    car_gate(p, Z, "z", CAR_X | CAR_H, 0);
    car_gate(p, N, "n.x", CAR_X, 0);
    car_gate(p, M, "n.h", CAR_H, 0);
}

CAR_PLUGIN("1.0", {"gru", "gated recurrent unit, reset after the product", "Cho et al. 2014", NULL, gru_plan})
