/* tokenizer.h - text to pieces and back, by one of several tokenizers.
 *
 * Programs and corpora/ use this; what they train on are the ids that
 * vocabulary.h gives to the pieces.  A line is first brought to a normal form
 * (normalize.h), then cut:
 *
 *   space  at ASCII spaces, for text tokenized elsewhere.  join puts one space
 *          between pieces; runs of spaces and spaces at the ends are lost.
 *   char   into grapheme clusters; a space is the piece U+2581.
 *   word   into words by ICU's rules and dictionaries.
 *   byte   into bytes, <0xHH> each.
 *   sentencepiece  by a model of SentencePiece, with its library, which may not be there.
 *
 * On top of each of them byte pair encoding may cut the pieces further (bpe_apply.h), by
 * merges that were learned from such pieces: "lo@@ wer".  Limited to the pieces of a
 * vocabulary, it falls back to bytes, so that no character is unknown.
 *
 * join(apply(line)) is the normal form of the line, byte for byte, whatever the line
 * holds; with space, a run of spaces is one in it and those at the ends are gone, and with
 * sentencepiece, what its model makes of a line comes on top.
 * Where the text has a mark as a character of its own, U+241B stands before it in the
 * piece, and before a U+241B likewise.
 *
 * How `word` treats spaces.  A vocabulary stays small if a word is the same piece
 * wherever it stands; so words carry no mark, and only what is unexpected is
 * marked, on the punctuation:
 *
 *   He said: "the dog."   ->   He said J: "J the dog J. J"      (J is U+FFED)
 *
 * Between two pieces join puts one space, unless the one or the other has the
 * joiner U+FFED on that side.  Expected is no space, and no joiner is needed,
 * where the facing characters are Chinese or Japanese (on either side), or both of
 * Thai, Lao, Khmer or Burmese: there nearly all words touch, and marking that
 * would give each word two forms.  All other spaces (at the ends of a line, the
 * several of a run, one where none is expected) are pieces U+2581, one each, with
 * nothing put around them.  Tabs, no-break spaces and the like are pieces as
 * punctuation is.  SentencePiece marks the space on the word instead: there "dog"
 * is one piece behind a space and another behind a bracket.
 *
 * Capital letters make two pieces of one word: "The" and "the".  With the case `mark` a word
 * is written in small letters behind a mark, U+21E7 for a capital at its start and U+21EA
 * for capitals throughout; one that is neither, such as "iPhone", stays as it is.  So does one
 * that would not come back exactly, such as "Straẞe".  A mark is a piece of its own: it shares
 * what is learned about the word, and no merge touches it.
 *
 *   The NATO iPhone.   ->   T the A nato iPhone J.              (T is U+21E7, A is U+21EA)
 *
 * A tokenizer holds ICU handles and buffers: one object for each thread, made by
 * car_tokenizer_clone.  The same program gives the same pieces always; another
 * version of ICU may have other dictionaries, see car_tokenizer_icu_version.
 */
#ifndef CAROUSEL_TOKENIZERS_TOKENIZER_H
#define CAROUSEL_TOKENIZERS_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/names.h"
#include "base/text.h"
#include "tokenizers/normalize.h"
#include "tokenizers/pieces.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_tokenizer car_tokenizer;

#define CAR_TOKENIZER_SENTENCEPIECE "sentencepiece"

/* What becomes of capital letters. */
typedef enum car_letter_case {
    CAR_CASE_KEEP,  /* "keep"                                                     */
    CAR_CASE_LOWER, /* "lower": part of the normal form, so they do not come back */
    CAR_CASE_MARK   /* "mark": lower-cased behind a mark; not with byte, sentencepiece */
} car_letter_case;

/* {0} are the defaults. */
typedef struct car_tokenizer_options {
    car_normalization normalization; /* default nfc                                          */
    car_letter_case letter_case;     /* default keep                                         */
    const char *codes;               /* text of a file of merges, copied; NULL: no byte pairs;
                                      * of sentencepiece: its model, see base64.h            */
    bool no_bytes;                   /* with codes: do not fall back to bytes                */
} car_tokenizer_options;

/* The case of a name as above, or 78 with the known ones. */
bool car_letter_case_parse(const char *name, car_letter_case *letter_case, car_error *e);

/* The known names, ended by NULL. */
const char *const *car_tokenizer_names(void);

/* NULL with *e (78) if there is no tokenizer `name`, its library is not there or it has no such
 * case, 65 if the codes are none.  `options` NULL: defaults. */
car_tokenizer *car_tokenizer_new(const char *name, const car_tokenizer_options *options, car_error *e);
car_tokenizer *car_tokenizer_clone(const car_tokenizer *tokenizer, car_error *e);
void car_tokenizer_free(car_tokenizer *tokenizer);

/* Adds the tokenizer as one line of text, "name=word normalization=nfc"; behind it " case=mark"
 * unless case is kept, of sentencepiece " model=<its SHA-256>", and with merges
 * " bpe=8000 bytes=yes"; and the tokenizer of such a text and its codes, which are NULL if it
 * has none, or NULL with *e (65). */
void car_tokenizer_describe(const car_tokenizer *tokenizer, car_string *text);
car_tokenizer *car_tokenizer_from_description(const char *text, const char *codes, car_error *e);

/* The text of its merges or its model, borrowed, or NULL. */
const char *car_tokenizer_codes_view(const car_tokenizer *tokenizer);

/* If it falls back to bytes: does so from now on, and so do its clones, for all that is
 * not among the names, which are borrowed.  The names have car_tokenizer_add_bytes. */
void car_tokenizer_limit(car_tokenizer *tokenizer, const car_names *known);

/* Adds the pieces it needs to fall back to bytes; none if it does not. */
void car_tokenizer_add_bytes(const car_tokenizer *tokenizer, car_pieces *pieces);

/* The pieces of a line (what *pieces held before is dropped).  65 if the line is
 * not well-formed UTF-8, holds a NUL or LF, or is over CAR_NORMALIZE_LONGEST. */
bool car_tokenizer_apply(car_tokenizer *tokenizer, const char *line, ptrdiff_t length, car_pieces *pieces,
                         car_error *e);

/* BPE-dropout (Provilkov, Emelianenko and Voita, ACL 2020), for training text: of a tokenizer
 * with merges, recut cuts the words anew that `pieces` of it make, and in each round passes
 * over each possible merge with this probability.  What is drawn depends on `draw` alone. */
bool car_tokenizer_has_merges(const car_tokenizer *tokenizer);
void car_tokenizer_recut(car_tokenizer *tokenizer, const car_pieces *pieces, double dropout, uint64_t draw,
                         car_pieces *recut);

/* Does a word end with this piece of a tokenizer with merges? */
bool car_tokenizer_ends_word(const char *piece, ptrdiff_t length);

/* The text of any pieces, those of a model's output too (what *text held before is
 * dropped).  May be called by several threads at once. */
void car_tokenizer_join(const car_tokenizer *tokenizer, const car_pieces *pieces, car_string *text);

/* The normal form in which the tokenizer sees a line, lower-cased if it does that: what join
 * gives back.  Errors as car_tokenizer_apply. */
bool car_tokenizer_normalize(car_tokenizer *tokenizer, const char *line, ptrdiff_t length, car_string *text,
                             car_error *e);

/* Adds "icu=72.1 unicode=15.0": the library and the data at work. */
void car_tokenizer_icu_version(car_string *text);

#ifdef __cplusplus
}
#endif
#endif
