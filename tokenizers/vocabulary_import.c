#include "tokenizers/vocabulary_import.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/memory.h"
#include "base/names.h"

typedef struct entry {
    int64_t id;
    int64_t count;
    int index; /* of the token among the names */
} entry;

typedef struct importer {
    const char *source;
    long line; /* at hand; 0: not known */
    bool has_ids;
    car_names *names;
    entry *entries; /* [one for each name] */
    ptrdiff_t capacity;
    car_error *e;
} importer;

static bool refuse(const importer *m, const char *what)
{
    return m->line > 0 ? car_error_set(m->e, CAR_EXIT_DATA, "%s:%ld: %s", m->source, m->line, what)
                       : car_error_set(m->e, CAR_EXIT_DATA, "%s: %s", m->source, what);
}

static bool add(importer *m, const char *token, ptrdiff_t length, int64_t id, int64_t count)
{
    if (length == 0)
        return refuse(m, "an empty token");
    for (ptrdiff_t i = 0; i < length; i++)
        if (token[i] == ' ' || token[i] == '\n' || token[i] == '\0')
            return refuse(m, "a token with a space, a line feed or a NUL in it");
    int n = car_names_count(m->names), index = car_names_add(m->names, token, length);
    if (index < n)
        return refuse(m, "this token was there before");
    m->entries = car_grow(m->entries, n, &m->capacity, sizeof *m->entries);
    m->entries[n] = (entry){id, count, index};
    return true;
}

/* ---- tokens and ids ------------------------------------------------------------------------- */

static bool read_json(importer *m, const char *text, ptrdiff_t length)
{
    json_error_t problem;
    json_t *object = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &problem);
    if (object == NULL) {
        m->line = problem.line;
        return car_error_set(m->e, CAR_EXIT_DATA, "%s:%d: this is not JSON: %s", m->source, problem.line, problem.text);
    }
    bool good = true;
    const char *token;
    json_t *id;
    json_object_foreach(object, token, id)
    {
        if (!json_is_integer(id) || json_integer_value(id) < 0)
            good = car_error_set(m->e, CAR_EXIT_DATA, "%s: '%s' has no id, a whole number", m->source, token);
        else
            good = add(m, token, (ptrdiff_t)strlen(token), json_integer_value(id), 0);
        if (!good)
            break;
    }
    json_decref(object);
    return good;
}

/* "{" and a token in quotes: a list of tokens may begin with "{" too. */
static bool is_json(const char *text, ptrdiff_t length)
{
    ptrdiff_t at = 1;
    while (at < length && memchr(" \t\r\n", text[at], 4) != NULL)
        at++;
    return at < length && text[0] == '{' && text[at] == '"';
}

static bool parse_number(const char *digits, ptrdiff_t length, int64_t *number)
{
    int64_t value = 0;
    for (ptrdiff_t i = 0; i < length; i++)
        if (digits[i] < '0' || digits[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digits[i] - '0', &value))
            return false;
    *number = value;
    return length > 0;
}

typedef struct yaml {
    yaml_parser_t parser;
    yaml_event_t event; /* at hand; owned */
} yaml;

static bool advance(importer *m, yaml *y)
{
    yaml_event_delete(&y->event);
    bool good = yaml_parser_parse(&y->parser, &y->event) != 0;
    m->line = (long)(good ? y->event.start_mark.line : y->parser.problem_mark.line) + 1;
    return good || car_error_set(m->e, CAR_EXIT_DATA, "%s:%ld: this is not YAML: %s", m->source, m->line,
                                 y->parser.problem != NULL ? y->parser.problem : "out of memory");
}

static bool is_event(const importer *m, const yaml *y, yaml_event_type_t type)
{
    return y->event.type == type || refuse(m, "lines 'token: id' are expected, and nothing else");
}

static bool expect(importer *m, yaml *y, yaml_event_type_t type) { return advance(m, y) && is_event(m, y, type); }

/* The id behind a token, and both of them into the list. */
static bool read_yaml_id(importer *m, yaml *y, const char *token, ptrdiff_t length)
{
    int64_t id;
    if (!expect(m, y, YAML_SCALAR_EVENT))
        return false;
    if (!parse_number((const char *)y->event.data.scalar.value, (ptrdiff_t)y->event.data.scalar.length, &id))
        return refuse(m, "behind the colon an id must stand, a whole number");
    return add(m, token, length, id, 0);
}

static bool read_yaml_entries(importer *m, yaml *y)
{
    if (!expect(m, y, YAML_STREAM_START_EVENT) || !expect(m, y, YAML_DOCUMENT_START_EVENT) ||
        !expect(m, y, YAML_MAPPING_START_EVENT))
        return false;
    bool good = true;
    while (good && (good = advance(m, y)) && y->event.type != YAML_MAPPING_END_EVENT) {
        if (!is_event(m, y, YAML_SCALAR_EVENT))
            return false;
        ptrdiff_t length = (ptrdiff_t)y->event.data.scalar.length;
        char *token = car_resize(NULL, length + 1, 1);
        memcpy(token, y->event.data.scalar.value, (size_t)length);
        good = read_yaml_id(m, y, token, length);
        car_free(token);
    }
    return good && expect(m, y, YAML_DOCUMENT_END_EVENT) && expect(m, y, YAML_STREAM_END_EVENT);
}

static bool read_yaml(importer *m, const char *text, ptrdiff_t length)
{
    yaml y = {0};
    if (yaml_parser_initialize(&y.parser) == 0)
        return refuse(m, "no memory to read YAML");
    yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)text, (size_t)length);
    bool good = read_yaml_entries(m, &y);
    yaml_event_delete(&y.event);
    yaml_parser_delete(&y.parser);
    return good;
}

/* ---- lines ------------------------------------------------------------------------------------- */

typedef enum shape { TOKEN, TOKEN_TAB_COUNT, TOKEN_SPACE_COUNT, TOKEN_COLON_ID } shape;

/* Where the token of "token<separator>number" ends; -1 if the line is none. */
static ptrdiff_t split(const char *line, ptrdiff_t length, char separator, int64_t *number)
{
    ptrdiff_t at = length;
    while (at > 0 && line[at - 1] != separator)
        at--;
    return at > 1 && parse_number(line + at, length - at, number) ? at - 1 : -1;
}

static shape shape_of(const char *line, ptrdiff_t length)
{
    int64_t number;
    if (split(line, length, '\t', &number) >= 0)
        return TOKEN_TAB_COUNT;
    ptrdiff_t end = split(line, length, ' ', &number);
    if (end < 0)
        return TOKEN;
    return end > 1 && line[end - 1] == ':' ? TOKEN_COLON_ID : TOKEN_SPACE_COUNT;
}

/* Without a CR, and without what fairseq may write behind the count. */
static ptrdiff_t length_of(const char *line, ptrdiff_t length)
{
    static const char flag[] = " #fairseq:overwrite";
    ptrdiff_t flag_length = sizeof flag - 1;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    if (length > flag_length && memcmp(line + length - flag_length, flag, (size_t)flag_length) == 0)
        length -= flag_length;
    return length;
}

static bool read_line(importer *m, shape form, const char *line, ptrdiff_t length)
{
    int64_t count = 0;
    if (form == TOKEN)
        return add(m, line, length, m->line, 0);
    ptrdiff_t end = split(line, length, form == TOKEN_TAB_COUNT ? '\t' : ' ', &count);
    if (end < 0)
        return refuse(m, form == TOKEN_TAB_COUNT ? "a token, a TAB and its count must stand here as on the first line"
                                                 : "a token, a space and its count must stand here as on the first "
                                                   "line");
    return add(m, line, end, m->line, count);
}

static bool read_lines(importer *m, const char *text, ptrdiff_t length)
{
    shape form = TOKEN;
    const char *end = text + length;
    while (end > text && (end[-1] == '\n' || end[-1] == '\r')) /* empty lines at the end */
        end--;
    for (const char *at = text, *stop; at < end; at = stop + 1) {
        m->line++;
        stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        ptrdiff_t line_length = length_of(at, stop - at);
        if (m->line == 1)
            form = shape_of(at, line_length);
        if (form == TOKEN_COLON_ID) {
            m->has_ids = true;
            return read_yaml(m, text, length);
        }
        if (!read_line(m, form, at, line_length))
            return false;
    }
    return true;
}

/* ---- the vocabulary --------------------------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

static bool is_special(const importer *m, const entry *one)
{
    static const char *const specials[] = {"</s>", "<s>", "<unk>", "<pad>", "<blank>"};
    static const char filler[] = "madeupword";
    const char *token = car_names_at(m->names, one->index);
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
        if (strcmp(token, specials[i]) == 0)
            return true;
    if (m->has_ids)
        return (one->id == 0 && strcmp(token, "eos") == 0) || (one->id == 1 && strcmp(token, "UNK") == 0);
    return strncmp(token, filler, sizeof filler - 1) == 0 && one->count == 0;
}

static bool order_by_id(importer *m, int n)
{
    if (n > 0)
        qsort(m->entries, (size_t)n, sizeof *m->entries, compare);
    for (int i = 1; i < n; i++)
        if (m->entries[i].id == m->entries[i - 1].id)
            return car_error_set(m->e, CAR_EXIT_DATA, "%s: '%s' and '%s' have the same id, %lld", m->source,
                                 car_names_at(m->names, m->entries[i - 1].index),
                                 car_names_at(m->names, m->entries[i].index), (long long)m->entries[i].id);
    return true;
}

static car_vocabulary *make(const importer *m, int n, const car_tokenizer *tokenizer)
{
    car_pieces pieces = {0};
    int64_t *counts = car_resize(NULL, n, sizeof *counts), total = 0;
    bool good = true;
    for (int i = 0; i < n && good; i++) {
        const entry *one = &m->entries[i];
        if (is_special(m, one))
            continue;
        good = !__builtin_add_overflow(total, one->count, &total);
        counts[pieces.count] = one->count;
        car_pieces_add(&pieces, car_names_at(m->names, one->index), car_names_length(m->names, one->index));
    }
    car_vocabulary *vocabulary = NULL;
    if (!good)
        (void)car_error_set(m->e, CAR_EXIT_DATA, "%s: the counts add up to more than 2^63", m->source);
    else if (pieces.count == 0)
        (void)car_error_set(m->e, CAR_EXIT_DATA, "%s: a vocabulary without tokens", m->source);
    else
        vocabulary = car_vocabulary_of(&pieces, counts, tokenizer);
    car_free(counts);
    car_pieces_clear(&pieces);
    return vocabulary;
}

static bool check_text(importer *m, const char *text, ptrdiff_t length)
{
    ptrdiff_t bad = car_utf8_check(text, length);
    const char *nul = bad < 0 && length > 0 ? memchr(text, '\0', (size_t)length) : NULL;
    if (bad < 0 && nul == NULL)
        return true;
    ptrdiff_t until = bad >= 0 ? bad : nul - text;
    m->line = 1;
    for (ptrdiff_t i = 0; i < until; i++)
        m->line += text[i] == '\n';
    return refuse(m, bad >= 0 ? "not UTF-8" : "a NUL byte");
}

car_vocabulary *car_vocabulary_import(const char *text, ptrdiff_t length, const char *source,
                                      const car_tokenizer *tokenizer, car_error *e)
{
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        text += 3;
        length -= 3;
    }
    importer m = {.source = source, .names = car_names_new(), .e = e};
    bool good = check_text(&m, text, length);
    if (good) {
        m.has_ids = is_json(text, length);
        good = m.has_ids ? read_json(&m, text, length) : read_lines(&m, text, length);
    }
    int n = car_names_count(m.names);
    car_vocabulary *vocabulary = good && order_by_id(&m, n) ? make(&m, n, tokenizer) : NULL;
    car_names_free(m.names);
    car_free(m.entries);
    return vocabulary;
}
