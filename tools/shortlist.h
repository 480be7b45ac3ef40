/* shortlist.h - a table of likely translations, as `carousel lexicon` writes it, and the
 * shortlist that --shortlist makes of it (decode/shortlist.h).
 */
#ifndef CAROUSEL_TOOLS_SHORTLIST_H
#define CAROUSEL_TOOLS_SHORTLIST_H

#include "decode/shortlist.h"
#include "tools/option_table.h"
#include "tools/texts.h"

/* From --shortlist, of a table for these vocabularies; to be cleared in either case.  Without
 * the option it stays {0}.  *e: 2 for numbers that are none, 66, 65 for a line that is no entry
 * of a table, 78 for a table without a word of the vocabularies, or for a model without source
 * words. */
bool car_shortlist_of_options(car_shortlist *shortlist, const car_texts *texts, const car_options *options,
                              car_error *e);

#endif
