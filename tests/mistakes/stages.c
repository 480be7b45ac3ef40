/* A gated unit of two stages with a local, a weight and a way past everything for x; its
 * backward kernels have one mistake, which MISTAKE chooses; "none" has none.
 *
 *   q = r h',  n = tanh(W_xn x + W_qn q + b_n),  h = (1 - z) n + z h' + s x
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

#include <stdbool.h>

enum { H };       /* state */
enum { Q };       /* local */
enum { S };       /* weight */
enum { R, Z, N }; /* gates */

static bool is(const char *mistake)
{
    const char *mine = MISTAKE;
    while (*mine != '\0' && *mine == *mistake)
        mine++, mistake++;
    return *mine == *mistake;
}

static int common(const car_step *s) { return s->input < s->hidden ? s->input : s->hidden; }

static void first_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *r = car_row(s->gate[R], b), *z = car_row(s->gate[Z], b), *q = car_row(s->local[Q], b);
        const car_real *h0 = car_row(s->prev[H], b);
        for (int j = 0; j < s->hidden; j++) {
            r[j] = car_sigmoid(r[j]);
            z[j] = car_sigmoid(z[j]);
            q[j] = r[j] * h0[j];
        }
    }
}

static void second_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *z = car_row(s->gate[Z], b), *h0 = car_row(s->prev[H], b), *x = car_row(*s->x, b);
        car_real *n = car_row(s->gate[N], b), *h = car_row(s->next[H], b);
        for (int j = 0; j < s->hidden; j++) {
            n[j] = car_tanh(n[j]);
            h[j] = (1 - z[j]) * n[j] + z[j] * h0[j];
        }
        for (int j = 0; j < common(s); j++)
            h[j] += s->weight[S][j] * x[j];
    }
}

static void second_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *z = car_row(s->gate[Z], b), *n = car_row(s->gate[N], b), *dh = car_row(s->d_next[H], b);
        const car_real *x = car_row(*s->x, b), *h0 = car_row(s->prev[H], b);
        car_real *dn = car_row(s->d_gate[N], b), *dh0 = car_row(s->d_prev[H], b), *dx = car_row(*s->d_x, b);
        for (int j = 0; j < s->hidden; j++) {
            dn[j] = dh[j] * (is("z-for-rest") ? z[j] : 1 - z[j]) * car_d_tanh(n[j]);
            if (is("twice"))
                dh0[j] += dh[j] * z[j];
            if (!is("forgets-carry"))
                dh0[j] += dh[j] * z[j];
        }
        for (int j = 0; j < common(s); j++) {
            car_real d = is("forgets-x") ? 0 : dh[j] * (is("x-factor") ? 1 : s->weight[S][j]);
            if (is("overwrites-x"))
                dx[j] = d;
            else
                dx[j] += d;
            s->d_weight[S][j] += dh[j] * (is("state-for-x") ? h0[j] : x[j]);
        }
    }
}

static void first_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *r = car_row(s->gate[R], b), *z = car_row(s->gate[Z], b), *n = car_row(s->gate[N], b);
        const car_real *h0 = car_row(s->prev[H], b), *h = car_row(s->next[H], b);
        const car_real *dh = car_row(s->d_next[H], b), *dq = car_row(s->d_local[Q], b);
        car_real *dr = car_row(s->d_gate[R], b), *dz = car_row(s->d_gate[Z], b), *dh0 = car_row(s->d_prev[H], b);
        for (int j = 0; j < s->hidden; j++) {
            dz[j] = dh[j] * (h0[j] - n[j]) * car_d_sigmoid(z[j]);
            dr[j] = dq[j] * h0[j] * car_d_sigmoid(r[j]);
            if (is("reversed"))
                dz[j] = dh[j] * (n[j] - h0[j]) * car_d_sigmoid(z[j]);
            if (is("forgets-half"))
                dz[j] = -dh[j] * n[j] * car_d_sigmoid(z[j]);
            if (is("new-for-old"))
                dr[j] = dq[j] * h[j] * car_d_sigmoid(r[j]);
            if (is("forgets-local"))
                dr[j] = 0;
            if (!is("forgets-local-of-state"))
                dh0[j] += dq[j] * r[j];
        }
    }
}

static void plan(car_plan *p)
{
    car_state(p, H, "h");
    car_local(p, Q, "q");
    car_weight(p, S, "s", CAR_INIT_CONSTANT, 1);
    car_reads_x(p);
    if (p->input == 0)
        car_fail(p, "it passes its input on, so it needs one");
    car_stage(p, first_forward, first_backward);
    car_gate(p, R, "r", CAR_X | CAR_H, 0);
    car_gate(p, Z, "z", CAR_X | CAR_H, 0);
    car_stage(p, second_forward, second_backward);
    car_gate(p, N, "n", CAR_X | CAR_LOCAL(Q), 0);
}

CAR_PLUGIN("1.0", {"mistaken-stages", "a gated unit with a mistake in its gradients", NULL, NULL, plan})
