/* seq2seq.h - the whole model: embeddings, encoder, bridge, decoder, output layer.
 *
 * What is read off it is its task:
 *
 *   translate   a sentence of any length, word by word, by the decoder
 *   tag         a label for each word: the output layer reads the encoder's outputs
 *   classify    a label for the sentence: it reads the encoder's summary (bridge.h)
 *   regress     numbers: it reads the summary too, and its outputs are what they are,
 *               without a softmax; the loss is their squared error
 *   lm          a sentence of any length, or text without end, from nothing
 *
 * A model that tags, classifies or regresses has neither decoder nor target embeddings;
 * its "words" of the target are labels, or the numbers.  A language model has neither
 * encoder nor source embeddings: its decoder begins with states of zeros, and its sources
 * are empty.  The source of any other task may be numbers instead of words: the encoder
 * then reads them as they are, without embeddings.
 *
 * A car_model is parameters and structure, read-only while it runs.  A car_shard
 * is one run over some pairs of a minibatch (train/shards.h divides a batch and
 * runs the shards side by side).  Searching uses the same parts step by step
 * (decode/search.h).
 */
#ifndef CAROUSEL_MODEL_SEQ2SEQ_H
#define CAROUSEL_MODEL_SEQ2SEQ_H

#include "base/batch.h"
#include "model/carried.h"
#include "model/decoder.h"
#include "model/output.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_model_task { CAR_TRANSLATE, CAR_TAG, CAR_CLASSIFY, CAR_REGRESS, CAR_LANGUAGE_MODEL } car_model_task;

bool car_task_encodes(car_model_task task); /* is there an encoder? */
bool car_task_decodes(car_model_task task); /* is there a decoder?  */

/* Which of source embeddings S, target embeddings T and output matrix O are one. */
typedef enum car_tying {
    CAR_TIED_NONE,
    CAR_TIED_TARGET, /* T = O     */
    CAR_TIED_SOURCE, /* S = T     */
    CAR_TIED_ALL     /* S = T = O */
} car_tying;

typedef struct car_model_options {
    car_model_task task;            /* what is of an encoder or decoder that it has not is not used */
    bool continuous;                /* a language model whose lines follow one another: before the first
                                     * word stands the end of another line, and states are carried on  */
    int source_words, target_words; /* vocabulary sizes; of target numbers, how many */
    int source_numbers;             /* at each step of the source, instead of words; 0: words */
    const car_cell *enc_cell, *dec_cell;
    const char *enc_settings, *dec_settings; /* "forget_bias=0" or NULL */
    car_direction enc_type;
    int enc_depth, dec_depth;
    int dim_emb, dim_rnn; /* dim_rnn: decoder; encoder, both directions together */
    bool skip;            /* residual connections */
    car_attention_kind attention;
    bool input_feeding, context_every;
    car_tying tied;
    bool he; /* He instead of Glorot for inputs */
    car_layer_options layer;
} car_model_options;

typedef struct car_model {
    car_model_options options;
    car_parameters *parameters;
    car_block *source_embedding, *target_embedding; /* [words, dim_emb]; NULL of numbers, and of what is not there */
    car_encoder encoder;                            /* of depth and width 0 if there is none */
    car_decoder decoder;                            /* of depth 0 if there is none */
    car_bridge bridge;
    car_output output;
} car_model;

/* Builds the structure, all parameters zero.
 * NULL and *e if the options do not fit together (78) or a cell refuses (69).
 * The settings strings are copied by the plans and need not live on. */
car_model *car_model_new(const car_model_options *options, car_purpose purpose, car_error *e);
void car_model_free(car_model *model);

/* What stands before the first word of a text. */
int32_t car_model_first_word(const car_model *model);

/* Starting values from a seed, and the packed forms of them; not of a model to be applied alone. */
void car_model_start(car_model *model, uint64_t seed);

/* ---- one shard ------------------------------------------------------------------ */

/* A pair's sides, sorted by falling length for encoder and decoder. */
typedef struct car_shard {
    car_arena arena;
    int pairs;
    const int *pair;     /* [pairs] index in the batch of encoder row b          */
    const int *sentence; /* [pairs] encoder row of decoder row b                 */
    const int *row;      /* [pairs] index in the batch of decoder row b         */
    car_steps source, target;
    const int *source_length, *target_length; /* [pairs], falling               */
    const int32_t *source_ids;                /* [source.total]                 */
    car_panel source_numbers;                 /* [source.total, source_numbers] instead */
    const int32_t *previous, *label;          /* [target.total] word before; word */
    car_panel wanted;                         /* [target.total, target_words] instead   */
    car_encoding encoding;
    car_memory memory;
    car_crossing crossing;
    car_decoding decoding;
    car_panel output_mask;
    car_output_rows rows;
    car_dues dues;
    bool follows;         /* does the batch go on where another ended?      */
    car_carried *carried; /* states to begin with then, and to leave for the next; NULL: none */
} car_shard;

void car_shard_init(car_shard *shard);
void car_shard_clear(car_shard *shard);

/* Takes pairs of the batch (indices, any order) and lays them out.  To tag, both sides
 * of a pair must be of one length; to classify and to regress, the first step of the
 * target counts.  `carried` is the caller's to set after that. */
void car_shard_load(car_shard *shard, const car_model_options *options, const car_batch *batch, const int *pairs,
                    int n);

/* Everything up to the readouts, in shard->rows.  `dropout` is NULL when the model is
 * used; otherwise there is room for gradients. */
void car_shard_forward(car_shard *shard, const car_model *model, const car_dropout *dropout);

/* Everything below the readouts, from shard->rows.d_readout; leaves shard->dues. */
void car_shard_backward(car_shard *shard, const car_model *model);

/* What the encoder reads of sources [rows of the first step], as packed rows [steps->total, its input]. */
car_panel car_source_rows(const car_model *model, car_arena *arena, const car_steps *steps,
                          const car_sentence *sources);

/* Rows of an embedding table: out[i] = table[ids[i]]. */
void car_embed(const car_block *table, const int32_t *ids, int n, car_panel out);

#ifdef __cplusplus
}
#endif
#endif
