/* bpe_apply.h - applying byte pair encoding, as subword-nmt does.
 *
 * Codes are the merges that bpe_learn.h (or subword-nmt) wrote; they never change and
 * are shared by threads.  A segmenter cuts words by them and remembers what it cut:
 * one object for each thread.
 *
 * In a word the earliest merge of the codes that fits anywhere is made wherever it
 * fits, from the left, until none fits.
 */
#ifndef CAROUSEL_TOKENIZERS_BPE_APPLY_H
#define CAROUSEL_TOKENIZERS_BPE_APPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "tokenizers/pieces.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_bpe_codes car_bpe_codes;

/* From the text of a file of codes, which begins with the line "#version: 0.2"; only
 * the first `merges` of them if that is not negative.  NULL with *e (65; for files also
 * 66, 77, 74); `source` is what messages call the text. */
car_bpe_codes *car_bpe_codes_read(const char *text, ptrdiff_t length, const char *source, int64_t merges, car_error *e);
car_bpe_codes *car_bpe_codes_load(const char *path, int64_t merges, car_error *e);
void car_bpe_codes_free(car_bpe_codes *codes);

int car_bpe_codes_count(const car_bpe_codes *codes);

/* Is a piece without its separator one to keep?  `final`: it ends its word. */
typedef bool (*car_bpe_is_known)(void *context, const char *piece, ptrdiff_t length, bool final);

/* {0} are the defaults; all is borrowed as long as the segmenter lives. */
typedef struct car_bpe_options {
    /* Pieces that are not known are undone merge by merge, until their parts are known
     * or are characters.  Words of one character are never asked for.  NULL: all are. */
    car_bpe_is_known is_known;
    void *context;
    /* Regular expressions (ICU's, which are much like Python's): what matches is cut off
     * the rest of its word and stays whole. */
    const char *const *glossaries;
    int n_glossaries;
    /* BPE-dropout (Provilkov, Emelianenko and Voita, ACL 2020): in each round each
     * possible merge is passed over with this probability.  What is drawn depends on
     * the seed and the number of the line alone. */
    double dropout;
    uint64_t seed;
} car_bpe_options;

typedef struct car_bpe_segmenter car_bpe_segmenter;

/* NULL with *e (2) if a glossary is no regular expression.  The codes are borrowed. */
car_bpe_segmenter *car_bpe_segmenter_new(const car_bpe_codes *codes, const car_bpe_options *options, car_error *e);
void car_bpe_segmenter_free(car_bpe_segmenter *segmenter);

/* Another dropout from now on, 0 for none; what is drawn depends on the seed and `draw`
 * alone, as if that were the number of a line. */
void car_bpe_segmenter_drop(car_bpe_segmenter *segmenter, double dropout, uint64_t draw);

/* Adds the pieces of a word, which is well-formed UTF-8 and not empty. */
void car_bpe_segment(car_bpe_segmenter *segmenter, const char *word, ptrdiff_t length, car_pieces *pieces);

/* Adds a line with spaces between pieces and `separator` behind all of a word but its
 * last.  Words are cut at U+0020 alone; CR and spaces at the ends of the line stay,
 * several spaces within it become one. */
void car_bpe_segment_line(car_bpe_segmenter *segmenter, const char *separator, const char *line, ptrdiff_t length,
                          int64_t number, car_string *out);

#ifdef __cplusplus
}
#endif
#endif
