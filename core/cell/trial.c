#include "cell/trial.h"

#include <dlfcn.h>
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cell/layer.h"
#include "cell/loader_open.h"
#include "cell/process_state.h"

typedef struct trial {
    const char *path;
    car_trial_report *report;
    car_process_state before, now;
} trial;

/* ---- limits ------------------------------------------------------------------------ */

/* Memory cannot be limited where AddressSanitizer has reserved terabytes of it. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY RLIM_INFINITY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY RLIM_INFINITY
#endif
#endif
#ifndef MEMORY
#define MEMORY ((rlim_t)4 << 30)
#endif

static void limit(__rlimit_resource_t what, rlim_t most, rlim_t hard)
{
    struct rlimit limit;
    if (getrlimit(what, &limit) != 0)
        return;
    limit.rlim_max = hard < limit.rlim_max ? hard : limit.rlim_max;
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    (void)setrlimit(what, &limit);
}

static void set_limits(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody waits for us any more */
    limit(RLIMIT_CPU, CAR_TRIAL_SECONDS, CAR_TRIAL_SECONDS + 1);
    limit(RLIMIT_FSIZE, CAR_TRIAL_WRITTEN, CAR_TRIAL_WRITTEN);
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_AS, MEMORY, MEMORY);
}

/* ---- saying what happens --------------------------------------------------------------- */

static void go_to(trial *t, const char *format, ...) CAR_PRINTF(2, 3);

static void go_to(trial *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(t->report->place, sizeof t->report->place, format, arguments);
    va_end(arguments);
}

/* Always false. */
static bool fault(trial *t, const char *what)
{
    (void)snprintf(t->report->fault, sizeof t->report->fault, "%s %s", what, t->report->place);
    return false;
}

/* Is the process as it was, after what was done at this place? */
static bool is_unharmed(trial *t)
{
    char done[512];
    (void)fflush(NULL);
    struct stat output;
    char text[41] = "";
    if (fstat(STDOUT_FILENO, &output) == 0 && output.st_size > 0) {
        ssize_t length = pread(STDOUT_FILENO, text, sizeof text - 1, 0);
        text[length > 0 ? strcspn(text, "\r\n") : 0] = '\0';
        (void)snprintf(done, sizeof done, "wrote \"%s\" to standard output", text);
        return fault(t, done);
    }
    car_process_state_take(&t->now);
    return car_process_state_same(&t->before, &t->now, done, sizeof done) || fault(t, done);
}

/* ---- loading ---------------------------------------------------------------------------- */

/* A plugin that brings another OpenMP than ours has another's functions in its reach. */
static bool has_own_threads(trial *t, void *library)
{
    const void *ours = dlsym(RTLD_DEFAULT, "omp_get_max_threads"), *its = dlsym(library, "omp_get_max_threads");
    Dl_info where;
    if (ours == NULL || its == NULL || its == ours || dladdr(its, &where) == 0)
        return false;
    char what[512];
    (void)snprintf(what, sizeof what, "brought a second OpenMP run-time, %.400s,", where.dli_fname);
    (void)fault(t, what);
    return true;
}

/* Loads it twice, so that its constructors and its entry can be told apart. */
static const car_plugin *load(trial *t)
{
    car_plugin_file file;
    const car_plugin *plugin = NULL;
    car_error e;
    go_to(t, "while it was loaded");
    if (stat(t->path, &file.status) != 0)
        return NULL;
    void *library = dlopen(t->path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        (void)snprintf(t->report->fault, sizeof t->report->fault, "cannot be loaded: %s", dlerror());
        t->report->passing = true;
        return NULL;
    }
    if (!is_unharmed(t) || has_own_threads(t, library))
        return NULL;
    go_to(t, "in carousel_plugin()");
    if (car_plugin_load(t->path, &file, &plugin, &e))
        return is_unharmed(t) ? plugin : NULL;
    char head[sizeof e.message];
    int length = snprintf(head, sizeof head, "plugin %s: ", t->path);
    bool headed = length > 0 && strncmp(e.message, head, (size_t)length) == 0;
    t->report->passing = true; /* refused as described, not for what it did */
    (void)snprintf(t->report->fault, sizeof t->report->fault, "%.1023s", e.message + (headed ? length : 0));
    return NULL;
}

/* ---- running ------------------------------------------------------------------------------ */

/* Bytes that malloc has handed out. */
#pragma weak __sanitizer_get_current_allocated_bytes
size_t __sanitizer_get_current_allocated_bytes(void);

static size_t memory_in_use(void)
{
    if (__sanitizer_get_current_allocated_bytes != NULL)
        return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static bool is_finite(car_panel panel, int rows, int width)
{
    for (int i = 0; panel.at != NULL && i < rows; i++)
        for (int j = 0; j < width; j++)
            if (!isfinite(car_row(panel, i)[j]))
                return false;
    return true;
}

/* Are the numbers of this run all there?  Memory is filled with NaN beforehand, so
 * what a kernel did not write is found as well. */
static bool check_forward(trial *t, const car_tape *tape)
{
    const car_cell_plan *plan = tape->layer->plan;
    char what[128];
    for (int k = 0; k < plan->n_states; k++)
        if (!is_finite(tape->made[k], tape->steps.total, plan->state[k].width)) {
            (void)snprintf(what, sizeof what, "left NaN or infinity in state %s, or did not write it,",
                           plan->state[k].name);
            return fault(t, what);
        }
    return true;
}

static bool check_backward(trial *t, const car_tape *tape)
{
    const car_cell_plan *plan = tape->layer->plan;
    bool good = is_finite(tape->d_gate, tape->steps.total, plan->columns) &&
                is_finite(tape->d_x, tape->steps.total, plan->input);
    for (int k = 0; k < plan->n_states; k++)
        good = good && is_finite(tape->d_state[k], tape->steps.batch, plan->state[k].width);
    for (int w = 0; w < plan->n_weights; w++)
        good = good && is_finite((car_panel){tape->d_weight[w], 0}, 1, plan->weight[w].width);
    return good || fault(t, "left NaN or infinity in a gradient, or did not write it,");
}

/* Forward and backward over two short sequences. */
static bool run_once(trial *t, const car_layer *layer, car_arena *arena)
{
    const char *name = layer->plan->cell->name;
    const int lengths[] = {3, 2};
    car_steps steps = car_steps_take(arena, lengths, 2);
    car_panel x = car_panel_take(arena, steps.total, layer->plan->input);
    car_panel d_output = car_panel_take(arena, steps.total, layer->plan->output);
    for (int i = 0; i < steps.total; i++) {
        for (int j = 0; j < layer->plan->input; j++)
            car_row(x, i)[j] = (car_real)((7 * i + 3 * j) % 11 - 5) / 10;
        for (int j = 0; j < layer->plan->output; j++)
            car_row(d_output, i)[j] = (car_real)((5 * i + 2 * j) % 7 - 3) / 10;
    }
    car_tape tape = car_tape_take(arena, layer, steps, x, NULL);
    go_to(t, "in the forward kernels of cell %s", name);
    car_layer_forward(&tape, NULL);
    if (!is_unharmed(t) || !check_forward(t, &tape))
        return false;
    go_to(t, "in the backward kernels of cell %s", name);
    car_dues dues = {.arena = arena};
    car_layer_backward(&tape, arena, d_output, NULL, &dues);
    return is_unharmed(t) && check_backward(t, &tape);
}

/* Takes the plan. */
static bool run_kernels(trial *t, car_cell_plan *plan)
{
    enum { WARM = 3, ROUNDS = 8 };
    car_parameters *parameters = car_parameters_new();
    car_layer layer;
    car_arena arena;
    car_layer_init(&layer, plan, &(car_layer_options){0}, parameters, "trial");
    car_parameters_allocate(parameters, CAR_TO_LEARN);
    car_layer_start(&layer, parameters, 1, false);
    car_parameters_pack(parameters);
    car_arena_init(&arena);
    arena.poison = true;
    bool good = true;
    size_t used = 0;
    for (int i = 0; i < ROUNDS && good; i++) {
        car_arena_reset(&arena);
        if (i == WARM)
            used = memory_in_use();
        good = run_once(t, &layer, &arena);
    }
    if (good && memory_in_use() > used) {
        char what[128];
        go_to(t, "in the kernels of cell %s", plan->cell->name);
        (void)snprintf(what, sizeof what, "took memory and did not give it back (%zu bytes in %d runs)",
                       memory_in_use() - used, ROUNDS - WARM);
        good = fault(t, what);
    }
    car_arena_clear(&arena);
    car_layer_clear(&layer);
    car_parameters_free(parameters);
    return good;
}

/* A plan may be refused, by the cell or by the host: that is told when it is used. */
static bool try_cell(trial *t, const car_cell *cell)
{
    static const int sizes[][2] = {{3, 5}, {4, 4}};
    car_cell_plan *plan = NULL;
    go_to(t, "in the plan of cell %s", cell->name);
    for (int i = 0; i < 2 && plan == NULL; i++) {
        car_error refused;
        plan = car_cell_plan_new(cell, sizes[i][0], sizes[i][1], "", &refused);
    }
    bool good = is_unharmed(t);
    if (plan != NULL && good)
        return run_kernels(t, plan);
    car_cell_plan_free(plan);
    return good;
}

int car_trial_main(int argc, char **argv)
{
    static trial t;
    struct stat status;
    if (argc != 2 || fstat(CAR_TRIAL_REPORT, &status) != 0 || status.st_size != sizeof *t.report) {
        (void)fputs("Carousel starts this program by itself, to try a plugin before it is loaded.\n", stderr);
        return CAR_EXIT_USAGE;
    }
    t.report = mmap(NULL, sizeof *t.report, PROT_READ | PROT_WRITE, MAP_SHARED, CAR_TRIAL_REPORT, 0);
    (void)close(CAR_TRIAL_REPORT);
    if (t.report == MAP_FAILED || chdir("/") != 0)
        return CAR_EXIT_BUG;
    t.path = argv[1];
    set_limits();
    car_process_state_take(&t.before);
    const car_plugin *plugin = load(&t);
    for (int i = 0; plugin != NULL && i < (int)plugin->n_cells; i++)
        if (!try_cell(&t, car_plugin_cell(plugin, i)))
            break;
    if (t.report->fault[0] == '\0')
        go_to(&t, "when the process ended");
    t.report->finished = true;
    return CAR_EXIT_DONE;
}
