/* cfn - chaos-free network, Laurent & von Brecht 2017 ("A recurrent neural network
 * without chaos"): without input every state decays to 0.
 *
 *   t = sigmoid(W_xt x + W_ht h' + b_t)      forget gate, theta in the paper
 *   e = sigmoid(W_xe x + W_he h' + b_e)      input gate, eta in the paper
 *   n = W_xn x
 *   h = t tanh(h') + e tanh(n)
 *
 *   state  h      the output; h' is h one step before
 *   gates  t e    fed by x and h
 *          n      fed by x, without bias; its value is tanh(n)
 *
 * The biases start at 1 and -1, as in the paper's experiments.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };       /* state */
enum { T, E, N }; /* gates */

CAR_KERNEL static void cfn_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *t = car_row(s->gate[T], b), *e = car_row(s->gate[E], b), *n = car_row(s->gate[N], b);
        const car_real *h0 = car_row(s->prev[H], b);
        car_real *h = car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            t[j] = car_sigmoid(t[j]);
            e[j] = car_sigmoid(e[j]);
            n[j] = car_tanh(n[j]);
            h[j] = t[j] * car_tanh(h0[j]) + e[j] * n[j];
        }
    }
}

CAR_KERNEL static void cfn_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *t = car_row(s->gate[T], b), *e = car_row(s->gate[E], b), *n = car_row(s->gate[N], b);
        const car_real *h0 = car_row(s->prev[H], b), *dh = car_row(s->d_next[H], b);
        car_real *dt = car_row(s->d_gate[T], b), *de = car_row(s->d_gate[E], b), *dn = car_row(s->d_gate[N], b);
        car_real *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            car_real th = car_tanh(h0[j]);
            dt[j] = dh[j] * th * car_d_sigmoid(t[j]);
            de[j] = dh[j] * n[j] * car_d_sigmoid(e[j]);
            dn[j] = dh[j] * e[j] * car_d_tanh(n[j]);
            dh0[j] += dh[j] * t[j] * car_d_tanh(th);
        }
    }
}

static void cfn_plan(car_plan *p)
{
    car_state(p, H, "h");
    car_stage(p, cfn_forward, cfn_backward);
    car_gate(p, T, "t", CAR_X | CAR_H, car_opt(p, "forget_bias"));
    car_gate(p, E, "e", CAR_X | CAR_H, car_opt(p, "input_bias"));
    car_gate(p, N, "n", CAR_X | CAR_NO_BIAS, 0);
}

static const car_option cfn_options[] = {
    {"forget_bias", "initial bias of the forget gate", CAR_NUMBER, 1, -10, 10, NULL},
    {"input_bias", "initial bias of the input gate", CAR_NUMBER, -1, -10, 10, NULL},
    {0}};

CAR_PLUGIN("1.0", {"cfn", "chaos-free network", "Laurent & von Brecht 2017", cfn_options, cfn_plan})
