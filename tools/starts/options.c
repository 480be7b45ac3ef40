/* mycell - update-gate network, Collins, Sohl-Dickstein & Sussillo 2017 ("Capacity and
 * trainability in recurrent neural networks"), with a choice of squashing function.
 *
 * A whole cell, ready to be built; to make it yours, change in this order
 *
 * 1. the equations, here:
 *
 *   g = sigmoid(W_xg x + W_hg h' + b_g)      update gate
 *   c =       f(W_xc x + W_hc h' + b_c)      candidate; f: tanh or max(0, .)
 *   h = g h' + (1 - g) c                     h' is h one step before
 *
 * 2. the table of options, at the end: name, help, kind, default, least, most, choices.
 *    A kind is CAR_NUMBER, CAR_COUNT (whole), CAR_FLAG (0 or 1) or CAR_CHOICE (the index
 *    in "a|b|c").  Users write --enc-cell mycell:activation=relu,update_bias=2.
 * 3. plan(): car_opt() reads an option; what kernels must know of it goes into config,
 *    of which the host keeps a copy.  States are carried from step to step (state 0 is
 *    the output), gates are all that has matrices.
 * 4. forward(): a gate holds W.feed + b: replace it by the gate's value; write all new
 *    states.  A choice is made outside CAR_EACH, so that its loop stays vector code.
 * 5. backward(): write d_gate[g], dL/d (W.feed + b); add to d_prev[k] what reaches state
 *    k before the step on other ways than through gates.
 * 6. the last line: name, summary, where it is described.
 *
 * README.md says how to build, check and train; `carousel cell check` tries every option
 * at its ends, finds mistakes of step 5 and says in which gate.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };          /* state */
enum { G, C };       /* gates */
enum { TANH, RELU }; /* choices of "activation" */

typedef struct config {
    int activation;
} config;

CAR_KERNEL static void forward(const car_step *s)
{
    int activation = ((const config *)s->config)->activation;
    for (int b = 0; b < s->rows; b++) {
        car_real *g = car_row(s->gate[G], b), *c = car_row(s->gate[C], b);
        const car_real *h0 = car_row(s->prev[H], b);
        car_real *h = car_row(s->next[H], b);
        if (activation == TANH)
            CAR_EACH(j, s->hidden)
                c[j] = car_tanh(c[j]);
        else
            CAR_EACH(j, s->hidden)
                c[j] = c[j] < 0 ? 0 : c[j];
        CAR_EACH(j, s->hidden) {
            g[j] = car_sigmoid(g[j]);
            h[j] = g[j] * h0[j] + (1 - g[j]) * c[j];
        }
    }
}

/* car_d_sigmoid(y) and car_d_tanh(y) are derivatives where the function's value is y. */
CAR_KERNEL static void backward(const car_step *s)
{
    int activation = ((const config *)s->config)->activation;
    for (int b = 0; b < s->rows; b++) {
        const car_real *g = car_row(s->gate[G], b), *c = car_row(s->gate[C], b);
        const car_real *h0 = car_row(s->prev[H], b), *dh = car_row(s->d_next[H], b);
        car_real *dg = car_row(s->d_gate[G], b), *dc = car_row(s->d_gate[C], b);
        car_real *dh0 = car_row(s->d_prev[H], b);
        if (activation == TANH)
            CAR_EACH(j, s->hidden)
                dc[j] = dh[j] * (1 - g[j]) * car_d_tanh(c[j]);
        else
            CAR_EACH(j, s->hidden)
                dc[j] = c[j] > 0 ? dh[j] * (1 - g[j]) : 0;
        CAR_EACH(j, s->hidden) {
            dg[j] = dh[j] * (h0[j] - c[j]) * car_d_sigmoid(g[j]);
            dh0[j] += dh[j] * g[j];
        }
    }
}

static void plan(car_plan *p)
{
    config c = {.activation = (int)car_opt(p, "activation")};
    car_config(p, &c, sizeof c);
    car_state(p, H, "h");
    car_stage(p, forward, backward);
    car_gate(p, G, "g", CAR_X | CAR_H, car_opt(p, "update_bias"));
    car_gate(p, C, "c", CAR_X | CAR_H, 0);
}

static const car_option table[] = {
    {"activation", "squashing function of the candidate", CAR_CHOICE, TANH, TANH, RELU, "tanh|relu"},
    {"update_bias", "initial bias of the update gate", CAR_NUMBER, 1, -10, 10, NULL},
    {0}};

CAR_PLUGIN("0.1", {"mycell", "update-gate network", "Collins et al. 2017", table, plan})
