#include "check/case.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "cell/loader_open.h"

/* ---- verdicts ------------------------------------------------------------------------ */

static void say(car_case *c, car_verdict verdict, const char *format, va_list arguments)
{
    c->report->verdict = verdict;
    (void)vsnprintf(c->report->text, sizeof c->report->text, format, arguments);
}

void car_case_fail(car_case *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (c->report->failures++ == 0)
        say(c, CAR_VERDICT_FAILED, format, arguments);
    va_end(arguments);
}

void car_case_warn(car_case *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (c->report->verdict == CAR_VERDICT_PASSED)
        say(c, CAR_VERDICT_WARNED, format, arguments);
    va_end(arguments);
}

void car_case_skip(car_case *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (c->report->verdict == CAR_VERDICT_PASSED)
        say(c, CAR_VERDICT_NOT_RUN, format, arguments);
    va_end(arguments);
}

bool car_case_failed(const car_case *c) { return c->report->failures > 0; }

void car_case_doing(car_case *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(c->report->doing, sizeof c->report->doing, format, arguments);
    va_end(arguments);
}

/* ---- what checks start from --------------------------------------------------------------- */

bool car_case_load(car_case *c, car_error *e)
{
    car_plugin_file file;
    car_case_doing(c, "loading it");
    if (!car_plugin_examine(c->path, c->insecure, &file, e) || !car_plugin_load(c->path, &file, &c->plugin, e))
        return false;
    c->report->loaded = true;
    if (c->cell_index >= 0)
        c->cell = car_plugin_cell(c->plugin, c->cell_index);
    return true;
}

car_cell_plan *car_case_plan(car_case *c, int input, int hidden)
{
    car_error e;
    car_case_doing(c, "its plan for input %d and width %d", input, hidden);
    car_cell_plan *plan = car_cell_plan_new(c->cell, input, hidden, c->settings, &e);
    if (plan == NULL)
        car_case_skip(c, "there is no plan: %s", e.message);
    return plan;
}

car_stream car_case_stream(const car_case *c, const char *name) { return car_stream_named(c->seed, name); }

/* ---- crashes ---------------------------------------------------------------------------- */

/* Of the one case of this process, for the signal handler. */
static struct {
    car_case_report *report;
    const char *from, *to;
    car_case_describe describe;
    const void *context;
} watched;

void car_case_watch(car_case *c, const char *from, const char *to, car_case_describe describe, const void *context)
{
    (void)c;
    watched.describe = NULL;
    watched.from = from;
    watched.to = to;
    watched.context = context;
    watched.describe = describe;
}

static void on_crash(int signal_number, siginfo_t *info, void *context)
{
    (void)context;
    const char *address = info->si_addr;
    if ((signal_number == SIGSEGV || signal_number == SIGBUS) && watched.describe != NULL && address >= watched.from &&
        address < watched.to)
        watched.describe(watched.context, address, watched.report->fault, sizeof watched.report->fault);
    (void)signal(signal_number, SIG_DFL);
    (void)raise(signal_number);
}

static void catch_crashes(void)
{
    enum { STACK = 1 << 16 };
    stack_t stack = {.ss_sp = car_alloc(STACK, 1), .ss_size = STACK};
    (void)sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        (void)sigaction(signals[i], &action, NULL);
}

/* ---- the process -------------------------------------------------------------------------- */

static void limit(int resource, rlim_t soft, rlim_t hard)
{
    struct rlimit value;
    if (getrlimit(resource, &value) != 0)
        return;
    value.rlim_cur = soft < value.rlim_max ? soft : value.rlim_max;
    value.rlim_max = hard < value.rlim_max ? hard : value.rlim_max;
    (void)setrlimit(resource, &value);
}

void car_case_enter(car_case *c, double seconds)
{
    enum { FILE_BYTES = 1 << 24 };
    const rlim_t processor = (rlim_t)ceil(seconds), memory = (rlim_t)2 << 30;
    (void)setpgid(0, 0); /* so that children of the plugin go with it */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_CPU, processor, processor + 1);
    limit(RLIMIT_FSIZE, FILE_BYTES, FILE_BYTES);
#if defined(__SANITIZE_ADDRESS__)
    (void)memory; /* address space is what the sanitizer has most of */
#else
    limit(RLIMIT_AS, memory, memory);
#endif
    watched.report = c->report;
    catch_crashes();
    car_parallel_set_threads(1);

    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    c->output = memfd_create("output", MFD_CLOEXEC);
    if (nothing >= 0)
        (void)dup2(nothing, STDIN_FILENO);
    if (c->output >= 0) {
        (void)dup2(c->output, STDOUT_FILENO);
        (void)dup2(c->output, STDERR_FILENO);
    }
}
