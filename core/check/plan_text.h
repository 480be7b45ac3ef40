/* plan_text.h - everything a plan says, to compare two of them. */
#ifndef CAROUSEL_CHECK_PLAN_TEXT_H
#define CAROUSEL_CHECK_PLAN_TEXT_H

#include "base/text.h"
#include "cell/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds it all to *text, a line for each thing. */
void car_plan_text(const car_cell_plan *plan, car_string *text);

/* The first line in which two such texts differ, and its length; NULL if they do not. */
const char *car_plan_text_difference(const char *a, const char *b, int *length);

#ifdef __cplusplus
}
#endif
#endif
