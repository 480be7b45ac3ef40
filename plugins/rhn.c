/* rhn - recurrent highway network, Zilly et al. 2017: L highway layers a step,
 * with the carry gate coupled to the transform gate.
 *
 *   y_0 = h'
 *   u_l =    tanh([l = 1] W_xu x + R_ul y_{l-1} + b_ul)      candidate of layer l
 *   t_l = sigmoid([l = 1] W_xt x + R_tl y_{l-1} + b_tl)      transform gate
 *   y_l = t_l u_l + (1 - t_l) y_{l-1},   l = 1 .. L
 *   h   = y_L
 *
 *   state   h                     the output; h' is h one step before
 *   locals  y1 .. y{L-1}          each from its stage to the next
 *   gates   u1 t1 .. uL tL        two a stage: the first fed by x and h, the others by y
 *
 * One kernel pair serves every stage.  b_t starts below 0, so that an untrained
 * cell carries its state through all layers.
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

enum { H };                /* state; local l - 1 is y_l */
enum { DEPTH_LIMIT = 10 }; /* the deepest of the paper */

typedef struct config {
    int depth;
} config;

/* Stage k is layer l = k + 1; its gates are 2k and 2k + 1. */
CAR_KERNEL static void rhn_forward(const car_step *s)
{
    int k = s->stage, last = ((const config *)s->config)->depth - 1;
    for (int b = 0; b < s->rows; b++) {
        car_real *u = car_row(s->gate[2 * k], b), *t = car_row(s->gate[2 * k + 1], b);
        const car_real *y0 = k > 0 ? car_row(s->local[k - 1], b) : car_row(s->prev[H], b);
        car_real *y = k < last ? car_row(s->local[k], b) : car_row(s->next[H], b);
        CAR_EACH(j, s->hidden) {
            u[j] = car_tanh(u[j]);
            t[j] = car_sigmoid(t[j]);
            y[j] = y0[j] + t[j] * (u[j] - y0[j]);
        }
    }
}

CAR_KERNEL static void rhn_backward(const car_step *s)
{
    int k = s->stage, last = ((const config *)s->config)->depth - 1;
    for (int b = 0; b < s->rows; b++) {
        const car_real *u = car_row(s->gate[2 * k], b), *t = car_row(s->gate[2 * k + 1], b);
        const car_real *y0 = k > 0 ? car_row(s->local[k - 1], b) : car_row(s->prev[H], b);
        const car_real *dy = k < last ? car_row(s->d_local[k], b) : car_row(s->d_next[H], b);
        car_real *dy0 = k > 0 ? car_row(s->d_local[k - 1], b) : car_row(s->d_prev[H], b);
        car_real *du = car_row(s->d_gate[2 * k], b), *dt = car_row(s->d_gate[2 * k + 1], b);
        CAR_EACH(j, s->hidden) {
            du[j] = dy[j] * t[j] * car_d_tanh(u[j]);
            dt[j] = dy[j] * (u[j] - y0[j]) * car_d_sigmoid(t[j]);
            dy0[j] += dy[j] * (1 - t[j]);
        }
    }
}

static void rhn_plan(car_plan *p)
{
    static const char *const u[DEPTH_LIMIT] = {"u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9", "u10"};
    static const char *const t[DEPTH_LIMIT] = {"t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10"};
    static const char *const y[DEPTH_LIMIT - 1] = {"y1", "y2", "y3", "y4", "y5", "y6", "y7", "y8", "y9"};
    config c = {.depth = (int)car_opt(p, "depth")};
    car_config(p, &c, sizeof c);
    car_state(p, H, "h");
    for (int k = 0; k < c.depth - 1; k++)
        car_local(p, k, y[k]);
    for (int k = 0; k < c.depth; k++) {
        uint32_t feeds = k == 0 ? CAR_X | CAR_H : CAR_LOCAL(k - 1);
        car_stage(p, rhn_forward, rhn_backward);
        car_gate(p, 2 * k, u[k], feeds, 0);
        car_gate(p, 2 * k + 1, t[k], feeds, car_opt(p, "transform_bias"));
    }
}

static const car_option rhn_options[] = {
    {"depth", "highway layers per step", CAR_COUNT, 3, 1, DEPTH_LIMIT, NULL},
    {"transform_bias", "initial bias of the transform gates", CAR_NUMBER, -2, -10, 10, NULL},
    {0}};

CAR_PLUGIN("1.0", {"rhn", "recurrent highway network", "Zilly et al. 2017", rhn_options, rhn_plan})
