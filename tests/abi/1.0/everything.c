/* everything - no cell anybody wants, but one that uses all that the ABI has: every kind
 * of option, states and gates and locals of other widths, an element-wise weight, two
 * stages, the input itself, wishes for starting values, a config and a refusal; and a
 * second cell in the same file.
 *
 *   a = f(W_xa x + W_ha h' + b)      f: tanh or sigmoid; W wide
 *   q = w a                          W wide; carried on as the state m
 *   h = tanh(W_qn q + W_mn m' + x)   x only if "raw", and as far as both go
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

#include <stdbool.h>

enum { H, M };
enum { Q };
enum { A, N };
enum { WEIGHT };
enum { TANH, SIGMOID };

typedef struct config {
    int width, squash;
    bool raw;
} config;

CAR_KERNEL static void first_forward(const car_step *s)
{
    const config *k = s->config;
    for (int b = 0; b < s->rows; b++) {
        car_real *a = car_row(s->gate[A], b), *q = car_row(s->local[Q], b);
        CAR_EACH(j, k->width) {
            a[j] = k->squash == TANH ? car_tanh(a[j]) : car_sigmoid(a[j]);
            q[j] = s->weight[WEIGHT][j] * a[j];
        }
    }
}

CAR_KERNEL static void second_forward(const car_step *s)
{
    const config *k = s->config;
    int seen = !k->raw ? 0 : s->input < s->hidden ? s->input : s->hidden;
    for (int b = 0; b < s->rows; b++) {
        car_real *n = car_row(s->gate[N], b), *h = car_row(s->next[H], b), *m = car_row(s->next[M], b);
        const car_real *q = car_row(s->local[Q], b);
        CAR_EACH(j, seen)
            n[j] += car_row(*s->x, b)[j];
        CAR_EACH(j, s->hidden)
            h[j] = n[j] = car_tanh(n[j]);
        CAR_EACH(j, k->width)
            m[j] = q[j];
    }
}

CAR_KERNEL static void second_backward(const car_step *s)
{
    const config *k = s->config;
    int seen = !k->raw ? 0 : s->input < s->hidden ? s->input : s->hidden;
    for (int b = 0; b < s->rows; b++) {
        const car_real *n = car_row(s->gate[N], b), *dh = car_row(s->d_next[H], b), *dm = car_row(s->d_next[M], b);
        car_real *dn = car_row(s->d_gate[N], b), *dq = car_row(s->d_local[Q], b);
        CAR_EACH(j, s->hidden)
            dn[j] = dh[j] * car_d_tanh(n[j]);
        CAR_EACH(j, seen)
            car_row(*s->d_x, b)[j] += dn[j];
        CAR_EACH(j, k->width)
            dq[j] += dm[j];
    }
}

CAR_KERNEL static void first_backward(const car_step *s)
{
    const config *k = s->config;
    for (int b = 0; b < s->rows; b++) {
        const car_real *a = car_row(s->gate[A], b), *dq = car_row(s->d_local[Q], b);
        car_real *da = car_row(s->d_gate[A], b);
        CAR_EACH(j, k->width) {
            da[j] = dq[j] * s->weight[WEIGHT][j] * (k->squash == TANH ? car_d_tanh(a[j]) : car_d_sigmoid(a[j]));
            s->d_weight[WEIGHT][j] += dq[j] * a[j];
        }
    }
}

static void everything_plan(car_plan *p)
{
    config c = {.width = (int)car_opt(p, "width"), .squash = (int)car_opt(p, "squash"), .raw = car_opt(p, "raw") != 0};
    if (c.width == 64 && c.squash == SIGMOID) {
        car_fail(p, "a width of 64 goes with tanh alone");
        return;
    }
    if (c.width > p->hidden)
        c.width = p->hidden;
    c.raw = c.raw && p->input > 0;
    car_config(p, &c, sizeof c);
    car_state(p, H, "h");
    p->state(p, M, "m", c.width);
    p->local(p, Q, "q", c.width);
    p->weight(p, WEIGHT, "w", c.width, CAR_INIT_CONSTANT, 1);
    car_stage(p, first_forward, first_backward);
    p->gate(p, A, "a", c.width, CAR_X | CAR_H, car_opt(p, "bias"));
    p->init(p, A, CAR_X, CAR_INIT_UNIFORM, 0.1);
    p->init(p, A, CAR_H, CAR_INIT_GLOROT, 1);
    car_stage(p, second_forward, second_backward);
    car_gate(p, N, "n", CAR_LOCAL(Q) | CAR_STATE(M) | CAR_NO_BIAS, 0);
    p->init(p, N, CAR_LOCAL(Q), CAR_INIT_ORTHOGONAL, 1);
    if (c.raw)
        car_reads_x(p);
}

static const car_option options[] = {
    {"width", "of the state m, at most that of the layer", CAR_COUNT, 4, 1, 64, NULL},
    {"bias", "initial bias of a", CAR_NUMBER, 0.5, -10, 10, NULL},
    {"raw", "let x itself in", CAR_FLAG, 1, 0, 1, NULL},
    {"squash", "squashing function of a", CAR_CHOICE, TANH, TANH, SIGMOID, "tanh|sigmoid"},
    {0}};

CAR_PLUGIN("1.0", {"everything", "uses all that the ABI has", NULL, options, everything_plan},
           {"everything-too", "a second cell of one plugin", "nowhere", options, everything_plan})
