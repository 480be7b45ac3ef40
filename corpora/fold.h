/* fold.h - is it the same sentence?  Text as it is compared, and its hash.
 *
 * Folded text has no case, no width, no spaces, no punctuation and no invisible
 * characters: "Go!" and "ＧＯ ." are both "go".  It is NFKC_Casefold without what
 * Unicode calls separators and punctuation (categories Z and P); a line of nothing else
 * is folded to itself.  audit.h finds repetitions and overlaps with it, split.h keeps
 * test sets apart from training text.
 */
#ifndef CAROUSEL_CORPORA_FOLD_H
#define CAROUSEL_CORPORA_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A hash by which lines are taken to be equal: with n different lines, the probability
 * that any two share one is about n^2 / 2^65 (3e-8 for a million). */
uint64_t car_text_hash(const char *bytes, ptrdiff_t length);

/* Keeps buffers between lines: one object for each thread. */
typedef struct car_folding car_folding;

car_folding *car_folding_new(car_error *e);
void car_folding_free(car_folding *folding);

/* Points *out at the folded form of `line`, which is well-formed UTF-8; borrowed until
 * the next call, or the line itself. */
void car_folding_apply(car_folding *folding, const char *line, ptrdiff_t length, const char **out,
                       ptrdiff_t *out_length);

#ifdef __cplusplus
}
#endif
#endif
