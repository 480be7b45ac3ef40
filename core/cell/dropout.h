/* dropout.h - what is drawn anew in every update of training.
 *
 *   dropout of inputs     every connection that is not recurrent (Zaremba et al. 2014)
 *   dropout of states     where a state enters a product, the same units at all steps
 *                         of a sequence (Gal & Ghahramani 2016)
 *   zoneout               units of a state that keep their value in a step (Krueger et
 *                         al. 2017)
 *
 * A mask is a pure function of seed, update, shard, site and position: nothing
 * is carried from update to update, and the threads do not matter.  Masks of
 * dropout are 0 or 1 / (1 - rate) (Srivastava et al. 2014), so nothing is done
 * when the model is used.
 */
#ifndef CAROUSEL_CELL_DROPOUT_H
#define CAROUSEL_CELL_DROPOUT_H

#include "math/random.h"
#include "math/real.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a car_dropout is asked for, NULL means that the model is used, not trained. */
typedef struct car_dropout {
    double inputs, states; /* rates in [0, 1) */
    uint64_t seed, update;
    int shard;
} car_dropout;

/* A mask [rows, width] for one site of the model ("dropout.encoder.0"), or a
 * panel without memory when the rate is 0 or the model is used. */
car_panel car_dropout_take_inputs(const car_dropout *dropout, car_arena *arena, const char *site, int rows, int width);
car_panel car_dropout_take_states(const car_dropout *dropout, car_arena *arena, const char *site, int rows, int width);

/* x *= mask, for rows first .. first + n - 1 of both; nothing without a mask. */
void car_dropout_apply(car_panel mask, car_panel x, int first, int n, int width);

/* How much of its former value each unit keeps, [rows, width]: in training 1 with
 * probability `rate` and else 0, in use `rate`; no memory when that is 0. */
car_panel car_zoneout_take(const car_dropout *dropout, double rate, car_arena *arena, const char *site, int rows,
                           int width);

#ifdef __cplusplus
}
#endif
#endif
