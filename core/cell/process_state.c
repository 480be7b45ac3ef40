#include "cell/process_state.h"

#include <fenv.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* What linking with -ffast-math sets in MXCSR. */
enum { FLUSHES = 0x8040 };

car_float_mode car_float_mode_now(void)
{
#if defined(__x86_64__)
    fenv_t environment;
    (void)fegetenv(&environment);
    return (car_float_mode){environment.__mxcsr & ~0x3fu, environment.__control_word};
#else
    return (car_float_mode){(unsigned)fegetround(), 0};
#endif
}

bool car_float_mode_equal(car_float_mode a, car_float_mode b) { return a.vector == b.vector && a.x87 == b.x87; }

/* ---- taking it down ------------------------------------------------------------------ */

/* FNV-1a over the strings of the environment. */
static uint64_t hash_environment(void)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++)
        for (const char *at = *variable;; at++) {
            hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
            if (*at == '\0')
                break;
        }
    return hash;
}

/* The folder of a process's threads has one link for each of them, and two more. */
static long count_threads(void)
{
    struct stat status;
    return stat("/proc/self/task", &status) == 0 ? (long)status.st_nlink - 2 : 0;
}

void car_process_state_take(car_process_state *state)
{
    memset(state, 0, sizeof *state);
    state->mode = car_float_mode_now();
    const char *locale = setlocale(LC_ALL, NULL);
    (void)snprintf(state->locale, sizeof state->locale, "%s", locale != NULL ? locale : "");
    if (getcwd(state->folder, sizeof state->folder) == NULL)
        state->folder[0] = '\0';
    state->creation_mask = umask(0);
    (void)umask(state->creation_mask);
    (void)sigprocmask(SIG_SETMASK, NULL, &state->blocked);
    for (int i = 1; i < CAR_STATE_SIGNALS; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action) == 0) {
            state->signals[i].handler = action.sa_handler;
            if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) /* else they mean nothing */
                state->signals[i].flags = action.sa_flags;
        }
    }
    for (int i = 0; i < CAR_STATE_LIMITS; i++)
        (void)getrlimit((__rlimit_resource_t)i, &state->limits[i]);
    for (int i = 0; i < CAR_STATE_FILES; i++) {
        struct stat status;
        state->files[i].open = fstat(i, &status) == 0;
        if (state->files[i].open) {
            state->files[i].device = status.st_dev;
            state->files[i].number = status.st_ino;
        }
    }
    for (int i = 0; i < CAR_STATE_TIMERS; i++) {
        struct itimerval timer;
        state->timers[i] =
            getitimer((__itimer_which_t)i, &timer) == 0 && (timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0);
    }
    state->threads = count_threads();
    state->environment = hash_environment();
}

/* ---- comparing --------------------------------------------------------------------------- */

static bool same_signals(const car_process_state *before, const car_process_state *after, char *done, size_t size)
{
    for (int i = 1; i < CAR_STATE_SIGNALS; i++) {
        const char *name = sigabbrev_np(i);
        if (before->signals[i].handler != after->signals[i].handler ||
            before->signals[i].flags != after->signals[i].flags) {
            (void)snprintf(done, size, "changed what is done on signal %d%s%s", i, name != NULL ? ", SIG" : "",
                           name != NULL ? name : "");
            return false;
        }
        if (sigismember(&before->blocked, i) != sigismember(&after->blocked, i)) {
            (void)snprintf(done, size, "%s signal %d%s%s", sigismember(&after->blocked, i) ? "blocked" : "unblocked", i,
                           name != NULL ? ", SIG" : "", name != NULL ? name : "");
            return false;
        }
    }
    return true;
}

static bool same_files(const car_process_state *before, const car_process_state *after, char *done, size_t size)
{
    for (int i = 0; i < CAR_STATE_FILES; i++) {
        bool same_file =
            before->files[i].device == after->files[i].device && before->files[i].number == after->files[i].number;
        if (before->files[i].open == after->files[i].open && (!after->files[i].open || same_file))
            continue;
        const char *what = !after->files[i].open ? "closed" : before->files[i].open ? "replaced" : "left open";
        const char *name = i == 0   ? " (standard input)"
                           : i == 1 ? " (standard output)"
                           : i == 2 ? " (standard error)"
                                    : "";
        (void)snprintf(done, size, "%s file descriptor %d%s", what, i, name);
        return false;
    }
    return true;
}

static const char *limit_name(int limit)
{
    switch (limit) {
    case RLIMIT_CPU:
        return "processor time";
    case RLIMIT_FSIZE:
        return "file size";
    case RLIMIT_STACK:
        return "stack size";
    case RLIMIT_CORE:
        return "core dumps";
    case RLIMIT_NOFILE:
        return "open files";
    case RLIMIT_NPROC:
        return "processes";
    case RLIMIT_DATA:
    case RLIMIT_RSS:
    case RLIMIT_AS:
        return "memory";
    default:
        return "a resource";
    }
}

bool car_process_state_same(const car_process_state *before, const car_process_state *after, char *done, size_t size)
{
    int used = 0;
    if (!car_float_mode_equal(before->mode, after->mode))
        used = snprintf(done, size, "changed the floating-point mode from 0x%x/0x%x to 0x%x/0x%x%s",
                        before->mode.vector, before->mode.x87, after->mode.vector, after->mode.x87,
                        (after->mode.vector & FLUSHES) != 0 ? " (build it without -ffast-math)" : "");
    else if (strcmp(before->locale, after->locale) != 0)
        used = snprintf(done, size, "changed the locale from \"%s\" to \"%s\"", before->locale, after->locale);
    else if (strcmp(before->folder, after->folder) != 0)
        used = snprintf(done, size, "changed the working folder from %s to %s", before->folder, after->folder);
    else if (before->creation_mask != after->creation_mask)
        used = snprintf(done, size, "changed the mask of permissions (umask) from 0%o to 0%o", before->creation_mask,
                        after->creation_mask);
    else if (before->threads != after->threads)
        used = snprintf(done, size, "started a thread, or ended one");
    else if (before->environment != after->environment)
        used = snprintf(done, size, "changed the environment variables");
    for (int i = 0; i < CAR_STATE_LIMITS && used == 0; i++)
        if (before->limits[i].rlim_cur != after->limits[i].rlim_cur ||
            before->limits[i].rlim_max != after->limits[i].rlim_max)
            used = snprintf(done, size, "changed the limit on %s", limit_name(i));
    for (int i = 0; i < CAR_STATE_TIMERS && used == 0; i++)
        if (before->timers[i] != after->timers[i])
            used = snprintf(done, size, "set or stopped a timer");
    return used == 0 && same_signals(before, after, done, size) && same_files(before, after, done, size);
}
