#include "corpora/bitext.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

struct car_bitext {
    const car_text_set *sets;
    int n, set; /* the one that is open */
    car_reading reading;
    car_reader *reader[CAR_SIDES]; /* of a file with columns, the first only */
    int64_t number;
    bool ended; /* the last set was read to its end */
    car_string name, report;
};

static bool has_columns(const car_text_set *set) { return set->path[CAR_TARGET] == NULL; }

/* Text without a source. */
static bool is_alone(const car_text_set *set) { return has_columns(set) && set->column[CAR_TARGET] == 0; }

static int n_files(const car_text_set *set) { return has_columns(set) ? 1 : CAR_SIDES; }

/* All files are looked for before the first is read, which may take hours. */
static bool check_files(const car_text_set *sets, int n, car_error *e)
{
    int standard = 0;
    for (int i = 0; i < n; i++)
        for (int side = 0; side < n_files(&sets[i]); side++) {
            const char *path = sets[i].path[side];
            if (strcmp(path, "-") == 0) {
                if (standard++ > 0)
                    return car_error_set(e, CAR_EXIT_USAGE,
                                         "only one file can be standard input; name the others, or give one "
                                         "tab-separated stream");
            } else if (access(path, R_OK) != 0) {
                return car_error_set(e, car_error_code_of_errno(errno), "%s: cannot be opened: %s", path,
                                     strerror(errno));
            }
        }
    return true;
}

static void add_name(const car_text_set *set, car_string *name)
{
    car_string_add_text(name, set->path[CAR_SOURCE]);
    if (!has_columns(set))
        car_string_format(name, " and %s", set->path[CAR_TARGET]);
}

static void close_set(car_bitext *bitext)
{
    for (int side = 0; side < CAR_SIDES; side++) {
        car_reader_close(bitext->reader[side]);
        bitext->reader[side] = NULL;
    }
}

static bool open_set(car_bitext *bitext, int i, car_error *e)
{
    const car_text_set *set = &bitext->sets[i];
    bitext->set = i;
    for (int side = 0; side < n_files(set); side++) {
        bitext->reader[side] = car_reader_open(set->path[side], &bitext->reading, e);
        if (bitext->reader[side] == NULL)
            return false;
    }
    return true;
}

car_bitext *car_bitext_open(const car_text_set *sets, int n, const car_reading *reading, car_error *e)
{
    CAR_REQUIRE(n > 0);
    if (!check_files(sets, n, e))
        return NULL;
    car_bitext *bitext = car_alloc(1, sizeof *bitext);
    bitext->sets = sets;
    bitext->n = n;
    bitext->reading = *reading;
    add_name(&sets[0], &bitext->name);
    if (n > 1)
        car_string_format(&bitext->name, " and %d more set%s", n - 1, n > 2 ? "s" : "");
    if (open_set(bitext, 0, e))
        return bitext;
    car_bitext_close(bitext);
    return NULL;
}

void car_bitext_close(car_bitext *bitext)
{
    if (bitext == NULL)
        return;
    close_set(bitext);
    car_string_clear(&bitext->name);
    car_string_clear(&bitext->report);
    car_free(bitext);
}

const char *car_bitext_path_view(const car_bitext *bitext, int side)
{
    const car_text_set *set = &bitext->sets[bitext->set];
    return set->path[has_columns(set) ? CAR_SOURCE : side];
}

const char *car_bitext_name_view(const car_bitext *bitext) { return bitext->name.at; }

const char *car_bitext_report_view(const car_bitext *bitext)
{
    return bitext->report.at != NULL ? bitext->report.at : "";
}

/* One file is at its end: says how long the other is. */
static bool lengths_differ(car_bitext *bitext, int longer, car_error *e)
{
    car_text_line line;
    int got;
    while ((got = car_reader_next(bitext->reader[longer], &line, e)) == 1)
        continue;
    if (got < 0)
        return false;
    return car_error_set(e, CAR_EXIT_DATA,
                         "%s has %" PRId64 " lines and %s has %" PRId64
                         "; parallel text needs a line for each line, so one file is cut short or has lines too many",
                         car_bitext_path_view(bitext, CAR_SOURCE), car_reader_number(bitext->reader[CAR_SOURCE]),
                         car_bitext_path_view(bitext, CAR_TARGET), car_reader_number(bitext->reader[CAR_TARGET]));
}

/* The next line of both files; as car_bitext_next. */
static int next_of_files(car_bitext *bitext, car_line_pair *pair, car_error *e)
{
    car_text_line line[CAR_SIDES];
    int got[CAR_SIDES];
    for (int side = 0; side < CAR_SIDES; side++) {
        got[side] = car_reader_next(bitext->reader[side], &line[side], e);
        if (got[side] < 0)
            return -1;
    }
    if (got[CAR_SOURCE] != got[CAR_TARGET]) {
        (void)lengths_differ(bitext, got[CAR_SOURCE] == 1 ? CAR_SOURCE : CAR_TARGET, e);
        return -1;
    }
    for (int side = 0; side < CAR_SIDES && got[side] == 1; side++) {
        pair->line[side] = line[side].at;
        pair->length[side] = line[side].length;
        pair->skipped = pair->skipped || line[side].skipped;
    }
    return got[CAR_SOURCE];
}

bool car_text_column(const char *line, ptrdiff_t length, int column, const char **part, ptrdiff_t *part_length, int *n)
{
    const char *at = line, *end = line + length, *tab;
    for (*n = 1; (tab = memchr(at, '\t', (size_t)(end - at))) != NULL && *n < column; ++*n)
        at = tab + 1;
    *part = at;
    *part_length = (tab != NULL ? tab : end) - at;
    return *n == column;
}

static int next_of_columns(car_bitext *bitext, car_line_pair *pair, car_error *e)
{
    const car_text_set *set = &bitext->sets[bitext->set];
    car_text_line line;
    int got = car_reader_next(bitext->reader[CAR_SOURCE], &line, e), n;
    if (got != 1)
        return got;
    pair->skipped = line.skipped;
    for (int side = 0; side < CAR_SIDES; side++) {
        pair->line[side] = line.at;
        pair->length[side] = 0;
    }
    if (is_alone(set)) {
        pair->length[CAR_TARGET] = line.length;
        return 1;
    }
    for (int side = 0; side < CAR_SIDES; side++) {
        if (line.length > 0 &&
            !car_text_column(line.at, line.length, set->column[side], &pair->line[side], &pair->length[side], &n)) {
            (void)car_error_set(e, CAR_EXIT_DATA,
                                "%s:%" PRId64 ": the line has %d column%s parted by tabs; column %d is wanted "
                                "(--tsv-columns)",
                                set->path[CAR_SOURCE], car_reader_number(bitext->reader[CAR_SOURCE]), n,
                                n > 1 ? "s" : "", set->column[side]);
            return -1;
        }
    }
    return 1;
}

/* The set is at its end: what was found there, and the next one.  1, 0 if it was the
 * last, -1 with *e. */
static int next_set(car_bitext *bitext, car_error *e)
{
    const car_text_set *set = &bitext->sets[bitext->set];
    if (car_reader_number(bitext->reader[CAR_SOURCE]) == 0) {
        car_string name = {0};
        add_name(set, &name);
        (void)car_error_set(e, CAR_EXIT_DATA, "%s %s empty", name.at, has_columns(set) ? "is" : "are");
        car_string_clear(&name);
        return -1;
    }
    if (bitext->ended)
        return 0;
    for (int side = 0; side < n_files(set); side++)
        car_reader_report(bitext->reader[side], &bitext->report);
    bitext->ended = bitext->set + 1 == bitext->n;
    if (bitext->ended)
        return 0;
    close_set(bitext);
    return open_set(bitext, bitext->set + 1, e) ? 1 : -1;
}

int car_bitext_next(car_bitext *bitext, car_line_pair *pair, car_error *e)
{
    int got, more = 1;
    do {
        *pair = (car_line_pair){.set = bitext->set};
        got =
            has_columns(&bitext->sets[bitext->set]) ? next_of_columns(bitext, pair, e) : next_of_files(bitext, pair, e);
    } while (got == 0 && (more = next_set(bitext, e)) == 1);
    if (got != 1)
        return got < 0 ? got : more;
    pair->number = ++bitext->number;
    pair->line_number = car_reader_number(bitext->reader[CAR_SOURCE]);
    return 1;
}
