/* glossaries.h - stretches of words that byte pair encoding leaves whole, given by
 * regular expressions.  Private to bpe_apply.c, which treats them as subword-nmt does.
 *
 * An object holds ICU handles: one for each thread.
 */
#ifndef CAROUSEL_TOKENIZERS_GLOSSARIES_H
#define CAROUSEL_TOKENIZERS_GLOSSARIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "tokenizers/pieces.h"

typedef struct car_glossaries car_glossaries;

/* NULL with *e (2) if one of the `n` patterns is no regular expression. */
car_glossaries *car_glossaries_new(const char *const *patterns, int n, car_error *e);
void car_glossaries_free(car_glossaries *glossaries);

/* Is the whole text one match of any pattern? */
bool car_glossaries_match(car_glossaries *glossaries, const char *text, ptrdiff_t length);

/* The stretches of a word (what *parts held is dropped): each match of a pattern is one,
 * and so is what stands between them.  Pattern after pattern is looked for, in what the
 * ones before it left or cut off.  A group in a pattern gives its text once more. */
void car_glossaries_isolate(car_glossaries *glossaries, const char *word, ptrdiff_t length, car_pieces *parts);

#endif
