#include "base/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/memory.h"
#include "base/names.h"

enum { HELP_COLUMN = 34, HELP_WIDTH = 100 };

/* Where a value comes from, the stronger the later. */
typedef enum source { FROM_TABLE, FROM_FILE, FROM_COMMAND_LINE } source;

typedef struct value {
    const car_option_row *row;
    char **texts; /* [n] */
    int n;
    source from;
} value;

struct car_options {
    const car_option_row *table;
    value *values; /* [count], of the rows of the command */
    int count;
    const char **names; /* [count] */
    const char **operands;
    ptrdiff_t n_operands, operands_capacity;
};

static bool is_list(const car_option_row *row) { return row->type >= CAR_OPTION_TEXTS; }

/* ---- checking ----------------------------------------------------------------------- */

static bool parse_count(const char *text, int64_t *count)
{
    char *end;
    const char *digits = text[0] == '-' ? text + 1 : text;
    errno = 0;
    *count = strtoll(text, &end, 10);
    return *digits >= '0' && *digits <= '9' && *end == '\0' && errno == 0;
}

bool car_length_parse(const char *text, car_length *length)
{
    car_length parsed = {0};
    bool seen[3] = {false};
    for (const char *next = text;; next++) {
        char *end;
        errno = 0;
        int64_t number = strtoll(next, &end, 10);
        if (*next < '0' || *next > '9' || errno != 0)
            return false;
        next = end;
        int64_t factor = *next == 'K' ? 1000 : *next == 'M' ? 1000000 : *next == 'G' ? 1000000000 : 1;
        next += factor != 1;
        int64_t *of_unit[3] = {&parsed.updates, &parsed.epochs, &parsed.tokens};
        int unit = *next == 'e' ? 1 : *next == 't' ? 2 : 0;
        next += *next == 'u' || unit != 0;
        if (seen[unit] || __builtin_mul_overflow(number, factor, of_unit[unit]) || (*next != ',' && *next != '\0'))
            return false;
        seen[unit] = true;
        if (*next == '\0')
            break;
    }
    *length = parsed;
    return true;
}

/* Is the text one of "a|b|c"?  If not, *hint says which it may have been. */
static bool is_choice(const char *choices, const char *text, car_name_hint *hint)
{
    char *copy = car_copy_text(choices), *rest = NULL;
    const char **names = NULL;
    ptrdiff_t n = 0, capacity = 0;
    bool found = false;
    for (char *name = strtok_r(copy, "|", &rest); name != NULL; name = strtok_r(NULL, "|", &rest)) {
        names = car_grow(names, n, &capacity, sizeof *names);
        names[n++] = name;
        found = found || strcmp(name, text) == 0;
    }
    if (!found)
        *hint = car_name_hint_of(text, names, (int)n);
    car_free(names);
    car_free(copy);
    return found;
}

static bool check_range(const car_option_row *row, double number, const char *text, const char *where, int code,
                        car_error *e)
{
    if (row->min == 0 && row->max == 0)
        return true;
    if (number < row->min)
        return car_error_set(e, code, "%s: %s is below the smallest allowed, %.15g", where, text, row->min);
    if (number > row->max)
        return car_error_set(e, code, "%s: %s is above the largest allowed, %.15g", where, text, row->max);
    return true;
}

/* One value of the row; `where` begins the message, `code` is its kind. */
static bool check(const car_option_row *row, const char *text, const char *where, int code, car_error *e)
{
    int64_t count;
    double number;
    car_length length;
    car_name_hint hint;
    if (car_utf8_check(text, (ptrdiff_t)strlen(text)) >= 0)
        return car_error_set(e, code, "%s: '%s' is not UTF-8", where, text);
    switch (row->type) {
    case CAR_OPTION_COUNT:
    case CAR_OPTION_COUNTS:
        return parse_count(text, &count) ? check_range(row, (double)count, text, where, code, e)
                                         : car_error_set(e, code, "%s: '%s' is no whole number", where, text);
    case CAR_OPTION_NUMBER:
    case CAR_OPTION_NUMBERS:
        return car_number_parse(text, &number) ? check_range(row, number, text, where, code, e)
                                               : car_error_set(e, code, "%s: '%s' is no number", where, text);
    case CAR_OPTION_LENGTH:
        return car_length_parse(text, &length) ||
               car_error_set(e, code, "%s: '%s' is no length; examples are 1000u (updates), 10e (epochs), 5Mt (tokens)",
                             where, text);
    case CAR_OPTION_FLAG:
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
            return true;
        if (row->choices == NULL)
            return car_error_set(e, code, "%s: '%s' is neither true nor false", where, text);
        if (row->max > row->min && car_number_parse(text, &number))
            return check_range(row, number, text, where, code, e);
        break;
    case CAR_OPTION_CHOICE:
        break;
    case CAR_OPTION_TEXT:
    case CAR_OPTION_TEXTS:
        return true;
    }
    return is_choice(row->choices, text, &hint) ||
           car_error_set(e, code, "%s: '%s' is none of %s%s", where, text, row->choices, hint.text);
}

/* ---- values ----------------------------------------------------------------------------- */

static void clear_texts(value *v)
{
    for (int i = 0; i < v->n; i++)
        car_free(v->texts[i]);
    v->n = 0;
}

/* Sets what is not set by something stronger.  A list that the command line gives
 * in several parts is put together. */
static bool set(value *v, const char *const *texts, int n, source from, const char *where, int code, car_error *e)
{
    for (int i = 0; i < n; i++) {
        if (!check(v->row, texts[i], where, code, e))
            return false;
    }
    if (from < v->from)
        return true;
    if (!(is_list(v->row) && from == FROM_COMMAND_LINE && v->from == FROM_COMMAND_LINE))
        clear_texts(v);
    v->texts = car_resize(v->texts, v->n + n, sizeof *v->texts);
    for (int i = 0; i < n; i++)
        v->texts[v->n++] = car_copy_text(texts[i]);
    v->from = from;
    return true;
}

static void set_fallback(value *v)
{
    const char *fallback = v->row->fallback;
    car_error e;
    bool good = true;
    v->from = FROM_TABLE;
    if (fallback == NULL && v->row->type == CAR_OPTION_FLAG)
        fallback = "false";
    if (fallback == NULL)
        return;
    if (!is_list(v->row)) {
        good = set(v, &fallback, 1, FROM_TABLE, v->row->name, CAR_EXIT_BUG, &e);
    } else {
        char *copy = car_copy_text(fallback), *rest = NULL;
        const char **texts = NULL;
        ptrdiff_t n = 0, capacity = 0;
        for (char *text = strtok_r(copy, " ", &rest); text != NULL; text = strtok_r(NULL, " ", &rest)) {
            texts = car_grow(texts, n, &capacity, sizeof *texts);
            texts[n++] = text;
        }
        good = set(v, texts, (int)n, FROM_TABLE, v->row->name, CAR_EXIT_BUG, &e);
        car_free(texts);
        car_free(copy);
    }
    CAR_REQUIRE(good);
}

car_options *car_options_new(const car_option_row *table, unsigned command)
{
    car_options *options = car_alloc(1, sizeof *options);
    int rows = 0;
    while (table[rows].name != NULL)
        rows++;
    options->table = table;
    options->values = car_alloc(rows, sizeof *options->values);
    options->names = car_alloc(rows, sizeof *options->names);
    for (int i = 0; i < rows; i++) {
        const car_option_row *row = &table[i];
        if ((row->commands & command) == 0)
            continue;
        CAR_REQUIRE(row->choices != NULL || row->type != CAR_OPTION_CHOICE);
        CAR_REQUIRE(row->fallback != NULL || row->type == CAR_OPTION_FLAG || row->type == CAR_OPTION_TEXT ||
                    is_list(row));
        options->names[options->count] = row->name;
        options->values[options->count].row = row;
        set_fallback(&options->values[options->count++]);
    }
    return options;
}

void car_options_free(car_options *options)
{
    if (options == NULL)
        return;
    for (int i = 0; i < options->count; i++) {
        clear_texts(&options->values[i]);
        car_free(options->values[i].texts);
    }
    car_free(options->values);
    car_free(options->names);
    car_free(options->operands);
    car_free(options);
}

static value *find(const car_options *options, const char *name, size_t length)
{
    for (int i = 0; i < options->count; i++) {
        if (strncmp(options->names[i], name, length) == 0 && options->names[i][length] == '\0')
            return &options->values[i];
    }
    return NULL;
}

/* Why there is no such name: `dashes` is how names are written where it stood. */
static bool unknown(const car_options *options, const char *name, const char *where, const char *dashes, int code,
                    car_error *e)
{
    for (const car_option_row *row = options->table; row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0)
            return car_error_set(e, code, "%s%s%s is an option of another command", where, dashes, name);
    }
    const char *meant = car_nearest_name(name, options->names, options->count);
    for (int i = 0; meant == NULL && name[0] != '\0' && i < options->count; i++) {
        if (strncmp(options->names[i], name, strlen(name)) == 0)
            meant = options->names[i];
    }
    if (meant != NULL)
        return car_error_set(e, code, "%sunknown option %s%s; did you mean %s%s?", where, dashes, name, dashes, meant);
    return car_error_set(e, code, "%sunknown option %s%s", where, dashes, name);
}

/* ---- the command line -------------------------------------------------------------------- */

/* "-x" and "--x", but neither "-" nor a negative number. */
static bool looks_like_option(const char *argument)
{
    const char *next = argument + 1;
    if (argument[0] != '-' || *next == '\0')
        return false;
    next += *next == '.';
    return *next < '0' || *next > '9';
}

/* What a command line consists of, and where the reader of it stands. */
typedef struct arguments {
    int count, next;
    const char *const *at;
} arguments;

/* The value of option `v`: `attached` to it, or in the arguments that follow. */
static bool take(value *v, const char *attached, arguments *rest, const char *where, car_error *e)
{
    static const char *const yes = "true";
    const car_option_row *row = v->row;
    if (attached != NULL)
        return set(v, &attached, 1, FROM_COMMAND_LINE, where, CAR_EXIT_USAGE, e);
    int n = 0;
    while (rest->next + n < rest->count && !looks_like_option(rest->at[rest->next + n]) && (n == 0 || is_list(row)))
        n++;
    car_error ignored;
    if (row->type == CAR_OPTION_FLAG && (n == 0 || !check(row, rest->at[rest->next], where, CAR_EXIT_USAGE, &ignored)))
        return set(v, &yes, 1, FROM_COMMAND_LINE, where, CAR_EXIT_USAGE, e);
    if (n == 0)
        return car_error_set(e, CAR_EXIT_USAGE, "%s needs a value (one that begins with '-' is written %s=VALUE)",
                             where, where);
    const char *const *texts = &rest->at[rest->next];
    rest->next += n;
    return set(v, texts, n, FROM_COMMAND_LINE, where, CAR_EXIT_USAGE, e);
}

/* "--name" or "--name=value". */
static bool parse_name(car_options *options, const char *argument, arguments *rest, car_error *e)
{
    size_t length = strcspn(argument, "=");
    const char *attached = argument[length] == '=' ? argument + length + 1 : NULL;
    car_string name = {0};
    car_string_add(&name, argument, (ptrdiff_t)length);
    value *v = find(options, name.at + 2, length - 2);
    bool good =
        v != NULL ? take(v, attached, rest, name.at, e) : unknown(options, name.at + 2, "", "--", CAR_EXIT_USAGE, e);
    car_string_clear(&name);
    return good;
}

/* "-q", "-qv" for flags; "-b 6" and "-b6" for what has a value. */
static bool parse_letters(car_options *options, const char *argument, arguments *rest, car_error *e)
{
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        value *v = NULL;
        for (int i = 0; i < options->count && v == NULL; i++) {
            if (options->values[i].row->letter == *letter)
                v = &options->values[i];
        }
        if (v == NULL)
            return car_error_set(e, CAR_EXIT_USAGE, "unknown option -%c in %s; --help lists what there is", *letter,
                                 argument);
        const char where[3] = {'-', *letter, '\0'};
        bool last = letter[1] == '\0' || v->row->type != CAR_OPTION_FLAG;
        if (!take(v, last ? (letter[1] != '\0' ? letter + 1 : NULL) : "true", rest, where, e))
            return false;
        if (last)
            break;
    }
    return true;
}

bool car_options_parse(car_options *options, int argc, char *const *argv, car_error *e)
{
    arguments rest = {argc, 1, (const char *const *)argv};
    bool ended = false;
    while (rest.next < rest.count) {
        const char *argument = rest.at[rest.next++];
        if (!ended && strcmp(argument, "--") == 0) {
            ended = true;
        } else if (ended || !looks_like_option(argument)) {
            options->operands = car_grow(options->operands, options->n_operands, &options->operands_capacity,
                                         sizeof *options->operands);
            options->operands[options->n_operands++] = argument;
        } else if (!(argument[1] == '-' ? parse_name(options, argument, &rest, e)
                                        : parse_letters(options, argument, &rest, e))) {
            return false;
        }
    }
    const value *files = find(options, "config", strlen("config"));
    for (int i = 0; files != NULL && i < files->n; i++) {
        if (!car_options_load_config(options, files->texts[i], e))
            return false;
    }
    return true;
}

int car_options_operand_count(const car_options *options) { return (int)options->n_operands; }

const char *car_options_operand(const car_options *options, int i)
{
    CAR_REQUIRE(i >= 0 && i < options->n_operands);
    return options->operands[i];
}

/* ---- files --------------------------------------------------------------------------------- */

static bool set_entry(void *context, const car_config_entry *entry, car_error *e)
{
    car_options *options = context;
    car_string where = {0};
    car_string_format(&where, "%s:%d: ", entry->origin, entry->line);
    value *v = find(options, entry->name, strlen(entry->name));
    bool good;
    if (v == NULL) {
        good = unknown(options, entry->name, where.at, "", CAR_EXIT_CONFIG, e);
    } else if (v->row->commands & CAR_OPTION_COMMAND_LINE) {
        good = car_error_set(e, CAR_EXIT_CONFIG, "%s%s is only for the command line", where.at, entry->name);
    } else if (entry->is_list && !is_list(v->row)) {
        good = car_error_set(e, CAR_EXIT_CONFIG, "%s%s takes one value, not a list", where.at, entry->name);
    } else {
        car_string_add_text(&where, entry->name);
        good = set(v, entry->values, entry->n, FROM_FILE, where.at, CAR_EXIT_CONFIG, e);
    }
    car_string_clear(&where);
    return good;
}

bool car_options_load_config(car_options *options, const char *path, car_error *e)
{
    return car_config_load(path, set_entry, options, e);
}

bool car_options_load_text(car_options *options, const char *text, ptrdiff_t length, const char *origin, car_error *e)
{
    return car_config_read(text, length, origin, set_entry, options, e);
}

void car_options_dump(const car_options *options, car_string *yaml)
{
    for (int i = 0; i < options->count; i++) {
        const value *v = &options->values[i];
        if (v->row->commands & CAR_OPTION_COMMAND_LINE || (v->n == 0 && !is_list(v->row)))
            continue;
        car_string_format(yaml, "%s:", v->row->name);
        if (v->n == 0)
            car_string_add_text(yaml, " []");
        for (int k = 0; k < v->n; k++) {
            car_string_add_text(yaml, is_list(v->row) ? "\n  - " : " ");
            car_config_add_value(yaml, v->texts[k]);
        }
        car_string_add_text(yaml, "\n");
    }
}

/* ---- help ------------------------------------------------------------------------------------ */

static const char *argument_of(const car_option_row *row)
{
    static const char *const usual[] = {
        [CAR_OPTION_FLAG] = "",          [CAR_OPTION_COUNT] = "N",      [CAR_OPTION_NUMBER] = "X",
        [CAR_OPTION_TEXT] = "TEXT",      [CAR_OPTION_CHOICE] = "NAME",  [CAR_OPTION_LENGTH] = "LENGTH",
        [CAR_OPTION_TEXTS] = "TEXT ...", [CAR_OPTION_COUNTS] = "N ...", [CAR_OPTION_NUMBERS] = "X ..."};
    return row->argument != NULL ? row->argument : usual[row->type];
}

/* Adds words from column HELP_COLUMN on, lines no longer than HELP_WIDTH. */
static void add_wrapped(car_string *text, const char *words)
{
    ptrdiff_t column = HELP_COLUMN;
    while (*words != '\0') {
        ptrdiff_t length = (ptrdiff_t)strcspn(words, " ");
        if (column > HELP_COLUMN && column + 1 + length > HELP_WIDTH) {
            car_string_format(text, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            car_string_add_text(text, " ");
            column++;
        }
        car_string_add(text, words, length);
        column += length;
        words += length;
        words += strspn(words, " ");
    }
}

static void add_row(car_string *text, const car_option_row *row)
{
    ptrdiff_t begin = text->length;
    if (row->letter != 0)
        car_string_format(text, "  -%c, ", row->letter);
    else
        car_string_add_text(text, "      ");
    car_string_format(text, "--%s %s", row->name, argument_of(row));
    if (text->length - begin > HELP_COLUMN - 2)
        car_string_format(text, "\n%*s", HELP_COLUMN, "");
    else
        car_string_format(text, "%*s", (int)(HELP_COLUMN - (text->length - begin)), "");

    car_string words = {0};
    car_string_add_text(&words, row->help);
    if (row->choices != NULL) {
        car_string_add_text(&words, row->type == CAR_OPTION_FLAG ? "; also " : ": ");
        for (const char *c = row->choices; *c != '\0'; c++)
            car_string_add(&words, *c == '|' ? ", " : c, *c == '|' ? 2 : 1);
    }
    if (row->fallback != NULL && row->fallback[0] != '\0' && strcmp(row->fallback, "false") != 0)
        car_string_format(&words, " (default: %s)", row->fallback);
    add_wrapped(text, words.at);
    car_string_clear(&words);
    car_string_add_text(text, "\n");
}

void car_options_help(const car_options *options, bool rare, car_string *text)
{
    const char *group = NULL;
    for (int i = 0; i < options->count; i++) {
        const car_option_row *row = options->values[i].row;
        if (row->commands & CAR_OPTION_RARE && !rare)
            continue;
        if (group == NULL || strcmp(group, row->group) != 0)
            car_string_format(text, "%s%s:\n", group != NULL ? "\n" : "", row->group);
        group = row->group;
        add_row(text, row);
    }
}

/* ---- getters --------------------------------------------------------------------------------- */

static const value *get(const car_options *options, const char *name)
{
    const value *v = find(options, name, strlen(name));
    CAR_REQUIRE(v != NULL);
    return v;
}

/* The text of a row of a given type. */
static const char *text_of(const car_options *options, const char *name, car_option_type type, int index)
{
    const value *v = get(options, name);
    CAR_REQUIRE(v->row->type == type && index >= 0 && index < v->n);
    return v->texts[index];
}

bool car_options_flag(const car_options *options, const char *name)
{
    return strcmp(text_of(options, name, CAR_OPTION_FLAG, 0), "false") != 0;
}

int64_t car_options_count(const car_options *options, const char *name)
{
    return strtoll(text_of(options, name, CAR_OPTION_COUNT, 0), NULL, 10);
}

double car_options_number(const car_options *options, const char *name)
{
    return strtod(text_of(options, name, CAR_OPTION_NUMBER, 0), NULL);
}

const char *car_options_text(const car_options *options, const char *name)
{
    const value *v = get(options, name);
    CAR_REQUIRE(!is_list(v->row));
    return v->n > 0 ? v->texts[0] : "";
}

int car_options_texts_count(const car_options *options, const char *name)
{
    const value *v = get(options, name);
    CAR_REQUIRE(is_list(v->row));
    return v->n;
}

const char *car_options_texts(const car_options *options, const char *name, int index)
{
    return text_of(options, name, CAR_OPTION_TEXTS, index);
}

int64_t car_options_counts(const car_options *options, const char *name, int index)
{
    return strtoll(text_of(options, name, CAR_OPTION_COUNTS, index), NULL, 10);
}

double car_options_numbers(const car_options *options, const char *name, int index)
{
    return strtod(text_of(options, name, CAR_OPTION_NUMBERS, index), NULL);
}

bool car_options_is_set(const car_options *options, const char *name) { return get(options, name)->from != FROM_TABLE; }

/* Is the value the same as another of its row? */
static bool is_same(const car_option_row *row, const char *a, const char *b)
{
    if (row->type == CAR_OPTION_COUNT || row->type == CAR_OPTION_COUNTS)
        return strtoll(a, NULL, 10) == strtoll(b, NULL, 10);
    if (row->type == CAR_OPTION_NUMBER || row->type == CAR_OPTION_NUMBERS)
        return strtod(a, NULL) == strtod(b, NULL);
    return strcmp(a, b) == 0;
}

bool car_options_is_changed(const car_options *options, const char *name)
{
    const value *v = get(options, name);
    value usual = {.row = v->row};
    set_fallback(&usual);
    bool changed = v->n != usual.n;
    for (int i = 0; i < v->n && !changed; i++)
        changed = !is_same(v->row, v->texts[i], usual.texts[i]);
    clear_texts(&usual);
    car_free(usual.texts);
    return changed;
}
