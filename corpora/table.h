/* table.h - tables of numbers: CSV files with a header.
 *
 * Fields stand between commas, semicolons or tabs, whichever comes first in the header;
 * in double quotes they may hold these, and "" for a quote.  Numbers have a decimal
 * point.  A field that is empty, NA or NaN is a missing value.  Lines are read by
 * corpora/reader.h: plain or compressed, "-" is standard input.
 */
#ifndef CAROUSEL_CORPORA_TABLE_H
#define CAROUSEL_CORPORA_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What becomes of a missing value: refused (65); the value of the row before; or NaN, for those
 * who leave out what would read it. */
typedef enum car_missing { CAR_MISSING_ERROR, CAR_MISSING_PREVIOUS, CAR_MISSING_SKIP } car_missing;

/* For an option's choices, in this order. */
#define CAR_MISSING_POLICIES "error|previous|skip"

typedef struct car_table {
    char *path;
    int columns;
    char **name; /* [columns]                                      */
    int rows;
    double *value; /* [rows, columns]; NaN where missing and skipped */
} car_table;

/* Reads the columns of these names, in this order, or with n = 0 all; what stands in others does not
 * matter.  NULL and *e with file, line and column (65; 66, 74, 77): no number, a missing value, a line
 * with another number of fields than the header, no such column. */
car_table *car_table_load(const char *path, const char *const *names, int n, car_missing missing, car_error *e);
void car_table_free(car_table *table);

#ifdef __cplusplus
}
#endif
#endif
