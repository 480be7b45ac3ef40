#include "cell/plan.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cell/crash.h"

/* What p->host points to while a cell declares. */
typedef struct draft {
    car_cell_plan *plan;
    car_error *e;
    bool refused;
} draft;

static void refuse(draft *d, const char *format, ...) CAR_PRINTF(2, 3);

static void refuse(draft *d, const char *format, ...)
{
    if (d->refused)
        return;
    d->refused = true;
    char what[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    car_error_set(d->e, CAR_EXIT_PLUGIN, "cell %s (input %d, hidden %d): %s", d->plan->cell->name, d->plan->input,
                  d->plan->hidden, what);
}

static draft *draft_of(const car_plan *p) { return p->host; }

/* ---- options ---------------------------------------------------------------- */

static int count_options(const car_cell *cell)
{
    int n = 0;
    while (cell->options != NULL && cell->options[n].name != NULL && n < CAR_MAX_CELL_OPTIONS)
        n++;
    return n;
}

/* The index of `text` in "tanh|relu", or -1. */
static int choice_index(const char *choices, const char *text, size_t length)
{
    int index = 0;
    for (const char *at = choices; at != NULL; index++) {
        size_t width = strcspn(at, "|");
        if (width == length && memcmp(at, text, length) == 0)
            return index;
        at = at[width] == '|' ? at + width + 1 : NULL;
    }
    return -1;
}

static bool option_value(const car_cell *cell, const car_option *option, const char *text, double *value, car_error *e)
{
    if (option->kind == CAR_CHOICE) {
        int index = choice_index(option->choices, text, strlen(text));
        if (index < 0)
            return car_error_set(e, CAR_EXIT_USAGE, "cell %s: option %s is %s, not \"%s\"", cell->name, option->name,
                                 option->choices, text);
        *value = index;
        return true;
    }
    double number = strcmp(text, "true") == 0;
    bool said = option->kind == CAR_FLAG && (number > 0 || strcmp(text, "false") == 0);
    if (!(said || car_number_parse(text, &number)) || (option->kind != CAR_NUMBER && number != floor(number)))
        return car_error_set(e, CAR_EXIT_USAGE, "cell %s: option %s needs a %s, not \"%s\"", cell->name, option->name,
                             option->kind == CAR_NUMBER ? "number" : "whole number", text);
    if (number < option->min || number > option->max)
        return car_error_set(e, CAR_EXIT_USAGE, "cell %s: option %s lies between %g and %g; %g does not", cell->name,
                             option->name, option->min, option->max, number);
    *value = number;
    return true;
}

static bool read_settings(car_cell_plan *plan, const char *settings, car_error *e)
{
    const car_cell *cell = plan->cell;
    int n = count_options(cell);
    for (int i = 0; i < n; i++)
        plan->option[i] = cell->options[i].fallback;

    for (const char *at = settings != NULL ? settings : ""; *at != '\0';) {
        size_t length = strcspn(at, ",");
        char item[256];
        if (length >= sizeof item)
            return car_error_set(e, CAR_EXIT_USAGE, "cell %s: setting \"%.40s...\" is too long", cell->name, at);
        memcpy(item, at, length);
        item[length] = '\0';
        at += length + (at[length] == ',');

        char *equals = strchr(item, '=');
        if (equals == NULL)
            return car_error_set(e, CAR_EXIT_USAGE, "cell %s: setting \"%s\" is not of the form option=value",
                                 cell->name, item);
        *equals = '\0';
        int i = 0;
        while (i < n && strcmp(cell->options[i].name, item) != 0)
            i++;
        if (i == n) {
            car_string known = {0};
            for (int k = 0; k < n; k++)
                car_string_format(&known, "%s%s", k > 0 ? ", " : "; it has ", cell->options[k].name);
            car_error_set(e, CAR_EXIT_USAGE, "cell %s has no option \"%s\"%s", cell->name, item,
                          n > 0 ? known.at : " and takes none");
            car_string_clear(&known);
            return false;
        }
        if (!option_value(cell, &cell->options[i], equals + 1, &plan->option[i], e))
            return false;
    }
    return true;
}

static double plan_option(const car_plan *p, const char *name)
{
    draft *d = draft_of(p);
    int n = count_options(d->plan->cell);
    for (int i = 0; i < n; i++)
        if (strcmp(d->plan->cell->options[i].name, name) == 0)
            return d->plan->option[i];
    refuse(d, "asks for its option \"%s\", which it does not declare", name);
    return 0;
}

/* ---- declarations ------------------------------------------------------------- */

static bool name_is_taken(const car_cell_plan *plan, const char *name)
{
    if (strcmp(name, "x") == 0 || strcmp(name, "b") == 0)
        return true; /* the names of the input's and the bias's tensors */
    for (int i = 0; i < plan->n_states; i++)
        if (strcmp(plan->state[i].name, name) == 0)
            return true;
    for (int i = 0; i < plan->n_locals; i++)
        if (strcmp(plan->local[i].name, name) == 0)
            return true;
    for (int i = 0; i < plan->n_weights; i++)
        if (strcmp(plan->weight[i].name, name) == 0)
            return true;
    return false;
}

/* Checks what all declarations have in common and copies the name. */
static bool declare(draft *d, const char *what, int index, int expected, int limit, const char *name, int width,
                    char copy[CAR_NAME_SIZE])
{
    if (d->refused)
        return false;
    if (name == NULL || name[0] == '\0' || strlen(name) >= CAR_NAME_SIZE || strpbrk(name, " \t\n/\"\\") != NULL)
        refuse(d, "%s %d has no usable name", what, index);
    else if (index != expected)
        refuse(d, "%s \"%s\" has index %d, but the next %s is %d", what, name, index, what, expected);
    else if (index >= limit)
        refuse(d, "%s \"%s\" is one too many; there may be %d", what, name, limit);
    else if (width < 1 || width > CAR_MAX_WIDTH)
        refuse(d, "%s \"%s\" is %d wide; widths lie between 1 and %d", what, name, width, CAR_MAX_WIDTH);
    if (d->refused)
        return false;
    memcpy(copy, name, strlen(name) + 1);
    return true;
}

static void plan_state(car_plan *p, int index, const char *name, int width)
{
    draft *d = draft_of(p);
    car_vector_plan state = {.width = width};
    if (!declare(d, "state", index, d->plan->n_states, CAR_MAX_STATES, name, width, state.name))
        return;
    if (name_is_taken(d->plan, name))
        refuse(d, "state \"%s\": the name is taken", name);
    else
        d->plan->state[d->plan->n_states++] = state;
}

static void plan_local(car_plan *p, int index, const char *name, int width)
{
    draft *d = draft_of(p);
    car_vector_plan local = {.width = width};
    if (!declare(d, "local", index, d->plan->n_locals, CAR_MAX_LOCALS, name, width, local.name))
        return;
    if (name_is_taken(d->plan, name))
        refuse(d, "local \"%s\": the name is taken", name);
    else
        d->plan->local[d->plan->n_locals++] = local;
}

static void plan_weight(car_plan *p, int index, const char *name, int width, car_init init, double scale)
{
    draft *d = draft_of(p);
    car_weight_plan weight = {.width = width, .init = init, .scale = scale};
    if (!declare(d, "weight", index, d->plan->n_weights, CAR_MAX_WEIGHTS, name, width, weight.name))
        return;
    if (name_is_taken(d->plan, name))
        refuse(d, "weight \"%s\": the name is taken", name);
    else if ((init != CAR_INIT_CONSTANT && init != CAR_INIT_UNIFORM) || !isfinite(scale))
        refuse(d, "weight \"%s\" is a vector and starts constant or uniform, with a scale that is a number", name);
    else
        d->plan->weight[d->plan->n_weights++] = weight;
}

static void plan_stage(car_plan *p, car_kernel forward, car_kernel backward)
{
    draft *d = draft_of(p);
    if (d->refused)
        return;
    if (d->plan->n_stages == CAR_MAX_STAGES)
        refuse(d, "more than %d stages", CAR_MAX_STAGES);
    else if (forward == NULL || backward == NULL)
        refuse(d, "stage %d lacks its %s kernel", d->plan->n_stages, forward == NULL ? "forward" : "backward");
    else
        d->plan->stage[d->plan->n_stages++] = (car_stage_plan){forward, backward};
}

/* The first feed that is not declared, or 0. */
static uint32_t unknown_feed(const car_cell_plan *plan, uint32_t feeds)
{
    uint32_t known = CAR_X | CAR_NO_BIAS;
    for (int i = 0; i < plan->n_states; i++)
        known |= CAR_STATE(i);
    for (int i = 0; i < plan->n_locals; i++)
        known |= CAR_LOCAL(i);
    uint32_t unknown = feeds & ~known;
    return unknown & (~unknown + 1);
}

static void plan_gate(car_plan *p, int index, const char *name, int width, uint32_t feeds, double bias)
{
    draft *d = draft_of(p);
    car_gate_plan gate = {.width = width, .stage = d->plan->n_stages - 1, .bias = bias};
    if (!declare(d, "gate", index, d->plan->n_gates, CAR_MAX_GATES, name, width, gate.name))
        return;
    for (int i = 0; i < d->plan->n_gates; i++)
        if (strcmp(d->plan->gate[i].name, name) == 0)
            refuse(d, "two gates are called \"%s\"", name);
    if (d->plan->n_stages == 0)
        refuse(d, "gate \"%s\" comes before the first stage", name);
    else if ((feeds & ~CAR_NO_BIAS) == 0)
        refuse(d, "gate \"%s\" has no feed", name);
    else if (unknown_feed(d->plan, feeds) != 0)
        refuse(d, "gate \"%s\" is fed by a state or local (feed bit %d) that is not declared before it", name,
               __builtin_ctz(unknown_feed(d->plan, feeds)));
    else if (!isfinite(bias))
        refuse(d, "gate \"%s\" starts with a bias that is not a number", name);
    if (d->refused)
        return;
    gate.has_bias = (feeds & CAR_NO_BIAS) == 0;
    gate.feeds = feeds & ~CAR_NO_BIAS & (d->plan->input > 0 ? ~0u : ~CAR_X);
    d->plan->gate[d->plan->n_gates++] = gate;
}

static void plan_init(car_plan *p, int gate, uint32_t feeds, car_init init, double scale)
{
    draft *d = draft_of(p);
    if (d->refused)
        return;
    if (gate < 0 || gate >= d->plan->n_gates)
        refuse(d, "sets the start of gate %d, which is not declared", gate);
    else if (init < CAR_INIT_CONSTANT || init > CAR_INIT_IDENTITY || !isfinite(scale))
        refuse(d, "sets the start of gate \"%s\" to pattern %d with scale %g, which is none", d->plan->gate[gate].name,
               (int)init, scale);
    else if ((feeds & ~d->plan->gate[gate].feeds & (d->plan->input > 0 ? ~0u : ~CAR_X)) != 0)
        refuse(d, "sets the start of gate \"%s\" for a feed (bit %d) that it does not have", d->plan->gate[gate].name,
               __builtin_ctz(feeds & ~d->plan->gate[gate].feeds));
    else if (d->plan->n_inits == CAR_MAX_INITS)
        refuse(d, "sets the start of more than %d blocks", CAR_MAX_INITS);
    else
        d->plan->inits[d->plan->n_inits++] = (car_init_plan){gate, feeds, init, scale};
}

static void plan_reads_x(car_plan *p)
{
    draft *d = draft_of(p);
    d->plan->reads_x = d->plan->input > 0;
}

static void plan_config(car_plan *p, const void *bytes, size_t size)
{
    draft *d = draft_of(p);
    if (d->refused)
        return;
    if (d->plan->config != NULL)
        refuse(d, "gives its configuration twice");
    else if (bytes == NULL || size == 0)
        refuse(d, "gives an empty configuration");
    else
        d->plan->config = memcpy(car_alloc((ptrdiff_t)size, 1), bytes, size);
}

static void plan_fail(car_plan *p, const char *message)
{
    refuse(draft_of(p), "%s", message != NULL ? message : "refused without a reason");
}

/* ---- layout ----------------------------------------------------------------------- */

/* x alone, x and others, others. */
static int feed_class(uint32_t feeds) { return feeds == CAR_X ? 0 : (feeds & CAR_X) != 0 ? 1 : 2; }

static bool comes_before(const car_gate_plan *a, const car_gate_plan *b)
{
    if (a->stage != b->stage)
        return a->stage < b->stage;
    if (feed_class(a->feeds) != feed_class(b->feeds))
        return feed_class(a->feeds) < feed_class(b->feeds);
    return a->feeds < b->feeds;
}

static int feed_width(const car_cell_plan *plan, uint32_t feed)
{
    if (feed == CAR_X)
        return plan->input;
    for (int k = 0; k < plan->n_states; k++)
        if (feed == CAR_STATE(k))
            return plan->state[k].width;
    for (int k = 0; k < plan->n_locals; k++)
        if (feed == CAR_LOCAL(k))
            return plan->local[k].width;
    return 0;
}

/* Gates get their columns, by insertion so that equals keep their order. */
static void lay_out_gates(car_cell_plan *plan)
{
    for (int i = 0; i < plan->n_gates; i++) {
        int at = i;
        for (; at > 0 && comes_before(&plan->gate[i], &plan->gate[plan->order[at - 1]]); at--)
            plan->order[at] = plan->order[at - 1];
        plan->order[at] = i;
    }
    plan->columns = 0;
    for (int i = 0; i < plan->n_gates; i++) {
        plan->gate[plan->order[i]].column = plan->columns;
        plan->columns += plan->gate[plan->order[i]].width;
    }
}

/* For every stage and every feed: runs of neighbouring gates fed by it. */
static bool find_links(car_cell_plan *plan, draft *d)
{
    for (int stage = 0; stage < plan->n_stages; stage++)
        for (int bit = 0; bit < 31; bit++) {
            car_link link = {.n_gates = 0};
            for (int i = 0; i <= plan->n_gates; i++) {
                const car_gate_plan *gate = i < plan->n_gates ? &plan->gate[plan->order[i]] : NULL;
                if (gate != NULL && gate->stage == stage && (gate->feeds & (1u << bit)) != 0) {
                    if (link.n_gates == 0)
                        link = (car_link){stage, 1u << bit, feed_width(plan, 1u << bit), gate->column, 0, i, 0};
                    link.columns += gate->width;
                    link.n_gates++;
                } else if (link.n_gates > 0) {
                    if (plan->n_links == CAR_MAX_GATES) {
                        refuse(d, "needs more than %d matrix products a step", CAR_MAX_GATES);
                        return false;
                    }
                    plan->link[plan->n_links++] = link;
                    link.n_gates = 0;
                }
            }
        }
    return true;
}

/* Tensors are called "feed.gate", "b.gate" and by the names of weights. */
static void check_tensor_names(const car_cell_plan *plan, draft *d)
{
    for (int w = 0; w < plan->n_weights; w++)
        for (int g = 0; g < plan->n_gates; g++)
            for (int bit = -1; bit < 31; bit++) {
                const char *feed = bit < 0 ? "b" : car_cell_plan_feed_name(plan, 1u << bit);
                size_t length = strlen(feed);
                if (strncmp(plan->weight[w].name, feed, length) == 0 && plan->weight[w].name[length] == '.' &&
                    strcmp(plan->weight[w].name + length + 1, plan->gate[g].name) == 0)
                    refuse(d, "weight \"%s\" is called as the matrix of %s to gate %s is", plan->weight[w].name, feed,
                           plan->gate[g].name);
            }
}

car_cell_plan *car_cell_plan_new(const car_cell *cell, int input, int hidden, const char *settings, car_error *e)
{
    CAR_REQUIRE(input >= 0 && hidden >= 1);
    car_cell_plan *plan = car_alloc(1, sizeof *plan);
    plan->cell = cell;
    plan->input = input;
    plan->hidden = hidden;
    draft d = {.plan = plan, .e = e};
    if (!read_settings(plan, settings, e)) {
        car_cell_plan_free(plan);
        return NULL;
    }
    car_plan p = {.size = sizeof p,
                  .input = input,
                  .hidden = hidden,
                  .host = &d,
                  .option = plan_option,
                  .state = plan_state,
                  .local = plan_local,
                  .weight = plan_weight,
                  .stage = plan_stage,
                  .gate = plan_gate,
                  .init = plan_init,
                  .reads_x = plan_reads_x,
                  .config = plan_config,
                  .fail = plan_fail};
    car_plugin_now = (car_plugin_call){.work = CAR_WORK_PLAN, .cell = cell};
    cell->plan(&p);
    car_plugin_now.work = CAR_WORK_NONE;

    if (plan->n_states == 0)
        refuse(&d, "declares no state");
    if (plan->n_stages == 0)
        refuse(&d, "declares no stage");
    if (plan->n_gates == 0)
        refuse(&d, "declares no gate");
    check_tensor_names(plan, &d);
    if (!d.refused) {
        lay_out_gates(plan);
        (void)find_links(plan, &d);
        plan->output = plan->state[0].width;
    }
    if (d.refused) {
        car_cell_plan_free(plan);
        return NULL;
    }
    return plan;
}

void car_cell_plan_free(car_cell_plan *plan)
{
    if (plan != NULL)
        car_free(plan->config);
    car_free(plan);
}

/* ---- questions ------------------------------------------------------------------------ */

int64_t car_cell_plan_products(const car_cell_plan *plan)
{
    int64_t sum = 0;
    for (int i = 0; i < plan->n_links; i++)
        sum += (int64_t)plan->link[i].rows * plan->link[i].columns;
    return sum;
}

int64_t car_cell_plan_parameters(const car_cell_plan *plan)
{
    int64_t sum = car_cell_plan_products(plan);
    for (int i = 0; i < plan->n_gates; i++)
        sum += plan->gate[i].has_bias ? plan->gate[i].width : 0;
    for (int i = 0; i < plan->n_weights; i++)
        sum += plan->weight[i].width;
    return sum;
}

car_init_plan car_cell_plan_init(const car_cell_plan *plan, int gate, uint32_t feed)
{
    for (int i = plan->n_inits - 1; i >= 0; i--)
        if (plan->inits[i].gate == gate && (plan->inits[i].feeds & feed) != 0)
            return plan->inits[i];
    bool is_state = feed != CAR_X && feed < CAR_LOCAL(0);
    return (car_init_plan){gate, feed, is_state ? CAR_INIT_ORTHOGONAL : CAR_INIT_GLOROT, 1.0};
}

const char *car_cell_plan_feed_name(const car_cell_plan *plan, uint32_t feed)
{
    for (int k = 0; k < plan->n_states; k++)
        if (feed == CAR_STATE(k))
            return plan->state[k].name;
    for (int k = 0; k < plan->n_locals; k++)
        if (feed == CAR_LOCAL(k))
            return plan->local[k].name;
    return "x";
}

void car_cell_plan_settings(const car_cell_plan *plan, car_string *out)
{
    int n = count_options(plan->cell);
    for (int i = 0; i < n; i++) {
        const car_option *option = &plan->cell->options[i];
        car_string_format(out, "%s%s=", i > 0 ? "," : "", option->name);
        if (option->kind == CAR_CHOICE) {
            const char *at = option->choices;
            for (int k = (int)plan->option[i]; k > 0; k--)
                at += strcspn(at, "|") + 1;
            car_string_format(out, "%.*s", (int)strcspn(at, "|"), at);
        } else {
            car_string_format(out, "%.17g", plan->option[i]);
        }
    }
}

static void describe_vectors(const car_vector_plan *vectors, int n, const char *title, car_string *out)
{
    if (n > 0)
        car_string_format(out, "%-10s", title);
    for (int i = 0; i < n; i++)
        car_string_format(out, "%s%s [%d]", i > 0 ? ", " : "", vectors[i].name, vectors[i].width);
    if (n > 0)
        car_string_add_text(out, "\n");
}

void car_cell_plan_describe(const car_cell_plan *plan, car_string *out)
{
    describe_vectors(plan->state, plan->n_states, "states", out);
    describe_vectors(plan->local, plan->n_locals, "locals", out);
    for (int i = 0; i < plan->n_weights; i++)
        car_string_format(out, "%-10s%s [%d]\n", i == 0 ? "weights" : "", plan->weight[i].name, plan->weight[i].width);
    for (int stage = 0; stage < plan->n_stages; stage++)
        for (int i = 0, first = 1; i < plan->n_gates; i++) {
            const car_gate_plan *gate = &plan->gate[plan->order[i]];
            if (gate->stage != stage)
                continue;
            char title[32];
            (void)snprintf(title, sizeof title, "stage %d", stage);
            car_string_format(out, "%-10s%-6s [%d] = ", first ? title : "", gate->name, gate->width);
            bool some = false;
            for (int bit = 0; bit < 31; bit++)
                if ((gate->feeds & (1u << bit)) != 0) {
                    const char *feed = car_cell_plan_feed_name(plan, 1u << bit);
                    car_string_format(out, "%sW.%s", some ? " + " : "", feed);
                    some = true;
                }
            car_string_format(out, "%s\n", gate->has_bias ? (some ? " + b" : "b") : "");
            first = 0;
        }
}
