/* Text with labels: words with their parts of speech, to tag, and opinions with their
 * polarity, to classify.  In both the words alone are not enough. */
#include "base/memory.h"
#include "corpora/dice.h"
#include "corpora/generators.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* ---- tags: clauses in which most verbs and half of the adjectives could be something else */

static const char *const both[] = {"walk", "cook", "play", "call", "book", "ship", "paint", "plant", "park", "drink"};
static const char *const noun[] = {"house", "garden", "friend", "river", "teacher", "letter"};
static const char *const describing[] = {"light", "open", "clean", "dry",   "slow",
                                         "warm",  "old",  "green", "small", "quiet"};
static const char *const acting[] = {"light", "open", "clean", "dry", "slow", "warm"}; /* verbs too */
static const char *const determiner[] = {"the", "this", "my", "every"};
static const char *const auxiliary[] = {"can", "will", "must"};
static const char *const adverb[] = {"often", "never", "soon", "here"};
static const char *const preposition[] = {"in", "near", "behind"};
static const char *const joining[] = {"and", "but"};

typedef struct tagged {
    car_dice dice;
    car_string *words, *tags;
} tagged;

#define ONE_OF(t, list) (list)[car_dice_below(&(t)->dice, COUNT(list))]

static bool one_in(tagged *t, int n) { return car_dice_below(&t->dice, n) == 0; }

static void say(tagged *t, const char *word, const char *ending, const char *tag)
{
    const char *space = t->words->length > 0 ? " " : "";
    car_string_format(t->words, "%s%s%s", space, word, ending);
    car_string_format(t->tags, "%s%s", space, tag);
}

/* Returns whether it stands in the plural. */
static bool say_noun_phrase(tagged *t, bool is_subject)
{
    bool plural = one_in(t, 2);
    if (plural && one_in(t, 4)) {
        say(t, is_subject ? "they" : "them", "", "PRON");
        return true;
    }
    if (plural)
        say(t, "the", "", "DET");
    else
        say(t, ONE_OF(t, determiner), "", "DET");
    for (int i = car_dice_below(&t->dice, 3); i > 0; i--)
        say(t, ONE_OF(t, describing), "", "ADJ");
    say(t, one_in(t, 3) ? ONE_OF(t, noun) : ONE_OF(t, both), plural ? "s" : "", "NOUN");
    return plural;
}

static void say_clause(tagged *t)
{
    bool plural = say_noun_phrase(t, true), helped = one_in(t, 3);
    if (helped)
        say(t, ONE_OF(t, auxiliary), "", "AUX");
    if (one_in(t, 4))
        say(t, ONE_OF(t, adverb), "", "ADV");
    const char *verb = one_in(t, 2) ? ONE_OF(t, both) : ONE_OF(t, acting);
    say(t, verb, helped || plural ? "" : "s", "VERB");
    if (!one_in(t, 3))
        (void)say_noun_phrase(t, false);
    if (one_in(t, 3)) {
        say(t, ONE_OF(t, preposition), "", "ADP");
        (void)say_noun_phrase(t, false);
    }
}

static void make_tags(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    tagged t = {car_dice_take(seed, "tags", index), source, target};
    car_string_empty(source);
    car_string_empty(target);
    for (int n = car_dice_between(&t.dice, 1, *(const int *)self); n > 0; n--) {
        say_clause(&t);
        if (n > 1)
            say(&t, ONE_OF(&t, joining), "", "CCONJ");
    }
    say(&t, ".", "", "PUNCT");
}

/* ---- sentiment: of two opinions the main clause's decides, unless "but" gives the last word -- */

static const char *const thing[] = {"film", "story", "music", "ending", "cast", "plot", "camera", "dialogue"};
static const char *const opinion[2][8] = {
    {"dull", "awful", "weak", "boring", "clumsy", "predictable", "lifeless", "silly"},
    {"great", "moving", "funny", "clever", "beautiful", "gripping", "charming", "fresh"},
};
static const char *const turned[] = {"not", "never", "hardly"};
static const char *const degree[] = {"very", "quite", "really", "rather"};
static const char *const aside[] = {"i saw it on a rainy evening .", "it runs for two hours .",
                                    "my brother chose it .",         "the cinema was half full .",
                                    "we sat in the last row .",      "it was made in italy ."};

/* "the story was hardly dull"; what is said, not what words are used, has the polarity. */
static void say_opinion(car_dice *dice, int polarity, car_string *text)
{
    bool turns = car_dice_below(dice, 3) == 0;
    car_string_format(text, "the %s was ", thing[car_dice_below(dice, COUNT(thing))]);
    if (turns)
        car_string_format(text, "%s ", turned[car_dice_below(dice, COUNT(turned))]);
    if (car_dice_below(dice, 2) == 0)
        car_string_format(text, "%s ", degree[car_dice_below(dice, COUNT(degree))]);
    car_string_add_text(text, opinion[polarity ^ (int)turns][car_dice_below(dice, COUNT(opinion[0]))]);
}

static void make_sentiment(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    car_dice dice = car_dice_take(seed, "sentiment", index);
    int polarity = car_dice_below(&dice, 2), other = car_dice_below(&dice, 2);
    int asides = car_dice_between(&dice, 0, *(const int *)self);
    int before = car_dice_between(&dice, 0, asides);
    car_string_empty(source);
    car_string_empty(target);
    for (int i = 0; i < before; i++)
        car_string_format(source, "%s ", aside[car_dice_below(&dice, COUNT(aside))]);
    switch (car_dice_below(&dice, 4)) {
    case 0:
        say_opinion(&dice, polarity, source);
        break;
    case 1:
        say_opinion(&dice, other, source);
        car_string_add_text(source, " , but ");
        say_opinion(&dice, polarity, source);
        break;
    case 2:
        say_opinion(&dice, polarity, source);
        car_string_add_text(source, " , although ");
        say_opinion(&dice, other, source);
        break;
    default:
        car_string_add_text(source, "although ");
        say_opinion(&dice, other, source);
        car_string_add_text(source, " , ");
        say_opinion(&dice, polarity, source);
        break;
    }
    car_string_add_text(source, " .");
    for (int i = before; i < asides; i++)
        car_string_format(source, " %s", aside[car_dice_below(&dice, COUNT(aside))]);
    car_string_add_text(target, polarity == 1 ? "positive" : "negative");
}

const car_generator car_tags_generator = {.name = "tags",
                                          .summary = "words that could be several parts of speech, and which they are",
                                          .suffix = {"words", "tags"},
                                          .difficulty = "clauses at most",
                                          .least = 1,
                                          .most = 100,
                                          .usual = 2,
                                          .open = car_generator_keep_difficulty,
                                          .close = car_free,
                                          .make = make_tags};

const car_generator car_sentiment_generator = {.name = "sentiment",
                                               .summary = "opinions of a film, and whether they praise it",
                                               .suffix = {"text", "class"},
                                               .difficulty = "sentences beside the point at most",
                                               .least = 1,
                                               .most = 100,
                                               .usual = 2,
                                               .open = car_generator_keep_difficulty,
                                               .close = car_free,
                                               .make = make_sentiment};
