/* translation_writer.h - translations as text, n-best lists or JSON lines, with the
 * alignments and scores that are asked for.  docs/decoding.md defines the forms.
 */
#ifndef CAROUSEL_TOOLS_TRANSLATION_WRITER_H
#define CAROUSEL_TOOLS_TRANSLATION_WRITER_H

#include <stdio.h>

#include "tools/translator.h"

typedef enum car_alignment_form { CAR_ALIGN_NOT, CAR_ALIGN_HARD, CAR_ALIGN_ABOVE, CAR_ALIGN_SOFT } car_alignment_form;

typedef struct car_writer_options {
    bool json, n_best, word_scores;
    car_alignment_form alignment;
    double threshold; /* of CAR_ALIGN_ABOVE: pairs with more attention than that */
} car_writer_options;

/* From --output-format, --n-best, --word-scores and --alignment. */
car_writer_options car_writer_options_of(const car_options *options);

/* {0} but for the first three. */
typedef struct car_writer {
    car_writer_options options;
    const car_translator *translator; /* borrowed */
    FILE *out;
    car_pieces pieces;
    car_string text;
} car_writer;

void car_writer_clear(car_writer *writer); /* does not close the file */

/* One line; a car_translated whose context is the writer (74). */
bool car_writer_line(void *writer, const car_translated_line *line, car_error *e);

#endif
