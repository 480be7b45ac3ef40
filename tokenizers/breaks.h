/* breaks.h - ICU's text boundaries over UTF-8, in byte offsets.  Private to the
 * tokenizers that cut by Unicode rules (Unicode Standard Annex #29, and ICU's
 * dictionaries for Thai, Lao, Khmer, Burmese, Chinese and Japanese).  The root
 * locale's rules, whatever the environment says.
 */
#ifndef CAROUSEL_TOKENIZERS_BREAKS_H
#define CAROUSEL_TOKENIZERS_BREAKS_H

#include <stdbool.h>
#include <stddef.h>
#include <unicode/ubrk.h>

#include "base/error.h"

typedef struct car_breaks car_breaks;

/* NULL and *e if ICU lacks the data. */
car_breaks *car_breaks_new(UBreakIteratorType type, car_error *e);
void car_breaks_free(car_breaks *breaks);

/* Begin with well-formed text of less than 2 GiB, borrowed until the last boundary
 * was asked for. */
void car_breaks_start(car_breaks *breaks, const char *text, ptrdiff_t length);

/* The end of the next stretch; -1 behind the last. */
ptrdiff_t car_breaks_next(car_breaks *breaks);

/* Whether the stretch that car_breaks_next ended is a word (letters, digits,
 * kana, ideographs) rather than space or punctuation. */
bool car_breaks_at_word(car_breaks *breaks);

#endif
