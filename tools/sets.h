/* sets.h - the parallel text that options name.
 *
 * --train-sets, --valid-sets, --test-sets and --sets are lists of sets.  A name that
 * ends in .tsv, .tsv.gz or .tsv.zst is a set of its own, with the sides in the columns
 * of --tsv-columns; of others two make one, source and target.  With --tsv every name
 * is a set of its own.  A language model's text has no source: every name is a set.
 */
#ifndef CAROUSEL_TOOLS_SETS_H
#define CAROUSEL_TOOLS_SETS_H

#include "corpora/bitext.h"
#include "corpora/corpus.h"
#include "tools/lines.h"

/* {0} is empty. */
typedef struct car_sets {
    car_text_set *at; /* [n] the paths are borrowed from the options */
    int n;
    car_reading reading;
} car_sets;

/* Does --task say that text has no source? */
bool car_sets_are_alone(const car_options *options);

/* The sets of the option `name`, one at least (2), with a source unless `alone`; to be
 * cleared in either case. */
bool car_sets_of_options(car_sets *sets, const car_options *options, const char *name, bool alone, car_error *e);

/* The sets that these [n] names are; `what` is what messages call the list. */
bool car_sets_of_names(car_sets *sets, const char *const *names, int n, const char *what, bool alone,
                       const car_options *options, car_error *e);

void car_sets_clear(car_sets *sets);

car_bitext *car_sets_open(const car_sets *sets, car_error *e);
bool car_sets_use_standard_input(const car_sets *sets);

/* Adds all lines of both sides to lists; one that was left out is an empty one. */
bool car_sets_load_lines(const car_sets *sets, car_line_list lists[CAR_SIDES], car_error *e);

/* Counts the pieces of --train-sets: of each side by itself, or if `joint` of both in builder[CAR_SOURCE],
 * builder[CAR_TARGET] then being NULL.  The builders are the caller's in either case. */
bool car_sets_count_pieces(const car_options *options, car_tokenizer *const tokenizer[CAR_SIDES],
                           const car_bpe_dropout *dropout, bool joint, car_vocabulary_builder *builder[CAR_SIDES],
                           car_error *e);

/* What messages call the lines of one side, "a.en and 2 more"; freed by the caller. */
char *car_sets_name(const car_sets *sets, int side);

#endif
