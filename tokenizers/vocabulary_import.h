/* vocabulary_import.h - vocabularies of other programs.  tools/ uses it; it only reads.
 *
 * Which format a file has, its content says:
 *
 *   {"a": 4}            JSON, a token and its id: Sockeye, Nematus
 *   a: 4                YAML, likewise: Marian
 *   a<TAB>49165         a token and its count: OpenNMT-py
 *   a 49165             likewise: fairseq, subword-nmt
 *   a                   a token a line: JoeyNMT, OpenNMT-py, Marian
 *
 * Tokens keep their order, by id or by line, but get other ids: what the other program has
 * for the end, the start, the unknown and for padding, </s>, <s>, <unk>, <pad>, <blank> (and
 * eos and UNK, if their ids are 0 and 1), is left out, as a car_vocabulary has its own; and
 * so are fairseq's fillers, madeupword0000 and on with the count 0.
 */
#ifndef CAROUSEL_TOKENIZERS_VOCABULARY_IMPORT_H
#define CAROUSEL_TOKENIZERS_VOCABULARY_IMPORT_H

#include "tokenizers/vocabulary.h"

#ifdef __cplusplus
extern "C" {
#endif

/* From text; `source` names it in messages.  `tokenizer` is what makes such tokens of text,
 * for the files do not say.  Counts are 0 where there are none, and the coverage is that of
 * a vocabulary that knows all of its text.  NULL with *e (65), which has the line. */
car_vocabulary *car_vocabulary_import(const char *text, ptrdiff_t length, const char *source,
                                      const car_tokenizer *tokenizer, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
