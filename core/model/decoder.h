/* decoder.h - the stack of layers that writes the target, and what it reads.
 *
 *   x_t = [embedding of the word before; summary (context at every step);
 *          readout of the step before (input feeding, Luong et al. 2015, 3.3)]
 *   h_t = layers(x_t)
 *   readout_t = tanh(W_h h_t + W_c context_t + b)     with attention (eq. 5)
 *               tanh(W_h h_t + b)                     without, if its width differs from h_t's
 *               h_t                                   otherwise
 *
 * The output layer (output.h) makes logits of the readout.  A decoding is one
 * run: over a whole target when training, over one step when searching; both
 * go through car_decoder_forward.  Without input feeding all steps go through
 * each product at once.
 */
#ifndef CAROUSEL_MODEL_DECODER_H
#define CAROUSEL_MODEL_DECODER_H

#include "model/attention.h"
#include "model/bridge.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_decoder_options {
    const car_cell *cell;
    const char *settings;
    int depth;
    bool skip;
    int embedding, width, readout; /* readout: the width the output layer wants */
    int summary;                   /* width of the encoder's output             */
    bool context_every;            /* the summary is part of every input        */
    bool input_feeding;            /* needs attention                           */
    car_attention_kind attention;
    car_layer_options layer;
} car_decoder_options;

typedef struct car_decoder {
    car_decoder_options options;
    int depth;
    car_layer *layer; /* [depth] */
    car_attention attention;
    car_block *readout_state, *readout_context, *readout_bias; /* NULL if not used */
} car_decoder;

bool car_decoder_init(car_decoder *decoder, const car_decoder_options *options, car_parameters *parameters,
                      car_error *e);
void car_decoder_clear(car_decoder *decoder);
void car_decoder_start(const car_decoder *decoder, const car_parameters *parameters, uint64_t seed, bool he);

typedef struct car_decoding {
    const car_decoder *decoder;
    car_arena *arena;
    car_steps steps;
    const int *sentence;    /* [N] row of the encoder for every packed row            */
    car_memory *memory;     /* NULL without attention                                 */
    car_panel *input;       /* [depth] of [N, .]; input[0] starts with the embeddings */
    car_panel *mask, *output; /* [depth]                                              */
    car_tape *tape;         /* [depth]                                                */
    car_look look;
    car_panel readout;      /* [N, readout]                                           */
} car_decoding;

/* `sentence` [B] is the encoder row of each decoder row; `summary` [B, .] is
 * used with context_every.  The caller then fills the first `embedding` columns
 * of input[0] and sets the first states.  `dropout` is NULL in use. */
car_decoding car_decoding_take(const car_decoder *decoder, car_arena *arena, car_steps steps, const int *sentence,
                               car_memory *memory, car_panel summary, const car_dropout *dropout);

/* `state` holds one panel [B, w] per layer and state, in that order. */
void car_decoder_begin(car_decoding *decoding, const car_panel *state);

/* All steps.  `fed` [B, readout] is the readout before the first step, or at ==
 * NULL for zeros; used with input feeding. */
void car_decoder_forward(car_decoding *decoding, car_panel fed);

/* dL/d readout [N, readout], consumed -> dL/d input[0] [N, .]; what memory and
 * summary are owed goes to memory->d_values and d_summary [B, .] (added to, with
 * context_every).  d_state [links of the bridge] are set to dL/d first states. */
car_panel car_decoder_backward(car_decoding *decoding, car_panel d_readout, car_panel d_summary, car_panel *d_state,
                               car_panel d_encoder_output, car_dues *dues);

#ifdef __cplusplus
}
#endif
#endif
