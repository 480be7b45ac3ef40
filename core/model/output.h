/* output.h - the output layer: logits over the vocabulary, loss and gradient.
 *
 *   logits = readout . E^T + b,   E [V, R], b [V]
 *
 * E may be an embedding table (tied embeddings, Press and Wolf 2017).  With a
 * large vocabulary this is half of all arithmetic, so all shards go through it
 * together, in slices of rows: no [T*B, V] matrix is ever held whole, every
 * slice is worked on by all threads, and the weight gradient is added up slice
 * by slice in one buffer.
 */
#ifndef CAROUSEL_MODEL_OUTPUT_H
#define CAROUSEL_MODEL_OUTPUT_H

#include "cell/parameters.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_output {
    int words, readout; /* V, R */
    bool numbers;       /* the logits are the numbers y themselves; loss = |y - wanted|^2 / V */
    car_block *matrix, *bias;
} car_output;

/* The readouts of one shard, and what comes of them. */
typedef struct car_output_rows {
    int n;
    car_panel readout;     /* [n, R]                                                */
    const int32_t *label;  /* [n]                                                   */
    car_panel wanted;      /* [n, V] instead, of numbers                            */
    car_panel d_readout;   /* [n, R], written; at == NULL when no gradient is wanted; may be `readout` */
    double *loss;          /* [n], written: the smoothed loss that is trained on    */
    double *cross_entropy; /* [n], written: -log p(label), nats; of numbers the loss */
    uint8_t *correct;      /* [n], written: is the label the likeliest word?        */
} car_output_rows;

/* Losses of all rows of all shards; with gradients also d_readout and, in a model that has room
 * for them, the gradients of matrix and bias (overwritten), each row's loss weighing `scale`.
 * `arena` is for slices. */
void car_output_loss(const car_output *output, const car_output_rows *shards, int n_shards, double smoothing,
                     double scale, car_arena *arena);

/* logits [n, V] of readouts [n, R]. */
void car_output_logits(const car_output *output, car_panel readout, int n, car_panel logits);

#ifdef __cplusplus
}
#endif
#endif
