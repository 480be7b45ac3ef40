/* bitext.h - parallel text: pairs of lines that translate each other, from one or
 * more sets.
 *
 * A set is two files whose lines with the same number belong together, or one file
 * with columns parted by tabs (no quotes, no escapes: what stands between two tabs is
 * the text), or one file of text that has no source: each line is a target, whole.
 * Read once, from front to back, plain or compressed, one of the files possibly standard
 * input ("-").  reader.h decides what a line may hold; a pair of which a side was left
 * out is marked so.  Refused (65) is also
 *
 *   files of different length      with both numbers; found by the pass that loads
 *                                  the corpus, so before training begins
 *   a set without any line
 *   a line with too few columns    but an empty one is a pair of empty sides
 *
 * It knows no tokenizer; corpus.h turns a bitext into ids.
 */
#ifndef CAROUSEL_CORPORA_BITEXT_H
#define CAROUSEL_CORPORA_BITEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "corpora/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The two sides of a pair, wherever something exists for each. */
enum { CAR_SOURCE, CAR_TARGET, CAR_SIDES };

typedef struct car_text_set {
    const char *path[CAR_SIDES]; /* two files; or one, and NULL for the target */
    int column[CAR_SIDES];       /* where in that one, from 1; both 0: text without a source */
} car_text_set;

/* Column `column`, from 1, of a line with tabs.  False if it has only *n, fewer. */
bool car_text_column(const char *line, ptrdiff_t length, int column, const char **part, ptrdiff_t *part_length, int *n);

typedef struct car_bitext car_bitext;

/* One pair; the lines are borrowed until the next call, and not terminated. */
typedef struct car_line_pair {
    const char *line[CAR_SIDES];
    ptrdiff_t length[CAR_SIDES];
    int64_t number;      /* from 1, over all sets */
    int set;             /* from 0                */
    int64_t line_number; /* in the files of the set, from 1 */
    bool skipped;        /* a side was left out, and is empty */
} car_line_pair;

/* The sets, one at least, are borrowed.  NULL with *e: 66, 77 or 74 if a file cannot
 * be opened, 2 if more than one is "-". */
car_bitext *car_bitext_open(const car_text_set *sets, int n, const car_reading *reading, car_error *e);
void car_bitext_close(car_bitext *bitext);

/* 1 with *pair filled; 0 at the end; -1 with *e (65; 74 on a read error). */
int car_bitext_next(car_bitext *bitext, car_line_pair *pair, car_error *e);

/* The file that a side of the last pair came from. */
const char *car_bitext_path_view(const car_bitext *bitext, int side);

/* What messages call the whole: "a.en and a.cs", "a.tsv", "a.tsv and 2 more sets". */
const char *car_bitext_name_view(const car_bitext *bitext);

/* What was found in the sets that were read to their end, as car_reader_report has it;
 * "" if nothing. */
const char *car_bitext_report_view(const car_bitext *bitext);

#ifdef __cplusplus
}
#endif
#endif
