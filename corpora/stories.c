/* Stories of some lines each: what a line may say was settled lines before.  Who it is about,
 * he or she, the animal and the place are told once and come back; a model that reads line by
 * line cannot know them. */
#include "base/memory.h"
#include "corpora/dice.h"
#include "corpora/generators.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static const char *const women[] = {"anna", "berta", "clara", "dora", "ella", "frieda", "greta", "hanna"};
static const char *const men[] = {"adam", "boris", "conrad", "david", "emil", "felix", "georg", "henry"};
static const char *const animals[] = {"goat", "dog", "cat", "horse", "goose", "donkey"};
static const char *const places[] = {"mill", "castle", "lighthouse", "station", "tower", "bakery"};
static const char *const colours[] = {"grey", "white", "black", "brown"};
static const char *const weathers[] = {"rain", "snow", "wind", "fog", "sunshine"};

/* @n name, @p he or she, @h his or her, @a the animal, @l the place, @c a colour,
 * @w weather. */
static const char *const beginnings[] = {"@n lives in the old @l .", "there is an old @l , and it belongs to @n ."};
static const char *const seconds[] = {"@p has a @c @a .", "with @n lives a @c @a ."};
static const char *const middles[] = {
    "every morning @p feeds the @a .",       "@n likes the @w .",
    "today @h @a is not in the @l .",        "@n looks for the @a in the @w .",
    "@p asks @h neighbour about the @a .",   "the @a sleeps behind the @l .",
    "in the @w the way to the @l is long .", "@p sings , and the @a listens .",
    "@n and the @a go to the market .",      "at the market @p talks about @h @l .",
};
static const char *const ends[] = {"in the evening @n and the @a are in the @l .", "@n is glad to have @h @a ."};

typedef struct story {
    car_dice dice;
    car_string *text;
    const char *name, *animal, *place;
    bool woman;
} story;

#define ONE_OF(s, list) (list)[car_dice_below(&(s)->dice, COUNT(list))]

static const char *meaning(story *s, char slot)
{
    switch (slot) {
    case 'n':
        return s->name;
    case 'p':
        return s->woman ? "she" : "he";
    case 'h':
        return s->woman ? "her" : "his";
    case 'a':
        return s->animal;
    case 'l':
        return s->place;
    case 'c':
        return ONE_OF(s, colours);
    default:
        return ONE_OF(s, weathers);
    }
}

static void tell(story *s, const char *line)
{
    if (s->text->length > 0)
        car_string_add_text(s->text, "\n");
    for (const char *c = line; *c != '\0'; c++)
        if (*c == '@')
            car_string_add_text(s->text, meaning(s, *++c));
        else
            car_string_add(s->text, c, 1);
}

static void make_story(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    story s = {.dice = car_dice_take(seed, "stories", index), .text = source};
    car_string_empty(source);
    car_string_empty(target);
    s.woman = car_dice_below(&s.dice, 2) == 0;
    s.name = s.woman ? ONE_OF(&s, women) : ONE_OF(&s, men);
    s.animal = ONE_OF(&s, animals);
    s.place = ONE_OF(&s, places);
    tell(&s, ONE_OF(&s, beginnings));
    tell(&s, ONE_OF(&s, seconds));
    for (int n = car_dice_between(&s.dice, 1, *(const int *)self); n > 0; n--)
        tell(&s, ONE_OF(&s, middles));
    tell(&s, ONE_OF(&s, ends));
}

const car_generator car_stories_generator = {.name = "stories",
                                             .summary =
                                                 "text of stories, for language models: who it is about is told once",
                                             .suffix = {"text", NULL},
                                             .difficulty = "lines between beginning and end at most",
                                             .least = 1,
                                             .most = 100,
                                             .usual = 6,
                                             .open = car_generator_keep_difficulty,
                                             .close = car_free,
                                             .make = make_story};
