#include "corpora/agreement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "corpora/agreement_grammar.h"
#include "corpora/generators.h"

/* The first letter of a word of the grammar: ASCII, or two bytes of UTF-8 from
 * Latin-1 (small letters 32 behind the capitals) or Latin Extended-A (1 behind). */
static void capitalise(char *word)
{
    unsigned char lead = (unsigned char)word[0];
    if (lead < 0x80)
        word[0] = (char)(lead - 'a' + 'A');
    else
        word[1] = (char)(word[1] - (lead == 0xc3 ? 32 : 1));
}

/* Whether a sentence is of fair length and says nothing twice: "The old house was
 * old", "The king who came from the town came from the market". */
static bool well_said(const car_string *english)
{
    static const char may_repeat[] = " the a an was were and in by had his her its their ";
    const char *words[CAR_AGREEMENT_LONGEST];
    int lengths[CAR_AGREEMENT_LONGEST], n = 0;
    for (const char *at = english->at; at != NULL; n++) {
        const char *space = strchr(at, ' ');
        if (n == CAR_AGREEMENT_LONGEST)
            return false;
        words[n] = at;
        lengths[n] = (int)strcspn(at, " ");
        at = space != NULL ? space + 1 : NULL;
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            char spaced[32];
            if (lengths[i] != lengths[j] || strncmp(words[i], words[j], (size_t)lengths[i]) != 0)
                continue;
            (void)snprintf(spaced, sizeof spaced, " %.*s ", lengths[i], words[i]);
            if (strstr(may_repeat, spaced) == NULL)
                return false;
        }
    return true;
}

/* The sentence with its marks. */
static void make_sentence(uint64_t seed, uint64_t index, car_agreement_text *t)
{
    car_dice d = car_dice_take(seed, "agreement", index);
    do {
        car_agreement_sentence(&d, t);
    } while (!well_said(&t->english));
    capitalise(t->english.at);
    capitalise(t->czech.at);
    car_string_add_text(&t->english, ".");
    car_string_add_text(&t->czech, ".");
}

void car_agreement_pair(uint64_t seed, uint64_t index, car_string *english, car_string *czech)
{
    car_agreement_text t = {*english, {0}};
    make_sentence(seed, index, &t);
    *english = t.english;
    car_string_empty(czech);
    for (const char *at = t.czech.at; *at != '\0';) {
        ptrdiff_t plain = (ptrdiff_t)strcspn(at, (const char[]){CAR_MARK, '\0'});
        car_string_add(czech, at, plain);
        at += plain + (at[plain] == CAR_MARK ? CAR_MARK_BYTES : 0);
    }
    car_string_clear(&t.czech);
}

static const char *kind_of(char what)
{
    switch (what) {
    case CAR_IS_DETERMINER:
        return "determiner";
    case CAR_IS_ATTRIBUTE:
        return "attribute";
    case CAR_IS_RELATIVE:
        return "relative";
    case CAR_IS_VERB:
        return "verb";
    case CAR_IS_STATE:
        return "predicate";
    case CAR_IS_PARTICIPLE:
        return "participle";
    default:
        return NULL;
    }
}

void car_agreement_kinds(uint64_t seed, uint64_t index, car_string *kinds)
{
    car_agreement_text t = {{0}, {0}};
    make_sentence(seed, index, &t);
    int noun_at[128] = {0}, word = 0; /* of the subject of that name: its place */
    for (const char *at = t.czech.at; *at != '\0'; at++) {
        word += *at == ' ';
        if (*at == CAR_MARK && at[1] == CAR_IS_NOUN)
            noun_at[(int)at[2]] = word;
    }
    word = 0;
    car_string_empty(kinds);
    for (char *rest = NULL, *at = strtok_r(t.czech.at, " ", &rest); at != NULL; at = strtok_r(NULL, " ", &rest)) {
        const char *marked = strchr(at, CAR_MARK), *kind = marked != NULL ? kind_of(marked[1]) : NULL;
        car_string_add_text(kinds, word > 0 ? " " : "");
        if (kind != NULL)
            car_string_format(kinds, "%s:%d", kind, abs(word - noun_at[(int)marked[2]]));
        else
            car_string_add_text(kinds, "-");
        word++;
    }
    car_string_clear(&t.english);
    car_string_clear(&t.czech);
}

/* ---- as a generator ------------------------------------------------------------- */

static void *open_agreement(const car_generator_options *options, car_error *e)
{
    (void)options;
    (void)e;
    return car_alloc(1, 1); /* it keeps nothing, but has to be something */
}

static void make_agreement(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    (void)self;
    car_agreement_pair(seed, index, source, target);
}

static void describe_agreement(void *self, uint64_t seed, uint64_t index, car_string *notes)
{
    (void)self;
    car_agreement_kinds(seed, index, notes);
}

const car_generator car_agreement_generator = {.name = "agreement",
                                               .summary = "English and Czech, where the subject decides the endings",
                                               .suffix = {"en", "cs"},
                                               .one_to_one = true,
                                               .open = open_agreement,
                                               .close = car_free,
                                               .make = make_agreement,
                                               .notes = "kinds",
                                               .describe = describe_agreement};
