/* Which checks to run on what, and a process for each. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "cell/loader_open.h"
#include "check/case.h"
#include "check/suite.h"

/* Waiting for so many times the limit on processor time is in vain: the plugin sleeps,
 * or the machine is very busy. */
static const double PATIENCE = 5;

/* A cell with a choice of its options; number 0 is the file itself. */
typedef struct subject {
    int cell_index;
    char *cell, *settings;
} subject;

typedef struct task {
    int check, subject;
    enum { WAITING, RUNNING, DONE } state;
    car_verdict verdict;
    char *text;
    double seconds;
} task;

typedef struct slot {
    pid_t pid; /* 0: free */
    int task;
    double started;
    bool too_long;
    struct rusage used;
    car_case_report *report; /* shared with the child */
} slot;

typedef struct run {
    const car_check_request *request;
    subject *subjects;
    int n_subjects;
    ptrdiff_t subject_room;
    task *tasks;
    int n_tasks;
    slot *slots;
} run;

/* ---- in the child ---------------------------------------------------------------------------- */

/* Adds a line for every value to check an option at; the first `start` bytes of `line`
 * are the cell's. */
static void list_option(const car_option *option, car_string *line, ptrdiff_t start, car_string *out)
{
    double values[3] = {option->min, option->max, (double)(int64_t)((option->min + option->max) / 2)};
    int n = option->kind == CAR_COUNT ? 3 : 2;
    const char *choices = option->kind == CAR_CHOICE ? option->choices : NULL;
    for (int i = 0; choices != NULL ? *choices != '\0' : i < n; i++) {
        line->length = start;
        car_string_format(line, "%s=", option->name);
        if (choices != NULL) {
            int width = (int)strcspn(choices, "|");
            car_string_format(line, "%.*s", width, choices);
            choices += width + (choices[width] == '|');
        } else {
            car_string_format(line, "%.17g", values[i]);
        }
        car_string_format(out, "%s\n", line->at);
    }
}

static void list_subjects(const car_plugin *plugin, car_string *out)
{
    for (int i = 0; i < (int)plugin->n_cells; i++) {
        const car_cell *cell = car_plugin_cell(plugin, i);
        car_string line = {0};
        car_string_format(&line, "%d\t%s\t", i, cell->name);
        car_string_format(out, "%s\n", line.at);
        ptrdiff_t start = line.length;
        for (const car_option *option = cell->options; option != NULL && option->name != NULL; option++)
            list_option(option, &line, start, out);
        car_string_clear(&line);
    }
}

/* What the suite's first process finds out: a line "index<TAB>cell<TAB>settings" for
 * every cell and choice of options. */
static void scout(car_case *c)
{
    car_error e;
    if (!car_case_load(c, &e)) {
        car_case_fail(c, "%s", e.message);
        return;
    }
    car_string list = {0};
    list_subjects(c->plugin, &list);
    if (list.length < CAR_REPORT_TEXT)
        memcpy(c->report->text, list.at, (size_t)list.length + 1);
    else
        car_case_fail(c, "its options have too many values to check all: %d bytes of them", (int)list.length);
    car_string_clear(&list);
}

static void run_check(car_case *c, const car_check *check)
{
    car_error e;
    if ((check->about.kind & (CAR_CHECK_FILE | CAR_CHECK_LOADS)) == 0 && !car_case_load(c, &e))
        car_case_skip(c, "it cannot be loaded: %s", e.message);
    else
        check->run(c);
}

/* ---- in the parent ------------------------------------------------------------------------------ */

/* Starts the process of a check, or of the scout (NULL). */
static bool start(const run *r, slot *s, int cell_index, const char *settings, const car_check *check, car_error *e)
{
    memset(s->report, 0, offsetof(car_case_report, text) + 1);
    s->report->doing[0] = s->report->fault[0] = '\0';
    s->started = car_clock();
    s->too_long = false;
    (void)fflush(NULL); /* or the child would print it again */
    pid_t pid = fork();
    if (pid < 0)
        return car_error_set(e, CAR_EXIT_MEMORY, "%s: cannot start a process to check it in: %s", r->request->path,
                             strerror(errno));
    if (pid == 0) {
        car_case c = {.path = r->request->path,
                      .twin = r->request->twin,
                      .insecure = r->request->insecure,
                      .cell_index = cell_index,
                      .settings = settings,
                      .seed = r->request->seed,
                      .report = s->report};
        car_case_enter(&c, r->request->seconds);
        if (check != NULL)
            run_check(&c, check);
        else
            scout(&c);
        s->report->done = true;
        _exit(0);
    }
    s->pid = pid;
    return true;
}

static const char *name_of_signal(int number)
{
    switch (number) {
    case SIGSEGV:
        return "segmentation fault";
    case SIGBUS:
        return "bus error";
    case SIGFPE:
        return "division by zero or the like";
    case SIGILL:
        return "illegal instruction";
    case SIGABRT:
        return "abort";
    case SIGKILL:
        return "killed, by itself or for want of memory";
    default:
        return strsignal(number);
    }
}

/* What a child that did not come to its end leaves behind. */
static void explain_end(const slot *s, int status, double limit, car_string *text)
{
    const car_case_report *report = s->report;
    const char *doing = report->doing[0] != '\0' ? report->doing : "loading it";
    const struct timeval user = s->used.ru_utime, system = s->used.ru_stime;
    double used = (double)(user.tv_sec + system.tv_sec) + 1e-6 * (double)(user.tv_usec + system.tv_usec);
    if (s->too_long || used >= limit || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
        car_string_format(text, "did not come to an end: %s was still at work when its time was up", doing);
    else if (WIFSIGNALED(status))
        car_string_format(text, "crashed in %s: %s%s%s", doing, name_of_signal(WTERMSIG(status)),
                          report->fault[0] != '\0' ? ", " : "", report->fault);
    else
        car_string_format(text, "ended the process in %s: exit(%d)", doing, WEXITSTATUS(status));
}

/* Waits until a child ends.  Returns its slot. */
static slot *wait_for_one(run *r, int *status)
{
    for (;;) {
        for (int i = 0; i < r->request->jobs; i++) {
            slot *s = &r->slots[i];
            if (s->pid == 0)
                continue;
            if (wait4(s->pid, status, WNOHANG, &s->used) == s->pid)
                return s;
            if (!s->too_long && car_clock() - s->started > PATIENCE * r->request->seconds) {
                s->too_long = true;
                (void)kill(s->pid, SIGKILL);
            }
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
}

/* The verdict of a child that has ended.  Its slot is free again. */
static car_verdict conclude(const run *r, slot *s, int status, car_string *text)
{
    (void)kill(-s->pid, SIGKILL); /* what the plugin may have started */
    s->pid = 0;
    const car_case_report *report = s->report;
    if (!report->done) {
        explain_end(s, status, r->request->seconds, text);
        return CAR_VERDICT_FAILED;
    }
    car_string_add_text(text, report->text);
    if (report->failures > 1)
        car_string_format(text, " (and %d more)", report->failures - 1);
    return report->verdict;
}

static void add_subject(run *r, int index, const char *cell, const char *settings)
{
    r->subjects = car_grow(r->subjects, r->n_subjects, &r->subject_room, sizeof *r->subjects);
    r->subjects[r->n_subjects++] = (subject){index, car_copy_text(cell), car_copy_text(settings)};
}

/* Has the scout list what there is to check.  Of a plugin that does not load only the
 * file is left, the checks of which say why. */
static bool find_subjects(run *r, car_error *e)
{
    int status;
    car_string list = {0};
    add_subject(r, -1, "", "");
    if (!start(r, &r->slots[0], -1, "", NULL, e))
        return false;
    (void)wait_for_one(r, &status);
    bool loaded = r->slots[0].report->loaded;
    bool listed = conclude(r, &r->slots[0], status, &list) == CAR_VERDICT_PASSED;
    if (loaded && !listed)
        (void)car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: %s", r->request->path, list.at);
    for (char *at = list.at; listed && *at != '\0';) {
        char *cell = strchr(at, '\t'), *settings = strchr(cell + 1, '\t'), *end = strchr(settings + 1, '\n');
        *end = *cell = *settings = '\0';
        add_subject(r, atoi(at), cell + 1, settings + 1);
        at = end + 1;
    }
    car_string_clear(&list);
    return listed || !loaded;
}

/* ---- which checks ------------------------------------------------------------------------------- */

static bool is_of_this_build(const car_check *check)
{
    return ((check->about.kind & CAR_CHECK_TWIN) != 0) == (CAR_REAL_BITS == 64);
}

/* Asked for, or needed by one that is. */
static bool is_wanted(const car_check_request *request, int index)
{
    bool wanted = request->n_only == 0;
    for (int i = 0; i < request->n_only && !wanted; i++)
        wanted = car_check_is_named(car_checks[index].about.id, request->only[i]);
    for (int k = 0; k < car_check_count() && !wanted; k++)
        wanted = car_checks[k].needs != NULL && strcmp(car_checks[k].needs, car_checks[index].about.id) == 0 &&
                 is_wanted(request, k);
    return wanted;
}

static bool names_exist(const car_check_request *request, car_error *e)
{
    for (int i = 0; i < request->n_only; i++) {
        int k = 0;
        while (k < car_check_count() && !car_check_is_named(car_checks[k].about.id, request->only[i]))
            k++;
        if (k == car_check_count())
            return car_error_set(e, CAR_EXIT_USAGE, "there is no check \"%s\"; `carousel cell check --list` lists all",
                                 request->only[i]);
    }
    return true;
}

static void make_tasks(run *r)
{
    r->tasks = car_alloc((ptrdiff_t)r->n_subjects * car_check_count(), sizeof *r->tasks);
    for (int s = 0; s < r->n_subjects; s++)
        for (int k = 0; k < car_check_count(); k++) {
            const car_check *check = &car_checks[k];
            bool of_file = (check->about.kind & CAR_CHECK_FILE) != 0;
            bool once = (check->about.kind & CAR_CHECK_ONCE) != 0;
            if (is_of_this_build(check) && of_file == (s == 0) && (!once || r->subjects[s].settings[0] == '\0') &&
                is_wanted(r->request, k))
                r->tasks[r->n_tasks++] = (task){.check = k, .subject = s};
        }
}

/* The task that must be passed before this one is worth running, or NULL. */
static const task *needed_by(const run *r, const task *wanted)
{
    const char *id = car_checks[wanted->check].needs;
    for (int i = 0; i < r->n_tasks && id != NULL; i++) {
        const task *t = &r->tasks[i];
        bool same = t->subject == wanted->subject || t->subject == 0;
        if (same && strcmp(car_checks[t->check].about.id, id) == 0)
            return t;
    }
    return NULL;
}

static void finish(task *t, car_verdict verdict, const char *text, double seconds)
{
    t->state = DONE;
    t->verdict = verdict;
    t->text = car_copy_text(text != NULL ? text : "");
    t->seconds = seconds;
}

/* The next task that can start, NULL if none can.  Those that never can are done. */
static task *next_task(run *r)
{
    for (int i = 0; i < r->n_tasks; i++) {
        task *t = &r->tasks[i];
        const task *needed = t->state == WAITING ? needed_by(r, t) : NULL;
        if (t->state != WAITING || (needed != NULL && needed->state != DONE))
            continue;
        if (needed == NULL || needed->verdict == CAR_VERDICT_PASSED || needed->verdict == CAR_VERDICT_WARNED)
            return t;
        char text[128];
        (void)snprintf(text, sizeof text, "needs %s", car_checks[needed->check].about.id);
        finish(t, CAR_VERDICT_NOT_RUN, text, 0);
    }
    return NULL;
}

static bool run_tasks(run *r, car_check_report report, void *context, car_error *e)
{
    int running = 0, reported = 0;
    bool good = true;
    car_string text = {0};
    while (reported < r->n_tasks && good) {
        task *t = running < r->request->jobs ? next_task(r) : NULL;
        for (; t != NULL && good; t = running < r->request->jobs ? next_task(r) : NULL) {
            slot *s = r->slots;
            while (s->pid != 0)
                s++;
            const subject *about = &r->subjects[t->subject];
            good = start(r, s, about->cell_index, about->settings, &car_checks[t->check], e);
            s->task = (int)(t - r->tasks);
            t->state = RUNNING;
            running += good;
        }
        if (good && running > 0) {
            int status;
            slot *s = wait_for_one(r, &status);
            car_string_empty(&text);
            car_verdict verdict = conclude(r, s, status, &text);
            finish(&r->tasks[s->task], verdict, text.at, car_clock() - s->started);
            running--;
        }
        for (; reported < r->n_tasks && r->tasks[reported].state == DONE; reported++) {
            const task *done = &r->tasks[reported];
            const subject *about = &r->subjects[done->subject];
            const car_check_result result = {car_checks[done->check].about.id,
                                             about->cell,
                                             about->settings,
                                             done->verdict,
                                             done->text,
                                             done->seconds};
            report(context, &result);
        }
    }
    car_string_clear(&text);
    return good;
}

static void clear(run *r, size_t shared_bytes)
{
    for (int i = 0; i < r->request->jobs; i++)
        if (r->slots[i].pid != 0) {
            (void)kill(r->slots[i].pid, SIGKILL);
            (void)waitpid(r->slots[i].pid, NULL, 0);
        }
    for (int i = 0; i < r->n_subjects; i++) {
        car_free(r->subjects[i].cell);
        car_free(r->subjects[i].settings);
    }
    for (int i = 0; i < r->n_tasks; i++)
        car_free(r->tasks[i].text);
    (void)munmap(r->slots[0].report, shared_bytes);
    car_free(r->subjects);
    car_free(r->tasks);
    car_free(r->slots);
}

bool car_check_run(const car_check_request *request, car_check_report report, void *context, car_error *e)
{
    CAR_REQUIRE(request->path[0] == '/' && request->jobs >= 1 && request->seconds > 0);
    if (!names_exist(request, e))
        return false;
    run r = {.request = request};
    size_t bytes = (size_t)request->jobs * sizeof(car_case_report);
    car_case_report *reports = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reports == MAP_FAILED)
        return car_error_set(e, CAR_EXIT_MEMORY, "no memory to share with the processes of a check: %s",
                             strerror(errno));
    r.slots = car_alloc(request->jobs, sizeof *r.slots);
    for (int i = 0; i < request->jobs; i++)
        r.slots[i].report = &reports[i];

    bool good = find_subjects(&r, e);
    if (good) {
        make_tasks(&r);
        good = run_tasks(&r, report, context, e);
    }
    clear(&r, bytes);
    return good;
}
