#include <inttypes.h>
#include <jansson.h>
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

/* What the gradient is of: in --of, in words, and below a figure. */
static const struct {
    const char *name, *words, *axis;
} wholes[] = {
    [CAR_FLOW_LAST_LOSS] = {"last-loss", "the loss at the last step", "size of the gradient of the last loss"},
    [CAR_FLOW_LOSS] = {"loss", "the loss", "size of the gradient of the loss"},
    [CAR_FLOW_LAST_OUTPUT] = {"last-output", "a layer's last output", "size of the gradient of the last output"},
};

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
        if (r->of == CAR_FLOW_LOSS) /* of many losses, which are nearer */
            (void)printf("  %s: %d steps back there is %.2g of what there is 1 step back\n", plan->state[k].name, last,
                         ratio);
        else
            (void)printf("  %s: signal from %d steps back is %.2g of that from 1 step back: %s\n", plan->state[k].name,
                         last, ratio, verdict(ratio));
    }
}

/* What training did to gradients that were too long, as its log has it. */
typedef struct clipping {
    int64_t updates;
    double clipped;
} clipping;

/* From metrics.jsonl beside the model; of no updates if there is none. */
static bool read_clipping(const char *model, clipping *c, car_error *e)
{
    char *folder = car_path_is_folder(model) ? car_copy_text(model) : car_path_folder(model);
    char *path = car_path_join(folder, "metrics.jsonl");
    car_lines *lines = NULL;
    const char *line;
    ptrdiff_t length;
    bool whole, good = !car_path_exists(path) || (lines = car_lines_open(path, e)) != NULL;
    int got = lines != NULL ? 1 : 0;
    while (got == 1 && (got = car_lines_next_start(lines, &line, &length, &whole, e)) == 1) {
        json_t *object = whole ? json_loadb(line, (size_t)length, 0, NULL) : NULL;
        const json_t *clipped = json_object_get(object, "clipped");
        int64_t update = json_integer_value(json_object_get(object, "update"));
        if (clipped != NULL && update > c->updates) { /* the share since the line before */
            c->clipped += json_number_value(clipped) * (double)(update - c->updates);
            c->updates = update;
        }
        json_decref(object);
    }
    car_lines_close(lines);
    car_free(path);
    car_free(folder);
    return good && got == 0;
}

static void add_row(car_string *text, const char *layer, const char *what, const char *of, int64_t count, double value)
{
    car_string_format(text, "%s\t%s\t%s\t\t%" PRId64 "\t%.9g\n", layer, what, of, count, value);
}

static void add_layer(car_string *text, const car_flow_layer *layer)
{
    const car_cell_plan *plan = layer->layer->plan;
    const char *name = layer->layer->name;
    for (int k = 0; k < plan->n_states; k++)
        for (int lag = 1; lag <= layer->flow.lags; lag++)
            car_string_format(text, "%s\tgradient\t%s\t%d\t%" PRId64 "\t%.9g\n", name, plan->state[k].name, lag,
                              car_flow_count(&layer->flow, lag), car_flow_size(&layer->flow, k, lag));
    add_row(text, name, "singular-value", "mean", layer->jacobians, layer->jacobian_sum / layer->jacobians);
    add_row(text, name, "singular-value", "most", layer->jacobians, layer->jacobian_most);
    for (int g = 0; g < plan->n_gates; g++)
        if (car_gate_saturation(&layer->gate[g]) >= 0)
            add_row(text, name, "saturated", plan->gate[g].name, layer->gate[g].values,
                    car_gate_saturation(&layer->gate[g]));
}

static bool write_table(const car_flow_report *r, const clipping *c, const char *path, car_error *e)
{
    car_string text = {0};
    car_string_add_text(&text, "layer\twhat\tof\tsteps_back\tcount\tvalue\n");
    for (int i = 0; i < r->n; i++)
        add_layer(&text, &r->layer[i]);
    if (c->updates > 0)
        add_row(&text, "model", "clipped", "updates", c->updates, c->clipped / (double)c->updates);
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
    const car_axes axes = {
        .title = "How far back gradients reach", .x = "steps back", .y = wholes[r->of].axis, .log_y = true};
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
    clipping c = {0};
    car_flow_of of = CAR_FLOW_LAST_LOSS;
    while (strcmp(car_options_text(options, "of"), wholes[of].name) != 0)
        of++;
    const char *model = car_options_texts(options, "models", 0);
    bool good =
        car_system_load(&system, model, CAR_TO_DIFFERENTIATE, car_options_flag(options, "insecure-plugins"), e) &&
        read_clipping(model, &c, e);
    if (good && system.columns.n > 0)
        good = car_series_load_for(&series, system.shape, &system.columns, options, "sets", e);
    else if (good)
        good = car_sets_of_options(&sets, options, "sets", car_system_is_alone(&system), e) &&
               (pairs = car_pairs_load_complete(&sets, &system.texts, &system.model->options,
                                                (int)car_options_count(options, "mini-batch"), e)) != NULL;
    if (good) {
        car_flow_report_init(&r, system.model, of);
        good = measure_all(&r, system.model,
                           pairs != NULL ? car_pairs_source(pairs) : car_windows_source(series.windows), e);
    }
    if (good) {
        (void)printf("%" PRId64 " %s; sizes of the gradient of %s, that many steps back\n", r.sentences,
                     pairs != NULL ? "sentences" : "windows", wholes[r.of].words);
        for (int i = 0; i < r.n; i++)
            print_layer(&r, &r.layer[i]);
    }
    if (good && c.updates > 0)
        (void)printf("\nclipped in training: %.0f of %" PRId64 " updates\n", c.clipped, c.updates);
    good =
        good && (*table == '\0' || write_table(&r, &c, table, e)) && (*figure == '\0' || write_figure(&r, figure, e));
    car_flow_report_clear(&r);
    car_pairs_free(pairs);
    car_series_clear(&series);
    car_system_clear(&system);
    car_sets_clear(&sets);
    return good ? CAR_EXIT_DONE : e->code;
}
