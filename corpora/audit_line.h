/* audit_line.h - what an audit finds in one line by itself.
 *
 * Used by audit.c, block by block and on all threads.  A line that is not UTF-8, or
 * holds NUL, is only that: nothing else is looked for in it.
 */
#ifndef CAROUSEL_CORPORA_AUDIT_LINE_H
#define CAROUSEL_CORPORA_AUDIT_LINE_H

#include <stdint.h>

#include "corpora/audit.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_line_audit {
    uint64_t found; /* bit k: kind k was found; where not, the two below are not set */
    int32_t places[CAR_AUDIT_LINE_KINDS];
    int32_t at[CAR_AUDIT_LINE_KINDS]; /* byte of the first place */
    uint64_t exact, folded;           /* hashes of the text      */
    int32_t characters, words;
    int32_t script;      /* UScriptCode of most letters; -1 without letters */
    uint16_t digits[10]; /* how often each stands in the line */
} car_line_audit;

/* How often each character occurs, and the first line with it. */
typedef struct car_inventory {
    struct car_inventory_page *pages[0x110000 / 256];
} car_inventory;

typedef struct car_inventory_page {
    int64_t count[256], first[256];
} car_inventory_page;

void car_inventory_add(car_inventory *inventory, int32_t character, int64_t count, int64_t line);
void car_inventory_clear(car_inventory *inventory);

/* Buffers for one thread. */
typedef struct car_line_auditor car_line_auditor;

car_line_auditor *car_line_auditor_new(car_error *e);
void car_line_auditor_free(car_line_auditor *auditor);

/* `line` is without LF.  Number 1 is the one that may begin with a byte order mark.
 * Characters are counted in *inventory. */
void car_line_audit_run(car_line_auditor *auditor, const char *line, ptrdiff_t length, int64_t number,
                        car_inventory *inventory, car_line_audit *result);

/* Is the text, or a part of it, UTF-8 that was read as Latin-1 or Windows-1252?  0: no;
 * 1: yes; 2: and what was read so was such text already.  *at: where that begins. */
int car_mojibake_depth(const char *text, ptrdiff_t length, int32_t *at);

#ifdef __cplusplus
}
#endif
#endif
