/* generators.h - the generators there are, for generator.c. */
#ifndef CAROUSEL_CORPORA_GENERATORS_H
#define CAROUSEL_CORPORA_GENERATORS_H

#include "corpora/generator.h"

extern const car_generator car_copy_generator, car_reverse_generator, car_sort_generator, car_repeat_generator,
    car_addition_generator, car_dates_generator, car_numbers_generator, car_transliteration_generator,
    car_agreement_generator, car_gaps_generator, car_tags_generator, car_sentiment_generator, car_stories_generator,
    car_captions_generator;

/* The `open` of those that need nothing but the difficulty, an int; closed by car_free. */
void *car_generator_keep_difficulty(const car_generator_options *options, car_error *e);

#endif
