/* evaluate_texts.h - evaluate, of language models: how well they foretell text.
 *
 * Beside each number stands that of the best guess which knows nothing of the words
 * before: the frequencies of the pieces of the very text, END among them (its unigram
 * entropy).  No model of single words, learned from whatever, can be better than that,
 * so what a model is better by it has from the words before.
 */
#ifndef CAROUSEL_TOOLS_EVALUATE_TEXTS_H
#define CAROUSEL_TOOLS_EVALUATE_TEXTS_H

#include "base/options.h"

/* --models, --test-sets, --metrics (perplexity, cross-entropy, bits, accuracy; by default the
 * first and the last) and --json.  Returns the exit code. */
int car_evaluate_texts(const car_options *options, car_error *e);

#endif
