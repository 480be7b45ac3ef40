/* diagnosis.h - what is probably wrong with a gradient.
 *
 * Derived from measured numbers alone, for any cell: from the ratio and the difference
 * of what the kernels say and what central differences say, in all units and rows; from
 * one source at a time; and from what the backward kernels say when one panel holds
 * another's numbers.
 */
#ifndef CAROUSEL_CHECK_DIAGNOSIS_H
#define CAROUSEL_CHECK_DIAGNOSIS_H

#include "base/text.h"
#include "check/step.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds to *text: the name of the tensor, its worst element with both numbers, and, if one
 * was found, the explanation that holds for every element of it. */
void car_diagnose(car_step_gradients *g, const car_step_tensor *tensor, car_string *text);

#ifdef __cplusplus
}
#endif
#endif
