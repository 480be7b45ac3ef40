/* agreement.h - English-Czech sentence pairs without end, for learning agreement
 * over a distance.
 *
 * A small grammar of our own makes sentences such as
 *
 *   The old queen who lived behind the forest was tired and came home late.
 *   Stará královna, která bydlela za lesem, byla unavená a přišla domů pozdě.
 *
 * The gender and number of the Czech subject decide the endings of every word that
 * refers to it, however far away: adjectives, verbs, participles, relative pronouns,
 * also where a relative clause with a subject of its own comes between, and where
 * Czech leaves out the pronoun that English has ("When the queen came home, she was
 * tired." - "Když královna přišla domů, byla unavená.").
 *
 * An English sentence has exactly one translation in the grammar, so that the share
 * of exact matches is a fair measure.  Words number a few hundred, sentences many
 * millions.  Used by `carousel corpus generate`, the tests and the README; a test of
 * memory and agreement, not a course of Czech.
 */
#ifndef CAROUSEL_CORPORA_AGREEMENT_H
#define CAROUSEL_CORPORA_AGREEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* At most so many English words in a sentence. */
enum { CAR_AGREEMENT_LONGEST = 16 };

/* Pair `index` of `seed`: one line each, without LF; what the strings held before is
 * dropped.  The same for the same arguments, always; pairs of different indices may
 * be equal. */
void car_agreement_pair(uint64_t seed, uint64_t index, car_string *english, car_string *czech);

/* The pairs of a seed in the order of their indices, without those whose English or
 * whose Czech came before. */
typedef struct car_agreement car_agreement;

car_agreement *car_agreement_new(uint64_t seed);
void car_agreement_free(car_agreement *agreement);

/* False with *e (2) once new sentences have become too rare to find. */
bool car_agreement_next(car_agreement *agreement, car_string *english, car_string *czech, car_error *e);

/* Writes test, valid and train (.en and .cs) into `folder`, which is made if missing.
 * No sentence of either language is in two of the files or twice in one.  Test and
 * validation pairs are drawn first, so that training sets of all sizes share them.
 * Numbers must be at least 1 (2). */
bool car_agreement_write(const char *folder, uint64_t seed, int64_t n_train, int64_t n_valid, int64_t n_test,
                         car_error *e);

#ifdef __cplusplus
}
#endif
#endif
