/* bridge.h - the decoder's first states from the encoder's last ones.
 *
 * A rule by names, so that any two cells can be joined: a decoder state is a
 * copy of the state of the same name in the encoder layer at the same height
 * (the top one, if the encoder is lower), when the widths agree; otherwise
 *
 *   s = tanh(summary . W + b)
 *
 * with the summary, the "thought vector": the final output of the top encoder
 * layer, both readers side by side (Cho et al. 2014; Sutskever et al. 2014).
 * Without an encoder all states are zeros.
 */
#ifndef CAROUSEL_MODEL_BRIDGE_H
#define CAROUSEL_MODEL_BRIDGE_H

#include "model/encoder.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_bridge_link {
    int layer, state, width;    /* of the decoder                          */
    int from_layer, from_state; /* of the encoder, when copied             */
    car_block *matrix, *bias;   /* when projected; NULL when copied        */
} car_bridge_link;

typedef struct car_bridge {
    int n;
    car_bridge_link *link; /* by decoder layer, then state */
} car_bridge;

/* `layers` [depth] are the decoder's. */
void car_bridge_init(car_bridge *bridge, const car_encoder *encoder, const car_layer *layers, int depth,
                     car_parameters *parameters);
void car_bridge_clear(car_bridge *bridge);
void car_bridge_start(const car_bridge *bridge, uint64_t seed);

/* One panel [rows, width] per link; row i belongs to encoder row sentence[i]. */
typedef struct car_crossing {
    car_panel *state;    /* [n] */
    car_panel summary;   /* [rows, encoder width] */
    const int *sentence; /* [rows] */
    int rows;
} car_crossing;

car_crossing car_bridge_forward(const car_bridge *bridge, car_arena *arena, const car_encoding *encoding,
                                const int *sentence, int rows);

/* d_state [n] and d_summary [rows, encoder width] (already holding what else the
 * summary was used for; consumed) into the encoder's gradients. */
void car_bridge_backward(const car_bridge *bridge, const car_crossing *crossing, const car_panel *d_state,
                         car_panel d_summary, car_encoder_back *back, const car_encoder *encoder, car_dues *dues);

#ifdef __cplusplus
}
#endif
#endif
