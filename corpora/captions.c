/* Scenes of drawn shapes as a network that sees might describe them: the source is a vector of
 * features, in which every property of the scene shows in all places and noise lies over it; the target
 * says what is there. */
#include "base/memory.h"
#include "corpora/dice.h"
#include "corpora/generators.h"

enum { SHAPES = 4, COLOURS = 5, SIZES = 2, PROPERTIES = SHAPES + COLOURS + SIZES, MOST_OBJECTS = 6, FEATURES = 32 };

static const char *const shape[SHAPES] = {"circle", "square", "triangle", "star"};
static const char *const colour[COLOURS] = {"red", "green", "blue", "yellow", "black"};
static const char *const size[SIZES] = {"small", "large"};
static const char *const place[] = {"left of", "above"};

typedef struct object {
    int shape, colour, size;
} object;

static object draw_object(car_dice *dice)
{
    return (object){car_dice_below(dice, SHAPES), car_dice_below(dice, COLOURS), car_dice_below(dice, SIZES)};
}

/* How strongly feature f shows property p of object o; the same in all corpora of a seed. */
static double weight(uint64_t seed, int f, int o, int p)
{
    return car_random_normal(car_stream_named(seed, "captions.weights"), (uint64_t)f, (uint64_t)(o * PROPERTIES + p));
}

static double seen(uint64_t seed, int f, int o, object what)
{
    return weight(seed, f, o, what.shape) + weight(seed, f, o, SHAPES + what.colour) +
           weight(seed, f, o, SHAPES + COLOURS + what.size);
}

static void say(object what, car_string *text)
{
    car_string_format(text, "a %s %s %s", size[what.size], colour[what.colour], shape[what.shape]);
}

static void make_captions(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    car_dice dice = car_dice_take(seed, "captions", index);
    car_stream noise = car_stream_named(seed, "captions.noise");
    int objects = car_dice_between(&dice, 1, *(const int *)self), where[MOST_OBJECTS];
    object what[MOST_OBJECTS];
    car_string_empty(source);
    car_string_empty(target);
    for (int o = 0; o < objects; o++) {
        what[o] = draw_object(&dice);
        where[o] = car_dice_below(&dice, 2);
        if (o > 0)
            car_string_format(target, " %s ", place[where[o]]);
        say(what[o], target);
    }
    for (int f = 0; f < FEATURES; f++) {
        double value = car_random_normal(noise, index, (uint64_t)f);
        for (int o = 0; o < objects; o++)
            value += seen(seed, f, o, what[o]) + (o > 0 ? weight(seed, f, MOST_OBJECTS + o, where[o]) : 0);
        car_string_format(source, "%s%.3f", f > 0 ? " " : "", value);
    }
}

const car_generator car_captions_generator = {.name = "captions",
                                              .summary = "feature vectors of drawn scenes, and what is to be seen",
                                              .suffix = {"vectors", "text"},
                                              .difficulty = "shapes at most",
                                              .least = 1,
                                              .most = MOST_OBJECTS,
                                              .usual = 2,
                                              .open = car_generator_keep_difficulty,
                                              .close = car_free,
                                              .make = make_captions};
