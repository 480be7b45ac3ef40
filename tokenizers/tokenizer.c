#include "tokenizers/tokenizer.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uversion.h>

#include "base/memory.h"
#include "base/names.h"
#include "tokenizers/kinds.h"

static const car_tokenizer_kind *const KINDS[] = {&car_tokenizer_space, &car_tokenizer_char, &car_tokenizer_word};
static const char *const NAMES[] = {"space", "char", "word", NULL};

enum { N_KINDS = sizeof KINDS / sizeof KINDS[0] };

struct car_tokenizer {
    const car_tokenizer_kind *kind;
    car_tokenizer_options options;
    car_normalizer *normalizer;
    car_breaks *breaks; /* NULL if the kind needs none */
};

const char *const *car_tokenizer_names(void)
{
    return NAMES;
}

static const car_tokenizer_kind *find_kind(const char *name, car_error *e)
{
    for (int i = 0; i < N_KINDS; i++) {
        if (strcmp(name, KINDS[i]->name) == 0)
            return KINDS[i];
    }
    const char *nearest = car_nearest_name(name, NAMES, N_KINDS);
    (void)car_error_set(e, CAR_EXIT_CONFIG, "no tokenizer is called '%s'; there are space, char and word%s%s%s", name,
                        nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                        nearest != NULL ? "?" : "");
    return NULL;
}

static car_tokenizer *new_of_kind(const car_tokenizer_kind *kind, car_tokenizer_options options, car_error *e)
{
    car_tokenizer *tokenizer = car_alloc(1, sizeof *tokenizer);
    tokenizer->kind = kind;
    tokenizer->options = options;
    tokenizer->normalizer = car_normalizer_new(options.normalization, e);
    if (tokenizer->normalizer == NULL)
        goto failed;
    if (kind->needs_breaks) {
        tokenizer->breaks = car_breaks_new(kind->boundaries, e);
        if (tokenizer->breaks == NULL)
            goto failed;
    }
    return tokenizer;
failed:
    car_tokenizer_free(tokenizer);
    return NULL;
}

car_tokenizer *car_tokenizer_new(const char *name, const car_tokenizer_options *options, car_error *e)
{
    const car_tokenizer_kind *kind = find_kind(name, e);
    return kind != NULL ? new_of_kind(kind, options != NULL ? *options : (car_tokenizer_options){0}, e) : NULL;
}

car_tokenizer *car_tokenizer_clone(const car_tokenizer *tokenizer, car_error *e)
{
    return new_of_kind(tokenizer->kind, tokenizer->options, e);
}

void car_tokenizer_free(car_tokenizer *tokenizer)
{
    if (tokenizer == NULL)
        return;
    car_breaks_free(tokenizer->breaks);
    car_normalizer_free(tokenizer->normalizer);
    car_free(tokenizer);
}

void car_tokenizer_describe(const car_tokenizer *tokenizer, car_string *text)
{
    car_string_format(text, "name=%s normalization=%s", tokenizer->kind->name,
                      car_normalization_name(tokenizer->options.normalization));
}

car_tokenizer *car_tokenizer_from_description(const char *text, car_error *e)
{
    static const char NAME[] = "name=", NORMALIZATION[] = " normalization=";
    car_tokenizer *tokenizer = NULL;
    car_tokenizer_options options = {0};
    char *copy = car_copy_text(text);
    char *normalization = strstr(copy, NORMALIZATION);
    if (strncmp(copy, NAME, sizeof NAME - 1) != 0 || normalization == NULL) {
        (void)car_error_set(e, CAR_EXIT_DATA,
                            "the description of a tokenizer reads 'name=... normalization=...', "
                            "not '%s'",
                            text);
        goto out;
    }
    *normalization = '\0';
    if (car_normalization_parse(normalization + sizeof NORMALIZATION - 1, &options.normalization, e))
        tokenizer = car_tokenizer_new(copy + sizeof NAME - 1, &options, e);
    if (tokenizer == NULL)
        e->code = CAR_EXIT_DATA;
out:
    car_free(copy);
    return tokenizer;
}

/* The line's normal form, or an error. */
static bool normal_view(car_tokenizer *tokenizer, const char **line, ptrdiff_t *length, car_error *e)
{
    if (*length > CAR_NORMALIZE_LONGEST)
        return car_error_set(e, CAR_EXIT_DATA, "a line of %td bytes; at most %d can be tokenized", *length,
                             CAR_NORMALIZE_LONGEST);
    ptrdiff_t bad = car_utf8_check(*line, *length);
    if (bad >= 0)
        return car_error_set(e, CAR_EXIT_DATA,
                             "not UTF-8 at byte %td of the line (0x%02x); convert the text to "
                             "UTF-8 first",
                             bad, (unsigned)(unsigned char)(*line)[bad]);
    if (memchr(*line, '\0', (size_t)*length) != NULL || memchr(*line, '\n', (size_t)*length) != NULL)
        return car_error_set(e, CAR_EXIT_DATA, "a NUL byte or line feed within the line; remove it");
    car_normalizer_apply(tokenizer->normalizer, *line, *length, line, length);
    return true;
}

bool car_tokenizer_apply(car_tokenizer *tokenizer, const char *line, ptrdiff_t length, car_pieces *pieces, car_error *e)
{
    if (!normal_view(tokenizer, &line, &length, e))
        return false;
    car_pieces_empty(pieces);
    tokenizer->kind->apply(tokenizer->breaks, line, length, pieces);
    return true;
}

void car_tokenizer_join(const car_tokenizer *tokenizer, const car_pieces *pieces, car_string *text)
{
    car_string_empty(text);
    tokenizer->kind->join(pieces, text);
}

bool car_tokenizer_normalize(car_tokenizer *tokenizer, const char *line, ptrdiff_t length, car_string *text,
                             car_error *e)
{
    if (!normal_view(tokenizer, &line, &length, e))
        return false;
    car_string_empty(text);
    car_string_add(text, line, length);
    return true;
}

void car_tokenizer_icu_version(car_string *text)
{
    UVersionInfo icu, unicode;
    char icu_name[U_MAX_VERSION_STRING_LENGTH], unicode_name[U_MAX_VERSION_STRING_LENGTH];
    u_getVersion(icu);
    u_versionToString(icu, icu_name);
    u_getUnicodeVersion(unicode);
    u_versionToString(unicode, unicode_name);
    car_string_format(text, "icu=%s unicode=%s", icu_name, unicode_name);
}
