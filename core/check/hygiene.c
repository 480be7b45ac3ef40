/* What a plugin must leave alone: the process around it belongs to the program. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cell/process_state.h"
#include "check/bench.h"
#include "check/suite.h"

/* One side of the process, as it was and as it is: `mixed` is what it was, but for what
 * the check is about. */
typedef void (*mix)(car_process_state *mixed, const car_process_state *now);

typedef struct watch {
    car_case *c;
    mix take;
    const char *advice;
    car_process_state *before, *now;
} watch;

static void begin(watch *w) { car_process_state_take(w->before); }

static void end(watch *w, const char *who)
{
    char done[256];
    car_process_state_take(w->now);
    car_process_state *mixed = car_alloc(1, sizeof *mixed);
    *mixed = *w->before;
    w->take(mixed, w->now);
    if (!car_process_state_same(w->before, mixed, done, sizeof done))
        car_case_fail(w->c, "%s %s: %s", who, done, w->advice);
    car_free(mixed);
}

static void check(car_case *c, mix take, const char *advice)
{
    car_error e;
    const car_layout layout = {.rows = 3};
    watch w = {c, take, advice, car_alloc(1, sizeof *w.before), car_alloc(1, sizeof *w.now)};
    begin(&w);
    bool loaded = car_case_load(c, &e);
    if (!loaded)
        car_case_skip(c, "it cannot be loaded: %s", e.message);
    end(&w, "loading it");
    begin(&w);
    car_bench *bench = loaded ? car_bench_new(c, 5, 7, &layout) : NULL;
    end(&w, "its plan");
    if (bench != NULL) {
        begin(&w);
        car_bench_run_forward(bench);
        end(&w, "a forward kernel");
        begin(&w);
        car_bench_backward(bench, 1);
        end(&w, "a backward kernel");
    }
    car_bench_free(bench);
    car_free(w.before);
    car_free(w.now);
}

static void mix_locale(car_process_state *mixed, const car_process_state *now)
{
    memcpy(mixed->locale, now->locale, sizeof now->locale);
}

void car_check_hygiene_locale(car_case *c)
{
    check(c, mix_locale, "numbers and text of the whole program would be read in another way");
}

static void mix_folder(car_process_state *mixed, const car_process_state *now)
{
    memcpy(mixed->folder, now->folder, sizeof now->folder);
}

void car_check_hygiene_folder(car_case *c) { check(c, mix_folder, "the program would not find its files any more"); }

static void mix_umask(car_process_state *mixed, const car_process_state *now)
{
    mixed->creation_mask = now->creation_mask;
}

void car_check_hygiene_umask(car_case *c) { check(c, mix_umask, "files of the program would get other permissions"); }

static void mix_signals(car_process_state *mixed, const car_process_state *now)
{
    mixed->blocked = now->blocked;
    memcpy(mixed->signals, now->signals, sizeof now->signals);
}

void car_check_hygiene_signals(car_case *c)
{
    check(c, mix_signals, "the program saves its model when a signal ends it");
}

static void mix_float(car_process_state *mixed, const car_process_state *now) { mixed->mode = now->mode; }

void car_check_hygiene_float(car_case *c)
{
    check(c, mix_float, "all arithmetic of the program would give other results");
}

static void mix_environment(car_process_state *mixed, const car_process_state *now)
{
    mixed->environment = now->environment;
}

void car_check_hygiene_environment(car_case *c) { check(c, mix_environment, "they are the user's"); }

static void mix_files(car_process_state *mixed, const car_process_state *now)
{
    memcpy(mixed->files, now->files, sizeof now->files);
}

void car_check_hygiene_files(car_case *c)
{
    check(c, mix_files, "a cell needs no files; what it needs to know are its options");
}

static void mix_threads(car_process_state *mixed, const car_process_state *now) { mixed->threads = now->threads; }

void car_check_hygiene_threads(car_case *c) { check(c, mix_threads, "the host runs a kernel on all threads"); }

static void mix_limits(car_process_state *mixed, const car_process_state *now)
{
    memcpy(mixed->limits, now->limits, sizeof now->limits);
}

void car_check_hygiene_limits(car_case *c) { check(c, mix_limits, "they are the user's"); }

static void mix_timers(car_process_state *mixed, const car_process_state *now)
{
    memcpy(mixed->timers, now->timers, sizeof now->timers);
}

void car_check_hygiene_timers(car_case *c) { check(c, mix_timers, "a signal would come when nobody expects it"); }

/* ---- what is no state of the process ----------------------------------------------------------------- */

static void expect_silence(car_case *c, const char *who)
{
    (void)fflush(NULL);
    long bytes = (long)lseek(c->output, 0, SEEK_END);
    if (bytes > 0)
        car_case_fail(c,
                      "%s printed %ld bytes; a plugin prints nothing, standard output is where translations go: a "
                      "plan that has something to say calls car_fail()",
                      who, bytes);
}

void car_check_hygiene_output(car_case *c)
{
    car_error e;
    const car_layout layout = {.rows = 3};
    if (!car_case_load(c, &e))
        car_case_skip(c, "it cannot be loaded: %s", e.message);
    expect_silence(c, "loading it");
    car_bench *bench = c->plugin != NULL ? car_bench_new(c, 5, 7, &layout) : NULL;
    expect_silence(c, "its plan");
    if (bench != NULL) {
        car_bench_run_forward(bench);
        expect_silence(c, "a forward kernel");
        car_bench_backward(bench, 1);
        expect_silence(c, "a backward kernel");
    }
    car_bench_free(bench);
}

/* A kernel allocates nothing; one that keeps what it allocates would eat all memory. */
void car_check_hygiene_memory(car_case *c)
{
    enum { TIMES = 200 };
    const car_layout layout = {.rows = 3};
    car_bench *bench = car_bench_new(c, 5, 7, &layout);
    if (bench == NULL)
        return;
    car_bench_run_forward(bench); /* the first call may resolve symbols */
    car_bench_backward(bench, 1);
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < TIMES; i++) {
        car_bench_run_forward(bench);
        car_bench_backward(bench, 1);
    }
    size_t after = mallinfo2().uordblks;
    if (after > before + TIMES / 2)
        car_case_fail(c,
                      "its kernels leave %.0f bytes behind in every step; a kernel allocates nothing, what it needs "
                      "from forward to backward is a local",
                      (double)(after - before) / TIMES);
    car_bench_free(bench);
}
