/* dice.h - throws for one example of a generated corpus: a function of its seed, its task
 * and its number, so that any example can be made again alone.  For the generators.
 */
#ifndef CAROUSEL_CORPORA_DICE_H
#define CAROUSEL_CORPORA_DICE_H

#include "math/random.h"

typedef struct car_dice {
    car_stream stream;
    uint64_t example, throws;
} car_dice;

static inline car_dice car_dice_take(uint64_t seed, const char *task, uint64_t example)
{
    return (car_dice){car_stream_named(seed, task), example, 0};
}

/* 0 .. n-1. */
static inline int car_dice_below(car_dice *dice, int n)
{
    return (int)car_random_below(dice->stream, dice->example, dice->throws++, (uint64_t)n);
}

/* least .. most. */
static inline int car_dice_between(car_dice *dice, int least, int most)
{
    return least + car_dice_below(dice, most - least + 1);
}

#endif
