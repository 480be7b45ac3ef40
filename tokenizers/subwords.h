/* subwords.h - byte pair encoding on top of a tokenizer: its pieces, here called words,
 * to smaller pieces and back.  Private to tokenizer.c.
 *
 *   a piece that its word goes on behind ends in "@@"
 *   "<0xE2>" (or "<0xE2>@@") is a byte of a character that no known piece has
 *   a word's own "@@" or "<0xE2>" at that place has U+241B behind it, and so has one
 *   that has such U+241B behind it already
 *
 * so that every list of words comes back as it was.
 */
#ifndef CAROUSEL_TOKENIZERS_SUBWORDS_H
#define CAROUSEL_TOKENIZERS_SUBWORDS_H

#include "base/error.h"
#include "base/names.h"
#include "tokenizers/pieces.h"

typedef struct car_subwords car_subwords;

/* From the text of a file of merges (bpe_apply.h).  NULL with *e (65). */
car_subwords *car_subwords_new(const char *codes, car_error *e);
void car_subwords_free(car_subwords *subwords);

/* How many merges there are. */
int car_subwords_count(const car_subwords *subwords);

/* From now on make pieces of `known` and bytes alone; borrowed as long as this lives.
 * A piece that is not known is undone merge by merge, at last to bytes. */
void car_subwords_limit(car_subwords *subwords, const car_names *known);

/* Passes over merges with this probability from now on, 0: over none; what is drawn depends
 * on `draw` alone.  Once limited. */
void car_subwords_drop(car_subwords *subwords, double dropout, uint64_t draw);

/* Adds the pieces of words. */
void car_subwords_apply(car_subwords *subwords, const car_pieces *words, car_pieces *pieces);

/* Adds the words of pieces, those of a model's output too. */
void car_subwords_join(const car_pieces *pieces, car_pieces *words);

/* Does a word end with this piece? */
bool car_subwords_is_final(const char *piece, ptrdiff_t length);

/* Adds all pieces that stand for a byte that a word can have. */
void car_subwords_add_bytes(car_pieces *pieces);

#endif
