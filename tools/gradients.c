#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "tools/commands.h"
#include "tools/flow_report.h"
#include "tools/pairs.h"
#include "tools/svg.h"
#include "tools/system.h"

static bool measure_all(car_flow_report *r, const car_model *model, car_batch_source source, car_error *e)
{
    car_batch batch;
    int got = source.start(source.self, 1, 0, e) ? 1 : -1;
    for (uint64_t seed = 1; got == 1 && (got = source.next(source.self, &batch, e)) == 1; seed++)
        car_flow_report_add(r, model, &batch, batch.rows, seed);
    return got == 0;
}

/* ---- telling ---------------------------------------------------------------------------- */

/* The longest lag that at least a tenth of the sentences have. */
static int last_common_lag(const car_flow_report *r, const car_flow *flow)
{
    int lag = flow->lags;
    while (lag > 1 && car_flow_count(flow, lag) * 10 < r->sentences)
        lag--;
    return lag;
}

static const char *verdict(double ratio)
{
    return ratio < 1e-3   ? "it vanishes"
           : ratio < 0.1  ? "it fades"
           : ratio <= 10  ? "it holds"
           : ratio <= 1e3 ? "it grows"
                          : "it explodes";
}

static void print_layer(const car_flow_report *r, const car_flow_layer *layer)
{
    const car_cell_plan *plan = layer->layer->plan;
    const car_flow *flow = &layer->flow;
    int last = last_common_lag(r, flow), lags[CAR_FLOW_LAGS], n = car_flow_report_lags(flow, lags);
    (void)printf("\n%s: %s, %d units\n  steps back", layer->layer->name, plan->cell->name, plan->output);
    for (int i = 0; i < n; i++)
        (void)printf(" %9d", lags[i]);
    for (int k = 0; k < plan->n_states; k++) {
        (void)printf("\n  %-10s", plan->state[k].name);
        for (int i = 0; i < n; i++)
            (void)printf(" %9.3g", car_flow_size(flow, k, lags[i]));
    }
    (void)printf("\n  largest singular value of a step: %.3g on average, %.3g at most, of %d steps\n",
                 layer->jacobian_sum / layer->jacobians, layer->jacobian_most, layer->jacobians);
    (void)printf("  saturated:");
    for (int g = 0; g < plan->n_gates; g++)
        if (car_gate_saturation(&layer->gate[g]) >= 0)
            (void)printf(" %s %.0f %%", plan->gate[g].name, 100 * car_gate_saturation(&layer->gate[g]));
    (void)printf("\n");
    for (int k = 0; k < plan->n_states && last > 1; k++) {
        double first = car_flow_size(flow, k, 1), ratio = first > 0 ? car_flow_size(flow, k, last) / first : 0;
        (void)printf("  %s: signal from %d steps back is %.2g of that from 1 step back: %s\n", plan->state[k].name,
                     last, ratio, verdict(ratio));
    }
}

static bool write_table(const car_flow_report *r, const char *path, car_error *e)
{
    car_string text = {0};
    car_string_add_text(&text, "layer\tstate\tsteps_back\tsentences\tsize\n");
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < r->layer[i].flow.n_states; k++)
            for (int lag = 1; lag <= r->layer[i].flow.lags; lag++)
                car_string_format(&text, "%s\t%s\t%d\t%" PRId64 "\t%.9g\n", r->layer[i].layer->name,
                                  r->layer[i].layer->plan->state[k].name, lag, car_flow_count(&r->layer[i].flow, lag),
                                  car_flow_size(&r->layer[i].flow, k, lag));
    bool good = car_file_save(path, text.at, text.length, e);
    car_string_clear(&text);
    return good;
}

static bool write_figure(const car_flow_report *r, const char *path, car_error *e)
{
    car_string text = {0};
    car_curve *curves = car_alloc((ptrdiff_t)r->n * CAR_MAX_STATES, sizeof *curves);
    int n = 0;
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < r->layer[i].flow.n_states; k++) {
            const car_flow *flow = &r->layer[i].flow;
            double *x = car_alloc(flow->lags, sizeof *x), *y = car_alloc(flow->lags, sizeof *y);
            for (int lag = 1; lag <= flow->lags; lag++) {
                x[lag - 1] = lag;
                y[lag - 1] = car_flow_size(flow, k, lag);
            }
            car_string name = {0};
            car_string_format(&name, "%s %s", r->layer[i].layer->name, r->layer[i].layer->plan->state[k].name);
            curves[n++] = (car_curve){.name = name.at, .x = x, .y = y, .n = flow->lags};
        }
    const car_axes axes = {.title = "How far back gradients reach",
                           .x = "steps back",
                           .y = "size of the gradient of the last output",
                           .log_y = true};
    car_svg_curves(&axes, curves, n, &text);
    bool good = car_file_save(path, text.at, text.length, e);
    for (int i = 0; i < n; i++) {
        car_free((void *)curves[i].name);
        car_free((void *)curves[i].x);
        car_free((void *)curves[i].y);
    }
    car_free(curves);
    car_string_clear(&text);
    return good;
}

int run_gradients(car_options *options, car_error *e)
{
    if (!car_options_check_list(options, "models", 1, 1, e))
        return e->code;
    const char *table = car_options_text(options, "table"), *figure = car_options_text(options, "figure");
    car_sets sets = {0};
    car_system system = {0};
    car_pairs *pairs = NULL;
    car_series series = {0};
    car_flow_report r = {0};
    bool good = car_system_load(&system, car_options_texts(options, "models", 0), CAR_TO_DIFFERENTIATE,
                                car_options_flag(options, "insecure-plugins"), e);
    if (good && system.columns.n > 0)
        good = car_series_load_for(&series, system.shape, &system.columns, options, "sets", e);
    else if (good)
        good = car_sets_of_options(&sets, options, "sets", car_system_is_alone(&system), e) &&
               (pairs = car_pairs_load_complete(&sets, &system.texts, &system.model->options,
                                                (int)car_options_count(options, "mini-batch"), e)) != NULL;
    if (good) {
        car_flow_report_init(&r, system.model);
        good = measure_all(&r, system.model,
                           pairs != NULL ? car_pairs_source(pairs) : car_windows_source(series.windows), e);
    }
    if (good) {
        (void)printf("%" PRId64 " %s; sizes of the gradient of a layer's last output, that many steps back\n",
                     r.sentences, pairs != NULL ? "sentences" : "windows");
        for (int i = 0; i < r.n; i++)
            print_layer(&r, &r.layer[i]);
    }
    good = good && (*table == '\0' || write_table(&r, table, e)) && (*figure == '\0' || write_figure(&r, figure, e));
    car_flow_report_clear(&r);
    car_pairs_free(pairs);
    car_series_clear(&series);
    car_system_clear(&system);
    car_sets_clear(&sets);
    return good ? CAR_EXIT_DONE : e->code;
}
