#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "tools/commands.h"
#include "tools/svg.h"

/* A table, tab-separated, with a head: its first column is x, or names of groups; each other one
 * is a curve under the name in the head.  "" and "-" are points that there are not. */
typedef struct table {
    car_string head;   /* what the names point into */
    const char **name; /* [columns] */
    int columns, rows;
    ptrdiff_t value_capacity, label_capacity;
    double *value; /* [rows, columns]      */
    char **label;  /* [rows] column 0 as it stands */
} table;

static void clear(table *t)
{
    for (int r = 0; r < t->rows; r++)
        car_free(t->label[r]);
    car_free(t->label);
    car_free(t->value);
    car_free((void *)t->name);
    car_string_clear(&t->head);
}

/* Cuts a line at its tabs, in place; fields beyond `most` are counted only. */
static int cut(char *line, char **field, int most)
{
    int n = 0;
    for (char *at = line; at != NULL; n++) {
        char *tab = strchr(at, '\t');
        if (n < most)
            field[n] = at;
        if (tab != NULL)
            *tab++ = '\0';
        at = tab;
    }
    return n;
}

static void read_head(table *t, const char *line, ptrdiff_t length)
{
    car_string_add(&t->head, line, length);
    t->columns = 1;
    for (ptrdiff_t i = 0; i < length; i++)
        t->columns += line[i] == '\t';
    char **name = car_alloc(t->columns, sizeof *name);
    (void)cut(t->head.at, name, t->columns);
    t->name = (const char **)name;
}

static bool read_number(const char *text, double *value)
{
    char *end;
    if (*text == '\0' || strcmp(text, "-") == 0) {
        *value = NAN;
        return true;
    }
    *value = strtod(text, &end);
    return *end == '\0';
}

static bool read_row(table *t, bool named, char *line, char **field, const char *path, car_error *e)
{
    int n = cut(line, field, t->columns), row = t->rows;
    if (n != t->columns)
        return car_error_set(e, CAR_EXIT_DATA, "%s:%d: %d columns where the head has %d", path, row + 2, n, t->columns);
    t->label = car_grow(t->label, row, &t->label_capacity, sizeof *t->label);
    t->label[t->rows++] = car_copy_text(field[0]);
    for (int c = 0; c < n; c++) {
        ptrdiff_t at = (ptrdiff_t)row * n + c;
        t->value = car_grow(t->value, at, &t->value_capacity, sizeof *t->value);
        t->value[at] = 0;
        if (!(named && c == 0) && !read_number(field[c], &t->value[at]))
            return car_error_set(e, CAR_EXIT_DATA, "%s:%d: column %d is '%s', which is no number", path, row + 2, c + 1,
                                 field[c]);
    }
    return true;
}

static bool load(table *t, bool named, const char *path, car_error *e)
{
    car_lines *lines = car_lines_open(path, e);
    if (lines == NULL)
        return false;
    const char *line;
    ptrdiff_t length;
    int got = car_lines_next(lines, &line, &length, e);
    char **field = NULL;
    car_string text = {0};
    if (got == 1) {
        read_head(t, line, length);
        field = car_alloc(t->columns, sizeof *field);
    }
    while (got == 1 && (got = car_lines_next(lines, &line, &length, e)) == 1) {
        car_string_empty(&text);
        car_string_add(&text, line, length);
        got = read_row(t, named, text.at, field, path, e) ? 1 : -1;
    }
    car_free(field);
    car_string_clear(&text);
    car_lines_close(lines);
    return got == 0 && (t->columns > 1 || car_error_set(e, CAR_EXIT_DATA,
                                                        "%s: a table has a head and two columns at least, with a tab "
                                                        "between them",
                                                        path));
}

/* Bars stand at names, and on 0. */
static bool check_bars(const car_options *options, car_error *e)
{
    static const char *const of_curves[] = {"log-x", "log-y", "points"};
    for (size_t i = 0; i < sizeof of_curves / sizeof *of_curves; i++)
        if (car_options_is_changed(options, of_curves[i]))
            return car_error_set(e, CAR_EXIT_USAGE, "--%s is of curves; leave it out, or --bars", of_curves[i]);
    return true;
}

/* Is a column of this name to be points? */
static bool is_points(const car_options *options, const char *name)
{
    for (int i = 0; i < car_options_texts_count(options, "points"); i++)
        if (strcmp(car_options_texts(options, "points", i), name) == 0)
            return true;
    return false;
}

/* Every name of --points has its column. */
static bool check_points(const table *t, const car_options *options, car_error *e)
{
    for (int i = 0; i < car_options_texts_count(options, "points"); i++) {
        const char *name = car_options_texts(options, "points", i);
        int c = 1;
        while (c < t->columns && strcmp(t->name[c], name) != 0)
            c++;
        if (c == t->columns)
            return car_error_set(e, CAR_EXIT_USAGE, "--points: the table has no column '%s' beside its first", name);
    }
    return true;
}

static void draw(const table *t, const car_axes *axes, const car_options *options, bool bars, car_string *out)
{
    int n = t->columns - 1;
    car_curve *curves = car_alloc(n, sizeof *curves);
    double *column = car_alloc((ptrdiff_t)t->columns * t->rows, sizeof *column); /* [columns, rows] */
    for (int c = 0; c <= n; c++)
        for (int r = 0; r < t->rows; r++)
            column[(ptrdiff_t)c * t->rows + r] = t->value[(ptrdiff_t)r * t->columns + c];
    for (int c = 0; c < n; c++)
        curves[c] = (car_curve){t->name[c + 1], column, column + (ptrdiff_t)(c + 1) * t->rows, t->rows,
                                is_points(options, t->name[c + 1])};
    if (bars)
        car_svg_bars(axes, (const char *const *)t->label, curves, n, out);
    else
        car_svg_curves(axes, curves, n, out);
    car_free(column);
    car_free(curves);
}

int run_plot(car_options *options, car_error *e)
{
    int operands = car_options_operand_count(options);
    bool bars = car_options_flag(options, "bars");
    const char *path = operands > 0 ? car_options_operand(options, 0) : "-", *x = car_options_text(options, "x-axis");
    table t = {0};
    car_string figure = {0};
    bool good = (operands <= 1 || car_error_set(e, CAR_EXIT_USAGE, "plot draws one table; there are %d", operands)) &&
                (!bars || check_bars(options, e)) && load(&t, bars, path, e) && check_points(&t, options, e);
    if (good) {
        const car_axes axes = {car_options_text(options, "title"),  *x != '\0' ? x : t.name[0],
                               car_options_text(options, "y-axis"), car_options_flag(options, "log-x"),
                               car_options_flag(options, "log-y"),  car_options_flag(options, "from-zero")};
        draw(&t, &axes, options, bars, &figure);
        good = fwrite(figure.at, 1, (size_t)figure.length, stdout) == (size_t)figure.length && fflush(stdout) == 0;
        if (!good)
            (void)car_error_set(e, CAR_EXIT_IO, "standard output cannot be written");
    }
    car_string_clear(&figure);
    clear(&t);
    return good ? CAR_EXIT_DONE : e->code;
}
