/* audit_whole.h - what an audit can only know when it has seen all lines: repetitions,
 * overlaps, unusual lengths and scripts.
 *
 * From what it keeps of every line, a few bytes each.  Empty and damaged lines, which
 * have no words, take no part.
 */
#ifndef CAROUSEL_CORPORA_AUDIT_WHOLE_H
#define CAROUSEL_CORPORA_AUDIT_WHOLE_H

#include "corpora/audit.h"
#include "corpora/audit_line.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_audit_record {
    uint64_t exact, folded;
    int32_t characters, words, script;
} car_audit_record;

/* One for each line of a side.  {0} is empty. */
typedef struct car_audit_records {
    car_audit_record *at;
    ptrdiff_t n, capacity;
} car_audit_records;

/* Of a line that is not whole, nothing is known. */
void car_audit_records_add(car_audit_records *records, const car_line_audit *line, bool whole);
void car_audit_records_clear(car_audit_records *records);

/* Fills the sides' lines and scripts, pairs and ratios, and notes the findings. */
void car_audit_compare_pairs(car_audit *audit, const car_audit_records records[CAR_SIDES]);

/* Notes what test set `number` has in common with the training text. */
void car_audit_compare_test(car_audit *audit, const car_audit_records train[CAR_SIDES],
                            const car_audit_records test[CAR_SIDES], int number);

#ifdef __cplusplus
}
#endif
#endif
