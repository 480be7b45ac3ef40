#include "cell/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "carousel/cell.h"
#include "cell/trial.h"

#ifndef CAROUSEL_PREFIX
#define CAROUSEL_PREFIX "/usr/local"
#endif

#define PROBE_BELOW (CAR_REAL_BITS == 64 ? "lib/carousel/probe64" : "lib/carousel/probe")

/* Milliseconds: a plugin that uses less of the processor than LEAST in the time PATIENCE
 * waits for something.  One that is busy ends by its limit, however long it takes on a
 * machine with much else to do. */
enum { PATIENCE = 10000, LEAST = 50 };

extern char **environ;

char *car_probe_program(void)
{
    char *folder = car_program_folder();
    char *program = NULL;
    for (int i = 0; i < 2 && program == NULL; i++) {
        char *prefix = i == 0 && folder != NULL ? car_path_join(folder, "..") : car_copy_text(CAROUSEL_PREFIX);
        program = car_path_join(prefix, PROBE_BELOW);
        car_free(prefix);
        if (access(program, X_OK) != 0) {
            car_free(program);
            program = NULL;
        }
    }
    car_free(folder);
    return program;
}

/* ---- the child ------------------------------------------------------------------------ */

/* What this process has of a child: files in memory that the child writes, and the
 * reading end of a pipe that closes when the child is gone. */
typedef struct child {
    pid_t pid;
    int report, output, error, alive;
    bool was_slow; /* and was killed for it */
    int status;    /* as of waitpid, or -1 if that is not known */
} child;

/* A descriptor that is out of the way of those the child is started with. */
static int moved(int fd)
{
    int high = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, CAR_TRIAL_FILES) : -1;
    if (fd >= 0)
        (void)close(fd);
    return high;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void close_child(child *c)
{
    close_one(&c->report);
    close_one(&c->output);
    close_one(&c->error);
    close_one(&c->alive);
}

/* Returns 0 or an errno. */
static int spawn(child *c, const char *program, const char *path, int alive)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&files, c->output, STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&files, c->error, STDERR_FILENO);
    (void)posix_spawn_file_actions_adddup2(&files, c->report, CAR_TRIAL_REPORT);
    (void)posix_spawn_file_actions_adddup2(&files, alive, CAR_TRIAL_ALIVE);
    (void)posix_spawn_file_actions_addclosefrom_np(&files, CAR_TRIAL_FILES);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setsigdefault(&attributes, &all);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char *const arguments[] = {(char *)program, (char *)path, NULL};
    int why = posix_spawn(&c->pid, program, &files, &attributes, arguments, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return why;
}

/* Returns 0 or an errno. */
static int start(child *c, const char *program, const char *path)
{
    int pipe_ends[2] = {-1, -1};
    *c = (child){.pid = -1, .report = -1, .output = -1, .error = -1, .alive = -1};
    c->report = moved(memfd_create("report", MFD_CLOEXEC));
    c->output = moved(memfd_create("output", MFD_CLOEXEC));
    c->error = moved(memfd_create("error", MFD_CLOEXEC));
    bool good = c->report >= 0 && c->output >= 0 && c->error >= 0 &&
                ftruncate(c->report, sizeof(car_trial_report)) == 0 && pipe2(pipe_ends, O_CLOEXEC) == 0;
    if (!good)
        return errno;
    c->alive = pipe_ends[0];
    int alive = moved(pipe_ends[1]);
    int why = alive >= 0 ? spawn(c, program, path, alive) : errno;
    close_one(&alive);
    return why;
}

static int64_t milliseconds(clockid_t clock)
{
    struct timespec now;
    return clock_gettime(clock, &now) == 0 ? (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 : 0;
}

static int64_t processor_milliseconds(pid_t pid)
{
    clockid_t clock;
    return clock_getcpuclockid(pid, &clock) == 0 ? milliseconds(clock) : 0;
}

/* Waits until the child is gone, and sees to it.  Usually the pipe tells at once; a
 * plugin may have closed its end, or given it to a process of its own. */
static void wait_for(child *c)
{
    enum { LOOK_EVERY = 20 };
    int64_t end = milliseconds(CLOCK_MONOTONIC) + PATIENCE, used = 0;
    struct pollfd alive = {.fd = c->alive};
    for (;;) {
        siginfo_t gone = {0}; /* it stays a zombie, so that its number is its own */
        int answer = waitid(P_PID, (id_t)c->pid, &gone, WEXITED | WNOWAIT | (c->was_slow ? 0 : WNOHANG));
        if ((answer == 0 && gone.si_pid == c->pid) || (answer != 0 && errno != EINTR))
            break;
        if (milliseconds(CLOCK_MONOTONIC) >= end) {
            int64_t before = used;
            used = processor_milliseconds(c->pid);
            end += PATIENCE;
            c->was_slow = used - before < LEAST;
            if (c->was_slow)
                (void)kill(c->pid, SIGKILL);
        } else if (poll(&alive, 1, alive.fd >= 0 ? LOOK_EVERY : 1) > 0) {
            alive.fd = -1;
        }
    }
    (void)kill(-c->pid, SIGKILL); /* and what it may have started */
    if (waitpid(c->pid, &c->status, 0) != c->pid)
        c->status = -1; /* another thread was faster */
}

/* ---- judging ---------------------------------------------------------------------------- */

/* For text of the child, which may be anything. */
static void make_plain(char *text, size_t size)
{
    text[size - 1] = '\0';
    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
}

/* The first line that is no blank in a file the child wrote. */
static void first_line(int file, char *line, size_t size)
{
    char text[2048];
    ssize_t length = pread(file, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    const char *start = text + strspn(text, " \t\r\n");
    size_t n = strcspn(start, "\r\n");
    (void)snprintf(line, size, "%.*s", (int)n, start);
    make_plain(line, size);
}

static bool wrote(int file)
{
    struct stat status;
    return fstat(file, &status) == 0 && status.st_size > 0;
}

/* What the end of the process says against the plugin; "" if nothing. */
static void judge_end(const child *c, const car_trial_report *report, car_verdict *verdict)
{
    char said[240] = "";
    int signal = c->status >= 0 && WIFSIGNALED(c->status) ? WTERMSIG(c->status) : 0;
    first_line(c->error, said, sizeof said);
    const char *before = said[0] != '\0' ? ", saying \"" : "", *after = said[0] != '\0' ? "\"" : "";
    if (c->was_slow) {
        verdict->passing = true; /* it may have been the machine */
        (void)snprintf(verdict->reason, sizeof verdict->reason, "did nothing for %d seconds %s", PATIENCE / 1000,
                       report->place);
    } else if (signal == SIGXCPU) {
        (void)snprintf(verdict->reason, sizeof verdict->reason,
                       "did not come back within %d second of processor time %s", CAR_TRIAL_SECONDS, report->place);
    } else if (signal == SIGXFSZ) {
        (void)snprintf(verdict->reason, sizeof verdict->reason, "wrote more than %d bytes to a file %s",
                       CAR_TRIAL_WRITTEN, report->place);
    } else if (signal == SIGKILL) {
        verdict->passing = true;
        (void)snprintf(verdict->reason, sizeof verdict->reason, "was killed by the system %s", report->place);
    } else if (signal != 0) {
        const char *name = sigabbrev_np(signal);
        (void)snprintf(verdict->reason, sizeof verdict->reason, "crashed (signal %d%s%s) %s%s%s%s", signal,
                       name != NULL ? ", SIG" : "", name != NULL ? name : "", report->place, before, said, after);
    } else if (!report->finished || (c->status >= 0 && WEXITSTATUS(c->status) != 0)) {
        (void)snprintf(verdict->reason, sizeof verdict->reason, "ended the program (exit code %d) %s%s%s%s",
                       c->status >= 0 ? WEXITSTATUS(c->status) : 0, report->place, before, said, after);
    } else if (wrote(c->output)) {
        first_line(c->output, said, sizeof said);
        (void)snprintf(verdict->reason, sizeof verdict->reason, "wrote \"%s\" to standard output %s", said,
                       report->place);
    }
}

static void judge(const child *c, car_verdict *verdict)
{
    car_trial_report report = {0};
    if (pread(c->report, &report, sizeof report, 0) != (ssize_t)sizeof report)
        report.finished = false;
    make_plain(report.place, sizeof report.place);
    make_plain(report.fault, sizeof report.fault);
    *verdict = (car_verdict){0};
    judge_end(c, &report, verdict);
    if (report.fault[0] != '\0') { /* found before the end */
        (void)snprintf(verdict->reason, sizeof verdict->reason, "%s", report.fault);
        verdict->passing = report.passing;
    }
    verdict->accepted = verdict->reason[0] == '\0';
}

bool car_probe(const char *program, const char *path, car_verdict *verdict, car_error *e)
{
    child c;
    struct sigaction usual = {.sa_handler = SIG_DFL}, before;
    (void)sigaction(SIGCHLD, NULL, &before);
    bool forgets = before.sa_handler == SIG_IGN || (before.sa_flags & SA_NOCLDWAIT) != 0;
    if (forgets) /* how a child ended is lost, to a program that waits for none */
        (void)sigaction(SIGCHLD, &usual, NULL);
    int why = start(&c, program, path);
    if (why == 0) {
        wait_for(&c);
        judge(&c, verdict);
    }
    close_child(&c);
    if (forgets)
        (void)sigaction(SIGCHLD, &before, NULL);
    return why == 0 || car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: cannot be tried before it is loaded: %s: %s", path,
                                     program, strerror(why));
}
