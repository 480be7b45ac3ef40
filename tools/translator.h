/* translator.h - lines of text through the model: cut, search, join.
 *
 * For translate, evaluate and validation.  The result of a line depends on the
 * line alone (and where words are drawn, on its number), not on those around it or on
 * threads.
 */
#ifndef CAROUSEL_TOOLS_TRANSLATOR_H
#define CAROUSEL_TOOLS_TRANSLATOR_H

#include "decode/label.h"
#include "tools/lines.h"
#include "tools/system.h"

/* Of a longer line, only so many pieces are translated, with a warning. */
enum { CAR_LONGEST_SENTENCE = 1000 };

/* What is written of a vector has so many pieces at most, END among them. */
enum { CAR_LONGEST_CAPTION = 100 };

typedef struct car_translator {
    const car_texts *texts; /* borrowed */
    car_ensemble ensemble;
    car_search_options search;
    bool has_prefixes;    /* behind the first TAB of a line stands what its translation begins with */
    int length;           /* of a language model, whose lines are such beginnings: most pieces behind them */
    bool replace_unknown; /* by the source pieces that were looked at most; needs keep_attention */
} car_translator;

/* One model, which may be loaded later; a default search. */
car_translator car_translator_of(const car_system *system);

/* What all that search can be told: --beam-size, --normalize, --coverage-penalty,
 * --max-length-factor, --min-length, --no-repeat-ngram and --mini-batch. */
car_search_options car_search_of_options(const car_options *options);

/* --output-sampling, --temperature and --seed into `search` (2). */
bool car_sampling_of_options(const car_options *options, car_search_options *search, car_error *e);

/* Can the models do what is asked: is there attention if something needs it? Is nothing asked of
 * a model that labels that is for translations, and is it alone? (78) */
bool car_translator_check(const car_translator *translator, car_error *e);

/* --shortlist; the list is borrowed as long as it translates, and to be cleared in either case
 * (shortlist.h; 78 for a model that labels). */
bool car_translator_shorten(car_translator *translator, car_shortlist *shortlist, const car_options *options,
                            car_error *e);

/* A line and what became of it. */
typedef struct car_translated_line {
    int64_t number;   /* in its file, from 1 */
    const char *text; /* without the prefix, terminated only by `length` */
    ptrdiff_t length;
    const car_pieces *pieces;         /* of many lines: */
    ptrdiff_t first_source, n_source; /* the pieces that were translated */
    ptrdiff_t first_prefix, n_prefix;
    car_sentence source;                /* what the model read of it */
    const car_translation *translation; /* NULL for a line without any text */
} car_translated_line;

/* Called for each line in order. */
typedef bool (*car_translated)(void *context, const car_translated_line *line, car_error *e);

/* Translates all lines.  `first_number` is the number of the first in its file, for
 * messages about `origin`.  False and *e (65) for a line that is no text, or what
 * `translated` said. */
bool car_translator_run(const car_translator *translator, const car_line_list *lines, int64_t first_number,
                        const char *origin, car_translated translated, void *context, car_error *e);

/* The pieces of a hypothesis: of its prefix as they were given, unknown ones replaced. */
void car_translator_pieces(const car_translator *translator, const car_translated_line *line,
                           const car_hypothesis *hypothesis, car_pieces *pieces);

/* Adds the best translation of each line to `texts`. */
bool car_translator_lines(const car_translator *translator, const car_line_list *lines, const char *origin,
                          car_line_list *texts, car_error *e);

#endif
