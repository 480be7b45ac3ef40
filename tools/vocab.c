#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "tokenizers/vocabulary_import.h"
#include "tools/commands.h"
#include "tools/lines.h"
#include "tools/merges.h"
#include "tools/texts.h"

typedef struct counting {
    car_vocabulary_builder *builder;
    car_tokenizer *tokenizer;
    car_pieces pieces;
} counting;

static bool count_line(void *context, const char *line, ptrdiff_t length, car_error *e)
{
    counting *c = context;
    if (!car_tokenizer_apply(c->tokenizer, line, length, &c->pieces, e))
        return false;
    car_vocabulary_builder_add(c->builder, &c->pieces);
    return true;
}

static bool count_files(car_vocabulary_builder *builder, car_tokenizer *tokenizer, const car_options *options,
                        car_error *e)
{
    const car_reading reading = car_reading_of_options(options);
    int files = car_options_operand_count(options);
    counting c = {.builder = builder, .tokenizer = tokenizer};
    bool good = true;
    for (int i = 0; i < (files > 0 ? files : 1) && good; i++)
        good = car_each_line(files > 0 ? car_options_operand(options, i) : "-", &reading, car_reader_next, count_line,
                             &c, e);
    car_pieces_clear(&c.pieces);
    return good;
}

/* The merges that the options want, or NULL in *codes. */
static bool find_merges(char **codes, const car_options *options, car_error *e)
{
    *codes = NULL;
    const char *path = car_options_text(options, "bpe-codes");
    if (path[0] != '\0') {
        *codes = car_merges_load(path, e);
        return *codes != NULL;
    }
    int64_t symbols = car_options_count(options, "bpe-symbols");
    if (symbols == 0)
        return true;
    for (int i = 0; i < car_options_operand_count(options) || i == 0; i++)
        if (car_options_operand_count(options) == 0 || strcmp(car_options_operand(options, i), "-") == 0)
            return car_error_set(e, CAR_EXIT_USAGE,
                                 "--bpe-symbols reads the text twice, which standard input cannot be; "
                                 "name a file");
    car_tokenizer *tokenizer = car_tokenizer_of_options(options, NULL, false, e);
    if (tokenizer == NULL)
        return false;
    car_vocabulary_builder *builder = car_vocabulary_builder_new();
    bool good = count_files(builder, tokenizer, options, e);
    if (good)
        *codes = car_merges_learn(builder, symbols);
    car_vocabulary_builder_free(builder);
    car_tokenizer_free(tokenizer);
    return good;
}

static void print(const car_vocabulary *vocabulary)
{
    car_string text = {0};
    car_vocabulary_write(vocabulary, &text);
    (void)fwrite(text.at, 1, (size_t)text.length, stdout);
    car_string_clear(&text);
}

/* The vocabulary of another program in our format. */
static bool convert(const char *path, const car_options *options, car_error *e)
{
    static const char *const of_text[] = {"bpe-symbols", "dim-vocabs", "min-count", "byte-fallback"};
    for (size_t i = 0; i < sizeof of_text / sizeof *of_text; i++)
        if (car_options_is_changed(options, of_text[i]))
            return car_error_set(e, CAR_EXIT_USAGE, "--convert keeps the vocabulary as it is: leave out --%s",
                                 of_text[i]);
    if (car_options_operand_count(options) > 0)
        return car_error_set(e, CAR_EXIT_USAGE, "--convert reads no text: leave out %s",
                             car_options_operand(options, 0));
    car_string text = {0};
    char *codes = NULL;
    car_tokenizer *tokenizer = NULL;
    car_vocabulary *vocabulary = NULL;
    bool good = find_merges(&codes, options, e) && car_text_load(path, &text, e);
    if (good && car_vocabulary_is_own(text.at, text.length))
        good = car_error_set(e, CAR_EXIT_DATA, "%s: a vocabulary of carousel already", path);
    if (good)
        tokenizer = car_tokenizer_of_options(options, codes, false, e);
    if (tokenizer != NULL)
        vocabulary = car_vocabulary_import(text.at, text.length, path, tokenizer, e);
    if (vocabulary != NULL) {
        print(vocabulary);
        car_log(CAR_LOG_INFO, "[vocab] %d entries, for the tokenizer %s", car_vocabulary_size(vocabulary),
                car_vocabulary_tokenizer(vocabulary));
    }
    good = vocabulary != NULL;
    car_vocabulary_free(vocabulary);
    car_tokenizer_free(tokenizer);
    car_free(codes);
    car_string_clear(&text);
    return good;
}

/* A vocabulary of text. */
static bool make(const car_options *options, car_error *e)
{
    char *codes;
    car_vocabulary_builder *builder = car_vocabulary_builder_new();
    car_tokenizer *tokenizer = NULL;
    bool good = find_merges(&codes, options, e);
    if (good)
        tokenizer = car_tokenizer_of_options(options, codes, car_options_flag(options, "byte-fallback"), e);
    good = tokenizer != NULL && count_files(builder, tokenizer, options, e);
    if (good) {
        car_vocabulary *vocabulary = car_vocabulary_builder_finish(
            builder, tokenizer, (int)car_options_count(options, "dim-vocabs"), car_options_count(options, "min-count"));
        print(vocabulary);
        car_log(CAR_LOG_INFO, "[vocab] %d entries, cover %.2f%% of the text", car_vocabulary_size(vocabulary),
                100 * car_vocabulary_coverage(vocabulary));
        car_vocabulary_free(vocabulary);
    }
    car_vocabulary_builder_free(builder);
    car_tokenizer_free(tokenizer);
    car_free(codes);
    return good;
}

int run_vocab(car_options *options, car_error *e)
{
    const char *other = car_options_text(options, "convert");
    bool good = other[0] != '\0' ? convert(other, options, e) : make(options, e);
    return good ? CAR_EXIT_DONE : e->code;
}
