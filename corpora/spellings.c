/* Dates, numbers in words and transliterations, as ICU writes them. */
#include <stdio.h>
#include <string.h>
#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/uloc.h>
#include <unicode/unum.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "base/memory.h"
#include "corpora/dice.h"
#include "corpora/generators.h"

enum { MAX_LANGUAGES = 16, MAX_STYLES = 3, TEXT = 512 };

/* Adds UTF-16 as UTF-8, without the soft hyphens that some number formats put between parts. */
static void add_text(car_string *out, const UChar *text, int32_t length)
{
    for (int32_t i = 0; i < length; i++) {
        char bytes[8];
        int32_t n = 0;
        UErrorCode status = U_ZERO_ERROR;
        int32_t units = U16_IS_LEAD(text[i]) && i + 1 < length ? 2 : 1;
        if (text[i] == 0xad)
            continue;
        (void)u_strToUTF8(bytes, sizeof bytes, &n, text + i, units, &status);
        CAR_REQUIRE(U_SUCCESS(status));
        car_string_add(out, bytes, n);
        i += units - 1;
    }
}

static bool has_locale(const char *language)
{
    for (int32_t i = 0; i < uloc_countAvailable(); i++)
        if (strcmp(uloc_getAvailable(i), language) == 0)
            return true;
    return false;
}

static bool refuse_language(const char *what, const char *language, car_error *e)
{
    return car_error_set(e, CAR_EXIT_USAGE,
                         "--languages: ICU has no %s for '%s'; it wants a code such as en, de or pt_BR", what,
                         language);
}

/* ---- dates ------------------------------------------------------------------------------- */

typedef struct dates {
    int n, styles;
    UDateFormat *format[MAX_LANGUAGES][MAX_STYLES], *iso;
} dates;

static void close_dates(void *self)
{
    dates *d = self;
    for (int i = 0; i < MAX_LANGUAGES; i++)
        for (int k = 0; k < MAX_STYLES; k++)
            if (d->format[i][k] != NULL)
                udat_close(d->format[i][k]);
    if (d->iso != NULL)
        udat_close(d->iso);
    car_free(d);
}

static UDateFormat *open_pattern(const char *locale, const UChar *pattern, int32_t length)
{
    UErrorCode status = U_ZERO_ERROR;
    UDateFormat *format = udat_open(UDAT_PATTERN, UDAT_PATTERN, locale, u"Etc/UTC", -1, pattern, length, &status);
    return U_SUCCESS(status) ? format : NULL;
}

/* The pattern of a language for a day with these fields, in its own order and with its own words. */
static UDateFormat *open_style(const char *language, const UChar *fields)
{
    char locale[ULOC_FULLNAME_CAPACITY];
    (void)snprintf(locale, sizeof locale, "%s@calendar=gregorian;numbers=latn", language);
    UErrorCode status = U_ZERO_ERROR;
    UChar pattern[128];
    UDateTimePatternGenerator *patterns = udatpg_open(locale, &status);
    int32_t length = udatpg_getBestPattern(patterns, fields, -1, pattern, 128, &status);
    udatpg_close(patterns);
    return U_SUCCESS(status) ? open_pattern(locale, pattern, length) : NULL;
}

static void *open_dates(const car_generator_options *options, car_error *e)
{
    static const UChar *const fields[MAX_STYLES] = {u"yMMMMd", u"yMMMd", u"yMMMMEEEEd"};
    dates *d = car_alloc(1, sizeof *d);
    d->styles = options->difficulty;
    d->iso = open_pattern("en@calendar=gregorian", u"yyyy-MM-dd", -1);
    bool good = d->iso != NULL || car_error_set(e, CAR_EXIT_CONFIG, "ICU cannot write dates; is its data installed?");
    for (; d->n < options->n_languages && good; d->n++)
        for (int k = 0; k < d->styles && good; k++)
            good = (has_locale(options->languages[d->n]) &&
                    (d->format[d->n][k] = open_style(options->languages[d->n], fields[k])) != NULL) ||
                   refuse_language("dates", options->languages[d->n], e);
    if (good)
        return d;
    close_dates(d);
    return NULL;
}

static void add_date(car_string *text, UDateFormat *format, UDate date)
{
    UChar units[TEXT];
    UErrorCode status = U_ZERO_ERROR;
    int32_t length = udat_format(format, date, units, TEXT, NULL, &status);
    CAR_REQUIRE(U_SUCCESS(status) && length <= TEXT);
    car_string_empty(text);
    add_text(text, units, length);
}

static void make_date(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    enum { FIRST_DAY = -25567, LAST_DAY = 47481 }; /* 1900-01-01 and 2099-12-31, from 1970-01-01 */
    dates *d = self;
    car_dice dice = car_dice_take(seed, "dates", index);
    UDate date = 86400e3 * (car_dice_between(&dice, FIRST_DAY, LAST_DAY) + 0.5);
    int language = car_dice_below(&dice, d->n), style = car_dice_below(&dice, d->styles);
    add_date(source, d->format[language][style], date);
    add_date(target, d->iso, date);
}

const car_generator car_dates_generator = {.name = "dates",
                                           .summary = "a day of 1900 to 2099 as people write it, and by ISO 8601",
                                           .suffix = {"src", "iso"},
                                           .difficulty = "styles: with the month's name, its short form, the weekday",
                                           .least = 1,
                                           .most = MAX_STYLES,
                                           .usual = 2,
                                           .languages = "en de fr",
                                           .most_languages = MAX_LANGUAGES,
                                           .open = open_dates,
                                           .close = close_dates,
                                           .make = make_date};

/* ---- numbers ------------------------------------------------------------------------------ */

typedef struct numbers {
    int n, digits;
    UNumberFormat *words[MAX_LANGUAGES];
} numbers;

static void close_numbers(void *self)
{
    numbers *m = self;
    for (int i = 0; i < MAX_LANGUAGES; i++)
        if (m->words[i] != NULL)
            unum_close(m->words[i]);
    car_free(m);
}

/* Does the format speak the language, not another one in its place? */
static bool speaks(const UNumberFormat *format, const char *language)
{
    UErrorCode status = U_ZERO_ERROR;
    const char *actual = unum_getLocaleByType(format, ULOC_ACTUAL_LOCALE, &status);
    size_t n = strcspn(language, "_");
    return U_SUCCESS(status) && strcspn(actual, "_") == n && strncmp(actual, language, n) == 0;
}

static void *open_numbers(const car_generator_options *options, car_error *e)
{
    numbers *m = car_alloc(1, sizeof *m);
    m->digits = options->difficulty;
    for (; m->n < options->n_languages; m->n++) {
        UErrorCode status = U_ZERO_ERROR;
        m->words[m->n] = unum_open(UNUM_SPELLOUT, NULL, 0, options->languages[m->n], NULL, &status);
        if (U_FAILURE(status) || !has_locale(options->languages[m->n]) ||
            !speaks(m->words[m->n], options->languages[m->n])) {
            (void)refuse_language("numbers in words", options->languages[m->n], e);
            close_numbers(m);
            return NULL;
        }
    }
    return m;
}

static void make_number(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    numbers *m = self;
    car_dice dice = car_dice_take(seed, "numbers", index);
    int digits = car_dice_between(&dice, 1, m->digits);
    int64_t number = digits == 1 ? car_dice_below(&dice, 10) : car_dice_between(&dice, 1, 9);
    for (int i = 1; i < digits; i++)
        number = 10 * number + car_dice_below(&dice, 10);
    UChar units[TEXT];
    UErrorCode status = U_ZERO_ERROR;
    int32_t length = unum_formatInt64(m->words[car_dice_below(&dice, m->n)], number, units, TEXT, NULL, &status);
    CAR_REQUIRE(U_SUCCESS(status) && length <= TEXT);
    car_string_empty(source);
    car_string_empty(target);
    add_text(source, units, length);
    car_string_format(target, "%lld", (long long)number);
}

const car_generator car_numbers_generator = {.name = "numbers",
                                             .summary = "a whole number in words, and in digits",
                                             .suffix = {"words", "digits"},
                                             .difficulty = "digits at most",
                                             .least = 1,
                                             .most = 15,
                                             .usual = 6,
                                             .languages = "en",
                                             .most_languages = MAX_LANGUAGES,
                                             .open = open_numbers,
                                             .close = close_numbers,
                                             .make = make_number};

/* ---- transliteration ---------------------------------------------------------------------- */

typedef struct transliteration {
    int syllables;
    UTransliterator *transform;
} transliteration;

static void close_transliteration(void *self)
{
    transliteration *t = self;
    if (t->transform != NULL)
        utrans_close(t->transform);
    car_free(t);
}

static void *open_transliteration(const car_generator_options *options, car_error *e)
{
    transliteration *t = car_alloc(1, sizeof *t);
    t->syllables = options->difficulty;
    const char *script = options->languages[0];
    char id[80];
    UChar wide[80];
    (void)snprintf(id, sizeof id, "Latin-%.60s", script);
    UErrorCode status = U_ZERO_ERROR;
    UParseError where;
    u_charsToUChars(id, wide, (int32_t)strlen(id) + 1);
    t->transform = utrans_openU(wide, -1, UTRANS_FORWARD, NULL, 0, &where, &status);
    if (U_SUCCESS(status))
        return t;
    (void)car_error_set(
        e, CAR_EXIT_USAGE,
        "--languages: ICU does not transliterate from Latin to '%s'; it knows Cyrillic, Greek, Katakana, "
        "Hangul, Devanagari, Hebrew, Arabic and others",
        script);
    t->transform = NULL;
    close_transliteration(t);
    return NULL;
}

static void make_transliteration(void *self, uint64_t seed, uint64_t index, car_string *source, car_string *target)
{
    static const char consonants[] = "bdfghklmnprstvz", vowels[] = "aeiou";
    transliteration *t = self;
    car_dice dice = car_dice_take(seed, "transliteration", index);
    car_string_empty(source);
    car_string_empty(target);
    int words = car_dice_between(&dice, 1, 3);
    for (int w = 0; w < words; w++) {
        int syllables = car_dice_between(&dice, 1, t->syllables);
        car_string_add_text(source, w > 0 ? " " : "");
        for (int s = 0; s < syllables; s++)
            car_string_format(source, "%c%c", consonants[car_dice_below(&dice, (int)sizeof consonants - 1)],
                              vowels[car_dice_below(&dice, (int)sizeof vowels - 1)]);
    }
    int32_t capacity = (int32_t)source->length * 8 + 64, length = (int32_t)source->length, limit = length;
    UChar *units = car_alloc(capacity, sizeof *units);
    u_charsToUChars(source->at, units, length + 1);
    UErrorCode status = U_ZERO_ERROR;
    utrans_transUChars(t->transform, units, &length, capacity, 0, &limit, &status);
    CAR_REQUIRE(U_SUCCESS(status) && length < capacity);
    add_text(target, units, length);
    car_free(units);
}

const car_generator car_transliteration_generator = {
    .name = "transliteration",
    .summary = "words that could be some, in Latin letters and in another script",
    .suffix = {"src", "trg"},
    .difficulty = "syllables of a word at most",
    .least = 1,
    .most = 100,
    .usual = 4,
    .languages = "Cyrillic",
    .most_languages = 1,
    .open = open_transliteration,
    .close = close_transliteration,
    .make = make_transliteration};
