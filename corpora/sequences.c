#include "base/memory.h"
#include "corpora/dice.h"
#include "corpora/generators.h"

/* Sequences of letters and digits with spaces between them.  The difficulty is all that a
 * generator here keeps. */
enum { LETTERS = 26 };

/* 1 to as many letters as the difficulty says, all lengths equally often. */
static int throw_letters(car_dice *dice, int difficulty, int *letter)
{
    int n = car_dice_between(dice, 1, difficulty);
    for (int i = 0; i < n; i++)
        letter[i] = car_dice_below(dice, LETTERS);
    return n;
}

static void add_letters(car_string *text, const int *letter, int n)
{
    for (int i = 0; i < n; i++)
        car_string_format(text, "%s%c", text->length > 0 ? " " : "", 'a' + letter[i]);
}

typedef void (*sequence_rule)(car_dice *dice, int *letter, int n, car_string *source, car_string *target);

static void make_sequence(const char *task, const int *difficulty, uint64_t seed, uint64_t index, sequence_rule rule,
                          car_string *source, car_string *target)
{
    car_dice dice = car_dice_take(seed, task, index);
    int *letter = car_alloc(*difficulty, sizeof *letter);
    int n = throw_letters(&dice, *difficulty, letter);
    car_string_empty(source);
    car_string_empty(target);
    rule(&dice, letter, n, source, target);
    car_free(letter);
}

/* ---- copy, reverse, sort, repeat ---------------------------------------------------------- */

static void copy_rule(car_dice *dice, int *letter, int n, car_string *source, car_string *target)
{
    (void)dice;
    add_letters(source, letter, n);
    add_letters(target, letter, n);
}

static void reverse_rule(car_dice *dice, int *letter, int n, car_string *source, car_string *target)
{
    (void)dice;
    add_letters(source, letter, n);
    for (int i = n - 1; i >= 0; i--)
        add_letters(target, &letter[i], 1);
}

static void sort_rule(car_dice *dice, int *letter, int n, car_string *source, car_string *target)
{
    (void)dice;
    add_letters(source, letter, n);
    for (int c = 0; c < LETTERS; c++)
        for (int i = 0; i < n; i++)
            if (letter[i] == c)
                add_letters(target, &c, 1);
}

enum { MOST_REPEATS = 5 };

static void repeat_rule(car_dice *dice, int *letter, int n, car_string *source, car_string *target)
{
    int times = car_dice_between(dice, 2, MOST_REPEATS);
    car_string_format(source, "%d", times);
    add_letters(source, letter, n);
    for (int i = 0; i < times; i++)
        add_letters(target, letter, n);
}

static void make_copy(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    make_sequence("copy", self, seed, index, copy_rule, source, target);
}

static void make_reverse(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    make_sequence("reverse", self, seed, index, reverse_rule, source, target);
}

static void make_sort(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    make_sequence("sort", self, seed, index, sort_rule, source, target);
}

static void make_repeat(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    make_sequence("repeat", self, seed, index, repeat_rule, source, target);
}

#define SEQUENCE(name_, summary_, make_)                                                                               \
    {                                                                                                                  \
        .name = name_, .summary = summary_, .suffix = {"src", "trg"}, .difficulty = "letters at most", .least = 1,     \
        .most = 1000, .usual = 10, .open = car_generator_keep_difficulty, .close = car_free, .make = make_             \
    }

const car_generator car_copy_generator = SEQUENCE("copy", "letters, and the same letters", make_copy);
const car_generator car_reverse_generator = SEQUENCE("reverse", "letters, and the same from the end", make_reverse);
const car_generator car_sort_generator =
    SEQUENCE("sort", "letters, and the same in the order of the alphabet", make_sort);
const car_generator car_repeat_generator =
    SEQUENCE("repeat", "a number from 2 to 5 and letters, and the letters so many times", make_repeat);

/* ---- addition ------------------------------------------------------------------------------- */

static void add_digits(car_string *text, const int *digit, int n)
{
    int first = 0;
    while (first < n - 1 && digit[first] == 0)
        first++;
    for (; first < n; first++)
        car_string_format(text, "%s%d", text->length > 0 ? " " : "", digit[first]);
}

/* Each operand has 1 to D digits, the first of them not 0 unless it is alone; the last digits of
 * arrays are the last ones of the numbers. */
static void make_addition(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    car_dice dice = car_dice_take(seed, "addition", index);
    int most = *(const int *)self, width = most + 1;
    int *digits = car_alloc(3 * width, sizeof *digits), *sum = digits + 2 * width;
    for (int k = 0; k < 2; k++) {
        int n = car_dice_between(&dice, 1, most);
        for (int i = 0; i < n; i++)
            digits[k * width + width - n + i] =
                i == 0 && n > 1 ? car_dice_between(&dice, 1, 9) : car_dice_below(&dice, 10);
    }
    for (int i = width - 1, carry = 0; i >= 0; i--) {
        int here = digits[i] + digits[width + i] + carry;
        sum[i] = here % 10;
        carry = here / 10;
    }
    car_string_empty(source);
    car_string_empty(target);
    add_digits(source, digits, width);
    car_string_add_text(source, " +");
    add_digits(source, digits + width, width);
    add_digits(target, sum, width);
    car_free(digits);
}

const car_generator car_addition_generator = {.name = "addition",
                                              .summary = "two numbers with + between, digit by digit, and their sum",
                                              .suffix = {"src", "trg"},
                                              .difficulty = "digits of a number at most",
                                              .least = 1,
                                              .most = 1000,
                                              .usual = 3,
                                              .open = car_generator_keep_difficulty,
                                              .close = car_free,
                                              .make = make_addition};
