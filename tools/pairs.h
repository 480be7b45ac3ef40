/* pairs.h - parallel text on its way to the model: read, turned into ids, cut into
 * minibatches.
 *
 * Says in the log what was read and what was left out.  Stands between corpora/
 * and those that train, validate and score.
 */
#ifndef CAROUSEL_TOOLS_PAIRS_H
#define CAROUSEL_TOOLS_PAIRS_H

#include "base/batch.h"
#include "model/seq2seq.h"
#include "tools/sets.h"
#include "tools/texts.h"

typedef struct car_pairs_options {
    int max_length;   /* pieces; 0: no limit                                       */
    bool crop;        /* longer sides, not leave out                               */
    double max_ratio; /* of lengths; 0: no limit                                   */
    bool complete;    /* keep also empty lines and such as were left out, in an order
                       * that does not change: to validate and to score            */
    int mini_batch, mini_batch_words, maxi_batch;
    bool continuous; /* mini_batch streams of one text (corpora/streams.h): windows of so  */
    int window;      /* many pieces, or if complete line by line; empty lines are kept too */
    uint64_t seed;
    const double *weights; /* [n_weights] of the sets, borrowed as long as the pairs live */
    int n_weights;
    double dropout[CAR_SIDES]; /* of merges, where the tokenizer has them; 0: none        */
    int64_t memory;            /* bytes of pairs to hold at a time; 0: no limit */
    const char *folder;        /* for the others                                */
} car_pairs_options;

typedef struct car_pairs car_pairs;

/* Pairs of the shape that the task wants.  NULL with *e: 66, 65, ...  Sets and texts are borrowed for
 * the length of the call. */
car_pairs *car_pairs_load(const car_sets *sets, const car_texts *texts, car_model_task task,
                          const car_pairs_options *options, car_error *e);
/* All pairs of the sets in an order that does not change, as a model is tested: minibatches of
 * so many, or the lines of continuous text one after another, each after those before it. */
car_pairs *car_pairs_load_complete(const car_sets *sets, const car_texts *texts, const car_model_options *model,
                                   int mini_batch, car_error *e);
void car_pairs_free(car_pairs *pairs);

car_batch_source car_pairs_source(car_pairs *pairs);
int64_t car_pairs_count(const car_pairs *pairs);
int64_t car_pairs_pieces(const car_pairs *pairs); /* of the targets, with their ends */

/* car_corpus_identity_view. */
const char *car_pairs_identity(const car_pairs *pairs);

#endif
