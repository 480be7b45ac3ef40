/* shards.h - one minibatch through the model on all threads: losses, gradients.
 *
 * A minibatch is dealt into fixed shards, by length like a pack of cards, so
 * that all shards have the same work.  How many shards depends on the number of
 * pairs alone.  Shards run side by side; the output layer and the weight
 * gradients take all shards together.  Nothing here depends on the number of
 * threads, so neither do the bits.
 */
#ifndef CAROUSEL_TRAIN_SHARDS_H
#define CAROUSEL_TRAIN_SHARDS_H

#include "model/seq2seq.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sums over the target words of a minibatch (END counts as a word). */
typedef struct car_batch_loss {
    int64_t pairs, source_words, words;
    int64_t correct;
    double loss;          /* smoothed, what is trained on */
    double cross_entropy; /* -log p(word), nats           */
} car_batch_loss;

typedef struct car_shards car_shards;

car_shards *car_shards_new(car_model *model, double label_smoothing);
void car_shards_free(car_shards *shards);

/* Seconds that all minibatches so far have taken: up to the readouts, in the output layer
 * with its gradients, back from there, and for the gradients of all other weights. */
typedef struct car_shards_times {
    double forward, output, backward, weights;
} car_shards_times;

const car_shards_times *car_shards_times_view(const car_shards *shards);

/* What the last minibatch leaves for one that follows it; of no rows after one that none
 * can follow.  Borrowed; a checkpoint holds it and puts it back. */
car_carried *car_shards_carried(car_shards *shards);

/* Losses of a minibatch as the model is used, without dropout.  `pair_cross_entropy` [batch->rows] is
 * set to each pair's sum, if not NULL. */
car_batch_loss car_shards_score(car_shards *shards, const car_batch *batch, double *pair_cross_entropy);

/* Losses, and in the model's gradient vector the gradient of the mean loss per
 * target word.  Each shard puts its own number into `dropout`. */
car_batch_loss car_shards_gradient(car_shards *shards, const car_batch *batch, const car_dropout *dropout);

/* With batch normalisation, after the update by car_shards_gradient: the running statistics of all
 * layers move towards those of its minibatch (car_layer_update_statistics). */
void car_shards_update_statistics(car_shards *shards);

#ifdef __cplusplus
}
#endif
#endif
