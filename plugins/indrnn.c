/* indrnn - independently recurrent network, Li, Li, Cook, Zhu & Gao 2018
 * ("Independently recurrent neural network (IndRNN): building a longer and deeper
 * RNN"): a unit sees of the step before nothing but itself.
 *
 *   h = f(W x + u h' + b)      f: max(0, .) or tanh
 *
 *   state   h    the output; h' is h one step before
 *   gate    a    fed by x; its value is f(.) = h
 *   weight  u    element-wise (a diagonal matrix)
 *
 * Over T steps a unit's gradient grows by u^T.  u is drawn from [-2^(1/T), 2^(1/T)),
 * the paper's range, within which it grows no more than twofold; T is "steps".  The
 * paper also keeps u there while it trains; here u is free, as a host bounds
 * gradients and not weights.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };          /* state */
enum { A };          /* gate */
enum { U };          /* weight */
enum { RELU, TANH }; /* choices of "activation" */

typedef struct config {
    int activation;
} config;

CAR_KERNEL static void indrnn_forward(const car_step *s)
{
    int activation = ((const config *)s->config)->activation;
    const car_real *u = s->weight[U];
    for (int b = 0; b < s->rows; b++) {
        car_real *a = car_row(s->gate[A], b), *h = car_row(s->next[H], b);
        const car_real *h0 = car_row(s->prev[H], b);
        if (activation == RELU)
            CAR_EACH(j, s->hidden) {
                car_real sum = a[j] + u[j] * h0[j];
                h[j] = a[j] = sum < 0 ? 0 : sum;
            }
        else
            CAR_EACH(j, s->hidden)
                h[j] = a[j] = car_tanh(a[j] + u[j] * h0[j]);
    }
}

CAR_KERNEL static void indrnn_backward(const car_step *s)
{
    int activation = ((const config *)s->config)->activation;
    const car_real *u = s->weight[U];
    car_real *du = s->d_weight[U];
    for (int b = 0; b < s->rows; b++) {
        const car_real *a = car_row(s->gate[A], b), *h0 = car_row(s->prev[H], b), *dh = car_row(s->d_next[H], b);
        car_real *da = car_row(s->d_gate[A], b), *dh0 = car_row(s->d_prev[H], b);
        if (activation == RELU)
            CAR_EACH(j, s->hidden)
                da[j] = a[j] > 0 ? dh[j] : 0;
        else
            CAR_EACH(j, s->hidden)
                da[j] = dh[j] * car_d_tanh(a[j]);
        CAR_EACH(j, s->hidden) {
            dh0[j] += da[j] * u[j];
            du[j] += da[j] * h0[j];
        }
    }
}

static void indrnn_plan(car_plan *p)
{
    config c = {.activation = (int)car_opt(p, "activation")};
    car_config(p, &c, sizeof c);
    car_state(p, H, "h");
    car_weight(p, U, "u", CAR_INIT_UNIFORM, pow(2, 1 / car_opt(p, "steps")));
    car_stage(p, indrnn_forward, indrnn_backward);
    car_gate(p, A, "a", CAR_X, 0);
}

static const car_option indrnn_options[] = {
    {"activation", "squashing function", CAR_CHOICE, RELU, RELU, TANH, "relu|tanh"},
    {"steps", "steps over which gradients should live", CAR_COUNT, 50, 1, 100000, NULL},
    {0}};

CAR_PLUGIN("1.0", {"indrnn", "independently recurrent network", "Li et al. 2018", indrnn_options, indrnn_plan})
