/* shortlist.h - the words that a sentence may be translated with: few of many.
 *
 * The first words of the vocabulary, which are its most frequent, and those that the words
 * of the source are likely translated by.  An output layer that computes these alone is as
 * much smaller; probabilities are shared out among them.
 *
 * The list of a sentence depends on that sentence: so does its translation, whatever it is
 * searched with.  Where the table of likely translations comes from is tools/shortlist.h's.
 */
#ifndef CAROUSEL_DECODE_SHORTLIST_H
#define CAROUSEL_DECODE_SHORTLIST_H

#include <stdint.h>

#include "base/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_shortlist {
    int source_words, target_words;
    int first;      /* words 0 .. first - 1 are in every list, at least the special ones */
    int64_t *start; /* [source_words + 1]: the words of source word i are                */
    int32_t *word;  /* word[start[i]] .. word[start[i + 1] - 1]                          */
} car_shortlist;

/* Frees the arrays. */
void car_shortlist_clear(car_shortlist *shortlist);

/* Rising, no word twice. */
typedef struct car_word_list {
    int n;
    const int32_t *word;
} car_word_list;

/* The list of a source [length] whose translation is to begin with a prefix [n_prefix], whose
 * words are in it too; from the arena. */
car_word_list car_shortlist_take(const car_shortlist *shortlist, car_arena *arena, const int32_t *source, int length,
                                 const int32_t *prefix, int n_prefix);

/* All words that are in some of the lists [n] of words below `words`. */
car_word_list car_word_lists_join(car_arena *arena, const car_word_list *lists, int n, int words);

#ifdef __cplusplus
}
#endif
#endif
