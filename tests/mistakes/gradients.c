/* An LSTM with peepholes, the backward kernel of which has one mistake, which MISTAKE
 * chooses; "none" has none.  tests/check expects `carousel cell check` to say which
 * gradient is wrong, and why. */
#include <carousel/cell.h>
#include <carousel/cell_math.h>

#include <stdbool.h>

enum { H, C };       /* states */
enum { PI, PF, PO }; /* weights: peepholes of i and f to the old c, of o to the new one */
enum { I, F, G, O }; /* gates */

static bool is(const char *mistake)
{
    const char *mine = MISTAKE;
    while (*mine != '\0' && *mine == *mistake)
        mine++, mistake++;
    return *mine == *mistake;
}

/* Some mistakes are those of a cell without peepholes. */
static car_real peep(const car_step *s, int weight, int j)
{
    return is("forgets-tanh-of-c") || is("forgets-output-gate") || is("wrong-tanh-of-c") ? 0 : s->weight[weight][j];
}

static void forward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b);
        car_real *g = car_row(s->gate[G], b), *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b);
        car_real *c = car_row(s->next[C], b), *h = car_row(s->next[H], b);
        for (int j = 0; j < s->hidden; j++) {
            i[j] = car_sigmoid(i[j] + peep(s, PI, j) * c0[j]);
            f[j] = car_sigmoid(f[j] + peep(s, PF, j) * c0[j]);
            g[j] = car_tanh(g[j]);
            c[j] = f[j] * c0[j] + i[j] * g[j];
            o[j] = car_sigmoid(o[j] + peep(s, PO, j) * c[j]);
            h[j] = o[j] * car_tanh(c[j]);
        }
    }
}

static void backward(const car_step *s)
{
    for (int b = 0; b < s->rows; b++) {
        const car_real *i = car_row(s->gate[I], b), *f = car_row(s->gate[F], b);
        const car_real *g = car_row(s->gate[G], b), *o = car_row(s->gate[O], b);
        const car_real *c0 = car_row(s->prev[C], b), *c = car_row(s->next[C], b);
        const car_real *dh = car_row(s->d_next[H], b), *dc1 = car_row(s->d_next[C], b);
        car_real *di = car_row(s->d_gate[I], b), *df = car_row(s->d_gate[F], b);
        car_real *dg = car_row(s->d_gate[G], b), *d_o = car_row(s->d_gate[O], b);
        car_real *dc0 = car_row(s->d_prev[C], b);
        for (int j = 0; j < s->hidden; j++) {
            car_real tc = car_tanh(c[j]), p_i = peep(s, PI, j), p_f = peep(s, PF, j), p_o = peep(s, PO, j);
            d_o[j] = dh[j] * (is("output-of-c") ? c[j] : tc) * car_d_sigmoid(o[j]);
            car_real dc = dh[j] * o[j] * car_d_tanh(tc) + d_o[j] * p_o + dc1[j];
            if (is("forgets-output-peephole"))
                dc = dh[j] * o[j] * car_d_tanh(tc) + dc1[j];
            if (is("forgets-tanh-of-c"))
                dc = dh[j] * o[j] + dc1[j];
            if (is("wrong-tanh-of-c"))
                dc = dh[j] * o[j] * car_d_tanh(c[j]) + dc1[j];
            if (is("forgets-output"))
                dc = dc1[j];
            if (is("forgets-output-gate"))
                dc = dh[j] * car_d_tanh(tc) + dc1[j];
            if (is("forgets-what-arrives-at-c"))
                dc -= dc1[j];
            if (is("half-of-what-arrives-at-c"))
                dc -= dc1[j] / 2;
            di[j] = dc * g[j] * car_d_sigmoid(i[j]);
            df[j] = dc * c0[j] * car_d_sigmoid(f[j]);
            dg[j] = dc * i[j] * car_d_tanh(g[j]);
            if (is("one-percent"))
                df[j] *= (car_real)0.99;
            if (is("sign"))
                dg[j] = -dg[j];
            if (is("forgets-sigmoid"))
                di[j] = dc * g[j];
            if (is("forgets-tanh"))
                dg[j] = dc * i[j];
            if (is("sigmoid-for-tanh"))
                dg[j] = dc * i[j] * car_d_sigmoid(g[j]);
            if (is("tanh-for-sigmoid"))
                d_o[j] = dh[j] * tc * car_d_tanh(o[j]);
            if (is("sigmoid-twice"))
                df[j] *= car_d_sigmoid(f[j]);
            if (is("swaps")) {
                car_real kept = di[j];
                di[j] = df[j];
                df[j] = kept;
            }
            if (is("same-twice"))
                df[j] = di[j];
            if (is("new-for-old"))
                df[j] = dc * c[j] * car_d_sigmoid(f[j]);
            if (is("gate-for-gate"))
                di[j] = dc * o[j] * car_d_sigmoid(i[j]);
            if (is("forgets-gate"))
                dg[j] = 0;
            car_real carried = dc * f[j] + di[j] * p_i + df[j] * p_f;
            if (is("forgets-peephole"))
                carried -= df[j] * p_f;
            if (is("peephole-sign"))
                carried -= 2 * df[j] * p_f;
            if (is("forgets-carry"))
                carried = 0;
            if (is("carries-by-wrong-gate"))
                carried = dc * i[j] + di[j] * p_i + df[j] * p_f;
            if (is("overwrites-prev"))
                dc0[j] = carried;
            else
                dc0[j] += carried;
            if (is("overwrites-weight"))
                s->d_weight[PI][j] = di[j] * c0[j];
            else
                s->d_weight[PI][j] += p_i == 0 ? 0 : di[j] * c0[j];
            s->d_weight[PF][j] += p_f == 0 || is("forgets-weight") ? 0 : df[j] * c0[j];
            s->d_weight[PO][j] += p_o == 0 ? 0 : d_o[j] * (is("old-for-new") ? c0[j] : c[j]);
        }
    }
}

static void plan(car_plan *p)
{
    car_state(p, H, "h");
    car_state(p, C, "c");
    car_weight(p, PI, "p.i", CAR_INIT_UNIFORM, 0.1);
    car_weight(p, PF, "p.f", CAR_INIT_UNIFORM, 0.1);
    car_weight(p, PO, "p.o", CAR_INIT_UNIFORM, 0.1);
    car_stage(p, forward, backward);
    car_gate(p, I, "i", CAR_X | CAR_H, 0);
    car_gate(p, F, "f", CAR_X | CAR_H, 1);
    car_gate(p, G, "g", CAR_X | CAR_H, 0);
    car_gate(p, O, "o", CAR_X | CAR_H, 0);
}

CAR_PLUGIN("1.0", {"mistaken", "a peephole LSTM with a mistake in its gradients", NULL, NULL, plan})
