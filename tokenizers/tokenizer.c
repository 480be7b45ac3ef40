#include "tokenizers/tokenizer.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uversion.h>

#include "base/memory.h"
#include "base/names.h"
#include "base/sha256.h"
#include "tokenizers/base64.h"
#include "tokenizers/case_marks.h"
#include "tokenizers/kinds.h"
#include "tokenizers/sentencepiece.h"
#include "tokenizers/subwords.h"

/* Its functions need the model: cut and join below. */
static const car_tokenizer_kind SENTENCEPIECE = {.name = CAR_TOKENIZER_SENTENCEPIECE};

static const car_tokenizer_kind *const KINDS[] = {&car_tokenizer_space, &car_tokenizer_char, &car_tokenizer_word,
                                                  &car_tokenizer_byte, &SENTENCEPIECE};
static const char *const NAMES[] = {"space", "char", "word", "byte", CAR_TOKENIZER_SENTENCEPIECE, NULL};

enum { N_KINDS = sizeof KINDS / sizeof KINDS[0] };

struct car_tokenizer {
    const car_tokenizer_kind *kind;
    car_tokenizer_options options;
    car_normalizer *normalizer;
    car_breaks *breaks;       /* NULL if the kind needs none         */
    car_sentencepiece *model; /* NULL with another kind              */
    char model_hash[CAR_SHA256_HEX];
    car_subwords *subwords; /* NULL without byte pairs             */
    char *codes;            /* of model or subwords; NULL: neither */
    car_case_marks *marks;  /* NULL if case is not marked  */
    const car_names *known; /* NULL if it is not limited   */
    car_pieces words;       /* as the kind cuts them       */
    car_pieces marked;      /* with marks of their case    */
};

static const char *const CASES[] = {"keep", "lower", "mark"}; /* by car_letter_case */
enum { N_CASES = sizeof CASES / sizeof CASES[0] };

bool car_letter_case_parse(const char *name, car_letter_case *letter_case, car_error *e)
{
    int i = 0;
    while (i < N_CASES && strcmp(name, CASES[i]) != 0)
        i++;
    *letter_case = (car_letter_case)i;
    return i < N_CASES || car_error_set(e, CAR_EXIT_CONFIG,
                                        "no treatment of case is called '%s'; there are keep, lower and mark", name);
}

const char *const *car_tokenizer_names(void) { return NAMES; }

static const car_tokenizer_kind *find_kind(const char *name, car_error *e)
{
    for (int i = 0; i < N_KINDS; i++) {
        if (strcmp(name, KINDS[i]->name) == 0)
            return KINDS[i];
    }
    (void)car_error_set(e, CAR_EXIT_CONFIG,
                        "no tokenizer is called '%s'%s; there are space, char, word, byte and sentencepiece", name,
                        car_name_hint_of(name, NAMES, N_KINDS).text);
    return NULL;
}

/* Merges with LF behind each, as vocabularies keep them. */
static char *copy_codes(const char *codes)
{
    car_string copy = {0};
    for (const char *at = codes, *end; *at != '\0'; at = *end == '\n' ? end + 1 : end) {
        end = at + strcspn(at, "\n");
        car_string_add(&copy, at, end - at - (end > at && end[-1] == '\r'));
        car_string_add(&copy, "\n", 1);
    }
    car_string_add(&copy, "", 0);
    while (copy.length > 1 && copy.at[copy.length - 2] == '\n')
        copy.at[--copy.length] = '\0';
    return copy.at;
}

/* A damaged model can make its library crash, so its hash is looked at first, if one is known. */
static bool load_model(car_tokenizer *tokenizer, const char *known_hash, car_error *e)
{
    car_string bytes = {0};
    if (tokenizer->codes == NULL)
        return car_error_set(e, CAR_EXIT_CONFIG, "the tokenizer " CAR_TOKENIZER_SENTENCEPIECE " needs a model");
    bool whole = car_base64_decode(tokenizer->codes, &bytes);
    car_sha256 hash;
    car_sha256_init(&hash);
    car_sha256_add(&hash, bytes.at, bytes.length);
    car_sha256_finish(&hash, tokenizer->model_hash);
    if (!whole || (known_hash != NULL && strcmp(known_hash, tokenizer->model_hash) != 0))
        (void)car_error_set(e, CAR_EXIT_DATA, "the model of SentencePiece is damaged");
    else
        tokenizer->model = car_sentencepiece_new(bytes.at != NULL ? bytes.at : "", bytes.length, e);
    car_string_clear(&bytes);
    return tokenizer->model != NULL;
}

/* `model_hash` may be NULL. */
static car_tokenizer *new_of_kind(const car_tokenizer_kind *kind, car_tokenizer_options options, const char *model_hash,
                                  car_error *e)
{
    if (options.letter_case == CAR_CASE_MARK && !kind->has_letters) {
        (void)car_error_set(e, CAR_EXIT_CONFIG, "the tokenizer %s cannot mark case; choose keep or lower", kind->name);
        return NULL;
    }
    car_tokenizer *tokenizer = car_alloc(1, sizeof *tokenizer);
    tokenizer->kind = kind;
    tokenizer->options = options;
    tokenizer->normalizer = car_normalizer_new(options.normalization, options.letter_case == CAR_CASE_LOWER, e);
    if (tokenizer->normalizer == NULL)
        goto failed;
    if (options.letter_case == CAR_CASE_MARK) {
        tokenizer->marks = car_case_marks_new(e);
        if (tokenizer->marks == NULL)
            goto failed;
    }
    if (kind->needs_breaks) {
        tokenizer->breaks = car_breaks_new(kind->boundaries, e);
        if (tokenizer->breaks == NULL)
            goto failed;
    }
    if (options.codes != NULL) {
        tokenizer->codes = copy_codes(options.codes);
        tokenizer->options.codes = tokenizer->codes;
    }
    if (kind == &SENTENCEPIECE) {
        if (!load_model(tokenizer, model_hash, e))
            goto failed;
    } else if (tokenizer->codes != NULL) {
        tokenizer->subwords = car_subwords_new(tokenizer->codes, e);
        if (tokenizer->subwords == NULL)
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
    return kind != NULL ? new_of_kind(kind, options != NULL ? *options : (car_tokenizer_options){0}, NULL, e) : NULL;
}

car_tokenizer *car_tokenizer_clone(const car_tokenizer *tokenizer, car_error *e)
{
    car_tokenizer *clone = new_of_kind(tokenizer->kind, tokenizer->options, NULL, e);
    if (clone != NULL && tokenizer->known != NULL)
        car_tokenizer_limit(clone, tokenizer->known);
    return clone;
}

void car_tokenizer_free(car_tokenizer *tokenizer)
{
    if (tokenizer == NULL)
        return;
    car_breaks_free(tokenizer->breaks);
    car_sentencepiece_free(tokenizer->model);
    car_normalizer_free(tokenizer->normalizer);
    car_subwords_free(tokenizer->subwords);
    car_free(tokenizer->codes);
    car_case_marks_free(tokenizer->marks);
    car_pieces_clear(&tokenizer->words);
    car_pieces_clear(&tokenizer->marked);
    car_free(tokenizer);
}

const char *car_tokenizer_codes_view(const car_tokenizer *tokenizer) { return tokenizer->codes; }

static bool falls_back(const car_tokenizer *tokenizer)
{
    return tokenizer->subwords != NULL && !tokenizer->options.no_bytes;
}

void car_tokenizer_limit(car_tokenizer *tokenizer, const car_names *known)
{
    if (!falls_back(tokenizer))
        return;
    tokenizer->known = known;
    car_subwords_limit(tokenizer->subwords, known);
}

void car_tokenizer_add_bytes(const car_tokenizer *tokenizer, car_pieces *pieces)
{
    if (falls_back(tokenizer))
        car_subwords_add_bytes(pieces);
}

void car_tokenizer_describe(const car_tokenizer *tokenizer, car_string *text)
{
    car_string_format(text, "name=%s normalization=%s", tokenizer->kind->name,
                      car_normalization_name(tokenizer->options.normalization));
    if (tokenizer->options.letter_case != CAR_CASE_KEEP)
        car_string_format(text, " case=%s", CASES[tokenizer->options.letter_case]);
    if (tokenizer->model != NULL)
        car_string_format(text, " model=%s", tokenizer->model_hash);
    if (tokenizer->subwords != NULL)
        car_string_format(text, " bpe=%d bytes=%s", car_subwords_count(tokenizer->subwords),
                          tokenizer->options.no_bytes ? "no" : "yes");
}

/* The value of the "key=value" that stands at *at, which moves behind it and the space
 * there; NULL if there is another key.  Ends the value with a NUL. */
static char *take_value(char **at, const char *key)
{
    size_t length = strlen(key);
    if (strncmp(*at, key, length) != 0)
        return NULL;
    char *value = *at + length, *space = strchr(value, ' ');
    *at = space != NULL ? space + 1 : value + strlen(value);
    if (space != NULL)
        *space = '\0';
    return value;
}

car_tokenizer *car_tokenizer_from_description(const char *text, const char *codes, car_error *e)
{
    car_tokenizer *tokenizer = NULL;
    car_tokenizer_options options = {.codes = codes};
    char *copy = car_copy_text(text), *at = copy;
    const char *name = take_value(&at, "name="), *normalization = take_value(&at, "normalization=");
    const char *letter_case = take_value(&at, "case="), *model = take_value(&at, "model=");
    const char *merges = take_value(&at, "bpe="), *bytes = merges != NULL ? take_value(&at, "bytes=") : NULL;
    if (name == NULL || normalization == NULL || *at != '\0' || (merges != NULL && bytes == NULL)) {
        (void)car_error_set(e, CAR_EXIT_DATA,
                            "the description of a tokenizer reads 'name=... normalization=...', perhaps with "
                            "' case=...', ' model=...' or ' bpe=... bytes=...' behind it, not '%s'",
                            text);
        goto out;
    }
    bool is_model = strcmp(name, CAR_TOKENIZER_SENTENCEPIECE) == 0;
    if ((merges != NULL || is_model) != (codes != NULL) || is_model != (model != NULL)) {
        (void)car_error_set(e, CAR_EXIT_DATA, "the tokenizer '%s' does not go with %s", text,
                            codes != NULL ? "the merges or the model that is there"
                                          : "the lack of its merges or its model");
        goto out;
    }
    options.no_bytes = bytes != NULL && strcmp(bytes, "yes") != 0;
    const car_tokenizer_kind *kind = find_kind(name, e);
    if (kind != NULL && car_normalization_parse(normalization, &options.normalization, e) &&
        (letter_case == NULL || car_letter_case_parse(letter_case, &options.letter_case, e)))
        tokenizer = new_of_kind(kind, options, model, e);
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

/* kind, then marks of case, then subwords: each step that the tokenizer has reads what the
 * one before it wrote, and the last writes the pieces. */
bool car_tokenizer_apply(car_tokenizer *tokenizer, const char *line, ptrdiff_t length, car_pieces *pieces, car_error *e)
{
    if (!normal_view(tokenizer, &line, &length, e))
        return false;
    car_pieces_empty(pieces);
    car_pieces *marked = tokenizer->subwords != NULL ? &tokenizer->marked : pieces;
    car_pieces *words = tokenizer->marks != NULL ? &tokenizer->words : marked;
    car_pieces_empty(words);
    car_pieces_empty(marked);
    if (tokenizer->model == NULL)
        tokenizer->kind->apply(tokenizer->breaks, line, length, words);
    else if (!car_sentencepiece_apply(tokenizer->model, line, length, words, e))
        return false;
    if (tokenizer->marks != NULL)
        car_case_marks_apply(tokenizer->marks, words, marked);
    if (tokenizer->subwords != NULL)
        car_subwords_apply(tokenizer->subwords, marked, pieces);
    return true;
}

bool car_tokenizer_has_merges(const car_tokenizer *tokenizer) { return tokenizer->subwords != NULL; }

void car_tokenizer_recut(car_tokenizer *tokenizer, const car_pieces *pieces, double dropout, uint64_t draw,
                         car_pieces *recut)
{
    CAR_REQUIRE(tokenizer->subwords != NULL);
    car_pieces_empty(&tokenizer->marked);
    car_pieces_empty(recut);
    car_subwords_join(pieces, &tokenizer->marked);
    car_subwords_drop(tokenizer->subwords, dropout, draw);
    car_subwords_apply(tokenizer->subwords, &tokenizer->marked, recut);
    car_subwords_drop(tokenizer->subwords, 0, 0);
}

bool car_tokenizer_ends_word(const char *piece, ptrdiff_t length) { return car_subwords_is_final(piece, length); }

void car_tokenizer_join(const car_tokenizer *tokenizer, const car_pieces *pieces, car_string *text)
{
    car_pieces marked = {0}, words = {0};
    if (tokenizer->subwords != NULL) {
        car_subwords_join(pieces, &marked);
        pieces = &marked;
    }
    if (tokenizer->marks != NULL) {
        car_case_marks_join(tokenizer->marks, pieces, &words);
        pieces = &words;
    }
    car_string_empty(text);
    if (tokenizer->model != NULL)
        car_sentencepiece_join(tokenizer->model, pieces, text);
    else
        tokenizer->kind->join(pieces, text);
    car_pieces_clear(&marked);
    car_pieces_clear(&words);
}

bool car_tokenizer_normalize(car_tokenizer *tokenizer, const char *line, ptrdiff_t length, car_string *text,
                             car_error *e)
{
    if (tokenizer->model != NULL) { /* its library has a normal form of its own, and does not show it */
        if (!car_tokenizer_apply(tokenizer, line, length, &tokenizer->marked, e))
            return false;
        car_tokenizer_join(tokenizer, &tokenizer->marked, text);
        return true;
    }
    if (!normal_view(tokenizer, &line, &length, e))
        return false;
    car_string_empty(text);
    if (tokenizer->kind->add_kept != NULL)
        tokenizer->kind->add_kept(line, length, text);
    else
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
