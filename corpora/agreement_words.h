/* agreement_words.h - the words of the agreement grammar, and how Czech inflects
 * them.  Private to agreement_grammar.c, which says what may stand beside what.
 *
 * Every English word stands for one Czech word, so that a sentence has exactly one
 * translation.  A word is fit for a place in a sentence if its mask and the mask of
 * its neighbour share a bit.
 */
#ifndef CAROUSEL_CORPORA_AGREEMENT_WORDS_H
#define CAROUSEL_CORPORA_AGREEMENT_WORDS_H

#include <stdbool.h>

/* What others agree with.  Czech splits the masculine: in the plural the living
 * (králové byli unavení) and the lifeless (vlaky byly prázdné) part ways. */
typedef enum car_gender { CAR_ANIMATE, CAR_INANIMATE, CAR_FEMININE, CAR_NEUTER, CAR_GENDERS } car_gender;

/* Rows of tables of forms: [plural][gender]. */
typedef const char *const car_forms[2][CAR_GENDERS];

/* Masks: what a noun is, and what it may be called or owned as. */
enum {
    CAR_HUMAN = 1 << 0,
    CAR_ANIMAL = 1 << 1,
    CAR_BUILDING = 1 << 2,
    CAR_OBJECT = 1 << 3,
    CAR_VEHICLE = 1 << 4,
    CAR_AGED = 1 << 5,     /* may be old                           */
    CAR_YOUNG = 1 << 6,    /* may be young                         */
    CAR_SMALL = 1 << 7,    /* may be little                        */
    CAR_STRANGER = 1 << 8, /* may be local or famous               */
    CAR_GOODS = 1 << 9,    /* may be bought, and cost too much     */
    CAR_READABLE = 1 << 10,
    CAR_KIN = 1 << 11,       /* "whose brother ..."                  */
    CAR_MINE = 1 << 12,      /* "my brother", "my brothers who ..."  */
    CAR_MINE_ONCE = 1 << 13, /* "my mother", and nothing more        */
    CAR_LIVING = CAR_HUMAN | CAR_ANIMAL,
    CAR_THING = CAR_BUILDING | CAR_OBJECT | CAR_VEHICLE
};

/* Masks: what may follow a verb. */
enum {
    CAR_NOTHING = 1 << 0,
    CAR_OUTDOORS = 1 << 1, /* where people and animals do things */
    CAR_INDOORS = 1 << 2,
    CAR_DWELLING = 1 << 3, /* where one lives                    */
    CAR_SITE = 1 << 4,     /* where buildings stand              */
    CAR_SPOT = 1 << 5,     /* where lost things lie              */
    CAR_STOP = 1 << 6,     /* where trains and cars halt         */
    CAR_FROM = 1 << 7,
    CAR_AFAR = 1 << 8, /* where trains and cars come from    */
    CAR_HOMEWARD = 1 << 9,
    CAR_AGENT = 1 << 10, /* who did it, after a passive        */
    CAR_INVITED = 1 << 11,
    CAR_TIME = 1 << 12
};

/* Masks: in which parts of a sentence a verb serves. */
enum {
    CAR_ALONE = 1 << 0,   /* as the predicate, and in relative clauses     */
    CAR_BEFORE = 1 << 1,  /* as the first of two: "sat by the river and"   */
    CAR_AFTER = 1 << 2,   /* as the last of two: "and sang"                */
    CAR_ARRIVAL = 1 << 3, /* "When the queen came home, ..."               */
    CAR_DONE_TO = 1 << 4, /* "the wolf which the girl saw"                 */
    CAR_INSIDE = 1 << 5,  /* "the house in which the girl lived"           */
    CAR_LOSS = 1 << 6,    /* reasons: "... because she had lost her key"   */
    CAR_GAIN = 1 << 7,
    CAR_TOIL = 1 << 8,
    CAR_HOMECOMING = 1 << 9 /* not after an arrival                         */
};

/* english[plural], czech[plural], gender[plural]: a child (neuter) has another
 * gender than children (feminine).  The pronoun is of the English word: a girl is
 * "she", but neuter in Czech. */
typedef struct car_noun {
    const char *english[2], *czech[2];
    const char *accusative; /* singular; NULL if it is never an object */
    car_gender gender[2];
    const char *pronoun;
    int traits;
} car_noun;

typedef struct car_adjective {
    const char *english;
    const char *stem;
    const char *animate; /* the animate plural, whose stem may soften; NULL: a soft adjective, -í throughout */
    int attribute;       /* nouns it may stand before */
    int predicate;       /* nouns that may be so      */
    int mood;            /* 1 glad, -1 sorry          */
    int reasons;         /* verbs that explain it     */
} car_adjective;

typedef struct car_verb {
    const char *english;
    const char *participle; /* after "had"; NULL if never needed   */
    const char *czech;      /* singular masculine of the past      */
    const char *stem;       /* of its other forms                  */
    bool reflexive;         /* with "se"                           */
    int subjects, objects;  /* nouns                               */
    bool own;               /* the object is the subject's: "her key", not "a key" */
    int complements, roles;
    int mood;
} car_verb;

/* "was invited": the passive participle of Czech is its own set of short forms. */
typedef struct car_passive {
    const char *english, *czech;
    int subjects, complements;
} car_passive;

typedef struct car_complement {
    const char *english, *czech;
    int groups;
} car_complement;

extern const car_noun car_agreement_nouns[];
extern const int car_agreement_n_nouns;
extern const car_adjective car_agreement_adjectives[];
extern const int car_agreement_n_adjectives;
extern const car_verb car_agreement_verbs[];
extern const int car_agreement_n_verbs;
extern const car_passive car_agreement_passives[];
extern const int car_agreement_n_passives;
extern const car_complement car_agreement_complements[];
extern const int car_agreement_n_complements;

/* Endings: of the past participle (byl, byla), of the short passive participle (the
 * same ones), of hard adjectives but for the animate plural, and of those in the
 * accusative singular; then pronouns and the like. */
extern car_forms car_agreement_past_endings, car_agreement_hard_endings;
extern const char *const car_agreement_accusative_endings[CAR_GENDERS];
extern car_forms car_agreement_which, car_agreement_which_accusative, car_agreement_in_which;
extern car_forms car_agreement_whose, car_agreement_this, car_agreement_my;
extern const char *const car_agreement_two[CAR_GENDERS];
extern const char *const car_agreement_every[CAR_GENDERS];
extern const char *const car_agreement_own[CAR_GENDERS]; /* accusative singular of "svůj" */

#endif
