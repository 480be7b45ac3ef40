/* translator.h - lines of text through the model: cut, search, join.
 *
 * For translate, evaluate and validation.  The result of a line depends on the
 * line alone, not on those around it or on threads.
 */
#ifndef CAROUSEL_TOOLS_TRANSLATOR_H
#define CAROUSEL_TOOLS_TRANSLATOR_H

#include "decode/search.h"
#include "tools/system.h"

/* Of a longer line, only so many pieces are translated, with a warning. */
enum { CAR_LONGEST_SENTENCE = 1000 };

typedef struct car_translator {
    const car_system *system; /* borrowed */
    car_search_options search;
} car_translator;

/* From --beam-size, --normalize, --max-length-factor and --mini-batch. */
car_search_options car_search_of_options(const car_options *options);

/* Called for each line in order; `source_words` are its pieces; `translation` is NULL for
 * a line without any text. */
typedef bool (*car_translated)(void *context, ptrdiff_t line, int source_words, const car_translation *translation,
                               car_error *e);

/* Translates all lines.  `first_number` is the number of the first in its file, for
 * messages about `origin`.  False and *e (65) for a line that is no text, or what
 * `translated` said. */
bool car_translator_run(const car_translator *translator, const car_line_list *lines, int64_t first_number,
                        const char *origin, car_translated translated, void *context, car_error *e);

/* The text of a hypothesis (what *text held is dropped). */
void car_translator_text(const car_translator *translator, const car_hypothesis *hypothesis, car_string *text);

/* Adds the best translation of each line to `texts`. */
bool car_translator_lines(const car_translator *translator, const car_line_list *lines, const char *origin,
                          car_line_list *texts, car_error *e);

#endif
