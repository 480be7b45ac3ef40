/* bitext.h - parallel text: two files whose lines with the same number translate
 * each other.
 *
 * Read once, from front to back, plain or gzip-compressed, one of the two possibly
 * standard input ("-").  What a line may hold is decided here and nowhere else:
 *
 *   not UTF-8, or a NUL            refused, with file, line and byte
 *   CR before LF                   dropped, and noted once for each file
 *   byte order mark at the start   dropped, and noted
 *   files of different length      refused with both numbers; found by the pass that
 *                                  loads the corpus, so before training begins
 *   no lines at all                refused
 *
 * It knows no tokenizer; corpus.h turns a bitext into ids.
 */
#ifndef CAROUSEL_CORPORA_BITEXT_H
#define CAROUSEL_CORPORA_BITEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The two sides of a pair, wherever something exists for each. */
enum { CAR_SOURCE, CAR_TARGET, CAR_SIDES };

typedef struct car_bitext car_bitext;

/* One pair; the lines are borrowed until the next call, and not terminated. */
typedef struct car_line_pair {
    const char *line[CAR_SIDES];
    ptrdiff_t length[CAR_SIDES];
    int64_t number; /* from 1 */
} car_line_pair;

/* NULL with *e: 66, 77 or 74 if a file cannot be opened, 2 if both are "-". */
car_bitext *car_bitext_open(const char *source, const char *target, car_error *e);
void car_bitext_close(car_bitext *bitext);

/* 1 with *pair filled; 0 at the end of both; -1 with *e (65; 74 on a read error). */
int car_bitext_next(car_bitext *bitext, car_line_pair *pair, car_error *e);

const char *car_bitext_path_view(const car_bitext *bitext, int side);

/* What was dropped so far, one line for each note, "" if nothing. */
const char *car_bitext_notes_view(const car_bitext *bitext);

#ifdef __cplusplus
}
#endif
#endif
