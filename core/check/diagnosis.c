#include "check/diagnosis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* What is compared: the numbers of one tensor from some sources together. */
typedef struct view {
    car_step_gradients *g;
    const car_step_tensor *tensor;
    bool from[CAR_STEP_SOURCES];
    double *analytic, *numeric; /* [n] */
} view;

enum { FEWEST = 3 }; /* elements that an explanation must explain */

static const car_cell_plan *plan_of(const view *v) { return v->g->bench->plan; }

static bool near(double a, double b) { return fabs(a - b) <= 2e-5 * fmax(fabs(a), fabs(b)) + 1e-12; }

/* Big enough for ratios to mean anything. */
static bool counts(double number) { return fabs(number) > 1e-5; }

static void sum_sources(view *v)
{
    for (int i = 0; i < v->tensor->n; i++) {
        v->analytic[i] = v->numeric[i] = 0;
        for (int s = 0; s < v->g->n_sources; s++)
            if (v->from[s]) {
                v->analytic[i] += v->tensor->analytic[s][i];
                v->numeric[i] += v->tensor->numeric[s][i];
            }
    }
}

/* ---- names as an author writes them ------------------------------------------------------------------ */

static const char *short_name(const view *v, car_role role, int index)
{
    static char texts[8][CAR_NAME_SIZE + 16];
    static int last;
    const car_cell_plan *plan = plan_of(v);
    char *text = texts[last = (last + 1) % 8];
    const char *format = "%s", *name = "x";
    switch (role) {
    case CAR_AT_PREV:
        format = "prev %s", name = plan->state[index].name;
        break;
    case CAR_AT_NEXT:
        format = "next %s", name = plan->state[index].name;
        break;
    case CAR_AT_GATE:
        name = plan->gate[index].name;
        break;
    case CAR_AT_LOCAL:
        name = plan->local[index].name;
        break;
    case CAR_AT_WEIGHT:
        name = plan->weight[index].name;
        break;
    case CAR_AT_D_NEXT:
        format = "d_next %s", name = plan->state[index].name;
        break;
    case CAR_AT_D_LOCAL:
        format = "d_local %s", name = plan->local[index].name;
        break;
    case CAR_AT_D_GATE:
        format = "d_gate %s", name = plan->gate[index].name;
        break;
    case CAR_AT_D_PREV:
        format = "d_prev %s", name = plan->state[index].name;
        break;
    case CAR_AT_D_WEIGHT:
        format = "d_weight %s", name = plan->weight[index].name;
        break;
    default:
        break;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(text, sizeof texts[0], format, name);
#pragma GCC diagnostic pop
    return text;
}

/* ---- factors: what a gradient may be made of --------------------------------------------------------- */

typedef enum car_form { VALUE, REST, D_SIGMOID, D_TANH, TANH, D_TANH_OF, FORMS } car_form;

typedef struct factor {
    car_role role;
    int index;
    car_form form;
    double *at; /* [rows * width of the tensor] */
} factor;

typedef struct factors {
    factor *at;
    int n;
    ptrdiff_t room;
} factors;

static double formed(car_form form, double v)
{
    switch (form) {
    case REST:
        return 1 - v;
    case D_SIGMOID:
        return v * (1 - v);
    case D_TANH:
        return 1 - v * v;
    case TANH:
        return tanh(v);
    case D_TANH_OF:
        return 1 - tanh(v) * tanh(v);
    default:
        return v;
    }
}

static void write_factor(const view *v, const factor *f, car_string *text)
{
    const char *name = short_name(v, f->role, f->index);
    switch (f->form) {
    case REST:
        car_string_format(text, "(1 - %s)", name);
        break;
    case D_SIGMOID:
        car_string_format(text, "%s (1 - %s)", name, name);
        break;
    case D_TANH:
        car_string_format(text, "(1 - %s^2)", name);
        break;
    case TANH:
        car_string_format(text, "tanh(%s)", name);
        break;
    case D_TANH_OF:
        car_string_format(text, "(1 - tanh(%s)^2)", name);
        break;
    default:
        car_string_add_text(text, name);
    }
}

/* Gates are seen as values of squashing functions, states and locals also as what goes
 * into one; what arrives as it is. */
static bool has_form(car_role role, car_form form)
{
    bool is_gate = role == CAR_AT_GATE, is_vector = role == CAR_AT_NEXT || role == CAR_AT_LOCAL;
    return form == VALUE || (is_gate && form <= D_TANH) || (is_vector && form >= D_TANH);
}

static void add_factors(const view *v, car_role role, factors *all)
{
    int rows = v->g->bench->layout.rows, width = v->tensor->width;
    for (int index = 0; index < car_bench_count(v->g->bench, role); index++)
        for (int form = VALUE; form < FORMS; form++) {
            if (car_bench_width(v->g->bench, role, index) != width || !has_form(role, (car_form)form))
                continue;
            all->at = car_grow(all->at, all->n, &all->room, sizeof *all->at);
            factor *f = &all->at[all->n++];
            *f = (factor){role, index, (car_form)form, car_alloc(rows * width, sizeof(double))};
            car_panel panel = car_bench_panel_of(v->g->bench, role, index);
            for (int row = 0; row < rows; row++)
                for (int unit = 0; unit < width; unit++)
                    f->at[row * width + unit] =
                        formed(f->form, (double)car_row(panel, role == CAR_AT_WEIGHT ? 0 : row)[unit]);
        }
}

static void clear_factors(factors *all)
{
    for (int i = 0; i < all->n; i++)
        car_free(all->at[i].at);
    car_free(all->at);
}

/* ---- ratios ---------------------------------------------------------------------------------------------- */

/* numeric = c analytic a / b in all elements, with one c; a and b may be NULL.  False if
 * not, or if there is too little to tell by. */
static bool fits_ratio(const view *v, const factor *a, const factor *b, double *c)
{
    int n = 0;
    if (v->tensor->role == CAR_AT_D_WEIGHT && (a != NULL || b != NULL))
        return false; /* a sum over rows has no factors of one row */
    for (int i = 0; i < v->tensor->n; i++) {
        double up = v->analytic[i] * (a != NULL ? a->at[i] : 1), down = b != NULL ? b->at[i] : 1;
        if (!v->tensor->smooth[i] || (!counts(v->analytic[i]) && !counts(v->numeric[i])))
            continue;
        if (!counts(v->analytic[i]) || !counts(v->numeric[i]) || !counts(up) || !counts(down))
            return false;
        double ratio = v->numeric[i] * down / up;
        if (n++ == 0)
            *c = ratio;
        else if (!near(ratio, *c))
            return false;
    }
    return n >= FEWEST;
}

/* "", " (and besides by a constant factor ...)". */
static void write_constant(double c, car_string *text)
{
    if (near(c, -1))
        car_string_add_text(text, ", and the sign is wrong");
    else if (!near(c, 1))
        car_string_format(text, ", and besides a constant factor of %.6g", c);
}

static bool explain_constant(const view *v, car_string *text)
{
    double c;
    if (!fits_ratio(v, NULL, NULL, &c))
        return false;
    if (near(c, -1))
        car_string_add_text(text, "the sign is wrong in every element");
    else
        car_string_format(text, "every element is %.6g times what it should be, a constant factor", 1 / c);
    return true;
}

static const char *kind_of_derivative(car_form form)
{
    return form == D_SIGMOID                     ? "the derivative of a sigmoid"
           : form == D_TANH || form == D_TANH_OF ? "the derivative of a tanh"
                                                 : "a factor";
}

static bool explain_factor(const view *v, const factors *all, car_string *text)
{
    double c;
    for (int i = 0; i < all->n; i++)
        for (int missing = 1; missing >= 0; missing--) {
            const factor *f = &all->at[i];
            if (!fits_ratio(v, missing ? f : NULL, missing ? NULL : f, &c) || (!near(c, 1) && !near(c, -1)))
                continue;
            car_string_format(text, "%s, ", kind_of_derivative(f->form));
            write_factor(v, f, text);
            car_string_add_text(text, missing ? ", is missing" : ", is there once too often");
            write_constant(c, text);
            return true;
        }
    return false;
}

static bool explain_exchange(const view *v, const factors *all, car_string *text)
{
    double c;
    for (int i = 0; i < all->n; i++)
        for (int k = 0; k < all->n; k++) {
            const factor *a = &all->at[i], *b = &all->at[k];
            if (i == k || !fits_ratio(v, a, b, &c) || (!near(c, 1) && !near(c, -1)))
                continue;
            write_factor(v, b, text);
            car_string_add_text(text, " stands where ");
            write_factor(v, a, text);
            car_string_add_text(text, " is meant");
            bool old_for_new = b->role == CAR_AT_PREV && a->role == CAR_AT_NEXT;
            bool new_for_old = b->role == CAR_AT_NEXT && a->role == CAR_AT_PREV;
            if (old_for_new || new_for_old)
                car_string_format(text, ": the %s state is used for the %s one", old_for_new ? "old" : "new",
                                  old_for_new ? "new" : "old");
            write_constant(c, text);
            return true;
        }
    return false;
}

/* ---- other tensors ------------------------------------------------------------------------------------------- */

static bool same_numbers(const view *v, const double *a, const car_step_tensor *other, bool numeric)
{
    int n = 0;
    for (int i = 0; i < v->tensor->n; i++) {
        double b = 0;
        for (int s = 0; s < v->g->n_sources; s++)
            b += !v->from[s] ? 0 : numeric ? other->numeric[s][i] : other->analytic[s][i];
        n += counts(b);
        if (!car_gradients_agree(a[i], b))
            return false;
    }
    return n >= FEWEST;
}

/* Does it hold what belongs into another tensor of its kind? */
static bool explain_swap(const view *v, car_string *text)
{
    for (int t = 0; t < v->g->n_tensors; t++) {
        const car_step_tensor *other = &v->g->tensor[t];
        if (other == v->tensor || other->role != v->tensor->role || other->n != v->tensor->n ||
            !same_numbers(v, v->analytic, other, true))
            continue;
        const char *name = short_name(v, other->role, other->index);
        if (same_numbers(v, v->numeric, other, false))
            car_string_format(text, "it and %s are swapped: each holds what belongs to the other", name);
        else
            car_string_format(text, "it holds what belongs to %s", name);
        return true;
    }
    return false;
}

/* ---- zero -------------------------------------------------------------------------------------------------------- */

static bool is_zero(const double *numbers, int n)
{
    for (int i = 0; i < n; i++)
        if (counts(numbers[i]))
            return false;
    return true;
}

static bool explain_zero(const view *v, car_string *text)
{
    if (is_zero(v->analytic, v->tensor->n))
        car_string_add_text(text, "nothing arrives here, though the result depends on it: this path is forgotten");
    else if (is_zero(v->numeric, v->tensor->n))
        car_string_add_text(text, "the result does not depend on it, so it should be 0");
    else
        return false;
    return true;
}

/* ---- summands ------------------------------------------------------------------------------------------------------
 */

/* One thing that arrives, times up to three factors, or times up to one and the difference
 * of two others. */
typedef struct summand {
    const double *d; /* [rows * width] */
    const factor *made[3], *meant, *stands;
    int n_made;
} summand;

static double value_of(const summand *m, int i)
{
    double product = m->d[i];
    for (int k = 0; k < m->n_made; k++)
        product *= m->made[k]->at[i];
    return m->meant != NULL ? product * (m->meant->at[i] - m->stands->at[i]) : product;
}

/* numeric - analytic = c * summand in all elements, c one of 1, -1, 2 and -2; a weight's is
 * the sum over the rows. */
static bool fits_summand(const view *v, const summand *m, double *c)
{
    int n = 0, rows = v->tensor->role == CAR_AT_D_WEIGHT ? v->g->bench->layout.rows : 1;
    for (int i = 0; i < v->tensor->n; i++) {
        double missing = v->numeric[i] - v->analytic[i], product = 0;
        if (!v->tensor->smooth[i])
            continue;
        for (int row = 0; row < rows; row++)
            product += value_of(m, row * v->tensor->width + i);
        if (!counts(missing) && !counts(product))
            continue;
        if (!counts(missing) || !counts(product))
            return false;
        if (n++ == 0)
            *c = missing / product;
        else if (!near(missing / product, *c))
            return false;
    }
    return n >= FEWEST && (near(fabs(*c), 1) || near(fabs(*c), 2));
}

static void write_summand(const view *v, const summand *m, const char *what, double c, car_string *text)
{
    if (m->meant != NULL) {
        write_factor(v, c > 0 ? m->stands : m->meant, text);
        car_string_add_text(text, " stands where ");
        write_factor(v, c > 0 ? m->meant : m->stands, text);
        car_string_add_text(text, " is meant, in the summand with ");
    } else {
        car_string_add_text(text, "the summand ");
    }
    car_string_add_text(text, what);
    for (int k = 0; k < m->n_made; k++) {
        car_string_add_text(text, " * ");
        write_factor(v, m->made[k], text);
    }
    if (m->meant == NULL)
        car_string_add_text(text, near(c, 1)    ? " is missing"
                                  : near(c, -1) ? " is there once too often"
                                                : " has the wrong sign");
}

static bool try_summand(const view *v, const summand *m, const char *what, car_string *text)
{
    double c;
    if (!fits_summand(v, m, &c))
        return false;
    write_summand(v, m, what, c, text);
    return true;
}

/* Products of up to three factors. */
static bool search_products(const view *v, const double *d, const char *what, const factors *all, car_string *text)
{
    summand m = {.d = d};
    if (try_summand(v, &m, what, text))
        return true;
    for (m.n_made = 1; m.n_made <= 3; m.n_made++)
        for (int i = 0; i < all->n; i++) {
            m.made[0] = &all->at[i];
            for (int j = m.n_made > 1 ? i : all->n - 1; j < all->n; j++) {
                m.made[1] = &all->at[j];
                for (int k = m.n_made > 2 ? j : all->n - 1; k < all->n; k++) {
                    m.made[2] = &all->at[k];
                    if (try_summand(v, &m, what, text))
                        return true;
                }
            }
        }
    return false;
}

/* One factor in the place of another. */
static bool search_differences(const view *v, const double *d, const char *what, const factors *all, car_string *text)
{
    for (int i = 0; i < all->n; i++)
        for (int k = 0; k < i; k++)
            for (int j = -1; j < all->n; j++) {
                summand m = {.d = d, .meant = &all->at[i], .stands = &all->at[k], .n_made = j >= 0};
                m.made[0] = j >= 0 ? &all->at[j] : NULL;
                if (try_summand(v, &m, what, text))
                    return true;
            }
    return false;
}

typedef bool (*search)(const view *v, const double *d, const char *what, const factors *all, car_string *text);

/* With all that may arrive: the true gradients of gates, and the sources. */
static bool search_all(const view *v, const factors *all, search look, car_string *text)
{
    const car_step_gradients *g = v->g;
    int rows = g->bench->layout.rows, width = v->tensor->width;
    double *d = car_alloc(rows * width, sizeof *d);
    bool found = false;
    for (int t = 0; t < g->n_tensors && !found; t++) {
        const car_step_tensor *gate = &g->tensor[t];
        if (gate->role != CAR_AT_D_GATE || gate->width != width || gate == v->tensor)
            continue;
        for (int i = 0; i < gate->n; i++) {
            d[i] = 0;
            for (int s = 0; s < g->n_sources; s++)
                d[i] += v->from[s] ? gate->numeric[s][i] : 0;
        }
        found = look(v, d, short_name(v, gate->role, gate->index), all, text);
    }
    for (int s = 0; s < g->n_sources && !found; s++)
        if (v->from[s] && car_bench_width(g->bench, g->source[s], g->source_index[s]) == width)
            found = look(v, g->arriving[s], short_name(v, g->source[s], g->source_index[s]), all, text);
    car_free(d);
    return found;
}

/* Is the error that of one gate, carried on? */
static bool explain_consequence(const view *v, const factors *all, car_string *text)
{
    const car_step_gradients *g = v->g;
    bool found = false;
    for (int t = 0; t < g->n_tensors && !found; t++) {
        const car_step_tensor *gate = &g->tensor[t];
        if (gate->role != CAR_AT_D_GATE || gate->width != v->tensor->width || gate == v->tensor ||
            car_step_tensor_agrees(g, gate, -1))
            continue;
        double *d = car_alloc(gate->n, sizeof *d);
        for (int s = 0; s < g->n_sources; s++)
            for (int i = 0; v->from[s] && i < gate->n; i++)
                d[i] += gate->numeric[s][i] - gate->analytic[s][i];
        car_string ignored = {0};
        found = search_products(v, d, "", all, &ignored);
        car_string_clear(&ignored);
        car_free(d);
        if (found)
            car_string_format(text, "it follows from what is wrong with %s", short_name(v, gate->role, gate->index));
    }
    return found;
}

/* ---- other numbers for the backward kernels -------------------------------------------------------------------------
 */

static void copy_panel(car_bench *bench, car_role from, int a, car_role to, int b)
{
    car_panel source = car_bench_panel_of(bench, from, a), target = car_bench_panel_of(bench, to, b);
    for (int row = 0; row < bench->layout.rows; row++)
        for (int unit = 0; unit < car_bench_width(bench, to, b); unit++)
            car_row(target, row)[unit] = car_row(source, row)[unit];
}

/* With what the tensor's panel holds now, does it agree with the numeric gradient? */
static bool agrees_now(const view *v)
{
    car_panel panel = car_bench_panel_of(v->g->bench, v->tensor->role, v->tensor->index);
    for (int i = 0; i < v->tensor->n; i++)
        if (v->tensor->smooth[i] &&
            !car_gradients_agree((double)car_row(panel, i / v->tensor->width)[i % v->tensor->width], v->numeric[i]))
            return false;
    return true;
}

/* Runs the backward kernels with `to` holding the numbers of `from`. */
static bool right_with(const view *v, car_role from, int a, car_role to, int b, int source)
{
    car_bench *bench = v->g->bench;
    memcpy(bench->before, bench->memory, (size_t)bench->n * sizeof *bench->memory);
    copy_panel(bench, from, a, to, b);
    car_step_backward(v->g, source, 0);
    bool right = agrees_now(v);
    memcpy(bench->memory, bench->before, (size_t)bench->n * sizeof *bench->memory);
    return right;
}

/* What does not grow with what stood there before was overwritten. */
static bool explain_overwritten(const view *v, car_string *text)
{
    if (v->tensor->role == CAR_AT_D_GATE)
        return false;
    car_step_backward(v->g, -1, 1);
    car_panel panel = car_bench_panel_of(v->g->bench, v->tensor->role, v->tensor->index);
    bool overwritten = false;
    for (int i = 0; i < v->tensor->n; i++) {
        double now = (double)car_row(panel, i / v->tensor->width)[i % v->tensor->width];
        overwritten = overwritten || near(now, v->analytic[i]);
    }
    if (overwritten)
        car_string_add_text(text, "it is overwritten, not added to");
    return overwritten;
}

static bool explain_panel(const view *v, int source, car_string *text)
{
    const car_role roles[] = {CAR_AT_PREV, CAR_AT_NEXT, CAR_AT_GATE, CAR_AT_LOCAL, CAR_AT_X};
    const size_t n = sizeof roles / sizeof *roles;
    car_bench *bench = v->g->bench;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            for (int a = 0; a < car_bench_count(bench, roles[i]); a++)
                for (int b = 0; b < car_bench_count(bench, roles[k]); b++) {
                    if ((i == k && a == b) ||
                        car_bench_width(bench, roles[i], a) != car_bench_width(bench, roles[k], b) ||
                        !right_with(v, roles[i], a, roles[k], b, source))
                        continue;
                    car_string_format(text, "it comes right if %s is read where it reads %s",
                                      short_name(v, roles[i], a), short_name(v, roles[k], b));
                    bool old_for_new = roles[k] == CAR_AT_PREV && roles[i] == CAR_AT_NEXT;
                    bool new_for_old = roles[k] == CAR_AT_NEXT && roles[i] == CAR_AT_PREV;
                    if (old_for_new || new_for_old)
                        car_string_format(text, ": the %s state is used for the %s one", old_for_new ? "old" : "new",
                                          old_for_new ? "new" : "old");
                    return true;
                }
    return false;
}

/* ---- all explanations, the simplest first
 * ----------------------------------------------------------------------------- */

static bool explain_whole(const view *v, const factors *all, int source, car_string *text)
{
    return explain_zero(v, text) || explain_swap(v, text) || explain_constant(v, text) ||
           explain_factor(v, all, text) || explain_panel(v, source, text) || explain_exchange(v, all, text);
}

static bool explain_part(const view *v, const factors *all, car_string *text)
{
    return search_all(v, all, search_products, text) || search_all(v, all, search_differences, text);
}

/* The same of one source alone, of those from which it is wrong. */
static bool explain_sources(view *v, const factors *all, bool whole, car_string *text)
{
    bool found = false;
    int wrong = 0;
    for (int s = 0; s < v->g->n_sources; s++)
        wrong += !car_step_tensor_agrees(v->g, v->tensor, s);
    for (int s = 0; s < v->g->n_sources && !found; s++) {
        if (car_step_tensor_agrees(v->g, v->tensor, s))
            continue;
        for (int k = 0; k < v->g->n_sources; k++)
            v->from[k] = k == s;
        sum_sources(v);
        ptrdiff_t start = text->length;
        car_string_format(text, "in what comes from %s%s, ", short_name(v, v->g->source[s], v->g->source_index[s]),
                          wrong == 1 ? " (the rest is right)" : "");
        found = whole ? explain_whole(v, all, s, text) : explain_part(v, all, text);
        if (!found)
            text->at[text->length = start] = '\0';
    }
    for (int s = 0; s < v->g->n_sources; s++)
        v->from[s] = true;
    sum_sources(v);
    return found;
}

/* Nothing fits; but what is wrong with gates may be why. */
static bool point_to_gates(const view *v, car_string *text)
{
    bool some = false;
    for (int t = 0; t < v->g->n_tensors; t++) {
        const car_step_tensor *gate = &v->g->tensor[t];
        if (gate->role != CAR_AT_D_GATE || gate == v->tensor || car_step_tensor_agrees(v->g, gate, -1))
            continue;
        car_string_format(text, "%s%s", some ? ", " : "it may follow from what is wrong with ",
                          short_name(v, gate->role, gate->index));
        some = true;
    }
    return some;
}

static void write_worst(const view *v, car_string *text)
{
    int worst = 0, wrong = 0;
    double most = -1;
    for (int i = 0; i < v->tensor->n; i++) {
        double off = fabs(v->analytic[i] - v->numeric[i]);
        if (!v->tensor->smooth[i] || car_gradients_agree(v->analytic[i], v->numeric[i]))
            continue;
        wrong++;
        if (off > most || isnan(off)) {
            most = off;
            worst = i;
        }
    }
    car_string_format(text,
                      "; %d of %d elements are wrong, row %d, unit %d by %.3g: analytic %.9g, numeric %.9g, ratio "
                      "%.6g",
                      wrong, v->tensor->n, worst / v->tensor->width, worst % v->tensor->width,
                      v->analytic[worst] - v->numeric[worst], v->analytic[worst], v->numeric[worst],
                      v->analytic[worst] / v->numeric[worst]);
}

void car_diagnose(car_step_gradients *g, const car_step_tensor *tensor, car_string *text)
{
    view v = {.g = g, .tensor = tensor};
    v.analytic = car_alloc(tensor->n, sizeof(double));
    v.numeric = car_alloc(tensor->n, sizeof(double));
    for (int s = 0; s < g->n_sources; s++)
        v.from[s] = true;
    sum_sources(&v);
    factors all = {0};
    const car_role roles[] = {CAR_AT_GATE, CAR_AT_NEXT, CAR_AT_PREV, CAR_AT_LOCAL, CAR_AT_WEIGHT, CAR_AT_X};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        add_factors(&v, roles[i], &all);

    car_string_format(text, "%s: ", car_bench_name(g->bench, tensor->role, tensor->index));
    bool found = explain_overwritten(&v, text) || explain_whole(&v, &all, -1, text) ||
                 explain_consequence(&v, &all, text) || explain_sources(&v, &all, true, text) ||
                 explain_part(&v, &all, text) || explain_sources(&v, &all, false, text) || point_to_gates(&v, text);
    if (!found)
        car_string_add_text(text, "no simple mistake explains it");
    write_worst(&v, text);
    clear_factors(&all);
    car_free(v.analytic);
    car_free(v.numeric);
}
