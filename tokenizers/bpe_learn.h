/* bpe_learn.h - learning byte pair encoding (Sennrich, Haddow and Birch, "Neural
 * Machine Translation of Rare Words with Subword Units", ACL 2016).
 *
 * Words are counted, then the most frequent pair of neighbouring symbols is merged,
 * again and again.  Symbols start as code points, the last one of a word with "</w>"
 * behind it.  On a tie the pair that is greatest by (left, right), each compared by
 * code points, goes first.  Counts are exact after every merge, "aaa" counting twice
 * for (a, a) and being merged from the left.  The merges are those of subword-nmt,
 * line for line.
 *
 * Each merge costs as much as it changes: pairs know where they occur, and a heap
 * holds their counts.  Applying merges is the work of bpe_apply.h.
 */
#ifndef CAROUSEL_TOKENIZERS_BPE_LEARN_H
#define CAROUSEL_TOKENIZERS_BPE_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_bpe_learner car_bpe_learner;

car_bpe_learner *car_bpe_learner_new(void);
void car_bpe_learner_free(car_bpe_learner *learner);

/* A word of well-formed UTF-8, not empty, met `count` times more. */
void car_bpe_learner_add_word(car_bpe_learner *learner, const char *word, ptrdiff_t length, int64_t count);

/* The words of a line: cut at U+0020 alone, without the CR and spaces at its ends. */
void car_bpe_learner_add_line(car_bpe_learner *learner, const char *line, ptrdiff_t length);

typedef struct car_bpe_learn_options {
    int64_t symbols;       /* merges to learn                                              */
    int64_t min_frequency; /* stop when no pair occurs so often                            */
    bool total_symbols;    /* `symbols` also counts the characters, within and at the end
                              of words                                                     */
} car_bpe_learn_options;

/* Adds the merges to *codes, best first, as "left right" lines below the line
 * CAR_BPE_VERSION.  Returns how many there are. */
int64_t car_bpe_learn(const car_bpe_learner *learner, const car_bpe_learn_options *options, car_string *codes);

#define CAR_BPE_VERSION "#version: 0.2"
#define CAR_BPE_END "</w>"
enum { CAR_BPE_END_LENGTH = 4 };

#ifdef __cplusplus
}
#endif
#endif
