/* sru - simple recurrent unit, Lei, Zhang, Wang, Dai & Artzi 2018 ("Simple recurrent
 * units for highly parallelizable recurrence"): no matrix product waits for the step
 * before.
 *
 *   n = W_xn x
 *   f = sigmoid(W_xf x + v_f c' + b_f)      forget gate
 *   r = sigmoid(W_xr x + v_r c' + b_r)      reset gate, between memory and input
 *   c = f c' + (1 - f) n
 *   h = r c + (1 - r) a x                   a = sqrt(1 + 2 exp(b_r at the start))
 *
 *   states   h (the output), c     primes: one step before
 *   weights  v.f v.r               element-wise
 *   gates    n f r                 fed by x; n without bias
 *            x.in                  fed by x, without bias: takes the place of a x where x is not as wide as h
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

#include <stdbool.h>

enum { H, C };          /* states */
enum { VF, VR };        /* weights */
enum { N, F, R, X_IN }; /* gates */

typedef struct config {
    bool raw; /* x itself goes to the output */
    car_real scale;
} config;

/* What goes past the memory: x, or its projection. */
static car_panel highway(const car_step *s, bool raw) { return raw ? *s->x : s->gate[X_IN]; }

CAR_KERNEL static void sru_forward(const car_step *s)
{
    const config *k = s->config;
    const car_real *vf = s->weight[VF], *vr = s->weight[VR], scale = k->scale;
    for (int b = 0; b < s->rows; b++) {
        car_real *f = car_row(s->gate[F], b), *r = car_row(s->gate[R], b);
        const car_real *n = car_row(s->gate[N], b), *x = car_row(highway(s, k->raw), b), *c0 = car_row(s->prev[C], b);
        car_real *c = car_row(s->next[C], b), *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            f[j] = car_sigmoid(f[j] + vf[j] * c0[j]);
            r[j] = car_sigmoid(r[j] + vr[j] * c0[j]);
            c[j] = n[j] + f[j] * (c0[j] - n[j]);
            h[j] = r[j] * c[j] + (1 - r[j]) * (scale * x[j]);
        }
    }
}

CAR_KERNEL static void sru_backward(const car_step *s)
{
    const config *k = s->config;
    const car_real *vf = s->weight[VF], *vr = s->weight[VR], scale = k->scale;
    car_real *dvf = s->d_weight[VF], *dvr = s->d_weight[VR];
    for (int b = 0; b < s->rows; b++) {
        const car_real *n = car_row(s->gate[N], b), *f = car_row(s->gate[F], b), *r = car_row(s->gate[R], b);
        const car_real *x = car_row(highway(s, k->raw), b), *c0 = car_row(s->prev[C], b), *c = car_row(s->next[C], b);
        const car_real *dh = car_row(s->d_next[H], b), *dc1 = car_row(s->d_next[C], b);
        car_real *dn = car_row(s->d_gate[N], b), *df = car_row(s->d_gate[F], b), *dr = car_row(s->d_gate[R], b);
        car_real *dc0 = car_row(s->d_prev[C], b);
        CAR_EACH(j, s->hidden) {
            car_real dc = dc1[j] + dh[j] * r[j];
            dn[j] = dc * (1 - f[j]);
            df[j] = dc * (c0[j] - n[j]) * car_d_sigmoid(f[j]);
            dr[j] = dh[j] * (c[j] - scale * x[j]) * car_d_sigmoid(r[j]);
            dc0[j] += dc * f[j] + df[j] * vf[j] + dr[j] * vr[j];
            dvf[j] += df[j] * c0[j];
            dvr[j] += dr[j] * c0[j];
        }
        car_real *dx = car_row(k->raw ? *s->d_x : s->d_gate[X_IN], b);
        if (k->raw)
            CAR_EACH(j, s->hidden)
                dx[j] += dh[j] * (1 - r[j]) * scale;
        else
            CAR_EACH(j, s->hidden)
                dx[j] = dh[j] * (1 - r[j]);
    }
}

static void sru_plan(car_plan *p)
{
    double reset_bias = car_opt(p, "reset_bias"), range = sqrt(3.0 / p->hidden);
    config c = {.raw = p->input == p->hidden, .scale = 1};
    if (c.raw)
        c.scale = (car_real)sqrt(1 + 2 * exp(reset_bias));
    car_config(p, &c, sizeof c);
    car_state(p, H, "h");
    car_state(p, C, "c");
    car_weight(p, VF, "v.f", CAR_INIT_UNIFORM, range);
    car_weight(p, VR, "v.r", CAR_INIT_UNIFORM, range);
    car_stage(p, sru_forward, sru_backward);
    car_gate(p, N, "n", CAR_X | CAR_NO_BIAS, 0);
    car_gate(p, F, "f", CAR_X, car_opt(p, "forget_bias"));
    car_gate(p, R, "r", CAR_X, reset_bias);
    if (c.raw)
        car_reads_x(p);
    else
        car_gate(p, X_IN, "x.in", CAR_X | CAR_NO_BIAS, 0);
}

static const car_option sru_options[] = {
    {"forget_bias", "initial bias of the forget gate", CAR_NUMBER, 0, -10, 10, NULL},
    {"reset_bias", "initial bias of the reset gate", CAR_NUMBER, 0, -10, 10, NULL},
    {0}};

CAR_PLUGIN("1.0", {"sru", "simple recurrent unit", "Lei et al. 2018", sru_options, sru_plan})
