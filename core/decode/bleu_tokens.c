#include "decode/bleu_tokens.h"

#include <string.h>
#include <unicode/uchar.h>

#include "decode/token_rules.h"

static bool is_any(int32_t c)
{
    (void)c;
    return true;
}

static bool is_punctuation(int32_t c) { return (U_GET_GC_MASK(c) & U_GC_P_MASK) != 0; }

static bool is_symbol(int32_t c) { return (U_GET_GC_MASK(c) & U_GC_S_MASK) != 0; }

static bool is_no_number(int32_t c) { return (U_GET_GC_MASK(c) & U_GC_N_MASK) == 0; }

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

static const car_token_rule international[] = {
    {is_no_number, is_punctuation, CAR_SPACE_BETWEEN | CAR_SPACE_AFTER},
    {is_punctuation, is_no_number, CAR_SPACE_BEFORE | CAR_SPACE_BETWEEN},
    {is_symbol, NULL, CAR_SPACE_BEFORE | CAR_SPACE_AFTER},
};
static const car_token_rule characters[] = {{is_any, NULL, CAR_SPACE_BEFORE | CAR_SPACE_AFTER}};
static const car_token_rule chinese[] = {{is_chinese, NULL, CAR_SPACE_BEFORE | CAR_SPACE_AFTER}};

#define APPLY(rules) car_token_rules_apply(rules, sizeof(rules) / sizeof *(rules), segment, spare)

void car_bleu_tokenize(car_bleu_tokenizer tokenizer, car_symbols *segment, car_symbols *spare)
{
    car_token_strip_end(segment);
    switch (tokenizer) {
    case CAR_BLEU_TOK_13A:
        car_token_replace(segment, "<skipped>", "");
        car_token_unescape(segment);
        car_token_pad(segment);
        car_token_rules_marks(segment, spare);
        car_token_rules_stops(segment, spare);
        break;
    case CAR_BLEU_TOK_INTL:
        APPLY(international);
        break;
    case CAR_BLEU_TOK_CHAR:
        APPLY(characters);
        break;
    case CAR_BLEU_TOK_ZH:
        car_token_strip_start(segment);
        APPLY(chinese);
        car_token_rules_marks(segment, spare);
        car_token_rules_stops(segment, spare);
        break;
    case CAR_BLEU_TOK_NONE:
        break;
    }
}

static const char *const names[] = {"13a", "intl", "char", "zh", "none"};

const char *car_bleu_tokenizer_name(car_bleu_tokenizer tokenizer) { return names[tokenizer]; }

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
