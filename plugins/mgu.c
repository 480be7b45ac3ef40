/* mgu - minimal gated unit, Zhou, Wu, Zhang & Zhou 2016 ("Minimal gated unit for
 * recurrent neural networks"): one gate both forgets and lets in.
 *
 *   f = sigmoid(W_xf x + W_hf h' + b_f)      forget gate
 *   q = f h'
 *   n =    tanh(W_xn x + W_qn q + b_n)       candidate
 *   h = (1 - f) h' + f n
 *
 *   state  h     the output; h' is h one step before
 *   local  f*h   q, from the first stage to the second
 *   gates  f     first stage, fed by x and h
 *          n     second stage, fed by x and q
 *
 * "gate" chooses what f sees: "full" as above; "state" leaves out W_xf x, and
 * "state-only" b_f too: MGU1 and MGU2 of Heck & Salem 2017 ("Simplified minimal
 * gated unit variations for recurrent neural networks").
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };                       /* state */
enum { Q };                       /* local */
enum { F, N };                    /* gates */
enum { FULL, STATE, STATE_ONLY }; /* choices of "gate" */

CAR_KERNEL static void forget_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *f = car_row(s->gate[F], b), *q = car_row(s->local[Q], b);
        const car_real *h0 = car_row(s->prev[H], b);
        CAR_EACH(j, s->hidden) {
            f[j] = car_sigmoid(f[j]);
            q[j] = f[j] * h0[j];
        }
    }
}

CAR_KERNEL static void mix_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *n = car_row(s->gate[N], b), *h = car_row(s->next[H], b);
        const car_real *f = car_row(s->gate[F], b), *h0 = car_row(s->prev[H], b);
        CAR_EACH(j, s->hidden) {
            n[j] = car_tanh(n[j]);
            h[j] = h0[j] + f[j] * (n[j] - h0[j]);
        }
    }
}

/* The host turns dn into d_local[Q] before the first stage's turn. */
CAR_KERNEL static void mix_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *n = car_row(s->gate[N], b), *f = car_row(s->gate[F], b);
        const car_real *dh = car_row(s->d_next[H], b);
        car_real *dn = car_row(s->d_gate[N], b), *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            dn[j] = dh[j] * f[j] * car_d_tanh(n[j]);
            dh0[j] += dh[j] * (1 - f[j]);
        }
    }
}

CAR_KERNEL static void forget_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *n = car_row(s->gate[N], b), *f = car_row(s->gate[F], b);
        const car_real *h0 = car_row(s->prev[H], b);
        const car_real *dh = car_row(s->d_next[H], b), *dq = car_row(s->d_local[Q], b);
        car_real *df = car_row(s->d_gate[F], b), *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            df[j] = (dh[j] * (n[j] - h0[j]) + dq[j] * h0[j]) * car_d_sigmoid(f[j]);
            dh0[j] += dq[j] * f[j];
        }
    }
}

static void mgu_plan(car_plan *p)
{
    static const uint32_t feeds[] = {[FULL] = CAR_X | CAR_H, [STATE] = CAR_H, [STATE_ONLY] = CAR_H | CAR_NO_BIAS};
    car_state(p, H, "h");
    car_local(p, Q, "f*h");
    car_stage(p, forget_forward, forget_backward);
    car_gate(p, F, "f", feeds[(int)car_opt(p, "gate")], 0);
    car_stage(p, mix_forward, mix_backward);
    car_gate(p, N, "n", CAR_X | CAR_LOCAL(Q), 0);
}

static const car_option mgu_options[] = {
    {"gate", "what the gate is fed by", CAR_CHOICE, FULL, FULL, STATE_ONLY, "full|state|state-only"}, {0}};

CAR_PLUGIN("1.0", {"mgu", "minimal gated unit", "Zhou et al. 2016", mgu_options, mgu_plan})
