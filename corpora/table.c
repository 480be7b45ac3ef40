#include "corpora/table.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/names.h"
#include "corpora/reader.h"

enum { MOST_ROWS = 100000000 };
static const double largest = 1e30; /* whose square is far from infinity */

/* The fields of one line, each terminated, in one text. */
typedef struct fields {
    car_string text;
    ptrdiff_t *first; /* [n] offsets in the text */
    int n;
    ptrdiff_t capacity;
} fields;

typedef struct loader {
    car_reader *reader;
    const char *name; /* of the file, in messages */
    char separator;
    fields fields;
    car_table *table;
    int header;  /* fields of it                                       */
    int *column; /* [header] of the table, or -1 for those not wanted */
    car_missing missing;
    ptrdiff_t capacity;
} loader;

static const char *field(const fields *f, int i) { return f->text.at + f->first[i]; }

/* ---- lines to fields ---------------------------------------------------------------------- */

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && *at == ' ')
        at++;
    return at;
}

/* A field in quotes, whose first is before `at`; NULL if the last is missing. */
static const char *add_quoted(fields *f, const char *at, const char *end)
{
    while (at < end && (*at != '"' || (at + 1 < end && at[1] == '"'))) {
        at += *at == '"';
        car_string_add(&f->text, at++, 1);
    }
    return at < end ? skip_space(at + 1, end) : NULL;
}

static const char *add_plain(fields *f, const char *at, const char *end, char separator)
{
    const char *stop = at;
    while (stop < end && *stop != separator)
        stop++;
    const char *last = stop;
    while (last > at && last[-1] == ' ')
        last--;
    car_string_add(&f->text, at, last - at);
    return stop;
}

static bool cut(loader *l, const car_text_line *line, car_error *e)
{
    fields *f = &l->fields;
    const char *at = line->at, *end = at + line->length;
    car_string_empty(&f->text);
    f->n = 0;
    do {
        f->first = car_grow(f->first, f->n, &f->capacity, sizeof *f->first);
        f->first[f->n++] = f->text.length;
        at = skip_space(at + (f->n > 1), end);
        at = at < end && *at == '"' ? add_quoted(f, at + 1, end) : add_plain(f, at, end, l->separator);
        if (at == NULL || (at < end && *at != l->separator))
            return car_error_set(
                e, CAR_EXIT_DATA, "%s:%" PRId64 ": field %d: %s", l->name, car_reader_number(l->reader), f->n,
                at == NULL ? "the quote that ends it is missing" : "something stands behind the quote that ends it");
        car_string_add(&f->text, "", 1);
    } while (at < end);
    return true;
}

/* ---- the header ---------------------------------------------------------------------------- */

static char separator_of(const car_text_line *line)
{
    bool quoted = false;
    for (ptrdiff_t i = 0; i < line->length; i++) {
        char c = line->at[i];
        quoted = quoted != (c == '"');
        if (!quoted && (c == ',' || c == ';' || c == '\t'))
            return c;
    }
    return ',';
}

static bool unknown_column(const loader *l, const char *wanted, car_error *e)
{
    const char **names = car_alloc(l->header, sizeof *names);
    car_string list = {0};
    for (int i = 0; i < l->header; i++) {
        names[i] = field(&l->fields, i);
        car_string_format(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    (void)car_error_set(e, CAR_EXIT_DATA, "%s: it has no column '%s'%s; it has %s", l->name, wanted,
                        car_name_hint_of(wanted, names, l->header).text, list.at);
    car_string_clear(&list);
    car_free(names);
    return false;
}

static bool read_header(loader *l, const char *const *names, int n, car_error *e)
{
    car_text_line line;
    int got = car_reader_next(l->reader, &line, e);
    if (got == 0)
        return car_error_set(e, CAR_EXIT_DATA, "%s: it is empty; its first line should be the names of the columns",
                             l->name);
    if (got < 0)
        return false;
    l->separator = separator_of(&line);
    if (!cut(l, &line, e))
        return false;
    l->header = l->fields.n;
    l->column = car_alloc(l->header, sizeof *l->column);
    for (int i = 0; i < l->header; i++) {
        const char *name = field(&l->fields, i);
        double number;
        l->column[i] = n == 0 ? i : -1;
        if (*name == '\0')
            return car_error_set(e, CAR_EXIT_DATA, "%s:1: field %d: the column has no name", l->name, i + 1);
        if (car_number_parse(name, &number))
            return car_error_set(e, CAR_EXIT_DATA,
                                 "%s:1: field %d is the number %s; the first line should be the names of the columns",
                                 l->name, i + 1, name);
        for (int k = 0; k < i; k++)
            if (strcmp(field(&l->fields, k), name) == 0)
                return car_error_set(e, CAR_EXIT_DATA, "%s:1: two columns are called '%s'", l->name, name);
    }
    car_table *table = l->table;
    table->columns = n == 0 ? l->header : n;
    table->name = car_alloc(table->columns, sizeof *table->name);
    for (int k = 0; k < table->columns; k++) {
        int i = 0;
        const char *wanted = n == 0 ? field(&l->fields, k) : names[k];
        while (i < l->header && strcmp(field(&l->fields, i), wanted) != 0)
            i++;
        if (i == l->header)
            return unknown_column(l, wanted, e);
        l->column[i] = k;
        table->name[k] = car_copy_text(wanted);
    }
    return true;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static bool is_missing(const char *text)
{
    return *text == '\0' || strcmp(text, "NA") == 0 || strcmp(text, "NaN") == 0 || strcmp(text, "nan") == 0;
}

static bool read_value(loader *l, int i, double *value, car_error *e)
{
    const car_table *table = l->table;
    const char *text = field(&l->fields, i), *name = table->name[l->column[i]];
    if (!is_missing(text))
        return (car_number_parse(text, value) && fabs(*value) < largest) ||
               car_error_set(e, CAR_EXIT_DATA,
                             "%s:%" PRId64 ": column %s: '%s' is not a number; columns that should not be read are "
                             "left out by naming the others (--inputs, --targets)",
                             l->name, car_reader_number(l->reader), name, text);
    if (l->missing == CAR_MISSING_ERROR)
        return car_error_set(e, CAR_EXIT_DATA,
                             "%s:%" PRId64 ": column %s: a value is missing; --missing previous takes the one before, "
                             "--missing skip leaves out what would read it",
                             l->name, car_reader_number(l->reader), name);
    *value = NAN;
    if (l->missing == CAR_MISSING_PREVIOUS && table->rows == 0)
        return car_error_set(e, CAR_EXIT_DATA,
                             "%s:%" PRId64 ": column %s: the first value is missing, so there is none before", l->name,
                             car_reader_number(l->reader), name);
    if (l->missing == CAR_MISSING_PREVIOUS)
        *value = table->value[(ptrdiff_t)(table->rows - 1) * table->columns + l->column[i]];
    return true;
}

static bool read_row(loader *l, const car_text_line *line, car_error *e)
{
    car_table *table = l->table;
    if (!cut(l, line, e))
        return false;
    if (l->fields.n != l->header)
        return car_error_set(e, CAR_EXIT_DATA, "%s:%" PRId64 ": it has %d fields, and the header %d", l->name,
                             car_reader_number(l->reader), l->fields.n, l->header);
    if (table->rows == MOST_ROWS)
        return car_error_set(e, CAR_EXIT_DATA, "%s: it has more than %d rows", l->name, MOST_ROWS);
    if (table->rows == l->capacity) {
        l->capacity = 2 * l->capacity + 64;
        table->value = car_resize(table->value, l->capacity * table->columns, sizeof *table->value);
    }
    double *row = table->value + (ptrdiff_t)table->rows * table->columns;
    for (int i = 0; i < l->header; i++)
        if (l->column[i] >= 0 && !read_value(l, i, &row[l->column[i]], e))
            return false;
    table->rows++;
    return true;
}

static bool is_blank(const car_text_line *line)
{
    const char *end = line->at + line->length;
    return skip_space(line->at, end) == end;
}

static bool load(loader *l, const char *const *names, int n, car_error *e)
{
    car_text_line line;
    int got;
    if (!read_header(l, names, n, e))
        return false;
    while ((got = car_reader_next(l->reader, &line, e)) == 1)
        if (!(l->header > 1 && is_blank(&line)) && !read_row(l, &line, e)) /* of one column it is a missing value */
            return false;
    return got == 0;
}

car_table *car_table_load(const char *path, const char *const *names, int n, car_missing missing, car_error *e)
{
    const car_reading reading = {0};
    loader l = {.missing = missing, .name = strcmp(path, "-") == 0 ? "standard input" : path};
    l.reader = car_reader_open(path, &reading, e);
    if (l.reader == NULL)
        return NULL;
    l.table = car_alloc(1, sizeof *l.table);
    l.table->path = car_copy_text(l.name);
    bool good = load(&l, names, n, e);
    car_reader_close(l.reader);
    car_string_clear(&l.fields.text);
    car_free(l.fields.first);
    car_free(l.column);
    if (good)
        return l.table;
    car_table_free(l.table);
    return NULL;
}

void car_table_free(car_table *table)
{
    if (table == NULL)
        return;
    for (int i = 0; i < table->columns && table->name != NULL; i++)
        car_free(table->name[i]);
    car_free(table->name);
    car_free(table->value);
    car_free(table->path);
    car_free(table);
}
