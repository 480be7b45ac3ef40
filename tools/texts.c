#include "tools/texts.h"

#include <string.h>

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "corpora/corpus.h"
#include "tokenizers/base64.h"
#include "tokenizers/vocabulary_import.h"
#include "tools/merges.h"
#include "tools/sets.h"

static const char *const side_names[CAR_SIDES] = {"source", "target"};

void car_texts_clear(car_texts *texts)
{
    for (int side = 0; side < CAR_SIDES; side++) {
        car_tokenizer_free(texts->tokenizer[side]);
        car_vocabulary_free(texts->vocabulary[side]);
    }
    car_vectors_clear(&texts->vectors);
    *texts = (car_texts){0};
}

/* ---- from options ----------------------------------------------------------------- */

/* What options say of one side. */
typedef struct choice {
    const char *name, *normalization, *letter_case;
    const char *model; /* file of SentencePiece, "" if there is none */
    const char *codes; /* merges, or NULL                            */
    bool bytes;
} choice;

static char *load_model(const char *path, car_error *e)
{
    car_string bytes = {0}, text = {0};
    bool good = car_text_load(path, &bytes, e);
    car_string_add(&text, "", 0);
    if (good)
        car_base64_encode(bytes.at, bytes.length, &text);
    car_string_clear(&bytes);
    if (!good)
        car_string_clear(&text);
    return text.at;
}

static car_tokenizer *choose(const choice *c, car_error *e)
{
    car_tokenizer_options wanted = {.codes = c->codes, .no_bytes = !c->bytes};
    if (!car_normalization_parse(c->normalization, &wanted.normalization, e) ||
        !car_letter_case_parse(c->letter_case, &wanted.letter_case, e))
        return NULL;
    if (strcmp(c->name, CAR_TOKENIZER_SENTENCEPIECE) != 0)
        return car_tokenizer_new(c->name, &wanted, e);
    if (c->codes != NULL || c->model[0] == '\0') {
        (void)car_error_set(e, CAR_EXIT_CONFIG,
                            c->codes != NULL
                                ? "the tokenizer sentencepiece cuts by its model; leave out byte pair encoding"
                                : "the tokenizer sentencepiece needs --sentencepiece-model, a .model file");
        return NULL;
    }
    char *model = load_model(c->model, e);
    wanted.codes = model;
    car_tokenizer *tokenizer = model != NULL ? car_tokenizer_new(c->name, &wanted, e) : NULL;
    if (tokenizer == NULL && model != NULL)
        (void)car_error_context(e, "%s", c->model);
    car_free(model);
    return tokenizer;
}

car_tokenizer *car_tokenizer_of_side(const car_options *options, int side, const char *codes, bool bytes, car_error *e)
{
    bool models = car_options_texts_count(options, "sentencepiece-model") > 0;
    choice c = {.name = car_options_side(options, "tokenizer", side),
                .normalization = car_options_side(options, "normalization", side),
                .letter_case = car_options_side(options, "case", side),
                .model = models ? car_options_side(options, "sentencepiece-model", side) : "",
                .codes = codes,
                .bytes = bytes};
    return choose(&c, e);
}

car_tokenizer *car_tokenizer_of_options(const car_options *options, const char *codes, bool bytes, car_error *e)
{
    choice c = {.name = car_options_text(options, "tokenizer"),
                .normalization = car_options_text(options, "normalization"),
                .letter_case = car_options_text(options, "case"),
                .model = car_options_text(options, "sentencepiece-model"),
                .codes = codes,
                .bytes = bytes};
    return choose(&c, e);
}

bool car_tokenizer_is_as_asked(const car_vocabulary *vocabulary, const car_tokenizer *asked, const char *path,
                               const car_options *options, car_error *e)
{
    static const char merges[] = " bpe=";
    if (!car_options_is_set(options, "tokenizer") && !car_options_is_set(options, "normalization") &&
        !car_options_is_set(options, "case"))
        return true;
    const char *description = car_vocabulary_tokenizer(vocabulary);
    car_string text = {0};
    car_tokenizer_describe(asked, &text);
    bool same =
        strncmp(text.at, description, (size_t)text.length) == 0 &&
        (description[text.length] == '\0' || strncmp(description + text.length, merges, sizeof merges - 1) == 0);
    if (!same)
        (void)car_error_set(e, CAR_EXIT_CONFIG, "%s was made with %s, the options ask for %s; leave one of them out",
                            path, description, text.at);
    car_string_clear(&text);
    return same;
}

void car_vocabulary_compare_unicode(const car_vocabulary *vocabulary, const char *origin)
{
    car_string here = {0};
    car_tokenizer_icu_version(&here);
    if (strcmp(car_vocabulary_unicode(vocabulary), here.at) != 0)
        car_log(CAR_LOG_WARN, "%s: its text was cut by %s, here it is %s; words may be cut differently", origin,
                car_vocabulary_unicode(vocabulary), here.at);
    car_string_clear(&here);
}

/* The vocabulary knows its tokenizer with its merges; what the options say must not be another. */
static bool read_vocabulary(car_texts *texts, const car_string *text, const char *path, const car_options *options,
                            int side, car_error *e)
{
    if (car_options_texts_count(options, "bpe-symbols") > 0 || car_options_texts_count(options, "bpe-codes") > 0)
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "%s has the merges it was made with; leave out --bpe-symbols and --bpe-codes, or --vocabs",
                             path);
    car_vocabulary *vocabulary = texts->vocabulary[side] = car_vocabulary_read(text->at, text->length, path, e);
    car_tokenizer *asked = vocabulary != NULL ? car_tokenizer_of_side(options, side, NULL, false, e) : NULL;
    bool same = asked != NULL && car_tokenizer_is_as_asked(vocabulary, asked, path, options, e);
    car_tokenizer_free(asked);
    if (!same)
        return false;
    car_vocabulary_compare_unicode(vocabulary, path);
    texts->tokenizer[side] = car_vocabulary_new_tokenizer(vocabulary, e);
    return texts->tokenizer[side] != NULL || car_error_context(e, "%s", path);
}

/* Other programs' vocabularies know no tokenizer: it is what the options say.  They lack the
 * pieces to fall back to. */
static bool import_vocabulary(car_texts *texts, const car_string *text, const char *path, const car_options *options,
                              int side, car_error *e)
{
    if (car_options_texts_count(options, "bpe-symbols") > 0)
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "%s goes with the merges its text was cut by; give them as --bpe-codes, or leave out "
                             "--bpe-symbols",
                             path);
    bool merges = car_options_texts_count(options, "bpe-codes") > 0;
    char *codes = merges ? car_merges_load(car_options_side(options, "bpe-codes", side), e) : NULL;
    if (merges && codes == NULL)
        return false;
    texts->tokenizer[side] = car_tokenizer_of_side(options, side, codes, false, e);
    car_free(codes);
    if (texts->tokenizer[side] == NULL)
        return merges ? car_error_context(e, "%s", car_options_side(options, "bpe-codes", side)) : false;
    texts->vocabulary[side] = car_vocabulary_import(text->at, text->length, path, texts->tokenizer[side], e);
    return texts->vocabulary[side] != NULL;
}

static bool load_vocabulary(car_texts *texts, const car_options *options, int side, car_error *e)
{
    const char *path = car_options_side(options, "vocabs", side);
    car_string text = {0};
    bool good = car_text_load(path, &text, e);
    if (good)
        good = car_vocabulary_is_own(text.at, text.length) ? read_vocabulary(texts, &text, path, options, side, e)
                                                           : import_vocabulary(texts, &text, path, options, side, e);
    car_string_clear(&text);
    return good;
}

/* Tied source embeddings have one row for both sides' id. */
static bool check_joint(const car_texts *texts, const car_options *options, car_error *e)
{
    car_string text[CAR_SIDES] = {{0}, {0}};
    for (int side = 0; side < CAR_SIDES; side++)
        car_vocabulary_write(texts->vocabulary[side], &text[side]);
    bool same = strcmp(text[CAR_SOURCE].at, text[CAR_TARGET].at) == 0;
    if (!same)
        (void)car_error_set(e, CAR_EXIT_CONFIG,
                            "tied source embeddings need one vocabulary for both sides; %s and %s "
                            "are two",
                            car_options_side(options, "vocabs", CAR_SOURCE),
                            car_options_side(options, "vocabs", CAR_TARGET));
    for (int side = 0; side < CAR_SIDES; side++)
        car_string_clear(&text[side]);
    return same;
}

/* Makes the tokenizers anew with the merges that the options want, if any. */
static bool put_merges(car_texts *texts, const car_options *options, car_error *e)
{
    char *codes[CAR_SIDES];
    bool good = car_merges_find(texts->tokenizer, options, codes, e);
    for (int side = 0; side < CAR_SIDES && good; side++) {
        if (codes[side] == NULL)
            continue;
        car_tokenizer_free(texts->tokenizer[side]);
        texts->tokenizer[side] =
            car_tokenizer_of_side(options, side, codes[side], car_options_flag(options, "byte-fallback"), e);
        good = texts->tokenizer[side] != NULL;
        if (!good && car_options_texts_count(options, "bpe-codes") > 0)
            (void)car_error_context(e, "%s", car_options_side(options, "bpe-codes", side));
    }
    for (int side = 0; side < CAR_SIDES; side++)
        car_free(codes[side]);
    return good;
}

car_bpe_dropout car_bpe_dropout_of_options(const car_options *options)
{
    bool two = car_options_texts_count(options, "bpe-dropout") > 1;
    return (car_bpe_dropout){
        {car_options_numbers(options, "bpe-dropout", 0), car_options_numbers(options, "bpe-dropout", two)},
        (uint64_t)car_options_count(options, "seed")};
}

static bool check_dropout(const car_texts *texts, const car_options *options, car_error *e)
{
    car_bpe_dropout dropout = car_bpe_dropout_of_options(options);
    for (int side = 0; side < CAR_SIDES; side++)
        if (texts->tokenizer[side] != NULL && dropout.rate[side] > 0 &&
            !car_tokenizer_has_merges(texts->tokenizer[side]))
            return car_error_set(e, CAR_EXIT_CONFIG,
                                 "--bpe-dropout needs byte pair encoding (--bpe-symbols or --bpe-codes), which the %s "
                                 "text is cut without",
                                 side_names[side]);
    return true;
}

static bool build_vocabularies(car_texts *texts, const car_options *options, bool joint, car_error *e)
{
    car_vocabulary_builder *builder[CAR_SIDES];
    car_bpe_dropout dropout = car_bpe_dropout_of_options(options);
    bool good = car_sets_count_pieces(options, texts->tokenizer, &dropout, joint, builder, e);
    for (int side = 0; side < CAR_SIDES && good; side++) {
        const int of = joint ? CAR_SOURCE : side;
        if (texts->tokenizer[side] == NULL)
            continue;
        texts->vocabulary[side] = car_vocabulary_builder_finish(builder[of], texts->tokenizer[side],
                                                                (int)car_options_side_count(options, "dim-vocabs", of),
                                                                car_options_side_count(options, "min-count", of));
        car_vocabulary_limit(texts->vocabulary[side], texts->tokenizer[side]);
    }
    for (int side = 0; side < CAR_SIDES; side++)
        car_vocabulary_builder_free(builder[side]);
    return good;
}

static void report(const car_texts *texts)
{
    for (int side = 0; side < CAR_SIDES; side++)
        if (texts->vocabulary[side] != NULL)
            car_log(CAR_LOG_INFO, "[data] %s vocabulary: %d entries, %s, covers %.2f%% of its text", side_names[side],
                    car_vocabulary_size(texts->vocabulary[side]), car_vocabulary_tokenizer(texts->vocabulary[side]),
                    100 * car_vocabulary_coverage(texts->vocabulary[side]));
}

int car_texts_first_side(const car_options *options)
{
    return car_sets_are_alone(options) || car_options_flag(options, "source-vectors") ? CAR_TARGET : CAR_SOURCE;
}

static bool measure_vectors(car_vectors *vectors, const car_options *options, car_error *e)
{
    car_sets sets;
    car_bitext *bitext = NULL;
    bool good = car_sets_of_options(&sets, options, "train-sets", false, e) &&
                (bitext = car_sets_open(&sets, e)) != NULL && car_vectors_measure(vectors, bitext, e);
    car_bitext_close(bitext);
    car_sets_clear(&sets);
    return good;
}

bool car_texts_open(car_texts *texts, const car_options *options, car_error *e)
{
    *texts = (car_texts){0};
    bool joint = car_options_flag(options, "tied-embeddings-src") || car_options_flag(options, "tied-embeddings-all");
    bool given = car_options_texts_count(options, "vocabs") > 0;
    if (car_options_flag(options, "source-vectors") && !measure_vectors(&texts->vectors, options, e))
        return false;
    for (int side = car_texts_first_side(options); side < CAR_SIDES; side++) {
        if (given ? !load_vocabulary(texts, options, side, e)
                  : (texts->tokenizer[side] = car_tokenizer_of_side(options, side, NULL, false, e)) == NULL)
            return false;
    }
    if (!given && joint &&
        strcmp(car_options_side(options, "tokenizer", 0), car_options_side(options, "tokenizer", 1)) != 0)
        return car_error_set(e, CAR_EXIT_CONFIG, "tied source embeddings need one --tokenizer for both sides");
    if (!given && !put_merges(texts, options, e))
        return false;
    if (!check_dropout(texts, options, e))
        return false;
    if (given ? joint && !check_joint(texts, options, e) : !build_vocabularies(texts, options, joint, e))
        return false;
    report(texts);
    return true;
}

bool car_texts_save(const car_texts *texts, const char *folder, car_error *e)
{
    static const char *const names[CAR_SIDES] = {"vocab.src", "vocab.trg"};
    bool good = true;
    for (int side = 0; side < CAR_SIDES && good; side++) {
        if (texts->vocabulary[side] == NULL)
            continue;
        char *path = car_path_join(folder, names[side]);
        good = car_vocabulary_save(texts->vocabulary[side], path, e);
        car_free(path);
    }
    return good;
}

/* ---- from a model file ------------------------------------------------------------ */

bool car_texts_read(car_texts *texts, const char *const vocabulary[CAR_SIDES], const char *origin, car_error *e)
{
    bool good = true;
    *texts = (car_texts){0};
    for (int side = 0; side < CAR_SIDES && good; side++) {
        if (vocabulary[side] == NULL)
            continue;
        car_vocabulary *read = car_vocabulary_read(vocabulary[side], (ptrdiff_t)strlen(vocabulary[side]), origin, e);
        texts->vocabulary[side] = read;
        if (read != NULL)
            texts->tokenizer[side] = car_vocabulary_new_tokenizer(read, e);
        good = texts->tokenizer[side] != NULL;
        if (good && (side == CAR_SOURCE || vocabulary[CAR_SOURCE] == NULL))
            car_vocabulary_compare_unicode(read, origin);
    }
    return good;
}
