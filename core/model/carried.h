/* carried.h - states of a decoder that outlive a minibatch.
 *
 * Where a minibatch goes on with the text of the one before it (base/batch.h), row i
 * begins with the states that row i ended with: truncated backpropagation through time
 * (Williams and Peng 1990).  They are constants to the minibatch; no gradient goes back
 * through them.  A checkpoint holds them, so that a resumed training finds them again.
 */
#ifndef CAROUSEL_MODEL_CARRIED_H
#define CAROUSEL_MODEL_CARRIED_H

#include "cell/layer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_carried_state {
    char name[128]; /* "decoder.0.h" */
    int width;
    car_panel at; /* [rows, width] */
} car_carried_state;

typedef struct car_carried {
    int rows; /* 0: none yet */
    int n;
    car_carried_state *state; /* [n] by layer, then state */
} car_carried;

/* For layers [depth]. */
void car_carried_init(car_carried *carried, const car_layer *layers, int depth);
void car_carried_clear(car_carried *carried);

/* Has states of so many rows from here on, all zero. */
void car_carried_reset(car_carried *carried, int rows);

/* The states [n] of rows row[0 .. n_rows-1], one panel [n_rows, width] each. */
car_panel *car_carried_take(const car_carried *carried, car_arena *arena, const int *row, int n_rows);

/* Keeps what tapes [depth] ended with: tape row b is row[b] here.  A row that is not
 * finite is kept as zeros.  Calls for different rows may run side by side. */
void car_carried_keep(car_carried *carried, car_arena *arena, const car_tape *tapes, int depth, const int *row);

#ifdef __cplusplus
}
#endif
#endif
