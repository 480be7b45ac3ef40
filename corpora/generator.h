/* generator.h - parallel text without end, made by rule, for learning and measuring.
 *
 * A generator makes example number i of a seed, the same always.  The driver writes
 * distinct ones into files for training, validation and test.  All that a run
 * depends on is in a file beside them, so that it can be repeated.
 *
 * Dates, numbers in words and transliterations are ICU's (locale data, rule-based
 * number formats, transforms): another ICU may write them otherwise.
 */
#ifndef CAROUSEL_CORPORA_GENERATOR_H
#define CAROUSEL_CORPORA_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_generator_options {
    int difficulty;               /* 0: the generator's usual one */
    const char *const *languages; /* [n_languages] ICU locales, or scripts; none: the usual ones */
    int n_languages;
} car_generator_options;

typedef struct car_generator {
    const char *name, *summary;
    const char *suffix[2];  /* of the files of source and target; NULL: text without target */
    const char *difficulty; /* what it counts, or NULL where there is but one               */
    int least, most, usual; /* of the difficulty                                            */
    const char *languages;  /* the usual ones with spaces between, or NULL where none matter */
    int most_languages;
    bool one_to_one; /* are targets distinct too?                                    */

    /* What `make` needs, or NULL with *e (2: a language that ICU has no data for). */
    void *(*open)(const car_generator_options *options, car_error *e);
    void (*close)(void *self);

    /* Example `index` of a seed: one line each, without LF; without target, also more lines with
     * LF between them; what the strings held before is dropped. */
    void (*make)(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target);

    /* A third file, of what there is to know about each word of the target: its suffix and a line of
     * it, or NULL. */
    const char *notes;
    void (*describe)(void *self, uint64_t seed, uint64_t index, car_string *notes);
} car_generator;

/* All there are, up to one without a name; one by its name, or NULL. */
const car_generator *const *car_generators(void);
const car_generator *car_generator_find(const char *name);

/* Distinct examples in the order of their numbers. */
typedef struct car_examples car_examples;

/* Checks the options (2); missing ones become the usual ones. */
car_examples *car_examples_new(const car_generator *generator, const car_generator_options *options, uint64_t seed,
                               car_error *e);
void car_examples_free(car_examples *examples);

/* The next whose source, and where that is so whose target, did not come before.  False with
 * *e (2) once new ones have become too rare to find. */
bool car_examples_next(car_examples *examples, car_string *source, car_string *target, car_error *e);

/* What has been settled: difficulty and languages. */
car_generator_options car_examples_options(const car_examples *examples);

typedef struct car_parts {
    int64_t train, valid, test; /* examples of each, at least 1 (2) */
} car_parts;

/* Writes train, valid and test and corpus.json into `folder`, which is made if missing.  No source
 * is in two of the files or twice in one.  Test and validation are drawn first, so that training
 * sets of all sizes share them. */
bool car_examples_write(car_examples *examples, const char *folder, car_parts parts, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
