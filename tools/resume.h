/* resume.h - may a training go on from this checkpoint, and from where. */
#ifndef CAROUSEL_TOOLS_RESUME_H
#define CAROUSEL_TOOLS_RESUME_H

#include "tools/system.h"
#include "train/trainer.h"

/* Refuses (78) if an option that decides what is learnt is another than in the
 * checkpoint, and names them all; and (65) if the training text is another.  Warns of
 * cells that are other files than they were. */
bool car_resume_check(const car_system *system, const car_checkpoint *checkpoint, car_error *e);

/* Puts weights, moments and counters where they were. */
bool car_resume_load(car_system *system, const car_checkpoint *checkpoint, car_trainer *trainer, car_error *e);

#endif
