/* case_marks.h - marks of case on top of a tokenizer: words to small letters with marks
 * before them, and back.  Private to tokenizer.c.
 *
 *   U+21E7   the next word begins with a capital
 *   U+21EA   the next word is in capitals
 *   U+241B   before a word that is itself such a mark, or has such U+241B before it already
 *
 * A word is changed only if it comes back exactly; so every list of words comes back as it
 * was.
 */
#ifndef CAROUSEL_TOKENIZERS_CASE_MARKS_H
#define CAROUSEL_TOKENIZERS_CASE_MARKS_H

#include "base/error.h"
#include "tokenizers/pieces.h"

typedef struct car_case_marks car_case_marks;

/* NULL with *e if ICU lacks the data. */
car_case_marks *car_case_marks_new(car_error *e);
void car_case_marks_free(car_case_marks *marks);

/* Adds the words with their marks. */
void car_case_marks_apply(car_case_marks *marks, const car_pieces *words, car_pieces *pieces);

/* Adds the words of pieces, those of a model's output too: a mark is for the next piece that
 * is none.  May be called by several threads at once. */
void car_case_marks_join(const car_case_marks *marks, const car_pieces *pieces, car_pieces *words);

#endif
