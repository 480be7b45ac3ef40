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
 * millions.  A test of memory and agreement, not a course of Czech.
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

/* For each Czech word of that pair, as spaces divide them: "-", or how it agrees with a noun and how
 * many words lie between the two places, "verb:7": determiner, attribute, relative (pronoun),
 * verb, predicate (adjective) or participle. */
void car_agreement_kinds(uint64_t seed, uint64_t index, car_string *kinds);

#ifdef __cplusplus
}
#endif
#endif
