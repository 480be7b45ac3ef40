#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "tools/commands.h"
#include "tools/texts.h"

static bool count_file(car_vocabulary_builder *builder, car_tokenizer *tokenizer, const char *path, car_error *e)
{
    car_lines *lines = car_lines_open(path, e);
    if (lines == NULL)
        return false;
    car_pieces pieces = {0};
    const char *line;
    ptrdiff_t length;
    int got;
    while ((got = car_lines_next_text(lines, &line, &length, e)) == 1) {
        if (!car_tokenizer_apply(tokenizer, line, length, &pieces, e)) {
            got = car_error_context(e, "%s:%" PRId64, path, car_lines_number(lines)) - 1;
            break;
        }
        car_vocabulary_builder_add(builder, &pieces);
    }
    car_pieces_clear(&pieces);
    car_lines_close(lines);
    return got == 0;
}

int run_vocab(car_options *options, car_error *e)
{
    int files = car_options_operand_count(options);
    car_tokenizer *tokenizer =
        car_tokenizer_named(car_options_text(options, "tokenizer"), car_options_text(options, "normalization"), e);
    if (tokenizer == NULL)
        return e->code;
    car_vocabulary_builder *builder = car_vocabulary_builder_new();
    bool good = true;
    for (int i = 0; i < (files > 0 ? files : 1) && good; i++)
        good = count_file(builder, tokenizer, files > 0 ? car_options_operand(options, i) : "-", e);
    if (good) {
        car_vocabulary *vocabulary = car_vocabulary_builder_finish(
            builder, tokenizer, (int)car_options_count(options, "dim-vocabs"), car_options_count(options, "min-count"));
        car_string text = {0};
        car_vocabulary_write(vocabulary, &text);
        (void)fwrite(text.at, 1, (size_t)text.length, stdout);
        car_log(CAR_LOG_INFO, "[vocab] %d entries, cover %.2f%% of the text", car_vocabulary_size(vocabulary),
                100 * car_vocabulary_coverage(vocabulary));
        car_string_clear(&text);
        car_vocabulary_free(vocabulary);
    }
    car_vocabulary_builder_free(builder);
    car_tokenizer_free(tokenizer);
    return good ? CAR_EXIT_DONE : e->code;
}
