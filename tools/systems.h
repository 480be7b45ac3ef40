/* systems.h - the models of --models, read together: one, or an ensemble of models with
 * equal vocabularies.
 */
#ifndef CAROUSEL_TOOLS_SYSTEMS_H
#define CAROUSEL_TOOLS_SYSTEMS_H

#include "decode/predictor.h"
#include "tools/system.h"

/* {0} is an empty one. */
typedef struct car_systems {
    int n;
    car_system *system; /* [n]; text goes through that of the first */
    car_model **model;  /* [n]                                      */
    double *weights;    /* [n]                                      */
} car_systems;

void car_systems_clear(car_systems *systems);

/* Reads --models with --weights (1/n for each if there are none).  False with *e: 2 for
 * lists that do not fit, 78 if vocabularies differ, or what car_system_load says. */
bool car_systems_load(car_systems *systems, const car_options *options, car_error *e);

/* Borrowed from the systems. */
car_ensemble car_systems_ensemble(const car_systems *systems);

#endif
