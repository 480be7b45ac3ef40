/* audit_findings.h - the findings of an audit as they come in.
 *
 * Between the files that make an audit (audit.c, audit_whole.c).  A finding is made when
 * something of its kind is first noted; lines are noted in their order.
 */
#ifndef CAROUSEL_CORPORA_AUDIT_FINDINGS_H
#define CAROUSEL_CORPORA_AUDIT_FINDINGS_H

#include "corpora/audit.h"
#include "corpora/audit_line.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Notes a line, with `other` an earlier one or one of the training text, or 0.  The
 * finding is borrowed until the next call. */
car_audit_finding *car_audit_note(car_audit *audit, car_audit_kind kind, int side, int test, int64_t line,
                                  int64_t other);

/* Notes all pairs, and no line of them. */
void car_audit_note_all(car_audit *audit, car_audit_kind kind);

/* Notes a line, with an example if there is room. */
void car_audit_note_line(car_audit *audit, car_audit_kind kind, int side, int64_t number, int64_t places,
                         const char *line, ptrdiff_t length, ptrdiff_t at);
void car_audit_note_pair(car_audit *audit, car_audit_kind kind, int64_t number, const char *const line[CAR_SIDES],
                         const ptrdiff_t length[CAR_SIDES]);
void car_audit_note_text(car_audit *audit, car_audit_kind kind, int side, int64_t number, const char *text);

/* One side of a text, from its beginning. */
typedef struct car_audit_lines {
    car_lines *lines;
    int column; /* 0: all of a line */
} car_audit_lines;

/* False with *e (66, 77, 74). */
bool car_audit_lines_open(car_audit_lines *lines, const car_text_set *set, int side, car_error *e);
void car_audit_lines_close(car_audit_lines *lines);

/* As car_lines_next_start.  *has_column: false if the line, which is here whole and not
 * empty, lacks it. */
int car_audit_lines_next(car_audit_lines *lines, const char **line, ptrdiff_t *length, bool *whole, bool *has_column,
                         car_error *e);

/* Different characters, and those that occur once. */
void car_audit_note_characters(car_audit *audit, int side, const car_inventory *inventory);

/* Reads files again for examples that are missing, and brings the findings in order. */
void car_audit_finish(car_audit *audit, const car_text_set *text, const car_text_set *tests, int n_tests);

#ifdef __cplusplus
}
#endif
#endif
