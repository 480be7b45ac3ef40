/* corpus.h - a bitext as ids, in memory or, what does not fit, in a temporary file;
 * and the counting of its pieces.
 *
 * A corpus is loaded once, in one pass that also finds all that is wrong with the
 * text; then batches.h cuts it into minibatches, epoch after epoch.  A pair takes 28
 * bytes and 4 for each id.
 *
 * The pairs lie in blocks.  Those of a corpus that is within the memory allowed are
 * one block, which is always held.  Of a larger one, blocks of about 1 MiB (a 64th of
 * the memory if that is less) lie in a file without a name, and some at a time are
 * held; in memory stay 24 bytes for each block.
 */
#ifndef CAROUSEL_CORPORA_CORPUS_H
#define CAROUSEL_CORPORA_CORPUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/batch.h"
#include "base/error.h"
#include "corpora/bitext.h"
#include "corpora/recut.h"
#include "corpora/vectors.h"
#include "tokenizers/tokenizer.h"
#include "tokenizers/vocabulary.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What turns a line into ids, for each side; all borrowed.  No tokenizer and no vocabulary
 * for the source is for text without one: its ids are CAR_END alone, and no source is empty;
 * or, with vectors, for lines that hold such, which become numbers, of length 1. */
typedef struct car_coding {
    car_tokenizer *tokenizer[CAR_SIDES];
    const car_vocabulary *vocabulary[CAR_SIDES];
    const car_vectors *vectors; /* of the source; NULL: text, or nothing */
} car_coding;

/* What is wanted of the lengths of a pair's sides, in pieces. */
typedef enum car_pair_shape {
    CAR_PAIRS_FREE,
    CAR_PAIRS_IN_STEP, /* as many on either side: words and their tags */
    CAR_PAIRS_LABELLED /* one on the side of the target: its class     */
} car_pair_shape;

/* {0} keeps all but pairs with a side that is empty or was left out. */
typedef struct car_corpus_options {
    car_pair_shape shape; /* a pair of another shape, unless it is left out, is refused (65) */
    int max_length;       /* pieces on either side, without CAR_END; 0: no limit   */
    bool crop;            /* cut sides that are longer, instead of leaving the pair out */
    bool keep_empty;      /* keep also such pairs: the ids of the side are CAR_END alone */
    double max_ratio;     /* pieces of the longer side for one of the shorter; 0: no limit */
    int64_t memory;       /* bytes of pairs to hold at a time; 0: no limit         */
    const char *folder;   /* for the file with the others                        */
} car_corpus_options;

/* How the pairs of the text fared: read = kept + skipped + empty + too_long + uneven. */
typedef struct car_corpus_counts {
    int64_t read, kept;
    int64_t skipped;            /* left out, as a side was while reading      */
    int64_t empty;              /* left out: no piece, or white space alone   */
    int64_t too_long;           /* left out                                   */
    int64_t uneven;             /* left out: over max_ratio                   */
    int64_t cropped;            /* kept, with a side cut short                */
    int64_t ids[CAR_SIDES];     /* of kept pairs, with CAR_END                */
    int64_t unknown[CAR_SIDES]; /* of these                                   */
} car_corpus_counts;

typedef struct car_corpus car_corpus;

/* Reads the bitext to its end.  NULL with *e if that fails, or if no pair is left
 * (65); what was found on the way is in car_bitext_report_view.  All pairs are held
 * then if there is one block, and none otherwise. */
car_corpus *car_corpus_load(car_bitext *bitext, const car_coding *coding, const car_corpus_options *options,
                            car_error *e);
void car_corpus_free(car_corpus *corpus);

car_corpus_counts car_corpus_count(const car_corpus *corpus);

/* A hash of all pairs that were kept, as 64 hexadecimal digits: equal for corpora from
 * which the same is learnt. */
const char *car_corpus_identity_view(const car_corpus *corpus);

/* How many blocks there are; and the bytes that block 0 <= i < blocks takes of `memory`. */
int32_t car_corpus_blocks(const car_corpus *corpus);
int64_t car_corpus_block_bytes(const car_corpus *corpus, int32_t i);

/* Holds these [n] blocks, one behind the other, and no others (74). */
bool car_corpus_hold(car_corpus *corpus, const int32_t *blocks, int32_t n, car_error *e);

/* How many pairs are held, less than 2^31. */
int32_t car_corpus_held(const car_corpus *corpus);

/* Pair 0 <= i < held: one side, borrowed until others are held; its number in the
 * bitext, from 1; and its set, from 0. */
car_sentence car_corpus_sentence_view(const car_corpus *corpus, int side, int64_t i);
int64_t car_corpus_line(const car_corpus *corpus, int64_t i);
int car_corpus_set(const car_corpus *corpus, int64_t i);

/* Reads the bitext to its end and counts the pieces of each side, but for pairs of which
 * one was left out and a side without tokenizer; twice the same builder makes one vocabulary for both.  If there is
 * dropout in a side, what it makes of the text is counted too: recut.h will need it. */
bool car_bitext_count_pieces(car_bitext *bitext, car_tokenizer *const tokenizer[CAR_SIDES],
                             const car_bpe_dropout *dropout, car_vocabulary_builder *const builder[CAR_SIDES],
                             car_error *e);

#ifdef __cplusplus
}
#endif
#endif
