#include "corpora/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

typedef enum finding { BYTE_ORDER_MARK, CR_AT_END, CR_INSIDE, SEPARATOR, MALFORMED, NUL, TOO_LONG, KINDS } finding;

struct car_reader {
    car_lines *lines;
    car_utf8_policy policy;
    bool exact;
    struct {
        int64_t lines, first; /* how many, and the number of the first */
    } found[KINDS];
    int64_t replaced; /* places that are U+FFFD now */
    car_string repaired;
    char why[64];
};

car_utf8_policy car_utf8_policy_of(const char *name)
{
    static const char *const names[] = {"error", "replace", "skip"};
    int policy = 0;
    while (policy < CAR_UTF8_SKIP && strcmp(name, names[policy]) != 0)
        policy++;
    CAR_REQUIRE(strcmp(name, names[policy]) == 0);
    return (car_utf8_policy)policy;
}

car_reader *car_reader_take(car_lines *lines, const car_reading *reading)
{
    car_reader *reader = car_alloc(1, sizeof *reader);
    reader->lines = lines;
    reader->policy = reading->utf8;
    reader->exact = reading->exact;
    if (reading->max_line_bytes > 0)
        car_lines_limit(lines, reading->max_line_bytes);
    return reader;
}

car_reader *car_reader_open(const char *path, const car_reading *reading, car_error *e)
{
    car_lines *lines = car_lines_open(path, e);
    return lines != NULL ? car_reader_take(lines, reading) : NULL;
}

void car_reader_close(car_reader *reader)
{
    if (reader == NULL)
        return;
    car_lines_close(reader->lines);
    car_string_clear(&reader->repaired);
    car_free(reader);
}

bool car_reader_ready(car_reader *reader) { return car_lines_ready(reader->lines); }

int64_t car_reader_number(const car_reader *reader) { return car_lines_number(reader->lines); }

const char *car_reader_path_view(const car_reader *reader) { return car_lines_path(reader->lines); }

const char *car_reader_why_view(const car_reader *reader) { return reader->why; }

static void note(car_reader *reader, finding kind)
{
    if (reader->found[kind].lines++ == 0)
        reader->found[kind].first = car_reader_number(reader);
}

/* A line that the policy does not repair: refused or left out. */
static int drop(car_reader *reader, car_text_line *line, const char *advice, car_error *e)
{
    *line = (car_text_line){"", 0, true};
    if (reader->policy != CAR_UTF8_ERROR)
        return 1;
    (void)car_error_set(e, CAR_EXIT_DATA, "%s:%" PRId64 ": %s; %s", car_reader_path_view(reader),
                        car_reader_number(reader), reader->why, advice);
    return -1;
}

static const char *advice_on(const car_reader *reader, finding kind, const char *at, ptrdiff_t length)
{
    bool first = car_reader_number(reader) == 1;
    if (first && length >= 4 && (memcmp(at, "\xff\xfe\0\0", 4) == 0 || memcmp(at, "\0\0\xfe\xff", 4) == 0))
        return "the file looks like UTF-32: convert it with iconv -f UTF-32 -t UTF-8";
    if (first && length >= 2 && (memcmp(at, "\xff\xfe", 2) == 0 || memcmp(at, "\xfe\xff", 2) == 0))
        return "the file looks like UTF-16: convert it with iconv -f UTF-16 -t UTF-8";
    if (kind == NUL)
        return "no text holds that; is this UTF-16, or no text at all? (--utf8 says what to do with such lines)";
    return "convert the file, for example with iconv, or say with --utf8 what to do with such lines";
}

/* Copies the line with U+FFFD for each NUL and each maximal subpart that is broken. */
static void repair(car_reader *reader, car_text_line *line)
{
    const char *at = line->at, *end = at + line->length;
    car_string_empty(&reader->repaired);
    for (;;) {
        const char *nul = memchr(at, '\0', (size_t)(end - at)), *stop = nul != NULL ? nul : end;
        reader->replaced += car_utf8_repair(at, stop - at, &reader->repaired) + (nul != NULL);
        if (nul == NULL)
            break;
        car_string_add_text(&reader->repaired, "\xef\xbf\xbd");
        at = nul + 1;
    }
    *line = (car_text_line){reader->repaired.at, reader->repaired.length, false};
}

static bool holds(const char *at, const char *end, const char *bytes, size_t n)
{
    while ((at = memchr(at, bytes[0], (size_t)(end - at))) != NULL) {
        if (end - at >= (ptrdiff_t)n && memcmp(at, bytes, n) == 0)
            return true;
        at++;
    }
    return false;
}

/* What stays in the line, but would end it elsewhere. */
static void look_for_other_ends(car_reader *reader, const car_text_line *line)
{
    const char *end = line->at + line->length;
    if (memchr(line->at, '\r', (size_t)line->length) != NULL)
        note(reader, CR_INSIDE);
    if (holds(line->at, end, "\xe2\x80\xa8", 3) || holds(line->at, end, "\xe2\x80\xa9", 3) ||
        holds(line->at, end, "\xc2\x85", 2))
        note(reader, SEPARATOR);
}

int car_reader_next(car_reader *reader, car_text_line *line, car_error *e)
{
    bool whole;
    const char *start;
    ptrdiff_t length;
    int got = car_lines_next_start(reader->lines, &start, &length, &whole, e);
    if (got != 1)
        return got;
    if (!whole) {
        note(reader, TOO_LONG);
        (void)snprintf(reader->why, sizeof reader->why, "the line is longer than %td bytes", length);
        return drop(reader, line, "is this text? (--max-line-bytes)", e);
    }
    *line = (car_text_line){start, length, false};
    if (!reader->exact && car_reader_number(reader) == 1 && length >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0) {
        line->at += 3;
        line->length -= 3;
        note(reader, BYTE_ORDER_MARK);
    }
    if (!reader->exact && line->length > 0 && line->at[line->length - 1] == '\r') {
        line->length--;
        note(reader, CR_AT_END);
    }
    const char *nul = memchr(line->at, '\0', (size_t)line->length);
    ptrdiff_t bad = car_utf8_check(line->at, line->length);
    if (nul != NULL || bad >= 0) {
        bool is_nul = nul != NULL && (bad < 0 || nul - line->at < bad);
        const char *place = is_nul ? nul : line->at + bad;
        if (nul != NULL)
            note(reader, NUL);
        if (bad >= 0)
            note(reader, MALFORMED);
        (void)snprintf(reader->why, sizeof reader->why, "byte %td (0x%02x) is %s",
                       place - start + 1 /* the file's own, behind a byte order mark too */,
                       (unsigned)(unsigned char)*place, is_nul ? "NUL" : "not UTF-8");
        if (reader->policy != CAR_UTF8_REPLACE)
            return drop(reader, line, advice_on(reader, is_nul ? NUL : MALFORMED, start, length), e);
        repair(reader, line);
    }
    look_for_other_ends(reader, line);
    return 1;
}

static void report_kind(const car_reader *reader, finding kind, const char *what, const char *done, car_string *report)
{
    int64_t n = reader->found[kind].lines;
    if (n > 0)
        car_string_format(report, "%s: %" PRId64 " line%s %s, the first is %" PRId64 ": %s\n",
                          car_reader_path_view(reader), n, n > 1 ? "s" : "", what, reader->found[kind].first, done);
}

void car_reader_report(const car_reader *reader, car_string *report)
{
    static const char left_out[] = "left out";
    char replaced[64];
    (void)snprintf(replaced, sizeof replaced, "%" PRId64 " place%s in all %s U+FFFD now", reader->replaced,
                   reader->replaced == 1 ? "" : "s", reader->replaced == 1 ? "is" : "are");
    const char *done = reader->policy == CAR_UTF8_REPLACE ? replaced : left_out;
    if (reader->found[BYTE_ORDER_MARK].lines > 0)
        car_string_format(report, "%s: starts with a byte order mark: dropped\n", car_reader_path_view(reader));
    report_kind(reader, CR_AT_END, "with a CR at the end", "CR dropped", report);
    report_kind(reader, CR_INSIDE, "with a CR inside", "kept, as lines end at LF alone", report);
    report_kind(reader, SEPARATOR, "with U+0085, U+2028 or U+2029 inside", "kept, as lines end at LF alone", report);
    report_kind(reader, MALFORMED, "with bytes that are not UTF-8", done, report);
    report_kind(reader, NUL, "with NUL", done, report);
    report_kind(reader, TOO_LONG, "over --max-line-bytes", left_out, report);
}
