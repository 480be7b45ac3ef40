/* dropout.h - dropout on every connection that is not recurrent (Zaremba et al. 2014).
 *
 * A mask is a pure function of seed, update, shard, site and position: nothing
 * is carried from update to update, and the threads do not matter.  Masks are
 * 0 or 1 / (1 - rate) (Srivastava et al. 2014), so nothing is done when the
 * model is used.
 */
#ifndef CAROUSEL_MODEL_DROPOUT_H
#define CAROUSEL_MODEL_DROPOUT_H

#include "math/random.h"
#include "math/real.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_dropout {
    double rate;     /* 0: no dropout */
    uint64_t seed, update;
    int shard;
} car_dropout;

/* A mask [rows, width] for one site of the model ("encoder.0"), or a panel
 * without memory when the rate is 0. */
car_panel car_dropout_take(const car_dropout *dropout, car_arena *arena, const char *site, int rows, int width);

/* x *= mask, for rows first .. first + n - 1 of both; nothing without a mask. */
void car_dropout_apply(car_panel mask, car_panel x, int first, int n, int width);

#ifdef __cplusplus
}
#endif
#endif
