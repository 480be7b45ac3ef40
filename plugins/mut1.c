/* mut1 - the first of the three cells that a search among thousands found best,
 * Jozefowicz, Zaremba & Sutskever 2015 ("An empirical exploration of recurrent
 * network architectures").
 *
 *   z = sigmoid(W_xz x + b_z)                  update gate: sees x alone
 *   r = sigmoid(W_xr x + W_hr h' + b_r)        reset gate
 *   q = r h'
 *   n = tanh(W_qn q + tanh(x) + b_n)           candidate
 *   h = n z + h' (1 - z)
 *
 *   state   h          the output; h' is h one step before
 *   locals  r*h        q, from the first stage to the second
 *           tanh.x     tanh(x), for backward
 *   gates   z r        first stage, fed by x, and by x and h
 *           n          second stage, fed by q
 *           x.in       second stage, fed by x, without bias: takes the place of x where x is not as wide as h
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

#include <stdbool.h>

enum { H };             /* state */
enum { Q, T };          /* locals */
enum { Z, R, N, X_IN }; /* gates */

typedef struct config {
    bool raw; /* x itself goes to the candidate */
} config;

CAR_KERNEL static void reset_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *z = car_row(s->gate[Z], b), *r = car_row(s->gate[R], b), *q = car_row(s->local[Q], b);
        const car_real *h0 = car_row(s->prev[H], b);
        CAR_EACH(j, s->hidden) {
            z[j] = car_sigmoid(z[j]);
            r[j] = car_sigmoid(r[j]);
            q[j] = r[j] * h0[j];
        }
    }
}

CAR_KERNEL static void mix_forward(const car_step *s)
{
    bool raw = ((const config *)s->config)->raw;
    for (int b = 0; b < s->rows; b++) {
        const car_real *x = car_row(raw ? *s->x : s->gate[X_IN], b);
        const car_real *z = car_row(s->gate[Z], b), *h0 = car_row(s->prev[H], b);
        car_real *n = car_row(s->gate[N], b), *t = car_row(s->local[T], b), *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            t[j] = car_tanh(x[j]);
            n[j] = car_tanh(n[j] + t[j]);
            h[j] = h0[j] + z[j] * (n[j] - h0[j]);
        }
    }
}

/* The host turns dn into d_local[Q] before the first stage's turn. */
CAR_KERNEL static void mix_backward(const car_step *s)
{
    bool raw = ((const config *)s->config)->raw;
    for (int b = 0; b < s->rows; b++) {
        const car_real *n = car_row(s->gate[N], b), *z = car_row(s->gate[Z], b), *t = car_row(s->local[T], b);
        const car_real *dh = car_row(s->d_next[H], b);
        car_real *dn = car_row(s->d_gate[N], b), *dh0 = car_row(s->d_prev[H], b);
        car_real *dx = car_row(raw ? *s->d_x : s->d_gate[X_IN], b);
        CAR_EACH(j, s->hidden) {
            dn[j] = dh[j] * z[j] * car_d_tanh(n[j]);
            dh0[j] += dh[j] * (1 - z[j]);
        }
        if (raw)
            CAR_EACH(j, s->hidden)
                dx[j] += dn[j] * car_d_tanh(t[j]);
        else
            CAR_EACH(j, s->hidden)
                dx[j] = dn[j] * car_d_tanh(t[j]);
    }
}

CAR_KERNEL static void reset_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *z = car_row(s->gate[Z], b), *r = car_row(s->gate[R], b), *n = car_row(s->gate[N], b);
        const car_real *h0 = car_row(s->prev[H], b), *dh = car_row(s->d_next[H], b), *dq = car_row(s->d_local[Q], b);
        car_real *dz = car_row(s->d_gate[Z], b), *dr = car_row(s->d_gate[R], b), *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            dz[j] = dh[j] * (n[j] - h0[j]) * car_d_sigmoid(z[j]);
            dr[j] = dq[j] * h0[j] * car_d_sigmoid(r[j]);
            dh0[j] += dq[j] * r[j];
        }
    }
}

static void mut1_plan(car_plan *p)
{
    config c = {.raw = p->input == p->hidden};
    car_config(p, &c, sizeof c);
    car_state(p, H, "h");
    car_local(p, Q, "r*h");
    car_local(p, T, "tanh.x");
    car_stage(p, reset_forward, reset_backward);
    car_gate(p, Z, "z", CAR_X, 0);
    car_gate(p, R, "r", CAR_X | CAR_H, 0);
    car_stage(p, mix_forward, mix_backward);
    car_gate(p, N, "n", CAR_LOCAL(Q), 0);
    if (c.raw)
        car_reads_x(p);
    else
        car_gate(p, X_IN, "x.in", CAR_X | CAR_NO_BIAS, 0);
}

CAR_PLUGIN("1.0", {"mut1", "the best cell of an architecture search", "Jozefowicz et al. 2015", NULL, mut1_plan})
