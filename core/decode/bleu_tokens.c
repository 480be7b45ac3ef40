/* Each tokenisation is a list of rules, applied one after the other to the whole
 * segment.  A rule looks, from left to right and without overlap, for a symbol
 * or for two neighbours of given kinds, and puts spaces around or between. */
#include "decode/bleu_tokens.h"

#include <string.h>
#include <unicode/uchar.h>

enum { BEFORE = 1, BETWEEN = 2, AFTER = 4 };

struct rule {
    bool (*first)(int32_t c);
    bool (*second)(int32_t c); /* NULL: the rule is about one symbol */
    int spaces;
};

static bool is_any(int32_t c)
{
    (void)c;
    return true;
}

static bool is_digit(int32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_no_digit(int32_t c)
{
    return !is_digit(c);
}

static bool is_stop(int32_t c)
{
    return c == '.' || c == ',';
}

static bool is_hyphen(int32_t c)
{
    return c == '-';
}

/* ASCII punctuation and symbols but for the four marks ' , - . */
static bool is_mark(int32_t c)
{
    return (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') || c == '/' || (c >= ':' && c <= '@') ||
           (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

static bool is_punctuation(int32_t c)
{
    return (U_GET_GC_MASK(c) & U_GC_P_MASK) != 0;
}

static bool is_symbol(int32_t c)
{
    return (U_GET_GC_MASK(c) & U_GC_S_MASK) != 0;
}

static bool is_no_number(int32_t c)
{
    return (U_GET_GC_MASK(c) & U_GC_N_MASK) == 0;
}

/* What sacreBLEU's zh takes for Chinese.  U+2001 to U+2A6D (dashes, quotes,
 * arrows, symbols) stands where Extension B, U+20000 to U+2A6D6, was meant;
 * equal scores ask for equal ranges. */
static bool is_chinese(int32_t c)
{
    static const int32_t ranges[][2] = {
        {0x2001, 0x2A6D}, {0x2E80, 0x2FDF}, {0x2FF0, 0x303F}, {0x3100, 0x312F}, {0x31A0, 0x31BF},
        {0x31C0, 0x31EF}, {0x3200, 0x33FF}, {0x3400, 0x4DB5}, {0x4E00, 0x9FBB}, {0xF900, 0xFA2D},
        {0xFA30, 0xFA6A}, {0xFA70, 0xFAD9}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE4F}, {0xFF00, 0xFFEF},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

static const struct rule western[] = {
    {is_mark, NULL, BEFORE | AFTER},
    {is_no_digit, is_stop, BETWEEN | AFTER},  /* a stop or comma that no digit precedes */
    {is_stop, is_no_digit, BEFORE | BETWEEN}, /* ... that no digit follows             */
    {is_digit, is_hyphen, BETWEEN | AFTER},
};
static const struct rule international[] = {
    {is_no_number, is_punctuation, BETWEEN | AFTER},
    {is_punctuation, is_no_number, BEFORE | BETWEEN},
    {is_symbol, NULL, BEFORE | AFTER},
};
static const struct rule characters[] = {{is_any, NULL, BEFORE | AFTER}};
static const struct rule chinese[] = {{is_chinese, NULL, BEFORE | AFTER}};

static void apply(const struct rule *rules, size_t n_rules, car_symbols *segment, car_symbols *spare)
{
    for (const struct rule *rule = rules; rule < rules + n_rules; rule++) {
        car_symbols result = *spare;
        result.length = 0;
        for (ptrdiff_t i = 0; i < segment->length; i++) {
            bool found = rule->first(segment->at[i]);
            if (found && rule->second != NULL)
                found = i + 1 < segment->length && rule->second(segment->at[i + 1]);
            if (found && rule->spaces & BEFORE)
                car_symbols_add(&result, ' ');
            car_symbols_add(&result, segment->at[i]);
            if (found && rule->spaces & BETWEEN)
                car_symbols_add(&result, ' ');
            if (found && rule->second != NULL)
                car_symbols_add(&result, segment->at[++i]);
            if (found && rule->spaces & AFTER)
                car_symbols_add(&result, ' ');
        }
        *spare = *segment;
        *segment = result;
    }
}

/* Replaces every `from` by `to`, which is no longer. */
static void replace(car_symbols *segment, const char *from, const char *to)
{
    ptrdiff_t n_from = (ptrdiff_t)strlen(from), n_to = (ptrdiff_t)strlen(to), kept = 0;
    for (ptrdiff_t i = 0; i < segment->length;) {
        ptrdiff_t same = 0;
        while (same < n_from && i + same < segment->length && segment->at[i + same] == from[same])
            same++;
        if (same < n_from) {
            segment->at[kept++] = segment->at[i++];
        } else {
            for (ptrdiff_t k = 0; k < n_to; k++)
                segment->at[kept++] = to[k];
            i += n_from;
        }
    }
    segment->length = kept;
}

static void strip_end(car_symbols *segment)
{
    while (segment->length > 0 && car_symbol_is_space(segment->at[segment->length - 1]))
        segment->length--;
}

static void strip_start(car_symbols *segment)
{
    ptrdiff_t spaces = 0;
    while (spaces < segment->length && car_symbol_is_space(segment->at[spaces]))
        spaces++;
    if (spaces > 0)
        memmove(segment->at, segment->at + spaces, (size_t)(segment->length - spaces) * sizeof *segment->at);
    segment->length -= spaces;
}

/* A space at either end, so that a rule about two finds a neighbour there. */
static void pad(car_symbols *segment)
{
    car_symbols_add(segment, ' ');
    car_symbols_add(segment, ' ');
    memmove(segment->at + 1, segment->at, (size_t)(segment->length - 2) * sizeof *segment->at);
    segment->at[0] = ' ';
}

#define APPLY(rules) apply(rules, sizeof(rules) / sizeof *(rules), segment, spare)

void car_bleu_tokenize(car_bleu_tokenizer tokenizer, car_symbols *segment, car_symbols *spare)
{
    strip_end(segment);
    switch (tokenizer) {
    case CAR_BLEU_TOK_13A:
        replace(segment, "<skipped>", "");
        replace(segment, "&quot;", "\"");
        replace(segment, "&amp;", "&");
        replace(segment, "&lt;", "<");
        replace(segment, "&gt;", ">");
        pad(segment);
        APPLY(western);
        break;
    case CAR_BLEU_TOK_INTL:
        APPLY(international);
        break;
    case CAR_BLEU_TOK_CHAR:
        APPLY(characters);
        break;
    case CAR_BLEU_TOK_ZH:
        strip_start(segment);
        APPLY(chinese);
        APPLY(western);
        break;
    case CAR_BLEU_TOK_NONE:
        break;
    }
}

static const char *const names[] = {"13a", "intl", "char", "zh", "none"};

const char *car_bleu_tokenizer_name(car_bleu_tokenizer tokenizer)
{
    return names[tokenizer];
}

bool car_bleu_tokenizer_named(const char *name, car_bleu_tokenizer *tokenizer, car_error *e)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *tokenizer = (car_bleu_tokenizer)i;
            return true;
        }
    }
    return car_error_set(e, CAR_EXIT_USAGE, "no BLEU tokenizer is called '%s'; there are 13a, intl, char, zh and none",
                         name);
}
