#include "corpora/audit.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ucsdet.h>
#include <unicode/uscript.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "corpora/audit_findings.h"
#include "corpora/audit_line.h"
#include "corpora/audit_whole.h"

enum {
    ROWS = 4096,           /* lines of a block, unless they have more than */
    BLOCK_BYTES = 1 << 22, /* so many bytes on a side                      */
    TASKS = 16,            /* pieces of a block                            */
    SAMPLE_BYTES = 1 << 14 /* of broken lines, to guess their encoding     */
};

/* ---- a block of lines, audited on all threads --------------------------------------- */

typedef struct block {
    car_string text[CAR_SIDES];
    ptrdiff_t start[CAR_SIDES][ROWS + 1];
    bool whole[CAR_SIDES][ROWS];
    int rows[CAR_SIDES];
    int64_t first; /* number of row 0 */
    car_line_audit results[CAR_SIDES][ROWS];
} block;

typedef struct worker {
    car_line_auditor *auditor;
    car_inventory inventory[CAR_SIDES];
} worker;

/* One pass over two files. */
typedef struct pass {
    car_audit_lines lines[CAR_SIDES];
    bool at_end[CAR_SIDES];
    block *block;
    worker workers[TASKS];
    car_audit_records *records; /* [CAR_SIDES] */
    car_audit *audit;           /* NULL: only the records are wanted */
    car_string sample[CAR_SIDES];
} pass;

static void audit_rows(void *context, int task)
{
    pass *p = context;
    block *b = p->block;
    worker *own = &p->workers[task];
    for (int side = 0; side < CAR_SIDES; side++) {
        int n = b->rows[side];
        for (int i = n * task / TASKS; i < n * (task + 1) / TASKS; i++) {
            const char *line = b->text[side].at + b->start[side][i];
            ptrdiff_t length = b->start[side][i + 1] - b->start[side][i];
            car_line_audit_run(own->auditor, line, length, b->first + i, &own->inventory[side], &b->results[side][i]);
        }
    }
}

/* Fills the block as far as the files go.  A file that cannot be read further is at its
 * end, and that is a finding. */
static void fill(pass *p)
{
    block *b = p->block;
    for (int side = 0; side < CAR_SIDES; side++) {
        b->rows[side] = 0;
        b->start[side][0] = 0;
        car_string_empty(&b->text[side]);
    }
    for (int i = 0; i < ROWS && !(p->at_end[CAR_SOURCE] && p->at_end[CAR_TARGET]); i++) {
        if (b->text[CAR_SOURCE].length > BLOCK_BYTES || b->text[CAR_TARGET].length > BLOCK_BYTES)
            break;
        for (int side = 0; side < CAR_SIDES; side++) {
            const char *line;
            ptrdiff_t length;
            car_error e;
            bool has_column = true;
            int got = p->at_end[side]
                          ? 0
                          : car_audit_lines_next(&p->lines[side], &line, &length, &b->whole[side][i], &has_column, &e);
            if (got < 0 && p->audit != NULL)
                car_audit_note_text(p->audit, CAR_AUDIT_UNREADABLE, side, b->first + i, e.message);
            if (!has_column && p->audit != NULL)
                car_audit_note_line(p->audit, CAR_AUDIT_COLUMNS, side, b->first + i, 1, line, length, 0);
            if (got < 1) {
                p->at_end[side] = true;
                continue;
            }
            car_string_add(&b->text[side], line, has_column ? length : 0);
            b->start[side][++b->rows[side]] = b->text[side].length;
        }
    }
}

static const char *row(const block *b, int side, int i, ptrdiff_t *length)
{
    *length = b->start[side][i + 1] - b->start[side][i];
    return b->text[side].at + b->start[side][i];
}

static void take_line(pass *p, int side, int i)
{
    const block *b = p->block;
    const car_line_audit *found = &b->results[side][i];
    bool whole = b->whole[side][i];
    car_audit_records_add(&p->records[side], found, whole);
    if (p->audit == NULL)
        return;
    ptrdiff_t length;
    const char *line = row(b, side, i, &length);
    car_audit_side *s = &p->audit->side[side];
    s->bytes += length + 1;
    s->words += found->words;
    s->characters += found->characters;
    for (uint64_t rest = whole ? found->found : UINT64_C(1) << CAR_AUDIT_TOO_LONG; rest != 0; rest &= rest - 1) {
        car_audit_kind kind = (car_audit_kind)__builtin_ctzll(rest);
        bool located = kind != CAR_AUDIT_TOO_LONG;
        car_audit_note_line(p->audit, kind, side, b->first + i, located ? found->places[kind] : 1, line, length,
                            located ? found->at[kind] : 0);
    }
    if (found->found >> CAR_AUDIT_MALFORMED & 1 && p->sample[side].length < SAMPLE_BYTES) {
        car_string_add(&p->sample[side], line, length);
        car_string_add_text(&p->sample[side], "\n");
    }
}

/* What shows when both sides of a pair are at hand. */
static void compare_sides(pass *p, int i)
{
    const block *b = p->block;
    const car_line_audit *source = &b->results[CAR_SOURCE][i], *target = &b->results[CAR_TARGET][i];
    if (source->words == 0 || target->words == 0)
        return;
    bool copy = source->folded == target->folded && source->script >= 0;
    bool digits = memcmp(source->digits, target->digits, sizeof source->digits) != 0;
    if (!copy && !digits)
        return;
    const char *line[CAR_SIDES];
    ptrdiff_t length[CAR_SIDES];
    for (int side = 0; side < CAR_SIDES; side++)
        line[side] = row(b, side, i, &length[side]);
    if (copy)
        car_audit_note_pair(p->audit, CAR_AUDIT_COPY, b->first + i, line, length);
    if (digits)
        car_audit_note_pair(p->audit, CAR_AUDIT_DIGITS, b->first + i, line, length);
}

static bool open_pass(pass *p, const car_text_set *set, car_error *e)
{
    for (int side = 0; side < CAR_SIDES; side++)
        if (!car_audit_lines_open(&p->lines[side], set, side, e))
            return false;
    for (int task = 0; task < TASKS; task++) {
        p->workers[task].auditor = car_line_auditor_new(e);
        if (p->workers[task].auditor == NULL)
            return false;
    }
    p->block = car_alloc(1, sizeof *p->block);
    return true;
}

static void close_pass(pass *p)
{
    for (int side = 0; side < CAR_SIDES; side++) {
        car_audit_lines_close(&p->lines[side]);
        car_string_clear(&p->sample[side]);
        if (p->block != NULL)
            car_string_clear(&p->block->text[side]);
        for (int task = 0; task < TASKS; task++)
            car_inventory_clear(&p->workers[task].inventory[side]);
    }
    for (int task = 0; task < TASKS; task++)
        car_line_auditor_free(p->workers[task].auditor);
    car_free(p->block);
}

/* All inventories of a side in that of the first worker. */
static car_inventory *join_inventories(pass *p, int side)
{
    car_inventory *all = &p->workers[0].inventory[side];
    for (int task = 1; task < TASKS; task++)
        for (int32_t i = 0; i < 0x110000 / 256; i++) {
            const car_inventory_page *page = p->workers[task].inventory[side].pages[i];
            for (int32_t k = 0; page != NULL && k < 256; k++)
                if (page->count[k] > 0)
                    car_inventory_add(all, i * 256 + k, page->count[k], page->first[k]);
        }
    return all;
}

/* What an encoding detector says of lines that are no UTF-8. */
static void guess_encoding(const car_string *sample, char *name, size_t size)
{
    UErrorCode status = U_ZERO_ERROR;
    UCharsetDetector *detector = sample->length > 0 ? ucsdet_open(&status) : NULL;
    if (detector == NULL)
        return;
    ucsdet_setText(detector, sample->at, (int32_t)sample->length, &status);
    const UCharsetMatch *match = ucsdet_detect(detector, &status);
    const char *found = U_SUCCESS(status) && match != NULL ? ucsdet_getName(match, &status) : NULL;
    if (found != NULL && strcmp(found, "UTF-8") != 0 && strlen(found) < size)
        memcpy(name, found, strlen(found) + 1);
    ucsdet_close(detector);
}

static void run_pass(pass *p)
{
    block *b = p->block;
    for (b->first = 1;;
         b->first += b->rows[CAR_SOURCE] > b->rows[CAR_TARGET] ? b->rows[CAR_SOURCE] : b->rows[CAR_TARGET]) {
        fill(p);
        if (b->rows[CAR_SOURCE] == 0 && b->rows[CAR_TARGET] == 0)
            break;
        car_parallel(TASKS, audit_rows, p);
        for (int side = 0; side < CAR_SIDES; side++)
            for (int i = 0; i < b->rows[side]; i++)
                take_line(p, side, i);
        for (int i = 0; p->audit != NULL && i < b->rows[CAR_SOURCE] && i < b->rows[CAR_TARGET]; i++)
            if (b->whole[CAR_SOURCE][i] && b->whole[CAR_TARGET][i])
                compare_sides(p, i);
    }
    for (int side = 0; p->audit != NULL && side < CAR_SIDES; side++) {
        car_audit_note_characters(p->audit, side, join_inventories(p, side));
        guess_encoding(&p->sample[side], p->audit->side[side].encoding, sizeof p->audit->side[side].encoding);
    }
}

/* ---- the whole ------------------------------------------------------------------------ */

static bool read_records(const car_text_set *set, car_audit_records records[CAR_SIDES], car_audit *audit, car_error *e)
{
    pass p = {.records = records, .audit = audit};
    bool good = open_pass(&p, set, e);
    if (good)
        run_pass(&p);
    close_pass(&p);
    return good;
}

/* How many times standard input would be read. */
static int standard_inputs(const car_text_set *set)
{
    bool has_columns = set->path[CAR_TARGET] == NULL;
    int n = strcmp(set->path[CAR_SOURCE], "-") == 0;
    return has_columns ? CAR_SIDES * n : n + (strcmp(set->path[CAR_TARGET], "-") == 0);
}

static bool only_one_is_standard_input(const car_text_set *text, const car_text_set *tests, int n_tests, car_error *e)
{
    int n = standard_inputs(text);
    for (int i = 0; i < n_tests; i++)
        n += standard_inputs(&tests[i]);
    return n <= 1 ||
           car_error_set(e, CAR_EXIT_USAGE,
                         "only one side can be standard input ('-'), as each is read for itself; here are %d; "
                         "write it into a file first",
                         n);
}

bool car_audit_run(car_audit *audit, const car_text_set *text, const car_text_set *tests, int n_tests, car_error *e)
{
    *audit = (car_audit){0};
    if (!only_one_is_standard_input(text, tests, n_tests, e))
        return false;
    for (int side = 0; side < CAR_SIDES; side++) {
        bool has_columns = text->path[CAR_TARGET] == NULL;
        audit->side[side].path = text->path[has_columns ? CAR_SOURCE : side];
        audit->side[side].column = has_columns ? text->column[side] : 0;
    }
    car_audit_records records[CAR_SIDES] = {{0}}, (*test)[CAR_SIDES] = car_alloc(n_tests, sizeof *test);
    bool good = read_records(text, records, audit, e);
    for (int i = 0; good && i < n_tests; i++)
        good = read_records(&tests[i], test[i], NULL, e);
    if (good) {
        car_audit_compare_pairs(audit, records);
        for (int i = 0; i < n_tests; i++)
            car_audit_compare_test(audit, records, test[i], i);
        car_audit_finish(audit, text, tests, n_tests);
    }
    for (int side = 0; side < CAR_SIDES; side++) {
        car_audit_records_clear(&records[side]);
        for (int i = 0; i < n_tests; i++)
            car_audit_records_clear(&test[i][side]);
    }
    car_free(test);
    if (!good)
        car_audit_clear(audit);
    return good;
}

void car_audit_clear(car_audit *audit)
{
    for (int i = 0; i < audit->n_findings; i++)
        for (int k = 0; k < CAR_AUDIT_EXAMPLES; k++)
            car_free(audit->findings[i].example[k]);
    car_free(audit->findings);
    *audit = (car_audit){0};
}

bool car_audit_has(const car_audit *audit, car_gravity gravity)
{
    for (int i = 0; i < audit->n_findings; i++)
        if (car_audit_gravity(audit->findings[i].kind) == gravity)
            return true;
    return false;
}
