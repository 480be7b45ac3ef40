/* Correct cells of unusual kinds, which MISTAKE chooses: `carousel cell check` must not
 * blame them.  In all of them h = m + r h', with r from (0, 1) and m of these kinds:
 *
 *   none             m = tanh(a)
 *   clipped          hard sigmoid and hard tanh, with kinks
 *   leaky            a leaky max(0, .) of a and of the state
 *   rows-softmax     m = softmax of a over the units of a row
 *   exponential      m = exp(a) / (1 + exp(a) + exp(-a)), steep
 *   large            numbers of thousands
 *   rows-divided     m = a / sqrt(1 + sum of a^2 over a row)
 */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

#include <stdbool.h>

enum { H };    /* state */
enum { A, R }; /* gates */

static bool is(const char *kind)
{
    const char *mine = MISTAKE;
    while (*mine != '\0' && *mine == *kind)
        mine++, kind++;
    return *mine == *kind;
}

static const car_real leak = (car_real)0.1, slope = (car_real)0.2, large = 3000;

static car_real clip(car_real v, car_real low, car_real high) { return v < low ? low : v > high ? high : v; }

static void forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *a = car_row(s->gate[A], b), *r = car_row(s->gate[R], b), *h = car_row(s->next[H], b);
        const car_real *h0 = car_row(s->prev[H], b);
        car_real sum = 0, most = a[0];
        for (int j = 0; j < s->hidden; j++)
            most = a[j] > most ? a[j] : most;
        if (is("rows-softmax"))
            for (int j = 0; j < s->hidden; j++)
                sum += a[j] = car_exp(a[j] - most);
        if (is("rows-divided"))
            for (int j = 0; j < s->hidden; j++)
                sum += a[j] * a[j];
        car_real root = (car_real)sqrt(1 + (double)sum);
        for (int j = 0; j < s->hidden; j++) {
            r[j] = is("clipped") ? clip(slope * r[j] + (car_real)0.5, 0, 1) : car_sigmoid(r[j]);
            if (is("clipped"))
                a[j] = clip(a[j], -1, 1);
            else if (is("leaky"))
                a[j] = a[j] > 0 ? a[j] : leak * a[j];
            else if (is("rows-softmax"))
                a[j] /= sum;
            else if (is("exponential"))
                a[j] = 1 / (1 + car_exp(-a[j]) + car_exp(-2 * clip(a[j], -40, 40)));
            else if (is("rows-divided"))
                a[j] /= root;
            else
                a[j] = car_tanh(a[j]);
            car_real m = is("large") ? large * a[j] : a[j];
            h[j] = m + r[j] * (is("leaky") ? (h0[j] > 0 ? h0[j] : leak * h0[j]) : h0[j]);
        }
        if (is("rows-divided"))
            *car_row(s->local[0], b) = 1 / root;
    }
}

static void backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *a = car_row(s->gate[A], b), *r = car_row(s->gate[R], b), *h0 = car_row(s->prev[H], b);
        const car_real *dh = car_row(s->d_next[H], b);
        car_real *da = car_row(s->d_gate[A], b), *dr = car_row(s->d_gate[R], b), *dh0 = car_row(s->d_prev[H], b);
        car_real along = 0;
        for (int j = 0; j < s->hidden; j++)
            along += dh[j] * a[j];
        for (int j = 0; j < s->hidden; j++) {
            car_real old = is("leaky") ? (h0[j] > 0 ? h0[j] : leak * h0[j]) : h0[j];
            car_real squash = is("clipped") ? (r[j] > 0 && r[j] < 1 ? slope : 0) : car_d_sigmoid(r[j]);
            dr[j] = dh[j] * old * squash;
            dh0[j] += dh[j] * r[j] * (is("leaky") && h0[j] <= 0 ? leak : 1);
            if (is("clipped"))
                da[j] = a[j] > -1 && a[j] < 1 ? dh[j] : 0;
            else if (is("leaky"))
                da[j] = a[j] > 0 ? dh[j] : leak * dh[j];
            else if (is("rows-softmax"))
                da[j] = a[j] * (dh[j] - along);
            else if (is("exponential")) {
                /* y = 1 / (1 + e + e^2), e = exp(-a): e from y, then y' = y^2 (e + 2 e^2) */
                car_real e = ((car_real)sqrt((double)(4 / a[j] - 3)) - 1) / 2;
                da[j] = dh[j] * a[j] * a[j] * (e + 2 * e * e);
            } else if (is("rows-divided"))
                da[j] = (dh[j] - a[j] * along) * *car_row(s->local[0], b);
            else
                da[j] = dh[j] * car_d_tanh(a[j]) * (is("large") ? large : 1);
        }
    }
}

static void plan(car_plan *p)
{
    car_state(p, H, "h");
    if (is("rows-divided"))
        p->local(p, 0, "inverse", 1);
    car_stage(p, forward, backward);
    car_gate(p, A, "a", CAR_X | CAR_H, 0);
    car_gate(p, R, "r", CAR_X | CAR_H, 0);
}

CAR_PLUGIN("1.0", {"honest", "a correct cell of an unusual kind", NULL, NULL, plan})
