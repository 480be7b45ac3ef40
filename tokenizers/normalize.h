/* normalize.h - Unicode normal forms of a line.
 *
 * The first step of every tokenizer.  Text that is in the form already is
 * handed back as it came, which is the common case and costs little.
 *
 * Sorting the combining marks of one letter takes ICU time quadratic in their
 * number.  So in every form but "none" a run of more than 30 of them is cut by
 * U+034F COMBINING GRAPHEME JOINER, the Stream-Safe Text Process of Unicode
 * Standard Annex #15.  No known language comes near such runs.
 *
 * The normal form of a normal form is itself (with nfkc-casefold, which drops the
 * U+034F again and may cut elsewhere, unless a run was cut).
 *
 * On request the form is lower-cased, by the full mappings of Unicode in no language's
 * ways: "ΑΣ" becomes "ας", and Turkish "I" the dotted "i".
 */
#ifndef CAROUSEL_TOKENIZERS_NORMALIZE_H
#define CAROUSEL_TOKENIZERS_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_normalization {
    CAR_NORMALIZE_NFC,          /* "nfc": one spelling for each character; loses nothing seen  */
    CAR_NORMALIZE_NONE,         /* "none": the bytes as they are                               */
    CAR_NORMALIZE_NFKC,         /* "nfkc": also folds width, ligatures, no-break spaces        */
    CAR_NORMALIZE_NFKC_CASEFOLD /* "nfkc-casefold": also case; drops what is not to be seen    */
} car_normalization;

/* The form's name as above; and the form of a name, or 78 with the known ones. */
const char *car_normalization_name(car_normalization form);
bool car_normalization_parse(const char *name, car_normalization *form, car_error *e);

/* A normalizer keeps buffers between lines: one object for each thread. */
typedef struct car_normalizer car_normalizer;

car_normalizer *car_normalizer_new(car_normalization form, bool lower, car_error *e);
void car_normalizer_free(car_normalizer *normalizer);

/* Points *out at the normal form of `line`, which is well-formed UTF-8 of at
 * most CAR_NORMALIZE_LONGEST bytes: either the line itself, or memory borrowed
 * until the next call. */
void car_normalizer_apply(car_normalizer *normalizer, const char *line, ptrdiff_t length, const char **out,
                          ptrdiff_t *out_length);

enum { CAR_NORMALIZE_LONGEST = 1 << 26 }; /* bytes: what ICU's 32-bit sizes bear, however a line expands */

#ifdef __cplusplus
}
#endif
#endif
