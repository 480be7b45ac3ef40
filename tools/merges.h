/* merges.h - the merges of byte pair encoding that train and vocab put on top of a
 * tokenizer: from --bpe-codes, or learned from the text as --bpe-symbols says.
 *
 * texts.h makes the tokenizers, before and with them.
 */
#ifndef CAROUSEL_TOOLS_MERGES_H
#define CAROUSEL_TOOLS_MERGES_H

#include "corpora/bitext.h"
#include "tokenizers/vocabulary.h"
#include "tools/option_table.h"

/* The texts of the merges that the options want, NULL for a side without any, to be freed
 * by the caller whatever is returned: one value of --bpe-symbols is one set of merges for
 * both sides, learned from both; two are two.  Learning reads --train-sets, cut by these
 * tokenizers (65, 66, ...). */
bool car_merges_find(car_tokenizer *const tokenizer[CAR_SIDES], const car_options *options, char *codes[CAR_SIDES],
                     car_error *e);

/* Learns from counted pieces; the text of the merges, freed by the caller. */
char *car_merges_learn(const car_vocabulary_builder *builder, int64_t symbols);

/* The text of a file of merges, freed by the caller; NULL with *e (66, 77, 74). */
char *car_merges_load(const char *path, car_error *e);

#endif
