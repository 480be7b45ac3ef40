#include "corpora/audit_findings.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/utf8.h>

#include "base/memory.h"

static car_audit_finding *find(car_audit *audit, car_audit_kind kind, int side, int test)
{
    for (int i = 0; i < audit->n_findings; i++) {
        car_audit_finding *f = &audit->findings[i];
        if (f->kind == kind && f->side == side && f->test == test)
            return f;
    }
    audit->findings = car_resize(audit->findings, audit->n_findings + 1, sizeof *audit->findings);
    car_audit_finding *made = &audit->findings[audit->n_findings++];
    *made = (car_audit_finding){.kind = kind, .side = side, .test = test};
    return made;
}

car_audit_finding *car_audit_note(car_audit *audit, car_audit_kind kind, int side, int test, int64_t line,
                                  int64_t other)
{
    car_audit_finding *f = find(audit, kind, side, test);
    f->lines++;
    f->places++;
    if (f->n_first < CAR_AUDIT_FIRST) {
        f->other[f->n_first] = other;
        f->first[f->n_first++] = line;
    }
    return f;
}

void car_audit_note_all(car_audit *audit, car_audit_kind kind)
{
    car_audit_finding *f = find(audit, kind, CAR_SIDES, -1);
    f->lines = f->places = audit->pairs;
}

void car_audit_note_text(car_audit *audit, car_audit_kind kind, int side, int64_t number, const char *text)
{
    car_audit_finding *f = car_audit_note(audit, kind, side, -1, number, 0);
    if (f->n_examples < CAR_AUDIT_EXAMPLES)
        f->example[f->n_examples++] = car_copy_text(text);
}

void car_audit_note_line(car_audit *audit, car_audit_kind kind, int side, int64_t number, int64_t places,
                         const char *line, ptrdiff_t length, ptrdiff_t at)
{
    car_audit_finding *f = car_audit_note(audit, kind, side, -1, number, 0);
    f->places += places - 1;
    if (f->n_examples < CAR_AUDIT_EXAMPLES) {
        car_string text = {0};
        car_string_empty(&text);
        car_audit_excerpt(line, length, at, &text);
        f->example[f->n_examples++] = text.at;
    }
}

/* Adds excerpts of both sides. */
static void add_pair(const char *const line[CAR_SIDES], const ptrdiff_t length[CAR_SIDES], car_string *text)
{
    car_audit_excerpt(line[CAR_SOURCE], length[CAR_SOURCE], 0, text);
    car_string_add_text(text, "  |  ");
    car_audit_excerpt(line[CAR_TARGET], length[CAR_TARGET], 0, text);
}

void car_audit_note_pair(car_audit *audit, car_audit_kind kind, int64_t number, const char *const line[CAR_SIDES],
                         const ptrdiff_t length[CAR_SIDES])
{
    car_audit_finding *f = car_audit_note(audit, kind, CAR_SIDES, -1, number, 0);
    if (f->n_examples < CAR_AUDIT_EXAMPLES) {
        car_string text = {0};
        add_pair(line, length, &text);
        f->example[f->n_examples++] = text.at;
    }
}

void car_audit_note_characters(car_audit *audit, int side, const car_inventory *inventory)
{
    for (int32_t i = 0; i < 0x110000 / 256; i++) {
        const car_inventory_page *page = inventory->pages[i];
        for (int32_t k = 0; page != NULL && k < 256; k++) {
            int32_t c = i * 256 + k;
            audit->side[side].different_characters += page->count[k] > 0;
            if (page->count[k] != 1)
                continue;
            uint8_t bytes[4];
            int32_t n = 0;
            U8_APPEND_UNSAFE(bytes, n, (uint32_t)c);
            car_audit_note_line(audit, CAR_AUDIT_RARE_CHARACTERS, side, page->first[k], 1, (const char *)bytes, n, 0);
        }
    }
}

/* ---- lines ------------------------------------------------------------------------------- */

bool car_audit_lines_open(car_audit_lines *lines, const car_text_set *set, int side, car_error *e)
{
    bool has_columns = set->path[CAR_TARGET] == NULL;
    lines->column = has_columns ? set->column[side] : 0;
    lines->lines = car_lines_open(set->path[has_columns ? CAR_SOURCE : side], e);
    return lines->lines != NULL;
}

void car_audit_lines_close(car_audit_lines *lines)
{
    car_lines_close(lines->lines);
    lines->lines = NULL;
}

int car_audit_lines_next(car_audit_lines *lines, const char **line, ptrdiff_t *length, bool *whole, bool *has_column,
                         car_error *e)
{
    int got = car_lines_next_start(lines->lines, line, length, whole, e), n;
    *has_column = true;
    if (got == 1 && lines->column > 0 && *length > 0) {
        const char *part;
        ptrdiff_t part_length;
        *has_column = car_text_column(*line, *length, lines->column, &part, &part_length, &n);
        if (*has_column || !*whole) { /* it may stand in the rest of the line */
            *line = part;
            *length = *has_column ? part_length : 0;
            *has_column = true;
        }
    }
    return got;
}

/* ---- examples of what was found late --------------------------------------------------- */

static bool wants(const car_audit_finding *f, int64_t line, int test)
{
    return f->test == test && f->n_examples < CAR_AUDIT_EXAMPLES && f->n_examples < f->n_first &&
           f->first[f->n_examples] == line;
}

static int64_t last_wanted(const car_audit *audit, int test)
{
    int64_t last = 0;
    for (int i = 0; i < audit->n_findings; i++) {
        const car_audit_finding *f = &audit->findings[i];
        for (int k = f->n_examples; f->test == test && k < f->n_first && k < CAR_AUDIT_EXAMPLES; k++)
            if (f->first[k] > last)
                last = f->first[k];
    }
    return last;
}

/* Reads the lines of a set again, up to the last one that is an example of something.  A
 * file that has changed since, or is standard input, gives none. */
static void read_examples(car_audit *audit, const car_text_set *set, int test)
{
    int64_t last = last_wanted(audit, test);
    car_error e;
    car_audit_lines lines[CAR_SIDES] = {{NULL, 0}, {NULL, 0}};
    bool open = last > 0;
    for (int side = 0; side < CAR_SIDES; side++) {
        open = open && (set->path[side] == NULL || strcmp(set->path[side], "-") != 0);
        open = open && car_audit_lines_open(&lines[side], set, side, &e);
    }
    bool more[CAR_SIDES] = {open, open};
    for (int64_t number = 1; number <= last && (more[CAR_SOURCE] || more[CAR_TARGET]); number++) {
        const char *line[CAR_SIDES] = {"", ""};
        ptrdiff_t length[CAR_SIDES] = {0, 0};
        for (int side = 0; side < CAR_SIDES; side++) {
            bool whole, has_column = true;
            more[side] = more[side] &&
                         car_audit_lines_next(&lines[side], &line[side], &length[side], &whole, &has_column, &e) == 1;
            if (!more[side] || !has_column) {
                line[side] = "";
                length[side] = 0;
            }
        }
        for (int i = 0; i < audit->n_findings; i++) {
            car_audit_finding *f = &audit->findings[i];
            if (!wants(f, number, test))
                continue;
            car_string text = {0};
            car_string_empty(&text);
            if (f->side == CAR_SIDES)
                add_pair(line, length, &text);
            else
                car_audit_excerpt(line[f->side], length[f->side], 0, &text);
            f->example[f->n_examples++] = text.at;
        }
    }
    for (int side = 0; side < CAR_SIDES; side++)
        car_audit_lines_close(&lines[side]);
}

/* ---- order ---------------------------------------------------------------------------------- */

static int by_gravity(const void *a, const void *b)
{
    const car_audit_finding *x = a, *y = b;
    int gravity = (int)car_audit_gravity(x->kind) - (int)car_audit_gravity(y->kind);
    if (gravity != 0)
        return gravity;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->test != y->test)
        return x->test < y->test ? -1 : 1;
    return x->side - y->side;
}

static int64_t total(const car_audit *audit, const car_audit_finding *f)
{
    if (f->kind == CAR_AUDIT_RARE_CHARACTERS)
        return audit->side[f->side].different_characters;
    if (f->kind == CAR_AUDIT_PARITY) {
        int64_t source = audit->side[CAR_SOURCE].lines, target = audit->side[CAR_TARGET].lines;
        return source > target ? source : target;
    }
    return f->side == CAR_SIDES ? audit->pairs : audit->side[f->side].lines;
}

void car_audit_finish(car_audit *audit, const car_text_set *text, const car_text_set *tests, int n_tests)
{
    read_examples(audit, text, -1);
    for (int i = 0; i < n_tests; i++)
        read_examples(audit, &tests[i], i);
    for (int i = 0; i < audit->n_findings; i++)
        if (audit->findings[i].test < 0)
            audit->findings[i].of = total(audit, &audit->findings[i]);
    if (audit->n_findings > 0)
        qsort(audit->findings, (size_t)audit->n_findings, sizeof *audit->findings, by_gravity);
}
