/* minimal-rnn - Chen 2017 ("MinimalRNN: toward more interpretable and trainable
 * recurrent neural networks"): the input is mapped to where the state lives, and one
 * gate mixes the two.
 *
 *   z = tanh(W_xz x + b_z)                      the input, mapped
 *   u = sigmoid(W_hu h' + W_zu z + b_u)         update gate
 *   h = u h' + (1 - u) z
 *
 *   state  h    the output; h' is h one step before
 *   local  z    from the first stage to the second
 *   gates  in   first stage, fed by x; its value is z
 *          u    second stage, fed by h and z
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };     /* state */
enum { Z };     /* local */
enum { IN, U }; /* gates */

CAR_KERNEL static void map_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *in = car_row(s->gate[IN], b), *z = car_row(s->local[Z], b);
        CAR_EACH(j, s->hidden)
            z[j] = in[j] = car_tanh(in[j]);
    }
}

CAR_KERNEL static void mix_forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *u = car_row(s->gate[U], b), *h = car_row(s->next[H], b);
        const car_real *z = car_row(s->local[Z], b), *h0 = car_row(s->prev[H], b);
        CAR_EACH(j, s->hidden) {
            u[j] = car_sigmoid(u[j]);
            h[j] = z[j] + u[j] * (h0[j] - z[j]);
        }
    }
}

/* d_local[Z] is this share and what the host makes of du. */
CAR_KERNEL static void mix_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *u = car_row(s->gate[U], b), *z = car_row(s->local[Z], b);
        const car_real *h0 = car_row(s->prev[H], b), *dh = car_row(s->d_next[H], b);
        car_real *du = car_row(s->d_gate[U], b), *dz = car_row(s->d_local[Z], b), *dh0 = car_row(s->d_prev[H], b);
        CAR_EACH(j, s->hidden) {
            du[j] = dh[j] * (h0[j] - z[j]) * car_d_sigmoid(u[j]);
            dz[j] += dh[j] * (1 - u[j]);
            dh0[j] += dh[j] * u[j];
        }
    }
}

CAR_KERNEL static void map_backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *z = car_row(s->local[Z], b), *dz = car_row(s->d_local[Z], b);
        car_real *d_in = car_row(s->d_gate[IN], b);
        CAR_EACH(j, s->hidden)
            d_in[j] = dz[j] * car_d_tanh(z[j]);
    }
}

static void minimal_rnn_plan(car_plan *p)
{
    car_state(p, H, "h");
    car_local(p, Z, "z");
    car_stage(p, map_forward, map_backward);
    car_gate(p, IN, "in", CAR_X, 0);
    car_stage(p, mix_forward, mix_backward);
    car_gate(p, U, "u", CAR_H | CAR_LOCAL(Z), car_opt(p, "update_bias"));
}

static const car_option minimal_rnn_options[] = {
    {"update_bias", "initial bias of the update gate", CAR_NUMBER, 0, -10, 10, NULL}, {0}};

CAR_PLUGIN("1.0", {"minimal-rnn", "the input mapped to the state, and one gate", "Chen 2017", minimal_rnn_options,
                   minimal_rnn_plan})
