/* split.h - parallel text parted into training, validation and test text, of which no
 * sentence of one part is in another.
 *
 * Pairs that share a source sentence or a target sentence, as fold.h compares them, are one
 * group, and so are groups that share a pair: lists of translations, such as Tatoeba's, are
 * full of them.  Groups are drawn for test and validation by a hash of what they hold and
 * the seed, not by place, so the order of the text does not matter.  Of each such group one
 * pair is taken and the others are left out; all other groups go into the training text
 * whole.  With each seed every group is as likely to be drawn as any other.
 *
 * The text is read twice.  In memory is no text, but about 50 bytes for each pair.
 */
#ifndef CAROUSEL_CORPORA_SPLIT_H
#define CAROUSEL_CORPORA_SPLIT_H

#include <stdint.h>

#include "base/error.h"
#include "corpora/bitext.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_PART_TRAIN, CAR_PART_VALID, CAR_PART_TEST, CAR_PARTS };

/* What the files of a part are called, before the dot. */
const char *car_part_name(int part);

typedef struct car_split_options {
    int64_t pairs[CAR_PARTS]; /* of training 0: all that are left; of the others 0: none */
    uint64_t seed;
} car_split_options;

/* read = pairs of all parts + skipped + empty + held_out + undrawn. */
typedef struct car_split_counts {
    int64_t read, groups;
    int64_t pairs[CAR_PARTS];
    int64_t skipped;  /* left out: a side was left out while reading           */
    int64_t empty;    /* left out: a side has nothing, or white space alone    */
    int64_t held_out; /* left out: in a group with a pair of valid or test     */
    int64_t undrawn;  /* left out: more than training pairs were wanted        */
} car_split_counts;

typedef struct car_split car_split;

/* Reads the bitext to its end and decides.  NULL with *e if that fails, or if there are
 * too few groups or pairs (65). */
car_split *car_split_new(car_bitext *bitext, const car_split_options *options, car_error *e);
void car_split_free(car_split *split);

car_split_counts car_split_count(const car_split *split);

/* Writes train, valid and test, each with the suffixes of the two sides ("en"), into
 * `folder`, which is made if missing, in the order of the text.  `bitext` is the same text,
 * opened anew; another is refused (65).  All files are replaced, or none. */
bool car_split_write(const car_split *split, car_bitext *bitext, const char *folder,
                     const char *const suffix[CAR_SIDES], car_error *e);

#ifdef __cplusplus
}
#endif
#endif
