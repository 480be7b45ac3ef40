/* table_generator.h - tables of numbers to try forecasts and maps with, as many rows as
 * wanted, the same from the same seed.
 */
#ifndef CAROUSEL_CORPORA_TABLE_GENERATOR_H
#define CAROUSEL_CORPORA_TABLE_GENERATOR_H

#include "corpora/generator.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_table_generator {
    const char *name, *summary;
    const char *const *column; /* [columns] names */
    int columns;
    void (*make)(uint64_t seed, int64_t rows, double *value); /* [rows, columns]; the first rows of more are the same */
} car_table_generator;

/* All there are, up to NULL; one by its name, or NULL. */
const car_table_generator *const *car_table_generators(void);
const car_table_generator *car_table_generator_find(const char *name);

/* Writes train.csv, valid.csv and test.csv into the folder, which is made if missing: rows that follow one
 * another, each part on the one before.  At least one row of each (2). */
bool car_table_generator_write(const car_table_generator *generator, uint64_t seed, const char *folder, car_parts parts,
                               car_error *e);

#ifdef __cplusplus
}
#endif
#endif
