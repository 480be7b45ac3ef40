/* vectors.h - lines that hold vectors instead of text: features of an image, say.
 *
 * The numbers of a line stand between spaces or commas, as many in every line.  A model
 * sees (x - mean) / deviation of each place, both of the training lines.
 */
#ifndef CAROUSEL_CORPORA_VECTORS_H
#define CAROUSEL_CORPORA_VECTORS_H

#include "base/text.h"
#include "corpora/bitext.h"

#ifdef __cplusplus
extern "C" {
#endif

/* {0} is of text, which is no vectors. */
typedef struct car_vectors {
    int n;                    /* numbers of a line */
    double *mean, *deviation; /* [n] */
} car_vectors;

/* Of the sources of a bitext, which is read to its end.  False with *e (65) for a line that is no vector, or
 * none as long as the first; lines that were left out count for nothing. */
bool car_vectors_measure(car_vectors *vectors, car_bitext *bitext, car_error *e);
void car_vectors_clear(car_vectors *vectors);

/* The numbers [n] of a line, scaled; of a blank line zeros.  False with *e (65), which names no line: for a line
 * that is no vector of so many, or a number that is too large then. */
bool car_vectors_apply(const car_vectors *vectors, const char *line, ptrdiff_t length, float *numbers, car_error *e);

/* As JSON, with all digits, and back (65; `origin` is what messages call the text). */
void car_vectors_write(const car_vectors *vectors, car_string *text);
bool car_vectors_read(car_vectors *vectors, const char *text, const char *origin, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
