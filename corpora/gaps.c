#include "base/memory.h"
#include "corpora/dice.h"
#include "corpora/generators.h"

/* A cue, so many words that mean nothing to it, and a question whose answer the cue decides:
 *
 *   I come from France ; then lamp seven often river ... so I speak        French
 *
 * Chance is 1 in 16. */
static const char *const cue[][2] = {
    {"Albania", "Albanian"},  {"Bulgaria", "Bulgarian"},  {"Denmark", "Danish"}, {"Estonia", "Estonian"},
    {"Finland", "Finnish"},   {"France", "French"},       {"Germany", "German"}, {"Greece", "Greek"},
    {"Hungary", "Hungarian"}, {"Iceland", "Icelandic"},   {"Italy", "Italian"},  {"Japan", "Japanese"},
    {"Poland", "Polish"},     {"Portugal", "Portuguese"}, {"Sweden", "Swedish"}, {"Turkey", "Turkish"},
};

static const char *const distractor[] = {
    "lamp",  "seven", "often", "river", "green",  "under", "table",  "walks", "quiet", "stone",  "paper",
    "early", "round", "cloud", "three", "sings",  "apple", "slowly", "north", "glass", "winter", "holds",
    "small", "chair", "below", "music", "yellow", "bread", "never",  "sand",  "opens", "heavy",
};

enum { CUES = sizeof cue / sizeof *cue, DISTRACTORS = sizeof distractor / sizeof *distractor };

static void *open_gaps(const car_generator_options *options, car_error *e)
{
    (void)e;
    int *gap = car_alloc(1, sizeof *gap);
    *gap = options->difficulty;
    return gap;
}

static void make_gap(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    car_dice dice = car_dice_take(seed, "gaps", index);
    int which = car_dice_below(&dice, CUES);
    car_string_empty(source);
    car_string_empty(target);
    car_string_format(source, "I come from %s ;", cue[which][0]);
    for (int i = 0; i < *(const int *)self; i++)
        car_string_format(source, " %s", distractor[car_dice_below(&dice, DISTRACTORS)]);
    car_string_add_text(source, " ; I speak");
    car_string_add_text(target, cue[which][1]);
}

const car_generator car_gaps_generator = {.name = "gaps",
                                          .summary =
                                              "a cue, words that mean nothing, and the word that the cue decides",
                                          .suffix = {"src", "trg"},
                                          .difficulty = "words between",
                                          .least = 1,
                                          .most = 1000,
                                          .usual = 10,
                                          .open = open_gaps,
                                          .close = car_free,
                                          .make = make_gap};
