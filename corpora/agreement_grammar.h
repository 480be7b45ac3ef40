/* agreement_grammar.h - sentences of the agreement corpus, word by word in both languages,
 * with marks that tell which Czech words agree with what.
 *
 * Private to agreement.c, which leaves out sentences that say something twice.
 */
#ifndef CAROUSEL_CORPORA_AGREEMENT_GRAMMAR_H
#define CAROUSEL_CORPORA_AGREEMENT_GRAMMAR_H

#include "base/text.h"
#include "corpora/dice.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A sentence, in small letters and without a full stop. */
typedef struct car_agreement_text {
    car_string english, czech;
} car_agreement_text;

/* Behind each Czech noun that decides, and each word that agrees with one, stands a mark: a
 * byte that text has none of, what the word is, and a letter for whose. */
enum { CAR_MARK = 1, CAR_MARK_BYTES = 3 };
enum {
    CAR_IS_NOUN = 'n',
    CAR_IS_DETERMINER = 'd',
    CAR_IS_ATTRIBUTE = 'a',
    CAR_IS_RELATIVE = 'r',
    CAR_IS_VERB = 'v',
    CAR_IS_STATE = 's',
    CAR_IS_PARTICIPLE = 'p'
};

/* Draws a sentence, in place of what the strings held. */
void car_agreement_sentence(car_dice *d, car_agreement_text *t);

#ifdef __cplusplus
}
#endif
#endif
