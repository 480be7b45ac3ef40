#include "decode/ter_tokens.h"

#include <string.h>

#include "decode/token_rules.h"

static bool in_ranges(int32_t c, const int32_t (*ranges)[2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

static bool is_asian_mark(int32_t c)
{
    static const int32_t ranges[][2] = {
        {0x3001, 0x3002}, {0x3008, 0x3011}, {0x3014, 0x301F}, {0x30FB, 0x30FB}, {0xFF61, 0xFF65}, {0xFF01, 0xFF02},
        {0xFF08, 0xFF09}, {0xFF0C, 0xFF0C}, {0xFF0E, 0xFF0E}, {0xFF1A, 0xFF1B}, {0xFF1F, 0xFF1F},
    };
    return in_ranges(c, ranges, sizeof ranges / sizeof *ranges);
}

/* Han, strokes, radicals, compatibility forms, enclosed letters and months.  The
 * last are U+3200 to U+32FF; that the range goes on to U+3F22 is sacreBLEU's, and
 * equal scores ask for equal ranges.  Kana stay together. */
static bool is_asian_word(int32_t c)
{
    static const int32_t ranges[][2] = {
        {0x2E80, 0x2EFF}, {0x31C0, 0x31EF}, {0x3200, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0xFE30, 0xFE4F},
    };
    return in_ranges(c, ranges, sizeof ranges / sizeof *ranges);
}

static bool is_asian(int32_t c) { return is_asian_mark(c) || is_asian_word(c); }

static bool is_taken_out(const car_ter_options *options, int32_t c)
{
    return (c > 0 && c < 0x80 && strchr(".,?:;!\"()", c) != NULL) || (options->asian && is_asian_mark(c));
}

/* "it's so" becomes "it 's so". */
static void part_possessives(car_symbols *segment, car_symbols *spare)
{
    car_symbols result = *spare;
    result.length = 0;
    for (ptrdiff_t i = 0; i < segment->length; i++) {
        const int32_t *at = segment->at + i;
        if (i + 2 < segment->length && at[0] == '\'' && at[1] == 's' && at[2] == ' ')
            car_symbols_add(&result, ' ');
        car_symbols_add(&result, *at);
    }
    *spare = *segment;
    *segment = result;
}

void car_ter_tokenize(const car_ter_options *options, const char *line, car_symbols *segment, car_symbols *spare)
{
    car_symbols_load(segment, line, !options->case_sensitive);
    car_token_strip_end(segment);
    if (options->normalized) {
        car_token_unescape(segment);
        car_token_pad(segment);
        car_token_rules_marks(segment, spare);
        part_possessives(segment, spare);
        car_token_rules_stops(segment, spare);
        if (options->asian) {
            static const car_token_rule rules[] = {{is_asian, NULL, CAR_SPACE_BEFORE | CAR_SPACE_AFTER}};
            car_token_rules_apply(rules, 1, segment, spare);
        }
    }
    if (options->no_punctuation) {
        ptrdiff_t kept = 0;
        for (ptrdiff_t i = 0; i < segment->length; i++)
            if (!is_taken_out(options, segment->at[i]))
                segment->at[kept++] = segment->at[i];
        segment->length = kept;
    }
}
