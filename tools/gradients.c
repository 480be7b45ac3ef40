#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "model/flow.h"
#include "tools/commands.h"
#include "tools/pairs.h"
#include "tools/svg.h"
#include "tools/system.h"
#include "train/shards.h"

enum { JACOBIANS = 8 };              /* steps of a layer of which the Jacobian is looked at */
static const double near_end = 0.05; /* that near to an end of its range a gate is saturated */

/* What is seen of one gate: of its values, how many lie near 0, 1 and -1. */
typedef struct gate_count {
    double least, most;
    int64_t values, near_zero, near_one, near_minus_one;
} gate_count;

typedef struct layer_report {
    const car_layer *layer;
    car_flow flow;
    gate_count gate[CAR_MAX_GATES];
    double jacobian_sum, jacobian_most;
    int jacobians;
} layer_report;

typedef struct report {
    layer_report *layer; /* [n] */
    int n;
    int64_t sentences;
} report;

/* ---- measuring ------------------------------------------------------------------------- */

static void add_layer(report *r, const car_layer *layer)
{
    layer_report *added = &r->layer[r->n++];
    *added = (layer_report){.layer = layer};
    car_flow_init(&added->flow, layer);
}

static void init_report(report *r, const car_model *model)
{
    const car_encoder *encoder = &model->encoder;
    r->layer = car_alloc(encoder->depth * encoder->readers + model->decoder.depth, sizeof *r->layer);
    for (int l = 0; l < encoder->depth; l++)
        for (int i = 0; i < encoder->readers; i++)
            add_layer(r, &encoder->layer[l][i]);
    for (int l = 0; l < model->decoder.depth; l++)
        add_layer(r, &model->decoder.layer[l]);
}

static void clear_report(report *r)
{
    for (int i = 0; i < r->n; i++)
        car_flow_clear(&r->layer[i].flow);
    car_free(r->layer);
}

static void count_gates(layer_report *r, const car_tape *tape)
{
    const car_cell_plan *plan = r->layer->plan;
    for (int g = 0; g < plan->n_gates; g++)
        for (int row = 0; row < tape->steps.total; row++) {
            const car_real *value = car_row(tape->gate, row) + plan->gate[g].column;
            gate_count *count = &r->gate[g];
            for (int j = 0; j < plan->gate[g].width; j++) {
                double v = (double)value[j];
                count->least = count->values == 0 || v < count->least ? v : count->least;
                count->most = count->values == 0 || v > count->most ? v : count->most;
                count->values++;
                count->near_zero += fabs(v) < near_end;
                count->near_one += fabs(v - 1) < near_end;
                count->near_minus_one += fabs(v + 1) < near_end;
            }
        }
}

/* The share of a gate that is saturated, or -1 of one that has no ends. */
static double saturation(const gate_count *count)
{
    if (count->values == 0 || count->most > 1 || count->least < -1)
        return -1;
    int64_t near = count->near_one + (count->least >= 0 ? count->near_zero : count->near_minus_one);
    return (double)near / (double)count->values;
}

static void measure(layer_report *r, car_tape *tape, car_arena *arena, uint64_t seed)
{
    count_gates(r, tape);
    if (r->jacobians < JACOBIANS) {
        double size = car_jacobian_size(tape, tape->steps.total / 2, arena);
        r->jacobian_sum += size;
        r->jacobian_most = size > r->jacobian_most ? size : r->jacobian_most;
        r->jacobians++;
    }
    car_flow_add(&r->flow, tape, arena, seed);
}

static bool measure_all(report *r, const car_model *model, car_batch_source source, car_error *e)
{
    car_shard shard;
    car_shard_init(&shard);
    car_batch batch;
    int got = source.start(source.self, 1, 0, e) ? 1 : -1;
    for (uint64_t seed = 1; got == 1 && (got = source.next(source.self, &batch, e)) == 1; seed++) {
        int *all = car_alloc(batch.rows, sizeof *all);
        for (int i = 0; i < batch.rows; i++)
            all[i] = i;
        car_shard_load(&shard, &model->options, &batch, all, batch.rows);
        car_shard_forward(&shard, model, NULL);
        int n = 0;
        for (int l = 0; l < model->encoder.depth; l++)
            for (int i = 0; i < model->encoder.readers; i++)
                measure(&r->layer[n++], &shard.encoding.tape[l][i], &shard.arena, seed);
        for (int l = 0; l < model->decoder.depth; l++)
            measure(&r->layer[n++], &shard.decoding.tape[l], &shard.arena, seed);
        r->sentences += batch.rows;
        car_free(all);
    }
    car_shard_clear(&shard);
    return got == 0;
}

/* ---- telling ---------------------------------------------------------------------------- */

/* The longest lag that at least a tenth of the sentences have. */
static int last_common_lag(const report *r, const car_flow *flow)
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

static void print_layer(const report *r, const layer_report *layer)
{
    static const int lags[] = {1, 2, 5, 10, 20, 50, 100, 200, 500};
    const car_cell_plan *plan = layer->layer->plan;
    const car_flow *flow = &layer->flow;
    int last = last_common_lag(r, flow);
    (void)printf("\n%s: %s, %d units\n  steps back", layer->layer->name, plan->cell->name, plan->output);
    for (size_t i = 0; i < sizeof lags / sizeof *lags && lags[i] <= flow->lags; i++)
        (void)printf(" %9d", lags[i]);
    for (int k = 0; k < plan->n_states; k++) {
        (void)printf("\n  %-10s", plan->state[k].name);
        for (size_t i = 0; i < sizeof lags / sizeof *lags && lags[i] <= flow->lags; i++)
            (void)printf(" %9.3g", car_flow_size(flow, k, lags[i]));
    }
    (void)printf("\n  largest singular value of a step: %.3g on average, %.3g at most, of %d steps\n",
                 layer->jacobian_sum / layer->jacobians, layer->jacobian_most, layer->jacobians);
    (void)printf("  saturated:");
    for (int g = 0; g < plan->n_gates; g++)
        if (saturation(&layer->gate[g]) >= 0)
            (void)printf(" %s %.0f %%", plan->gate[g].name, 100 * saturation(&layer->gate[g]));
    (void)printf("\n");
    for (int k = 0; k < plan->n_states && last > 1; k++) {
        double first = car_flow_size(flow, k, 1), ratio = first > 0 ? car_flow_size(flow, k, last) / first : 0;
        (void)printf("  %s: signal from %d steps back is %.2g of that from 1 step back: %s\n", plan->state[k].name,
                     last, ratio, verdict(ratio));
    }
}

static bool write_table(const report *r, const char *path, car_error *e)
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

static bool write_figure(const report *r, const char *path, car_error *e)
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
            curves[n++] = (car_curve){name.at, x, y, flow->lags};
        }
    const car_axes axes = {"How far back gradients reach", "steps back", "size of the gradient of the last output",
                           true, false};
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
    report r = {0};
    bool good = car_system_load(&system, car_options_texts(options, "models", 0),
                                car_options_flag(options, "insecure-plugins"), e);
    if (good && system.columns.n > 0)
        good = car_series_load_for(&series, system.shape, &system.columns, options, "sets", e);
    else if (good)
        good = car_sets_of_options(&sets, options, "sets", car_system_is_alone(&system), e) &&
               (pairs = car_pairs_load_complete(&sets, &system.texts, &system.model->options,
                                                (int)car_options_count(options, "mini-batch"), e)) != NULL;
    if (good) {
        init_report(&r, system.model);
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
    clear_report(&r);
    car_pairs_free(pairs);
    car_series_clear(&series);
    car_system_clear(&system);
    car_sets_clear(&sets);
    return good ? CAR_EXIT_DONE : e->code;
}
