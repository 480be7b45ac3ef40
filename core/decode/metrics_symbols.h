/* metrics_symbols.h - segments as sequences of small integers, and how many
 * n-grams two of them share.
 *
 * The common ground of bleu.c, chrf.c and metrics.c, not for use outside.  A
 * symbol is a code point or the number of a word; counting does not care which.
 */
#ifndef CAROUSEL_DECODE_METRICS_SYMBOLS_H
#define CAROUSEL_DECODE_METRICS_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A growing sequence.  {0} is an empty one. */
typedef struct car_symbols {
    int32_t *at; /* [length] */
    ptrdiff_t length, capacity;
} car_symbols;

void car_symbols_clear(car_symbols *symbols); /* frees */
void car_symbols_add(car_symbols *symbols, int32_t symbol);

/* The code points of a line of well-formed UTF-8, replacing what was there;
 * lower-cased first if asked, by Unicode's full mapping (final sigma too) and
 * no language's own. */
void car_symbols_load(car_symbols *symbols, const char *line, bool lowercase);

/* White space as sacreBLEU knows it (Python's str.split): Unicode's White_Space
 * and U+001C to U+001F. */
bool car_symbol_is_space(int32_t c);

/* A set of sequences that begin at node 0: a node stands for the sequence of
 * symbols on the way to it, so equal sequences have equal nodes.  Nodes are
 * numbered from 1 in the order of their coming.  {0} needs a reset first. */
typedef struct car_trie {
    struct car_trie_slot *slots; /* [mask + 1], a hash table of (node, symbol) */
    ptrdiff_t mask, capacity, nodes;
} car_trie;

void car_trie_clear(car_trie *trie); /* frees */

/* Empties the trie and makes room for `most` nodes. */
void car_trie_reset(car_trie *trie, ptrdiff_t most);

/* The node that `symbol` leads to from `node`, added if need be. */
int32_t car_trie_add(car_trie *trie, int32_t node, int32_t symbol);

/* Cuts text at white space and writes the number of each word, replacing what
 * was in `numbers`.  Equal words have equal numbers as long as `words` is not
 * reset; it must have room for text->length more nodes. */
void car_words_number(const car_symbols *text, car_trie *words, car_symbols *numbers);

/* Counts n-grams; holds nothing between calls but memory.  {0} is a new one. */
typedef struct car_ngrams {
    car_trie trie;
    struct car_ngram *counts; /* [capacity], by node */
    ptrdiff_t capacity;
} car_ngrams;

void car_ngrams_clear(car_ngrams *ngrams); /* frees */

/* matches[n - 1], for n = 1..orders: how many n-grams of the hypothesis occur in
 * the references [n_references], each distinct one at most as often as in the
 * reference that has most of it:  sum over g of min(#hyp(g), max over r of #r(g)). */
void car_ngrams_match(car_ngrams *ngrams, const car_symbols *hypothesis, const car_symbols *references,
                      int n_references, int orders, int64_t *matches);

#ifdef __cplusplus
}
#endif
#endif
