#include "corpora/agreement_grammar.h"

#include <string.h>

#include "corpora/agreement_words.h"

/* ---- chance ------------------------------------------------------------------- */

static bool chance(car_dice *d, int percent) { return car_dice_below(d, 100) < percent; }

/* The number of the weight that was hit. */
static int weighted(car_dice *d, const int *weights, int n)
{
    int sum = 0, chosen = 0;
    for (int i = 0; i < n; i++)
        sum += weights[i];
    for (int hit = car_dice_below(d, sum); hit >= weights[chosen]; chosen++)
        hit -= weights[chosen];
    return chosen;
}

/* ---- words ---------------------------------------------------------------------- */

enum {
    MAIN = 'm',
    OTHER = 'o',
    FIRST = 'f'
}; /* names of subjects: of the sentence, of a relative clause, of the first of two */

/* What others must agree with. */
typedef struct subject {
    const car_noun *noun; /* NULL if it is two persons */
    int traits;
    car_gender gender;
    bool plural;
    const char *pronoun;
    char name; /* tells the subjects of a sentence apart, for marks */
} subject;

static subject subject_of(const car_noun *noun, bool plural)
{
    return (subject){noun, noun->traits, noun->gender[plural], plural, plural ? "they" : noun->pronoun, MAIN};
}

static const char *possessive(const subject *who)
{
    switch (who->pronoun[0]) {
    case 'h':
        return "his";
    case 's':
        return "her";
    case 'i':
        return "its";
    default:
        return "their";
    }
}

static const char *was(const subject *who) { return who->plural ? "were" : "was"; }

static const char *form(car_forms forms, const subject *who) { return forms[who->plural][who->gender]; }

/* Adds a word, or several, with a space before. */
static void say(car_string *text, const char *words)
{
    if (words[0] == '\0')
        return;
    if (text->length > 0)
        car_string_add(text, " ", 1);
    car_string_add_text(text, words);
}

static void say_ending(car_string *text, const char *stem, const char *ending)
{
    say(text, stem);
    car_string_add_text(text, ending);
}

static void mark(car_string *czech, const subject *who, char what)
{
    const char bytes[CAR_MARK_BYTES] = {CAR_MARK, what, who->name};
    car_string_add(czech, bytes, CAR_MARK_BYTES);
}

static void say_a(car_string *english, const char *next)
{
    say(english, strchr("aeiou", next[0]) != NULL ? "an" : "a");
}

static void say_adjective(car_string *czech, const car_adjective *adjective, const subject *who, char what)
{
    if (adjective->animate == NULL)
        say_ending(czech, adjective->stem, "í");
    else if (who->plural && who->gender == CAR_ANIMATE)
        say(czech, adjective->animate);
    else
        say_ending(czech, adjective->stem, form(car_agreement_hard_endings, who));
    mark(czech, who, what);
}

/* byl, byla, bylo, byli, byly, byla */
static void say_was(car_string *czech, const subject *who)
{
    say_ending(czech, "byl", form(car_agreement_past_endings, who));
    mark(czech, who, CAR_IS_VERB);
}

/* ---- choosing: NULL if nothing fits ----------------------------------------------- */

static const car_noun *choose_noun(car_dice *d, int traits)
{
    const car_noun *chosen = NULL;
    for (int i = 0, n = 0; i < car_agreement_n_nouns; i++) {
        const car_noun *noun = &car_agreement_nouns[i];
        if ((noun->traits & traits) != 0 && car_dice_below(d, ++n) == 0)
            chosen = noun;
    }
    return chosen;
}

static const car_noun *choose_object(car_dice *d, int traits)
{
    const car_noun *noun;
    do
        noun = choose_noun(d, traits);
    while (noun->accusative == NULL);
    return noun;
}

static const car_adjective *choose_attribute(car_dice *d, int traits)
{
    const car_adjective *chosen = NULL;
    for (int i = 0, n = 0; i < car_agreement_n_adjectives; i++)
        if ((car_agreement_adjectives[i].attribute & traits) != 0 && car_dice_below(d, ++n) == 0)
            chosen = &car_agreement_adjectives[i];
    return chosen;
}

/* What the subject may be: in no mood contrary to `mood`; with a reason, if needed. */
static const car_adjective *choose_state(car_dice *d, const subject *who, int mood, bool reasoned)
{
    const car_adjective *chosen = NULL;
    for (int i = 0, n = 0; i < car_agreement_n_adjectives; i++) {
        const car_adjective *state = &car_agreement_adjectives[i];
        if ((state->predicate & who->traits) != 0 && state->mood * mood >= 0 && (!reasoned || state->reasons != 0) &&
            car_dice_below(d, ++n) == 0)
            chosen = state;
    }
    return chosen;
}

static const car_verb *choose_verb(car_dice *d, int traits, int roles, int avoided, int mood)
{
    const car_verb *chosen = NULL;
    for (int i = 0, n = 0; i < car_agreement_n_verbs; i++) {
        const car_verb *verb = &car_agreement_verbs[i];
        if ((verb->subjects & traits) != 0 && (verb->roles & roles) != 0 && (verb->roles & avoided) == 0 &&
            verb->mood * mood >= 0 && car_dice_below(d, ++n) == 0)
            chosen = verb;
    }
    return chosen;
}

/* The verb whose object `what` may have been. */
static const car_verb *choose_deed(car_dice *d, const subject *what)
{
    const car_verb *chosen = NULL;
    for (int i = 0, n = 0; i < car_agreement_n_verbs; i++) {
        const car_verb *verb = &car_agreement_verbs[i];
        if ((verb->roles & CAR_DONE_TO) != 0 && (verb->objects & what->traits) != 0 && car_dice_below(d, ++n) == 0)
            chosen = verb;
    }
    return chosen;
}

static const car_passive *choose_passive(car_dice *d, const subject *who)
{
    const car_passive *chosen = NULL;
    for (int i = 0, n = 0; i < car_agreement_n_passives; i++)
        if ((car_agreement_passives[i].subjects & who->traits) != 0 && car_dice_below(d, ++n) == 0)
            chosen = &car_agreement_passives[i];
    return chosen;
}

static const car_complement *choose_complement(car_dice *d, int groups)
{
    const car_complement *chosen = NULL;
    for (int i = 0, n = 0; i < car_agreement_n_complements; i++)
        if ((car_agreement_complements[i].groups & groups) != 0 && car_dice_below(d, ++n) == 0)
            chosen = &car_agreement_complements[i];
    return chosen;
}

/* ---- predicates --------------------------------------------------------------------- */

/* A clause in pieces.  Czech moves one small word, a form of "byl" or "se", to the
 * second place of the clause, be the first the subject or anything else. */
typedef struct clause {
    car_string english; /* the predicate */
    car_string second, czech;
} clause;

static void clause_clear(clause *c)
{
    car_string_clear(&c->english);
    car_string_clear(&c->second);
    car_string_clear(&c->czech);
}

/* "an old book", "her key" */
static void add_object(car_dice *d, const car_verb *verb, const subject *who, clause *c)
{
    const car_noun *noun = choose_object(d, verb->objects);
    const car_adjective *adjective = chance(d, 35) ? choose_attribute(d, noun->traits) : NULL;
    if (verb->own) {
        say(&c->english, possessive(who));
        say(&c->czech, car_agreement_own[noun->gender[0]]);
    } else {
        say_a(&c->english, adjective != NULL ? adjective->english : noun->english[0]);
    }
    if (adjective != NULL) {
        say(&c->english, adjective->english);
        say_ending(&c->czech, adjective->stem,
                   adjective->animate != NULL ? car_agreement_accusative_endings[noun->gender[0]] : "í");
    }
    say(&c->english, noun->english[0]);
    say(&c->czech, noun->accusative);
}

static void add_complement(car_dice *d, int groups, clause *c)
{
    const car_complement *complement = choose_complement(d, groups);
    say(&c->english, complement->english);
    say(&c->czech, complement->czech);
}

/* The verb with all that belongs to it.  `joined`: not the first of its clause, so
 * that "se" stands behind it. */
static void add_verb(car_dice *d, const car_verb *verb, const subject *who, bool joined, clause *c)
{
    const char *ending = form(car_agreement_past_endings, who);
    say(&c->english, verb->english);
    say_ending(&c->czech, ending[0] == '\0' ? verb->czech : verb->stem, ending);
    mark(&c->czech, who, CAR_IS_VERB);
    if (verb->reflexive)
        say(joined ? &c->czech : &c->second, "se");
    if (verb->objects != 0)
        add_object(d, verb, who, c);
    add_complement(d, verb->complements, c);
}

static void add_state(const car_adjective *state, const subject *who, clause *c)
{
    say(&c->english, was(who));
    say_was(&c->second, who);
    say(&c->english, state->english);
    say_adjective(&c->czech, state, who, CAR_IS_STATE);
}

/* `opened`: the sentence has said when, so do not say it again. */
static void add_passive(car_dice *d, const subject *who, bool opened, clause *c)
{
    const car_passive *passive = choose_passive(d, who);
    say(&c->english, was(who));
    say(&c->english, passive->english);
    say_was(&c->second, who);
    say_ending(&c->czech, passive->czech, form(car_agreement_past_endings, who));
    mark(&c->czech, who, CAR_IS_PARTICIPLE);
    add_complement(d, opened ? passive->complements & ~CAR_TIME : passive->complements, c);
}

static void add_and(clause *c)
{
    say(&c->english, "and");
    say(&c->czech, "a");
}

/* "because she had lost her key"; the Czech verb alone shows who did. */
static void add_reason(car_dice *d, const car_adjective *state, const subject *who, clause *c)
{
    const car_verb *verb = choose_verb(d, who->traits, state->reasons, 0, 0);
    const char *ending = form(car_agreement_past_endings, who);
    say(&c->english, "because");
    say(&c->english, who->pronoun);
    say(&c->english, "had");
    say(&c->english, verb->participle);
    car_string_add_text(&c->czech, ",");
    say(&c->czech, "protože");
    say_ending(&c->czech, ending[0] == '\0' ? verb->czech : verb->stem, ending);
    mark(&c->czech, who, CAR_IS_VERB);
    if (verb->objects != 0)
        add_object(d, verb, who, c);
    add_complement(d, verb->complements, c);
}

/* What is said of the subject.  `answers`: it happened when the subject arrived, which
 * need not be said again. */
static void add_predicate(car_dice *d, const subject *who, bool opened, bool answers, clause *c)
{
    enum { STATE, STATES, STATE_AND_VERB, REASON, VERB, VERBS, PASSIVE, SHAPES };
    static const int for_persons[SHAPES] = {14, 8, 22, 16, 16, 16, 8};
    static const int for_animals[SHAPES] = {16, 12, 26, 0, 22, 16, 8};
    static const int for_things[SHAPES] = {20, 20, 0, 0, 20, 0, 40};
    const int *weights = (who->traits & CAR_HUMAN) != 0    ? for_persons
                         : (who->traits & CAR_ANIMAL) != 0 ? for_animals
                                                           : for_things;
    int shape = weighted(d, weights, SHAPES);
    if (answers && (who->traits & CAR_LIVING) == 0)
        shape = chance(d, 50) ? STATE : STATES;

    if (answers && (shape == VERB || shape == VERBS || shape == PASSIVE)) {
        add_verb(d, choose_verb(d, who->traits, CAR_AFTER, CAR_HOMECOMING, 0), who, true, c);
    } else if (shape == PASSIVE) {
        add_passive(d, who, opened, c);
    } else if (shape == VERB) {
        add_verb(d, choose_verb(d, who->traits, CAR_ALONE, 0, 0), who, false, c);
    } else if (shape == VERBS) {
        const car_verb *first = choose_verb(d, who->traits, CAR_BEFORE, 0, 0);
        int avoided = (first->roles & CAR_ARRIVAL) != 0 ? CAR_HOMECOMING : 0;
        add_verb(d, first, who, false, c);
        add_and(c);
        add_verb(d, choose_verb(d, who->traits, CAR_AFTER, avoided, 0), who, true, c);
    } else {
        const car_adjective *state = choose_state(d, who, 0, shape == REASON);
        add_state(state, who, c);
        if (shape == STATES) {
            const car_adjective *other = choose_state(d, who, state->mood, false);
            add_and(c);
            say(&c->english, other->english);
            say_adjective(&c->czech, other, who, CAR_IS_STATE);
        } else if (shape == STATE_AND_VERB) {
            add_and(c);
            int roles = answers ? CAR_AFTER : CAR_AFTER | CAR_BEFORE, avoided = answers ? CAR_HOMECOMING : 0;
            add_verb(d, choose_verb(d, who->traits, roles, avoided, state->mood), who, true, c);
        } else if (shape == REASON) {
            add_reason(d, state, who, c);
        }
    }
}

/* ---- subjects and their relative clauses ---------------------------------------------- */

static void add_clause(const clause *c, car_agreement_text *t)
{
    say(&t->english, c->english.at);
    if (c->second.length > 0)
        say(&t->czech, c->second.at);
    say(&t->czech, c->czech.at);
}

/* "who lived behind the forest" */
static void add_subject_relative(car_dice *d, const subject *who, car_agreement_text *t)
{
    clause c = {0};
    say(&t->english, (who->traits & CAR_HUMAN) != 0 ? "who" : "which");
    say(&t->czech, form(car_agreement_which, who));
    mark(&t->czech, who, CAR_IS_RELATIVE);
    bool living = (who->traits & CAR_LIVING) != 0;
    if (!living && chance(d, 10))
        add_state(choose_state(d, who, 0, false), who, &c);
    else if (chance(d, living ? 15 : 50))
        add_passive(d, who, false, &c);
    else
        add_verb(d, choose_verb(d, who->traits, CAR_ALONE, 0, 0), who, false, &c);
    add_clause(&c, t);
    clause_clear(&c);
}

/* The subject of a relative clause whose object is spoken of. */
static subject add_doer(car_dice *d, car_agreement_text *t)
{
    const car_noun *noun = choose_noun(d, CAR_HUMAN);
    subject other = subject_of(noun, chance(d, 25));
    other.name = OTHER;
    say(&t->english, "the");
    say(&t->english, noun->english[other.plural]);
    say(&t->czech, noun->czech[other.plural]);
    mark(&t->czech, &other, CAR_IS_NOUN);
    return other;
}

/* "whom the teacher praised", "in which the girls lived" */
static void add_object_relative(car_dice *d, const subject *who, bool inside, car_agreement_text *t)
{
    const car_verb *verb = inside ? choose_verb(d, CAR_HUMAN, CAR_INSIDE, 0, 0) : choose_deed(d, who);
    say(&t->english, inside ? "in which" : (who->traits & CAR_HUMAN) != 0 ? "whom" : "which");
    say(&t->czech, form(inside ? car_agreement_in_which : car_agreement_which_accusative, who));
    mark(&t->czech, who, CAR_IS_RELATIVE);
    subject other = add_doer(d, t);
    const char *ending = form(car_agreement_past_endings, &other);
    say(&t->english, verb->english);
    say_ending(&t->czech, ending[0] == '\0' ? verb->czech : verb->stem, ending);
    mark(&t->czech, &other, CAR_IS_VERB);
}

/* "whose brother sang in the garden" */
static void add_whose(car_dice *d, const subject *who, car_agreement_text *t)
{
    clause c = {0};
    const car_noun *noun = choose_noun(d, CAR_KIN | CAR_GOODS);
    subject owned = subject_of(noun, false);
    say(&t->english, "whose");
    say(&t->english, noun->english[0]);
    say(&t->czech, form(car_agreement_whose, who));
    mark(&t->czech, who, CAR_IS_RELATIVE);
    owned.name = OTHER;
    say(&t->czech, noun->czech[0]);
    mark(&t->czech, &owned, CAR_IS_NOUN);
    if (chance(d, 25))
        add_passive(d, &owned, false, &c);
    else
        add_verb(d, choose_verb(d, owned.traits, CAR_ALONE, 0, 0), &owned, false, &c);
    add_clause(&c, t);
    clause_clear(&c);
}

static void add_relative(car_dice *d, const subject *who, car_agreement_text *t)
{
    enum { SUBJECT, OBJECT, WHOSE, INSIDE, SHAPES };
    const int weights[SHAPES] = {50, (who->traits & (CAR_LIVING | CAR_OBJECT | CAR_GOODS)) != 0 ? 30 : 0,
                                 (who->traits & CAR_HUMAN) != 0 ? 30 : 0, (who->traits & CAR_BUILDING) != 0 ? 35 : 0};
    int shape = weighted(d, weights, SHAPES);
    car_string_add_text(&t->czech, ",");
    if (shape == SUBJECT)
        add_subject_relative(d, who, t);
    else if (shape == WHOSE)
        add_whose(d, who, t);
    else
        add_object_relative(d, who, shape == INSIDE, t);
    car_string_add_text(&t->czech, ",");
}

static void add_determiner(car_dice *d, const subject *who, bool relative, car_agreement_text *t)
{
    enum { THE, THIS, EVERY, TWO, MY, KINDS };
    int mine = relative ? CAR_MINE : who->plural ? CAR_MINE : CAR_MINE | CAR_MINE_ONCE;
    int weights[KINDS] = {60, relative || (who->traits & CAR_KIN) != 0 ? 0 : 20, who->plural ? 0 : 10,
                          who->plural ? 25 : 0, (who->traits & mine) != 0 ? 20 : 0};
    switch (weighted(d, weights, KINDS)) {
    case THE:
        say(&t->english, "the");
        break;
    case THIS:
        say(&t->english, who->plural ? "these" : "this");
        say(&t->czech, form(car_agreement_this, who));
        mark(&t->czech, who, CAR_IS_DETERMINER);
        break;
    case EVERY:
        say(&t->english, "every");
        say(&t->czech, car_agreement_every[who->gender]);
        mark(&t->czech, who, CAR_IS_DETERMINER);
        break;
    case TWO:
        say(&t->english, "two");
        say(&t->czech, car_agreement_two[who->gender]);
        mark(&t->czech, who, CAR_IS_DETERMINER);
        break;
    default:
        say(&t->english, "my");
        say(&t->czech, form(car_agreement_my, who));
        mark(&t->czech, who, CAR_IS_DETERMINER);
        break;
    }
}

static void add_noun(car_dice *d, const subject *who, int adjective_percent, car_agreement_text *t)
{
    const car_adjective *adjective = chance(d, adjective_percent) ? choose_attribute(d, who->traits) : NULL;
    if (adjective != NULL) {
        say(&t->english, adjective->english);
        say_adjective(&t->czech, adjective, who, CAR_IS_ATTRIBUTE);
    }
    say(&t->english, who->noun->english[who->plural]);
    say(&t->czech, who->noun->czech[who->plural]);
    mark(&t->czech, who, CAR_IS_NOUN);
}

static subject add_subject(car_dice *d, int traits, int relative_percent, car_agreement_text *t)
{
    subject who = subject_of(choose_noun(d, traits), chance(d, 40));
    bool relative = chance(d, relative_percent);
    add_determiner(d, &who, relative, t);
    add_noun(d, &who, 55, t);
    if (relative)
        add_relative(d, &who, t);
    return who;
}

/* "The old king and the queen": a man among them makes Czech forms animate. */
static subject add_couple(car_dice *d, car_agreement_text *t)
{
    const car_noun *first = choose_noun(d, CAR_HUMAN), *second = choose_noun(d, CAR_HUMAN);
    subject a = subject_of(first, false), b = subject_of(second, false);
    a.name = FIRST;
    say(&t->english, "the");
    add_noun(d, &a, 40, t);
    say(&t->english, "and the");
    say(&t->czech, "a");
    add_noun(d, &b, 40, t);
    car_gender gender = a.gender == CAR_ANIMATE || b.gender == CAR_ANIMATE ? CAR_ANIMATE : CAR_FEMININE;
    return (subject){NULL, CAR_HUMAN, gender, true, "they", MAIN};
}

/* ---- sentences -------------------------------------------------------------------------- */

/* "[Yesterday] the old queen was tired": with the time in front, the small word comes
 * before the subject. */
static void add_statement(car_dice *d, car_agreement_text *t)
{
    enum { PERSON, ANIMAL, THING, COUPLE, KINDS };
    static const int kinds[KINDS] = {46, 16, 26, 12};
    static const int traits[KINDS] = {CAR_HUMAN, CAR_ANIMAL, CAR_THING, 0};
    car_agreement_text subjects = {0};
    clause c = {0};
    bool opened = chance(d, 20);
    int kind = weighted(d, kinds, KINDS);
    subject who = kind == COUPLE ? add_couple(d, &subjects) : add_subject(d, traits[kind], 60, &subjects);
    add_predicate(d, &who, opened, false, &c);
    if (opened) {
        const car_complement *when = choose_complement(d, CAR_TIME);
        say(&t->english, when->english);
        say(&t->czech, when->czech);
        if (c.second.length > 0)
            say(&t->czech, c.second.at);
        car_string_empty(&c.second);
    }
    say(&t->english, subjects.english.at);
    say(&t->czech, subjects.czech.at);
    add_clause(&c, t);
    car_string_clear(&subjects.english);
    car_string_clear(&subjects.czech);
    clause_clear(&c);
}

/* "When the queen came home, she was tired": Czech drops the pronoun, and its verb
 * comes first. */
static void add_when(car_dice *d, car_agreement_text *t)
{
    static const int kinds[] = {60, 22, 18};
    static const int traits[] = {CAR_HUMAN, CAR_ANIMAL, CAR_VEHICLE};
    car_agreement_text subjects = {0};
    clause arrival = {0}, answer = {0};
    subject who = add_subject(d, traits[weighted(d, kinds, 3)], 0, &subjects);
    add_verb(d, choose_verb(d, who.traits, CAR_ARRIVAL, 0, 0), &who, false, &arrival);
    add_predicate(d, &who, true, true, &answer);
    say(&t->english, "when");
    say(&t->english, subjects.english.at);
    say(&t->english, arrival.english.at);
    car_string_add_text(&t->english, ",");
    say(&t->english, who.pronoun);
    say(&t->english, answer.english.at);
    say(&t->czech, "když");
    if (arrival.second.length > 0)
        say(&t->czech, arrival.second.at);
    say(&t->czech, subjects.czech.at);
    say(&t->czech, arrival.czech.at);
    car_string_add_text(&t->czech, ",");
    if (answer.second.length > 0)
        say(&t->czech, answer.second.at);
    say(&t->czech, answer.czech.at);
    car_string_clear(&subjects.english);
    car_string_clear(&subjects.czech);
    clause_clear(&arrival);
    clause_clear(&answer);
}

void car_agreement_sentence(car_dice *d, car_agreement_text *t)
{
    car_string_empty(&t->english);
    car_string_empty(&t->czech);
    if (chance(d, 15))
        add_when(d, t);
    else
        add_statement(d, t);
}
