/* texts.h - what turns text into ids and back: a tokenizer and a vocabulary for
 * each side that is text; a language model has no source, and NULL there.
 *
 * train makes them from options, all others read them from a model file.  Nothing
 * here knows a model.
 */
#ifndef CAROUSEL_TOOLS_TEXTS_H
#define CAROUSEL_TOOLS_TEXTS_H

#include "corpora/recut.h"
#include "corpora/vectors.h"
#include "tokenizers/tokenizer.h"
#include "tokenizers/vocabulary.h"
#include "tools/option_table.h"

typedef struct car_texts {
    car_tokenizer *tokenizer[CAR_SIDES];
    car_vocabulary *vocabulary[CAR_SIDES];
    car_vectors vectors; /* of the source, where it is no text and has neither; else none, n = 0 */
} car_texts;

/* From --vocabs, also those of other programs, or else made from --train-sets; of one piece for both sides if
 * embeddings are tied.  False with *e (65, 66, 78, ...); to be cleared in either
 * case, as {0} may be. */
bool car_texts_open(car_texts *texts, const car_options *options, car_error *e);

/* From the texts of vocabularies, NULL for a side without; `origin` is what messages call the file that
 * they were in.  Warns if this ICU cuts text by other rules. */
bool car_texts_read(car_texts *texts, const char *const vocabulary[CAR_SIDES], const char *origin, car_error *e);

/* The first side that is text: of a language model and of vectors (--source-vectors) the target. */
int car_texts_first_side(const car_options *options);

void car_texts_clear(car_texts *texts);

/* What --bpe-dropout says. */
car_bpe_dropout car_bpe_dropout_of_options(const car_options *options);

/* Writes vocab.src and vocab.trg, those there are, into the folder. */
bool car_texts_save(const car_texts *texts, const char *folder, car_error *e);

/* The tokenizer that --tokenizer, --normalization and --case ask for (78), of train for one
 * side; on top of it the text of a file of merges, if that is not NULL (65), with a fallback
 * to bytes or none. */
car_tokenizer *car_tokenizer_of_side(const car_options *options, int side, const char *codes, bool bytes, car_error *e);

/* The same for commands where each of these options has one value. */
car_tokenizer *car_tokenizer_of_options(const car_options *options, const char *codes, bool bytes, car_error *e);

/* Is a vocabulary's tokenizer, but for its merges, what the options ask for, if they do? (78) */
bool car_tokenizer_is_as_asked(const car_vocabulary *vocabulary, const car_tokenizer *asked, const char *path,
                               const car_options *options, car_error *e);

/* Warns if the text of a vocabulary was cut by the rules of another Unicode than this ICU's;
 * `origin` is what the message calls it. */
void car_vocabulary_compare_unicode(const car_vocabulary *vocabulary, const char *origin);

#endif
