#include "decode/token_rules.h"

#include <string.h>

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

static bool is_no_digit(int32_t c) { return !is_digit(c); }

static bool is_stop(int32_t c) { return c == '.' || c == ','; }

static bool is_hyphen(int32_t c) { return c == '-'; }

/* ASCII punctuation and symbols but for the four marks ' , - . */
static bool is_mark(int32_t c)
{
    return (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') || c == '/' || (c >= ':' && c <= '@') ||
           (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

void car_token_rules_apply(const car_token_rule *rules, size_t n_rules, car_symbols *segment, car_symbols *spare)
{
    for (const car_token_rule *rule = rules; rule < rules + n_rules; rule++) {
        car_symbols result = *spare;
        result.length = 0;
        for (ptrdiff_t i = 0; i < segment->length; i++) {
            bool found = rule->first(segment->at[i]);
            if (found && rule->second != NULL)
                found = i + 1 < segment->length && rule->second(segment->at[i + 1]);
            if (found && rule->spaces & CAR_SPACE_BEFORE)
                car_symbols_add(&result, ' ');
            car_symbols_add(&result, segment->at[i]);
            if (found && rule->spaces & CAR_SPACE_BETWEEN)
                car_symbols_add(&result, ' ');
            if (found && rule->second != NULL)
                car_symbols_add(&result, segment->at[++i]);
            if (found && rule->spaces & CAR_SPACE_AFTER)
                car_symbols_add(&result, ' ');
        }
        *spare = *segment;
        *segment = result;
    }
}

void car_token_rules_marks(car_symbols *segment, car_symbols *spare)
{
    static const car_token_rule rules[] = {{is_mark, NULL, CAR_SPACE_BEFORE | CAR_SPACE_AFTER}};
    car_token_rules_apply(rules, sizeof rules / sizeof *rules, segment, spare);
}

void car_token_rules_stops(car_symbols *segment, car_symbols *spare)
{
    static const car_token_rule rules[] = {
        {is_no_digit, is_stop, CAR_SPACE_BETWEEN | CAR_SPACE_AFTER},  /* a stop or comma that no digit precedes */
        {is_stop, is_no_digit, CAR_SPACE_BEFORE | CAR_SPACE_BETWEEN}, /* ... that no digit follows             */
        {is_digit, is_hyphen, CAR_SPACE_BETWEEN | CAR_SPACE_AFTER},
    };
    car_token_rules_apply(rules, sizeof rules / sizeof *rules, segment, spare);
}

void car_token_replace(car_symbols *segment, const char *from, const char *to)
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

void car_token_unescape(car_symbols *segment)
{
    car_token_replace(segment, "&quot;", "\"");
    car_token_replace(segment, "&amp;", "&");
    car_token_replace(segment, "&lt;", "<");
    car_token_replace(segment, "&gt;", ">");
}

void car_token_strip_end(car_symbols *segment)
{
    while (segment->length > 0 && car_symbol_is_space(segment->at[segment->length - 1]))
        segment->length--;
}

void car_token_strip_start(car_symbols *segment)
{
    ptrdiff_t spaces = 0;
    while (spaces < segment->length && car_symbol_is_space(segment->at[spaces]))
        spaces++;
    if (spaces > 0)
        memmove(segment->at, segment->at + spaces, (size_t)(segment->length - spaces) * sizeof *segment->at);
    segment->length -= spaces;
}

void car_token_pad(car_symbols *segment)
{
    car_symbols_add(segment, ' ');
    car_symbols_add(segment, ' ');
    memmove(segment->at + 1, segment->at, (size_t)(segment->length - 2) * sizeof *segment->at);
    segment->at[0] = ' ';
}
