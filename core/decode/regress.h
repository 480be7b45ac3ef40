/* regress.h - the numbers that a model of numbers predicts (model/seq2seq.h, CAR_REGRESS).
 *
 * What comes of a source does not depend on those beside it, nor on threads.
 */
#ifndef CAROUSEL_DECODE_REGRESS_H
#define CAROUSEL_DECODE_REGRESS_H

#include "model/seq2seq.h"

#ifdef __cplusplus
extern "C" {
#endif

/* numbers [n, target_words], row i of sources[i]; scaled, as the model was trained. */
void car_regress(const car_model *model, const car_sentence *sources, int n, float *numbers);

#ifdef __cplusplus
}
#endif
#endif
