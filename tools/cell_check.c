/* carousel cell check: does a plugin keep to the contract?  The checks are core/check;
 * those with 64-bit reals are run by a program of their own, lib/carousel/check64. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cell/loader.h"
#include "check/check.h"
#include "tools/cell_jobs.h"

extern char **environ;

/* A result, kept. */
typedef struct result {
    char *id, *cell, *settings, *text;
    car_verdict verdict;
    double seconds;
} result;

typedef struct results {
    result *at;
    int n;
    ptrdiff_t room;
    int count[4]; /* by verdict */
} results;

static void keep(void *context, const car_check_result *r)
{
    results *all = context;
    all->at = car_grow(all->at, all->n, &all->room, sizeof *all->at);
    all->at[all->n++] = (result){.id = car_copy_text(r->id),
                                 .cell = car_copy_text(r->cell),
                                 .settings = car_copy_text(r->settings),
                                 .text = car_copy_text(r->text),
                                 .verdict = r->verdict,
                                 .seconds = r->seconds};
    all->count[r->verdict]++;
}

static void clear(results *all)
{
    for (int i = 0; i < all->n; i++) {
        car_free(all->at[i].id);
        car_free(all->at[i].cell);
        car_free(all->at[i].settings);
        car_free(all->at[i].text);
    }
    car_free(all->at);
}

/* ---- the file and its twin ------------------------------------------------------------------------ */

/* The absolute path of FILE.so, or of the cell of that name; NULL and *e. */
static char *find_file(const char *what, bool insecure, car_error *e)
{
    char *path = NULL;
    if (strchr(what, '/') == NULL && !car_path_exists(what)) {
        car_cells *cells = car_cells_new();
        car_cells_allow_insecure(cells, insecure);
        const car_loaded_cell *loaded = car_cell_find(cells, what, e);
        path = loaded != NULL ? car_copy_text(loaded->path) : NULL;
        car_cells_free(cells);
        return path;
    }
    char *real = realpath(what, NULL);
    if (real == NULL)
        (void)car_error_set(e, car_error_code_of_errno(errno), "plugin %s: cannot be opened: %s", what,
                            strerror(errno));
    else
        path = car_copy_text(real);
    free(real);
    return path;
}

/* The twin of a plugin, where a build leaves it: DIR64/NAME.so, DIR/64/NAME.so or
 * DIR/NAME64.so; NULL if there is none. */
static char *find_twin(const char *path)
{
    char *folder = car_path_folder(path), *found = NULL;
    const char *name = strrchr(path, '/') + 1, *dot = strrchr(name, '.');
    int stem = dot != NULL ? (int)(dot - name) : (int)strlen(name);
    for (int i = 0; i < 3 && found == NULL; i++) {
        car_string twin = {0};
        if (i < 2)
            car_string_format(&twin, "%s%s64/%s", folder, i == 0 ? "" : "/", name);
        else
            car_string_format(&twin, "%s/%.*s64%s", folder, stem, name, name + stem);
        if (car_path_exists(twin.at))
            found = car_copy_text(twin.at);
        car_string_clear(&twin);
    }
    car_free(folder);
    return found;
}

/* ---- the other half -------------------------------------------------------------------------------- */

static bool keep_line(results *all, const char *line, car_error *e)
{
    json_t *object = json_loads(line, 0, NULL);
    car_check_result r;
    int verdict;
    bool good = object != NULL &&
                json_unpack(object, "{s:s, s:s, s:s, s:i, s:s, s:f}", "id", &r.id, "cell", &r.cell, "settings",
                            &r.settings, "verdict", &verdict, "text", &r.text, "seconds", &r.seconds) == 0;
    if (good) {
        r.verdict = (car_verdict)verdict;
        keep(all, &r);
    } else {
        (void)car_error_set(e, CAR_EXIT_BUG, "lib/carousel/check64 said what is no result: %.200s", line);
    }
    json_decref(object);
    return good;
}

/* Runs check64 and keeps what it reports. */
static bool run_check64(const car_check_request *request, const char *twin, results *all, car_error *e)
{
    char *folder = car_program_folder(), *program = car_path_join(folder, "../lib/carousel/check64");
    char seed[32], jobs[16], seconds[32];
    (void)snprintf(seed, sizeof seed, "%" PRIu64, request->seed);
    (void)snprintf(jobs, sizeof jobs, "%d", request->jobs);
    (void)snprintf(seconds, sizeof seconds, "%g", request->seconds);
    char **argv = car_alloc(request->n_only + 7, sizeof *argv);
    argv[0] = program;
    argv[1] = (char *)twin;
    argv[2] = seed;
    argv[3] = request->insecure ? "1" : "0";
    argv[4] = jobs;
    argv[5] = seconds;
    for (int i = 0; i < request->n_only; i++)
        argv[6 + i] = (char *)request->only[i];

    int ends[2];
    pid_t pid;
    bool good = pipe(ends) == 0;
    if (!good)
        (void)car_error_set(e, CAR_EXIT_MEMORY, "cannot start %s: %s", program, strerror(errno));
    posix_spawn_file_actions_t files;
    (void)posix_spawn_file_actions_init(&files);
    if (good) {
        (void)posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
        (void)posix_spawn_file_actions_addclose(&files, ends[0]);
        (void)posix_spawn_file_actions_addclose(&files, ends[1]);
        int why = posix_spawn(&pid, program, &files, NULL, argv, environ);
        (void)close(ends[1]);
        if (why != 0) {
            good = car_error_set(e, CAR_EXIT_BUG, "cannot start %s, a part of Carousel: %s", program, strerror(why));
            (void)close(ends[0]);
        }
    }
    if (good) {
        FILE *output = fdopen(ends[0], "r");
        char *line = NULL;
        size_t room = 0;
        while (good && getline(&line, &room, output) > 0)
            good = keep_line(all, line, e);
        free(line);
        (void)fclose(output);
        int status = 0;
        (void)waitpid(pid, &status, 0);
        if (good && status != 0)
            good = car_error_set(e, WIFEXITED(status) ? WEXITSTATUS(status) : CAR_EXIT_BUG, "%s ended early", program);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    car_free(argv);
    car_free(program);
    car_free(folder);
    return good;
}

/* Without a twin the checks of gradients are not run, and say so. */
static void keep_not_run(const car_check_request *request, results *all)
{
    for (int k = 0; k < car_check_count(); k++) {
        car_check_about about = car_check_at(k);
        bool wanted = request->n_only == 0;
        for (int i = 0; i < request->n_only; i++)
            wanted = wanted || car_check_is_named(about.id, request->only[i]);
        const car_check_result r = {.id = about.id,
                                    .cell = "",
                                    .settings = "",
                                    .verdict = CAR_VERDICT_NOT_RUN,
                                    .text =
                                        "there is no twin with 64-bit reals to check gradients with; car_add_cell() "
                                        "builds it, or compile the same source with -DCAR_REAL_BITS=64 to "
                                        "NAME64.so beside NAME.so, or name it with --twin"};
        if (wanted && (about.kind & CAR_CHECK_TWIN) != 0)
            keep(all, &r);
    }
}

/* ---- for people ---------------------------------------------------------------------------------------- */

/* Text in lines of at most 96 columns behind an indentation of 4. */
static void print_wrapped(const char *text)
{
    enum { WIDTH = 96 };
    for (int column = 0; *text != '\0';) {
        int length = (int)strcspn(text, " \n");
        if (column > 0 && column + 1 + length > WIDTH) {
            (void)putchar('\n');
            column = 0;
        }
        (void)printf("%s%.*s", column == 0 ? "    " : " ", length, text);
        column += length + (column > 0);
        text += length;
        if (*text == '\n') {
            (void)putchar('\n');
            column = 0;
        }
        text += *text != '\0';
    }
    (void)putchar('\n');
}

/* With which options: the choices of this id and verdict. */
static void print_settings(const results *all, int first)
{
    const result *r = &all->at[first];
    int n = 0, of = 0;
    for (int i = 0; i < all->n; i++)
        if (strcmp(all->at[i].id, r->id) == 0 && strcmp(all->at[i].cell, r->cell) == 0) {
            of++;
            n += all->at[i].verdict == r->verdict;
        }
    if (r->cell[0] == '\0')
        return;
    (void)printf("  %s", r->cell);
    if (n == of && of > 1)
        (void)printf(", whatever its options");
    for (int i = first, shown = 0; i < all->n && n < of; i++) {
        const result *other = &all->at[i];
        if (strcmp(other->id, r->id) != 0 || strcmp(other->cell, r->cell) != 0 || other->verdict != r->verdict)
            continue;
        (void)printf("%s%s", shown++ == 0 ? " with " : ", ", other->settings[0] != '\0' ? other->settings : "defaults");
    }
}

/* Was this id already told of, for this cell and with this verdict? */
static bool is_repeated(const results *all, int index)
{
    for (int i = 0; i < index; i++)
        if (all->at[i].verdict == all->at[index].verdict && strcmp(all->at[i].id, all->at[index].id) == 0 &&
            strcmp(all->at[i].cell, all->at[index].cell) == 0)
            return true;
    return false;
}

static void print_findings(const results *all, car_verdict verdict, const char *title)
{
    for (int i = 0; i < all->n; i++) {
        if (all->at[i].verdict != verdict || is_repeated(all, i))
            continue;
        (void)printf("%s  %s", title, all->at[i].id);
        print_settings(all, i);
        (void)putchar('\n');
        print_wrapped(all->at[i].text);
    }
}

/* Adds "forward (14)" for all of a group that was not run for this reason, of `first` and behind. */
static void add_group(const results *all, int first, car_string *text)
{
    const result *r = &all->at[first];
    int length = (int)strcspn(r->id, "."), n = 0;
    for (int i = 0; i < all->n; i++)
        if (all->at[i].verdict == CAR_VERDICT_NOT_RUN && strcmp(all->at[i].text, r->text) == 0 &&
            strncmp(all->at[i].id, r->id, (size_t)length + 1) == 0) {
            if (i < first)
                return; /* told already */
            n++;
        }
    car_string_format(text, "%s%.*s (%d)", text->length > 0 ? ", " : "", length, r->id, n);
}

/* Those that were not run, together for each reason. */
static void print_not_run(const results *all)
{
    for (int i = 0; i < all->n; i++) {
        const result *r = &all->at[i];
        bool told = r->verdict != CAR_VERDICT_NOT_RUN;
        for (int k = 0; k < i && !told; k++)
            told = all->at[k].verdict == CAR_VERDICT_NOT_RUN && strcmp(all->at[k].text, r->text) == 0;
        if (told)
            continue;
        car_string groups = {0};
        for (int k = i; k < all->n; k++)
            if (all->at[k].verdict == CAR_VERDICT_NOT_RUN && strcmp(all->at[k].text, r->text) == 0)
                add_group(all, k, &groups);
        (void)printf("not run: %s\n", groups.at);
        print_wrapped(r->text);
        car_string_clear(&groups);
    }
}

static void print_report(const results *all, const char *path, const char *twin, uint64_t seed)
{
    print_findings(all, CAR_VERDICT_FAILED, "FAILED");
    print_findings(all, CAR_VERDICT_WARNED, "warning");
    print_not_run(all);
    int kinds = 0;
    for (int k = 0; k < car_check_count(); k++) {
        bool ran = false;
        for (int i = 0; i < all->n && !ran; i++)
            ran = strcmp(all->at[i].id, car_check_at(k).id) == 0 && all->at[i].verdict != CAR_VERDICT_NOT_RUN;
        kinds += ran;
    }
    (void)printf("%s: %s: %d checks", path, all->count[CAR_VERDICT_FAILED] > 0 ? "FAILED" : "passed", kinds);
    (void)printf(" in %d runs, %d failed, %d warned, %d not run; seed %" PRIu64 "%s\n",
                 all->n - all->count[CAR_VERDICT_NOT_RUN], all->count[CAR_VERDICT_FAILED],
                 all->count[CAR_VERDICT_WARNED], all->count[CAR_VERDICT_NOT_RUN], seed,
                 twin == NULL ? "; gradients were not checked" : "");
}

/* ---- for programs -------------------------------------------------------------------------------------- */

static void print_json(const results *all, const char *path, const char *twin, uint64_t seed)
{
    json_t *list = json_array();
    for (int i = 0; i < all->n; i++) {
        const result *r = &all->at[i];
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:f}", "id", r->id, "cell", r->cell,
                                                    "settings", r->settings, "verdict", car_verdict_name(r->verdict),
                                                    "text", r->text, "seconds", r->seconds));
    }
    json_t *root =
        json_pack("{s:s, s:s?, s:I, s:i, s:i, s:i, s:i, s:o}", "file", path, "twin", twin, "seed", (json_int_t)seed,
                  "passed", all->count[CAR_VERDICT_PASSED], "warned", all->count[CAR_VERDICT_WARNED], "failed",
                  all->count[CAR_VERDICT_FAILED], "not_run", all->count[CAR_VERDICT_NOT_RUN], "results", list);
    (void)json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    (void)putchar('\n');
    json_decref(root);
}

static void print_list(void)
{
    for (int k = 0; k < car_check_count(); k++)
        (void)printf("%-22s %s\n", car_check_at(k).id, car_check_at(k).summary);
}

/* ---- the command ------------------------------------------------------------------------------------------ */

int run_cell_check(const car_options *options, car_error *e)
{
    if (car_options_flag(options, "list")) {
        print_list();
        return CAR_EXIT_DONE;
    }
    if (car_options_operand_count(options) != 2) {
        (void)car_error_set(e, CAR_EXIT_USAGE,
                            "`carousel cell check FILE.so` checks one plugin, `carousel cell check "
                            "--list` lists what it looks at");
        return e->code;
    }
    bool insecure = car_options_flag(options, "insecure-plugins");
    char *path = find_file(car_options_operand(options, 1), insecure, e);
    if (path == NULL)
        return e->code;
    const char *given = car_options_text(options, "twin");
    char *twin = given[0] != '\0' ? find_file(given, insecure, e) : find_twin(path);
    int n_only = car_options_texts_count(options, "only");
    const char **only = car_alloc(n_only, sizeof *only);
    for (int i = 0; i < n_only; i++)
        only[i] = car_options_texts(options, "only", i);
    car_parallel_set_threads(0);
    car_check_request request = {.path = path,
                                 .twin = twin,
                                 .insecure = insecure,
                                 .seed = (uint64_t)car_options_count(options, "seed"),
                                 .only = only,
                                 .n_only = n_only,
                                 .seconds = car_options_number(options, "timeout"),
                                 .jobs = car_parallel_threads()};
    results all = {0};
    bool good = (given[0] == '\0' || twin != NULL) && car_check_run(&request, keep, &all, e);
    if (good && twin != NULL)
        good = run_check64(&request, twin, &all, e);
    else if (good)
        keep_not_run(&request, &all);
    if (good && car_options_flag(options, "json"))
        print_json(&all, path, twin, request.seed);
    else if (good)
        print_report(&all, path, twin, request.seed);
    int code = !good ? e->code : all.count[CAR_VERDICT_FAILED] > 0 ? CAR_EXIT_NO : CAR_EXIT_DONE;
    clear(&all);
    car_free(only);
    car_free(twin);
    car_free(path);
    return code;
}
