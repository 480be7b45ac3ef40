#include "cell/crash.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cell/loader_open.h"

__thread car_plugin_call car_plugin_now;

/* ---- which file a cell is from --------------------------------------------------------- */

typedef struct known_plugin {
    const car_plugin *plugin;
    char *path;
    struct known_plugin *next;
} known_plugin;

static known_plugin *known; /* kept for good, as the plugins are */

void car_crash_note_plugin(const car_plugin *plugin, const char *path)
{
    for (const known_plugin *at = known; at != NULL; at = at->next)
        if (at->plugin == plugin)
            return;
    known_plugin *new = car_alloc(1, sizeof *new);
    *new = (known_plugin){plugin, car_copy_text(path), known};
    known = new;
}

static const char *path_of(const car_cell *cell)
{
    for (const known_plugin *at = known; at != NULL; at = at->next)
        for (int i = 0; i < (int)at->plugin->n_cells; i++)
            if (car_plugin_cell(at->plugin, i) == cell)
                return at->path;
    return "none: the cell is built in";
}

static _Atomic int64_t update_now;

void car_crash_note_update(int64_t update) { atomic_store_explicit(&update_now, update, memory_order_relaxed); }

/* ---- the line, with nothing that a signal handler may not call --------------------------- */

typedef struct line {
    char at[1024];
    size_t length;
} line;

static void add(line *l, const char *text)
{
    size_t n = strlen(text), room = sizeof l->at - l->length;
    n = n < room ? n : room;
    memcpy(l->at + l->length, text, n);
    l->length += n;
}

static void add_number(line *l, int64_t number)
{
    char digits[24], *at = digits + sizeof digits - 1;
    uint64_t rest = number < 0 ? 0u - (uint64_t)number : (uint64_t)number;
    *at = '\0';
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--at = '-';
    add(l, at);
}

static void add_kernel(line *l, const car_plugin_call *call)
{
    add(l, ", stage ");
    add_number(l, call->step->stage);
    add(l, ", step ");
    add_number(l, call->step->t);
    add(l, " of layer ");
    add(l, call->name);
    add(l, " (");
    add_number(l, call->step->rows);
    add(l, " rows, input ");
    add_number(l, call->step->input);
    add(l, ", width ");
    add_number(l, call->step->hidden);
    add(l, ")");
    int64_t update = atomic_load_explicit(&update_now, memory_order_relaxed);
    if (update > 0) {
        add(l, " in update ");
        add_number(l, update);
    }
}

static void add_call(line *l, const car_plugin_call *call)
{
    static const char *const works[] = {
        [CAR_WORK_NONE] = (" outside of all plugins: a bug in Carousel, or memory that a plugin has overwritten; please "
                           "report it"),
        [CAR_WORK_LOAD] = " while a plugin was loaded; plugin ",
        [CAR_WORK_PLAN] = " in the plan of cell ",
        [CAR_WORK_FORWARD] = " in the forward kernel of cell ",
        [CAR_WORK_BACKWARD] = " in the backward kernel of cell ",
    };
    add(l, works[call->work]);
    if (call->work == CAR_WORK_LOAD)
        add(l, call->name);
    if (call->work == CAR_WORK_NONE || call->work == CAR_WORK_LOAD)
        return;
    add(l, call->cell->name);
    if (call->work != CAR_WORK_PLAN)
        add_kernel(l, call);
    add(l, "; plugin ");
    add(l, path_of(call->cell));
}

/* ---- the signals -------------------------------------------------------------------------- */

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { CRASHES = sizeof crashes / sizeof *crashes };
static struct sigaction before[CRASHES];

static const char *const names[CRASHES] = {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT"};

static void explain(int which)
{
    line l = {.length = 0};
    add(&l, "carousel: crashed (signal ");
    add_number(&l, crashes[which]);
    add(&l, ", ");
    add(&l, names[which]);
    add(&l, ")");
    add_call(&l, &car_plugin_now);
    l.length = l.length < sizeof l.at ? l.length : sizeof l.at - 1;
    l.at[l.length++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, l.at, l.length);
    (void)ignored;
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    static atomic_flag is_explained = ATOMIC_FLAG_INIT;
    (void)context;
    int which = 0;
    while (crashes[which] != number)
        which++;
    if (atomic_flag_test_and_set(&is_explained))
        for (;;) /* another thread crashed too, and will end us when it has said so */
            (void)pause();
    if (number != SIGABRT || car_plugin_now.work != CAR_WORK_NONE) /* who aborts has said why */
        explain(which);
    (void)sigaction(number, &before[which], NULL);
    if (info->si_code <= 0) /* it was sent; a fault happens again by itself, at its place */
        (void)raise(number);
}

void car_crash_explain(void)
{
    static char stack[1 << 16];
    stack_t old, own = {.ss_sp = stack, .ss_size = sizeof stack};
    if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE) != 0)
        (void)sigaltstack(&own, NULL);
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    (void)sigemptyset(&action.sa_mask);
    for (int i = 0; i < CRASHES; i++)
        if (sigaction(crashes[i], NULL, &before[i]) == 0 && before[i].sa_handler != SIG_IGN)
            (void)sigaction(crashes[i], &action, NULL);
}
