/* vocabulary.h - ids for pieces.
 *
 * Made from counted pieces, or read from a file or from the text that a model file
 * carries; never changed after that, so that threads may share it.  It knows no
 * tokenizer, but remembers the description of the one its pieces came from.
 *
 * Ids 0, 1 and 2 are CAR_END, CAR_UNKNOWN and CAR_START (base/batch.h).  They are
 * not pieces: a "</s>" or "<unk>" in the text is a piece like any other, with an
 * id of its own or unknown, and cannot end a sentence.
 *
 * The file, UTF-8 with LF behind every line:
 *
 *   # carousel-vocabulary 1
 *   # specials: </s> <unk> <s>
 *   # tokenizer: name=word normalization=nfc      car_tokenizer_describe
 *   # unicode: icu=72.1 unicode=15.0              car_tokenizer_icu_version
 *   # pieces: 381293                              in the text it was made from
 *   # tokens: 10211                               tokens that follow
 *   # merges: 8001                                only with byte pairs: lines behind them;
 *                                                 or "# sentencepiece: 3127", its model
 *   a<TAB>49165                                   id 3, and how often it was met
 *
 * Behind the header every line is a token, also if it begins with '#'; the count
 * stands behind the last TAB of the line.  Behind the tokens stand the merges, as a file
 * of subword-nmt has them, or the model (base64.h).
 */
#ifndef CAROUSEL_TOKENIZERS_VOCABULARY_H
#define CAROUSEL_TOKENIZERS_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/batch.h"
#include "base/error.h"
#include "base/text.h"
#include "tokenizers/pieces.h"
#include "tokenizers/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_vocabulary car_vocabulary;

/* ---- making one ---------------------------------------------------------------- */

typedef struct car_vocabulary_builder car_vocabulary_builder;

car_vocabulary_builder *car_vocabulary_builder_new(void);
void car_vocabulary_builder_free(car_vocabulary_builder *builder);

/* Counts the pieces of a line. */
void car_vocabulary_builder_add(car_vocabulary_builder *builder, const car_pieces *pieces);

/* Piece i of those counted, from 0, not terminated, and how often it was met; NULL behind
 * the last. */
const char *car_vocabulary_builder_view(const car_vocabulary_builder *builder, int i, ptrdiff_t *length,
                                        int64_t *count);

/* The most frequent pieces, equals in the order of their bytes: so many that there
 * are at most `max_size` ids with the specials (0: no limit), and none met fewer
 * than `min_count` times.  `tokenizer` is the one that made the pieces; if it falls
 * back to bytes, these are always in. */
car_vocabulary *car_vocabulary_builder_finish(const car_vocabulary_builder *builder, const car_tokenizer *tokenizer,
                                              int max_size, int64_t min_count);

/* These pieces in this order, which differ, and their counts: for vocabulary_import.h. */
car_vocabulary *car_vocabulary_of(const car_pieces *pieces, const int64_t *counts, const car_tokenizer *tokenizer);

void car_vocabulary_free(car_vocabulary *vocabulary);

/* ---- files and text ------------------------------------------------------------- */

/* NULL with *e: 66, 77 or 74 if the file cannot be read, 65 with file and line if it
 * is not a vocabulary. */
car_vocabulary *car_vocabulary_load(const char *path, car_error *e);
bool car_vocabulary_save(const car_vocabulary *vocabulary, const char *path, car_error *e);

/* Does the text begin as one? */
bool car_vocabulary_is_own(const char *text, ptrdiff_t length);

/* The same from text in memory; `source` names it in messages. */
car_vocabulary *car_vocabulary_read(const char *text, ptrdiff_t length, const char *source, car_error *e);
/* Adds the text. */
void car_vocabulary_write(const car_vocabulary *vocabulary, car_string *text);

/* ---- asking ---------------------------------------------------------------------- */

/* Number of ids, with the specials: all ids are below it. */
int car_vocabulary_size(const car_vocabulary *vocabulary);

/* The id of a piece, or CAR_UNKNOWN. */
int32_t car_vocabulary_find(const car_vocabulary *vocabulary, const char *piece, ptrdiff_t length);

/* The piece of an id, terminated ("</s>", "<unk>", "<s>" for the specials), and how
 * often it was met (0 for the specials).  0 <= id < size. */
const char *car_vocabulary_piece(const car_vocabulary *vocabulary, int32_t id);
int64_t car_vocabulary_count(const car_vocabulary *vocabulary, int32_t id);

/* The share of the text it was made from, counted in pieces, that it knows: 0 to 1. */
double car_vocabulary_coverage(const car_vocabulary *vocabulary);

/* A tokenizer as the one that made its pieces, limited to them if that fell back to
 * bytes: it borrows the vocabulary.  NULL with *e (65). */
car_tokenizer *car_vocabulary_new_tokenizer(const car_vocabulary *vocabulary, car_error *e);

/* Limits a tokenizer likewise. */
void car_vocabulary_limit(const car_vocabulary *vocabulary, car_tokenizer *tokenizer);

/* What its tokenizer is, in the words of car_tokenizer_describe; and by which Unicode it
 * cut, to be compared with car_tokenizer_icu_version. */
const char *car_vocabulary_tokenizer(const car_vocabulary *vocabulary);
const char *car_vocabulary_unicode(const car_vocabulary *vocabulary);

/* ---- translating ------------------------------------------------------------------ */

/* The ids of a line: ids[0 .. count-1], and CAR_END in ids[count].  Returns how many
 * are unknown. */
ptrdiff_t car_vocabulary_encode(const car_vocabulary *vocabulary, const car_pieces *pieces, int32_t *ids);

/* The pieces of `n` ids, up to the first CAR_END (what *pieces held is dropped).
 * CAR_START is left out; CAR_UNKNOWN becomes "<unk>". */
void car_vocabulary_decode(const car_vocabulary *vocabulary, const int32_t *ids, ptrdiff_t n, car_pieces *pieces);

#ifdef __cplusplus
}
#endif
#endif
