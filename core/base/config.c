#include "base/config.h"

#include <string.h>
#include <yaml.h>

#include "base/memory.h"
#include "base/names.h"

#define LARGEST_FILE ((ptrdiff_t)1 << 20)

typedef struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; owned */
    const char *origin;
    car_names *names; /* seen so far */
    char **values;    /* [n] of the current entry */
    ptrdiff_t n, capacity;
} reader;

static int line_of(const reader *r) { return (int)r->event.start_mark.line + 1; }

static bool refuse(const reader *r, car_error *e, const char *why)
{
    return car_error_set(e, CAR_EXIT_CONFIG, "%s:%d: %s", r->origin, line_of(r), why);
}

/* The next event; refuses what no part of a file may have. */
static bool advance(reader *r, car_error *e)
{
    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event) == 0) {
        const yaml_mark_t *mark = &r->parser.problem_mark;
        return car_error_set(e, CAR_EXIT_CONFIG, "%s:%zu: this is not YAML: %s", r->origin, mark->line + 1,
                             r->parser.problem != NULL ? r->parser.problem : "out of memory");
    }
    const yaml_char_t *anchor = NULL, *tag = NULL;
    switch (r->event.type) {
    case YAML_ALIAS_EVENT:
        return refuse(r, e, "aliases (*name) are not allowed here; write the value out");
    case YAML_SCALAR_EVENT:
        anchor = r->event.data.scalar.anchor;
        tag = r->event.data.scalar.tag;
        if (memchr(r->event.data.scalar.value, 0, r->event.data.scalar.length) != NULL)
            return refuse(r, e, "text cannot hold a zero byte");
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = r->event.data.sequence_start.anchor;
        tag = r->event.data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = r->event.data.mapping_start.anchor;
        tag = r->event.data.mapping_start.tag;
        break;
    default:
        break;
    }
    if (anchor != NULL)
        return refuse(r, e, "anchors (&name) are not allowed here");
    if (tag != NULL)
        return refuse(r, e, "tags (!name) are not allowed here; put text that begins with '!' in quotes");
    return true;
}

static const char *scalar(const reader *r) { return (const char *)r->event.data.scalar.value; }

static void clear_values(reader *r)
{
    for (ptrdiff_t i = 0; i < r->n; i++)
        car_free(r->values[i]);
    r->n = 0;
}

static void add_value(reader *r)
{
    r->values = car_grow(r->values, r->n, &r->capacity, sizeof *r->values);
    r->values[r->n++] = car_copy_text(scalar(r));
}

/* From the event of a name to that of its value's end. */
static bool read_entry(reader *r, car_config_visit visit, void *context, car_error *e)
{
    if (r->event.type != YAML_SCALAR_EVENT)
        return refuse(r, e, "the name of an option is expected");
    car_config_entry entry = {.origin = r->origin, .line = line_of(r)};
    int before = car_names_count(r->names);
    int index = car_names_add(r->names, scalar(r), (ptrdiff_t)strlen(scalar(r)));
    entry.name = car_names_at(r->names, index);
    if (index < before)
        return car_error_set(e, CAR_EXIT_CONFIG, "%s:%d: '%s' is given twice", r->origin, entry.line, entry.name);

    clear_values(r);
    if (!advance(r, e))
        return false;
    entry.is_list = r->event.type == YAML_SEQUENCE_START_EVENT;
    if (entry.is_list && !advance(r, e))
        return false;
    while (r->event.type == YAML_SCALAR_EVENT) {
        add_value(r);
        if (!entry.is_list)
            break;
        if (!advance(r, e))
            return false;
    }
    if (r->event.type != (entry.is_list ? YAML_SEQUENCE_END_EVENT : YAML_SCALAR_EVENT))
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "%s:%d: '%s' has a nested value; only a value or a list of values can be", r->origin,
                             line_of(r), entry.name);
    entry.values = (const char *const *)r->values;
    entry.n = (int)r->n;
    return visit(context, &entry, e);
}

static bool read_document(reader *r, car_config_visit visit, void *context, car_error *e)
{
    if (!advance(r, e) || !advance(r, e)) /* the stream, then a document or nothing */
        return false;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return true;
    if (!advance(r, e))
        return false;
    if (r->event.type != YAML_MAPPING_START_EVENT)
        return refuse(r, e, "lines of the form 'name: value' are expected");
    for (;;) {
        if (!advance(r, e))
            return false;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            break;
        if (!read_entry(r, visit, context, e))
            return false;
    }
    if (!advance(r, e) || !advance(r, e)) /* the end of the document, then of the stream */
        return false;
    return r->event.type == YAML_STREAM_END_EVENT || refuse(r, e, "a second document begins; one is allowed");
}

bool car_config_read(const char *text, ptrdiff_t length, const char *origin, car_config_visit visit, void *context,
                     car_error *e)
{
    ptrdiff_t wrong = car_utf8_check(text, length);
    if (wrong >= 0) {
        int line = 1;
        for (ptrdiff_t i = 0; i < wrong; i++)
            line += text[i] == '\n';
        return car_error_set(e, CAR_EXIT_CONFIG, "%s:%d: this is not UTF-8", origin, line);
    }
    reader r = {.origin = origin, .names = car_names_new()};
    bool good = yaml_parser_initialize(&r.parser) != 0;
    if (!good) {
        (void)car_error_set(e, CAR_EXIT_MEMORY, "%s: no memory to read it", origin);
    } else {
        yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, (size_t)length);
        good = read_document(&r, visit, context, e);
        yaml_event_delete(&r.event);
        yaml_parser_delete(&r.parser);
    }
    clear_values(&r);
    car_free(r.values);
    car_names_free(r.names);
    return good;
}

bool car_config_load(const char *path, car_config_visit visit, void *context, car_error *e)
{
    car_lines *lines = car_lines_open(path, e);
    if (lines == NULL)
        return false;
    car_string text = {0};
    const char *line;
    ptrdiff_t length;
    int state;
    while ((state = car_lines_next(lines, &line, &length, e)) == 1 && text.length + length < LARGEST_FILE) {
        car_string_add(&text, line, length);
        car_string_add(&text, "\n", 1);
    }
    car_lines_close(lines);
    bool good = state == 0;
    if (state == 1)
        (void)car_error_set(e, CAR_EXIT_CONFIG, "%s: is larger than 1 MiB; is this a configuration?", path);
    if (good)
        good = car_config_read(text.at != NULL ? text.at : "", text.length, path, visit, context, e);
    car_string_clear(&text);
    return good;
}

/* ---- writing -------------------------------------------------------------------------- */

/* Would YAML read it as the same text without quotes? */
static bool is_plain(const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+@=";
    if (value[0] == '-' && value[1] != '\0') /* a negative number; "-" alone begins a list */
        value++;
    return value[0] != '\0' && strchr("-+@=", value[0]) == NULL && value[strspn(value, letters)] == '\0';
}

/* Characters that YAML folds, takes for the end of a line or refuses. */
static bool is_escaped(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe ||
           c == 0xffff;
}

void car_config_add_value(car_string *text, const char *value)
{
    if (is_plain(value)) {
        car_string_add_text(text, value);
        return;
    }
    car_string_add(text, "\"", 1);
    while (*value != '\0') {
        const unsigned char *p = (const unsigned char *)value;
        int bytes = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
        uint32_t c = bytes == 1 ? p[0] : p[0] & (0xffu >> (bytes + 1));
        for (int i = 1; i < bytes; i++)
            c = c << 6 | (p[i] & 0x3fu);
        if (is_escaped(c)) {
            car_string_format(text, "\\u%04x", c);
        } else {
            if (c == '"' || c == '\\')
                car_string_add(text, "\\", 1);
            car_string_add(text, value, bytes);
        }
        value += bytes;
    }
    car_string_add(text, "\"", 1);
}
