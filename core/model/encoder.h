/* encoder.h - the stack of layers that reads the source.
 *
 * Any depth, any cell, reading forwards, backwards or both ways at every layer
 * (Schuster and Paliwal 1997); with `skip`, layers above the first add their
 * input to their output (residual connections).  An encoder is parameters; an
 * encoding is one run over one shard.  Its output stays in the packed rows of
 * the input (layer.h), whatever the direction of reading.
 */
#ifndef CAROUSEL_MODEL_ENCODER_H
#define CAROUSEL_MODEL_ENCODER_H

#include "cell/layer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAR_MAX_DEPTH = 64 };

typedef enum car_direction { CAR_BIDIRECTIONAL, CAR_FORWARDS, CAR_BACKWARDS } car_direction;

typedef struct car_encoder {
    int depth, readers;           /* readers: 2 when bidirectional, else 1       */
    bool backwards[2];            /* does reader r read from the end?            */
    bool skip;
    int input, width;             /* of the input; of the output, all readers    */
    car_layer (*layer)[2];        /* [depth][readers]                            */
} car_encoder;

typedef struct car_encoder_options {
    const car_cell *cell;
    const char *settings;
    car_direction direction;
    int depth;
    bool skip;
    int input, width; /* bidirectional: width / 2 for each reader */
    car_layer_options layer;
} car_encoder_options;

bool car_encoder_init(car_encoder *encoder, const car_encoder_options *options, car_parameters *parameters,
                      car_error *e);
void car_encoder_clear(car_encoder *encoder);
void car_encoder_start(const car_encoder *encoder, const car_parameters *parameters, uint64_t seed, bool he);

typedef struct car_encoding {
    const car_encoder *encoder;
    car_arena *arena;
    car_steps steps;
    const int *reversal;      /* [N] */
    car_tape (*tape)[2];      /* [depth][readers] */
    car_panel *mask;          /* [depth] of the layers' inputs */
    car_panel output;         /* [N, width] */
} car_encoding;

/* Reads x [N, input], which is kept and, with dropout, masked in place; `dropout` is
 * NULL in use. */
car_encoding car_encoder_forward(const car_encoder *encoder, car_arena *arena, car_steps steps, const int *lengths,
                                 car_panel x, const car_dropout *dropout);

/* Final state `k` of layer `l`, the readers side by side, into [B, width of
 * car_encoder_state_width]; a reader's final state is the one after the last
 * word it reads. */
int car_encoder_state_width(const car_encoder *encoder, int l, int k);
void car_encoder_final(const car_encoding *encoding, int l, int k, car_panel out);

/* What backward is told about the final states: dL/d final state k of layer l,
 * [B, car_encoder_state_width], zero where nothing arrived. */
typedef struct car_encoder_back {
    car_panel d_output;                        /* [N, width], consumed */
    car_panel (*d_final)[CAR_MAX_STATES];      /* [depth][n_states]    */
} car_encoder_back;

/* Zeroed gradients to add to. */
car_encoder_back car_encoder_back_take(const car_encoding *encoding);

/* Returns dL/dx [N, input]. */
car_panel car_encoder_backward(car_encoding *encoding, car_encoder_back back, car_dues *dues);

#ifdef __cplusplus
}
#endif
#endif
