#include "tokenizers/vocabulary.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/names.h"

static const char *const SPECIALS[CAR_SPECIALS] = {"</s>", "<unk>", "<s>"};

static const char MAGIC[] = "# carousel-vocabulary 1";
static const char SPECIALS_TEXT[] = "</s> <unk> <s>";

struct car_vocabulary {
    car_names *names;      /* index i is id i + CAR_SPECIALS               */
    int64_t *counts;       /* [count of names]                             */
    int64_t known, pieces; /* sum of counts; all pieces of the text        */
    char *tokenizer, *unicode;
    char *codes; /* the tokenizer's merges or model, or NULL */
};

void car_vocabulary_free(car_vocabulary *vocabulary)
{
    if (vocabulary == NULL)
        return;
    car_names_free(vocabulary->names);
    car_free(vocabulary->counts);
    car_free(vocabulary->tokenizer);
    car_free(vocabulary->unicode);
    car_free(vocabulary->codes);
    car_free(vocabulary);
}

/* ---- making one ---------------------------------------------------------------- */

struct car_vocabulary_builder {
    car_names *names;
    int64_t *counts; /* [capacity], the first of them in use */
    ptrdiff_t capacity;
    int64_t pieces;
};

car_vocabulary_builder *car_vocabulary_builder_new(void)
{
    car_vocabulary_builder *builder = car_alloc(1, sizeof *builder);
    builder->names = car_names_new();
    return builder;
}

void car_vocabulary_builder_free(car_vocabulary_builder *builder)
{
    if (builder == NULL)
        return;
    car_names_free(builder->names);
    car_free(builder->counts);
    car_free(builder);
}

void car_vocabulary_builder_add(car_vocabulary_builder *builder, const car_pieces *pieces)
{
    for (ptrdiff_t i = 0; i < pieces->count; i++) {
        int n = car_names_count(builder->names);
        int index = car_names_add(builder->names, car_pieces_view(pieces, i), car_pieces_length(pieces, i));
        if (index == n) {
            builder->counts = car_grow(builder->counts, n, &builder->capacity, sizeof *builder->counts);
            builder->counts[index] = 0;
        }
        builder->counts[index]++;
    }
    builder->pieces += pieces->count;
}

const char *car_vocabulary_builder_view(const car_vocabulary_builder *builder, int i, ptrdiff_t *length, int64_t *count)
{
    if (i >= car_names_count(builder->names))
        return NULL;
    *length = car_names_length(builder->names, i);
    *count = builder->counts[i];
    return car_names_at(builder->names, i);
}

typedef struct counted {
    const char *piece;
    ptrdiff_t length;
    int64_t count;
} counted;

/* By falling count, then by bytes: pieces differ and hold no NUL, which ends them. */
static int compare(const void *left, const void *right)
{
    const counted *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->piece, b->piece);
}

/* Which tokenizer its pieces are of. */
static void remember(car_vocabulary *vocabulary, const car_tokenizer *tokenizer)
{
    if (car_tokenizer_codes_view(tokenizer) != NULL)
        vocabulary->codes = car_copy_text(car_tokenizer_codes_view(tokenizer));
    car_string tokenizer_text = {0}, unicode_text = {0};
    car_tokenizer_describe(tokenizer, &tokenizer_text);
    car_tokenizer_icu_version(&unicode_text);
    vocabulary->tokenizer = tokenizer_text.at;
    vocabulary->unicode = unicode_text.at;
}

car_vocabulary *car_vocabulary_builder_finish(const car_vocabulary_builder *builder, const car_tokenizer *tokenizer,
                                              int max_size, int64_t min_count)
{
    int n = 0, limit = max_size == 0 ? INT_MAX - CAR_SPECIALS : max_size - CAR_SPECIALS;
    counted *all = car_resize(NULL, car_names_count(builder->names), sizeof *all);
    for (int i = 0; i < car_names_count(builder->names); i++) {
        if (builder->counts[i] >= min_count)
            all[n++] =
                (counted){car_names_at(builder->names, i), car_names_length(builder->names, i), builder->counts[i]};
    }
    qsort(all, (size_t)n, sizeof *all, compare);
    car_pieces bytes = {0}; /* none of them was counted: they come of limits alone */
    car_tokenizer_add_bytes(tokenizer, &bytes);
    limit -= (int)bytes.count;
    if (n > limit)
        n = limit > 0 ? limit : 0;

    car_vocabulary *vocabulary = car_alloc(1, sizeof *vocabulary);
    vocabulary->names = car_names_new();
    vocabulary->counts = car_resize(NULL, n + bytes.count, sizeof *vocabulary->counts);
    vocabulary->pieces = builder->pieces;
    for (int i = 0; i < n; i++) {
        (void)car_names_add(vocabulary->names, all[i].piece, all[i].length);
        vocabulary->counts[i] = all[i].count;
        vocabulary->known += all[i].count;
    }
    car_free(all);
    for (ptrdiff_t i = 0; i < bytes.count; i++) {
        (void)car_names_add(vocabulary->names, car_pieces_view(&bytes, i), car_pieces_length(&bytes, i));
        vocabulary->counts[n + i] = 0;
    }
    car_pieces_clear(&bytes);
    remember(vocabulary, tokenizer);
    return vocabulary;
}

car_vocabulary *car_vocabulary_of(const car_pieces *pieces, const int64_t *counts, const car_tokenizer *tokenizer)
{
    car_vocabulary *vocabulary = car_alloc(1, sizeof *vocabulary);
    vocabulary->names = car_names_new();
    vocabulary->counts = car_resize(NULL, pieces->count, sizeof *vocabulary->counts);
    for (ptrdiff_t i = 0; i < pieces->count; i++) {
        (void)car_names_add(vocabulary->names, car_pieces_view(pieces, i), car_pieces_length(pieces, i));
        vocabulary->counts[i] = counts[i];
        vocabulary->known += counts[i];
    }
    vocabulary->pieces = vocabulary->known;
    remember(vocabulary, tokenizer);
    return vocabulary;
}

/* ---- writing ---------------------------------------------------------------------- */

/* What the tokenizer has beside its description stands behind the tokens; the header with the
 * number of its lines begins so. */
static const char *codes_header(const car_vocabulary *vocabulary)
{
    static const char name[] = "name=" CAR_TOKENIZER_SENTENCEPIECE " ";
    return strncmp(vocabulary->tokenizer, name, sizeof name - 1) == 0 ? "# sentencepiece: " : "# merges: ";
}

static int count_lines(const char *text)
{
    int n = 0;
    for (const char *end = strchr(text, '\n'); end != NULL; end = strchr(end + 1, '\n'))
        n++;
    return n;
}

void car_vocabulary_write(const car_vocabulary *vocabulary, car_string *text)
{
    int n = car_names_count(vocabulary->names);
    car_string_format(text, "%s\n# specials: %s\n# tokenizer: %s\n# unicode: %s\n# pieces: %lld\n# tokens: %d\n", MAGIC,
                      SPECIALS_TEXT, vocabulary->tokenizer, vocabulary->unicode, (long long)vocabulary->pieces, n);
    if (vocabulary->codes != NULL)
        car_string_format(text, "%s%d\n", codes_header(vocabulary), count_lines(vocabulary->codes));
    for (int i = 0; i < n; i++) {
        car_string_add(text, car_names_at(vocabulary->names, i), car_names_length(vocabulary->names, i));
        car_string_format(text, "\t%lld\n", (long long)vocabulary->counts[i]);
    }
    if (vocabulary->codes != NULL)
        car_string_add_text(text, vocabulary->codes);
}

bool car_vocabulary_save(const car_vocabulary *vocabulary, const char *path, car_error *e)
{
    car_string text = {0};
    car_vocabulary_write(vocabulary, &text);
    bool saved = car_file_save(path, text.at, text.length, e);
    car_string_clear(&text);
    return saved;
}

/* ---- reading ---------------------------------------------------------------------- */

typedef struct reader {
    const char *source, *at, *end;
    const char *line; /* the line at hand, without its LF */
    ptrdiff_t length;
    int number;
    car_error *e;
} reader;

static bool refuse(const reader *r, const char *what)
{
    return car_error_set(r->e, CAR_EXIT_DATA, "%s:%d: %s", r->source, r->number, what);
}

static bool next_line(reader *r)
{
    r->number++;
    const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
    if (stop == NULL)
        return refuse(r, r->at == r->end ? "the vocabulary ends here too early; the file was cut short"
                                         : "the last line has no line feed; the file was cut short");
    r->line = r->at;
    r->length = stop - r->at;
    r->at = stop + 1;
    if (car_utf8_check(r->line, r->length) >= 0)
        return refuse(r, "not UTF-8");
    if (memchr(r->line, '\0', (size_t)r->length) != NULL)
        return refuse(r, "a NUL byte");
    if (r->length > 0 && stop[-1] == '\r')
        return refuse(r, "the line ends in CR LF; write the file with LF alone");
    return true;
}

/* The next line, which must begin with `key`.  Returns what stands behind it, of
 * *length bytes; NULL on failure. */
static const char *read_header(reader *r, const char *key, ptrdiff_t *length)
{
    ptrdiff_t key_length = (ptrdiff_t)strlen(key);
    *length = 0;
    if (!next_line(r))
        return NULL;
    if (r->length < key_length || memcmp(r->line, key, (size_t)key_length) != 0) {
        (void)car_error_set(r->e, CAR_EXIT_DATA, "%s:%d: a header line '%s...' must stand here", r->source, r->number,
                            key);
        return NULL;
    }
    *length = r->length - key_length;
    return r->line + key_length;
}

bool car_vocabulary_is_own(const char *text, ptrdiff_t length)
{
    ptrdiff_t magic = sizeof MAGIC - 3; /* whatever its version */
    return length >= magic && memcmp(text, MAGIC, (size_t)magic) == 0;
}

static bool read_header_text(reader *r, const char *key, char **copy)
{
    ptrdiff_t length;
    const char *value = read_header(r, key, &length);
    if (value == NULL)
        return false;
    *copy = car_resize(NULL, length + 1, 1);
    memcpy(*copy, value, (size_t)length);
    (*copy)[length] = '\0';
    return true;
}

static bool parse_count(const char *digits, ptrdiff_t length, int64_t *count)
{
    int64_t value = 0;
    for (ptrdiff_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digits[i] - '0', &value))
            return false;
    }
    *count = value;
    return length > 0;
}

static bool read_header_count(reader *r, const char *key, int64_t *count)
{
    ptrdiff_t length;
    const char *value = read_header(r, key, &length);
    if (value == NULL)
        return false;
    return parse_count(value, length, count) || refuse(r, "the number of this header line is not one");
}

enum { SHORTEST_CODE = 4 }; /* bytes of such a line: of a merge, two symbols, space and LF */

/* The number of lines of merges or model; there need not be such a header.  A token has no
 * space, so it cannot be taken for one. */
static bool read_codes_header(reader *r, const char *header, int64_t *lines)
{
    size_t length = strlen(header);
    if (r->end - r->at < (ptrdiff_t)length || memcmp(r->at, header, length) != 0)
        return true;
    if (!read_header_count(r, header, lines))
        return false;
    return (*lines > 0 && *lines <= (r->end - r->at) / SHORTEST_CODE) ||
           refuse(r, "fewer lines follow than this says; the file was cut short");
}

/* Kept as they are; car_vocabulary_new_tokenizer looks into them. */
static bool read_codes(reader *r, int64_t lines, char **codes)
{
    const char *first = r->at;
    for (int64_t i = 0; i < lines; i++) {
        if (!next_line(r))
            return false;
        if (r->length + 1 < SHORTEST_CODE)
            return refuse(r, "too short to be a merge or a line of a model");
    }
    if (lines == 0)
        return true;
    *codes = car_resize(NULL, r->at - first + 1, 1);
    memcpy(*codes, first, (size_t)(r->at - first));
    (*codes)[r->at - first] = '\0';
    return true;
}

static bool read_all_headers(reader *r, car_vocabulary *vocabulary, int64_t *tokens, int64_t *lines)
{
    ptrdiff_t length;
    if (read_header(r, MAGIC, &length) == NULL)
        return false;
    if (length > 0)
        return refuse(r, "a vocabulary of another version; a newer program wrote it");
    const char *specials = read_header(r, "# specials: ", &length);
    if (specials == NULL)
        return false;
    if (length != sizeof SPECIALS_TEXT - 1 || memcmp(specials, SPECIALS_TEXT, sizeof SPECIALS_TEXT - 1) != 0)
        return car_error_set(r->e, CAR_EXIT_DATA, "%s:%d: the specials must be %s, in this order", r->source, r->number,
                             SPECIALS_TEXT);
    if (!read_header_text(r, "# tokenizer: ", &vocabulary->tokenizer) ||
        !read_header_text(r, "# unicode: ", &vocabulary->unicode) ||
        !read_header_count(r, "# pieces: ", &vocabulary->pieces) || !read_header_count(r, "# tokens: ", tokens))
        return false;
    /* A token takes at least 4 bytes: one of its own, TAB, digit, LF. */
    if (*tokens > INT_MAX - CAR_SPECIALS || *tokens > (r->end - r->at) / 4)
        return refuse(r, "fewer tokens follow than this says; the file was cut short");
    return read_codes_header(r, codes_header(vocabulary), lines);
}

static bool read_token(reader *r, car_vocabulary *vocabulary)
{
    if (!next_line(r))
        return false;
    const char *tab = memrchr(r->line, '\t', (size_t)r->length);
    if (tab == NULL)
        return refuse(r, "no TAB between token and count");
    int index = car_names_count(vocabulary->names);
    if (!parse_count(tab + 1, r->line + r->length - tab - 1, &vocabulary->counts[index]))
        return refuse(r, "what stands behind the TAB is not a count");
    if (__builtin_add_overflow(vocabulary->known, vocabulary->counts[index], &vocabulary->known) ||
        vocabulary->known > vocabulary->pieces)
        return refuse(r, "the counts add up to more than the pieces that the header speaks of");
    if (tab == r->line)
        return refuse(r, "an empty token");
    if (memchr(r->line, ' ', (size_t)(tab - r->line)) != NULL)
        return refuse(r, "a space in a token");
    if (car_names_add(vocabulary->names, r->line, tab - r->line) != index)
        return refuse(r, "this token was there before");
    return true;
}

car_vocabulary *car_vocabulary_read(const char *text, ptrdiff_t length, const char *source, car_error *e)
{
    reader r = {source, text, text + length, NULL, 0, 0, e};
    int64_t tokens = 0, lines = 0;
    car_vocabulary *vocabulary = car_alloc(1, sizeof *vocabulary);
    vocabulary->names = car_names_new();
    if (!read_all_headers(&r, vocabulary, &tokens, &lines))
        goto failed;
    vocabulary->counts = car_resize(NULL, tokens, sizeof *vocabulary->counts);
    for (int64_t i = 0; i < tokens; i++) {
        if (!read_token(&r, vocabulary))
            goto failed;
    }
    if (!read_codes(&r, lines, &vocabulary->codes))
        goto failed;
    if (r.at < r.end) {
        r.number++;
        (void)refuse(&r, "more tokens than the header speaks of");
        goto failed;
    }
    return vocabulary;
failed:
    car_vocabulary_free(vocabulary);
    return NULL;
}

car_vocabulary *car_vocabulary_load(const char *path, car_error *e)
{
    car_string text = {0};
    car_vocabulary *vocabulary = NULL;
    if (car_text_load(path, &text, e))
        vocabulary = car_vocabulary_read(text.at, text.length, path, e);
    car_string_clear(&text);
    return vocabulary;
}

/* ---- asking ---------------------------------------------------------------------- */

int car_vocabulary_size(const car_vocabulary *vocabulary) { return CAR_SPECIALS + car_names_count(vocabulary->names); }

int32_t car_vocabulary_find(const car_vocabulary *vocabulary, const char *piece, ptrdiff_t length)
{
    int index = car_names_find(vocabulary->names, piece, length);
    return index < 0 ? CAR_UNKNOWN : CAR_SPECIALS + index;
}

const char *car_vocabulary_piece(const car_vocabulary *vocabulary, int32_t id)
{
    CAR_REQUIRE(id >= 0 && id < car_vocabulary_size(vocabulary));
    return id < CAR_SPECIALS ? SPECIALS[id] : car_names_at(vocabulary->names, id - CAR_SPECIALS);
}

int64_t car_vocabulary_count(const car_vocabulary *vocabulary, int32_t id)
{
    CAR_REQUIRE(id >= 0 && id < car_vocabulary_size(vocabulary));
    return id < CAR_SPECIALS ? 0 : vocabulary->counts[id - CAR_SPECIALS];
}

double car_vocabulary_coverage(const car_vocabulary *vocabulary)
{
    return vocabulary->pieces > 0 ? (double)vocabulary->known / (double)vocabulary->pieces : 1;
}

car_tokenizer *car_vocabulary_new_tokenizer(const car_vocabulary *vocabulary, car_error *e)
{
    car_tokenizer *tokenizer = car_tokenizer_from_description(vocabulary->tokenizer, vocabulary->codes, e);
    if (tokenizer != NULL)
        car_vocabulary_limit(vocabulary, tokenizer);
    return tokenizer;
}

void car_vocabulary_limit(const car_vocabulary *vocabulary, car_tokenizer *tokenizer)
{
    car_tokenizer_limit(tokenizer, vocabulary->names);
}

const char *car_vocabulary_tokenizer(const car_vocabulary *vocabulary) { return vocabulary->tokenizer; }

const char *car_vocabulary_unicode(const car_vocabulary *vocabulary) { return vocabulary->unicode; }

/* ---- translating ------------------------------------------------------------------ */

ptrdiff_t car_vocabulary_encode(const car_vocabulary *vocabulary, const car_pieces *pieces, int32_t *ids)
{
    ptrdiff_t unknown = 0;
    for (ptrdiff_t i = 0; i < pieces->count; i++) {
        ids[i] = car_vocabulary_find(vocabulary, car_pieces_view(pieces, i), car_pieces_length(pieces, i));
        unknown += ids[i] == CAR_UNKNOWN;
    }
    ids[pieces->count] = CAR_END;
    return unknown;
}

void car_vocabulary_decode(const car_vocabulary *vocabulary, const int32_t *ids, ptrdiff_t n, car_pieces *pieces)
{
    car_pieces_empty(pieces);
    for (ptrdiff_t i = 0; i < n && ids[i] != CAR_END; i++) {
        if (ids[i] == CAR_START)
            continue;
        const char *piece = car_vocabulary_piece(vocabulary, ids[i]);
        car_pieces_add(pieces, piece, (ptrdiff_t)strlen(piece));
    }
}
