/* rnn - the simple recurrent network, Elman 1990 ("Finding structure in time").
 *
 *   a  = W_x x + W_h h' + b
 *   h  = f(a)                f: tanh, max(0, .) or the logistic sigmoid
 *
 *   state  h    the output
 *   gate   a    fed by x and h; its value is f(a) = h
 *
 * h' is h one step before.  With relu and an identity start of W_h this is the
 * network of Le, Jaitly & Hinton 2015.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };                   /* state */
enum { A };                   /* gate */
enum { TANH, RELU, SIGMOID }; /* choices of "activation" */

typedef struct config {
    int activation;
} config;

CAR_KERNEL static void rnn_forward(const car_step *s)
{
    int activation = ((const config *)s->config)->activation;
    for (int b = 0; b < s->rows; b++) {
        car_real *a = car_row(s->gate[A], b), *h = car_row(s->next[H], b);
        if (activation == TANH)
            CAR_EACH(j, s->hidden)
                h[j] = a[j] = car_tanh(a[j]);
        else if (activation == RELU)
            CAR_EACH(j, s->hidden)
                h[j] = a[j] = a[j] < 0 ? 0 : a[j];
        else
            CAR_EACH(j, s->hidden)
                h[j] = a[j] = car_sigmoid(a[j]);
    }
}

/* da = dh f'(a), f' from the value of f. */
CAR_KERNEL static void rnn_backward(const car_step *s)
{
    int activation = ((const config *)s->config)->activation;
    for (int b = 0; b < s->rows; b++) {
        const car_real *a = car_row(s->gate[A], b), *dh = car_row(s->d_next[H], b);
        car_real *da = car_row(s->d_gate[A], b);
        if (activation == TANH)
            CAR_EACH(j, s->hidden)
                da[j] = dh[j] * car_d_tanh(a[j]);
        else if (activation == RELU)
            CAR_EACH(j, s->hidden)
                da[j] = a[j] > 0 ? dh[j] : 0;
        else
            CAR_EACH(j, s->hidden)
                da[j] = dh[j] * car_d_sigmoid(a[j]);
    }
}

static void rnn_plan(car_plan *p)
{
    config c = {.activation = (int)car_opt(p, "activation")};
    car_config(p, &c, sizeof c);
    car_state(p, H, "h");
    car_stage(p, rnn_forward, rnn_backward);
    car_gate(p, A, "a", CAR_X | CAR_H, 0);
}

static const car_option rnn_options[] = {
    {"activation", "squashing function", CAR_CHOICE, TANH, TANH, SIGMOID, "tanh|relu|sigmoid"}, {0}};

CAR_PLUGIN("1.0", {"rnn", "simple recurrent network", "Elman 1990", rnn_options, rnn_plan})
