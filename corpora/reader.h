/* reader.h - lines of text: what a line may hold is decided here and nowhere else.
 *
 *                                --utf8 error      replace            skip
 *   byte that is not UTF-8       refused           U+FFFD for each    line left out
 *                                                  maximal subpart
 *   NUL                          refused           U+FFFD             line left out
 *   line of more bytes than      refused           line left out      line left out
 *   allowed
 *
 * "Refused" is an error (65) with file, line and byte.  Whatever the policy, a byte
 * order mark at the start of the file and a CR at the end of a line are dropped; a CR
 * elsewhere, U+0085, U+2028 and U+2029 are characters of the line, because lines end at
 * LF alone.  All of it is counted, and car_reader_report tells of it: nothing is
 * changed or lost in silence.
 *
 * bitext.h reads both sides of parallel text through this, the tools single files.
 */
#ifndef CAROUSEL_CORPORA_READER_H
#define CAROUSEL_CORPORA_READER_H

#include "base/error.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_utf8_policy { CAR_UTF8_ERROR, CAR_UTF8_REPLACE, CAR_UTF8_SKIP } car_utf8_policy;

/* For an option's choices, in the order of the policies. */
#define CAR_UTF8_POLICIES "error|replace|skip"

/* One of the choices above; anything else is a mistake in the program. */
car_utf8_policy car_utf8_policy_of(const char *name);

/* {0} refuses what is no text and has the usual limit. */
typedef struct car_reading {
    car_utf8_policy utf8;
    ptrdiff_t max_line_bytes; /* 0: CAR_LONGEST_LINE */
    bool exact;               /* keep also a byte order mark and a CR at the end: for what a
                               * program wrote, such as pieces */
} car_reading;

/* A line, borrowed until the next call, and not terminated. */
typedef struct car_text_line {
    const char *at;
    ptrdiff_t length;
    bool skipped; /* left out: length is 0, and car_reader_why_view says why */
} car_text_line;

typedef struct car_reader car_reader;

/* NULL with *e (66, 77 or 74). */
car_reader *car_reader_open(const char *path, const car_reading *reading, car_error *e);

/* The same of lines that are open, which the reader takes over. */
car_reader *car_reader_take(car_lines *lines, const car_reading *reading);

void car_reader_close(car_reader *reader);

/* 1 with *line filled; 0 at the end; -1 with *e (65; 74 on a read error). */
int car_reader_next(car_reader *reader, car_text_line *line, car_error *e);

/* car_lines_ready. */
bool car_reader_ready(car_reader *reader);

/* Number of the line last returned, from 1; the path as opened. */
int64_t car_reader_number(const car_reader *reader);
const char *car_reader_path_view(const car_reader *reader);

/* Why the last line was left out: "byte 5 (0xff) is not UTF-8". */
const char *car_reader_why_view(const car_reader *reader);

/* Adds what was found so far: a line for each kind of it, with the number of lines and
 * the first of them. */
void car_reader_report(const car_reader *reader, car_string *report);

#ifdef __cplusplus
}
#endif
#endif
