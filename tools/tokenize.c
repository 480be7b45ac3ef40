/* carousel tokenize and detokenize: text to pieces with spaces between them, and back. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "tools/commands.h"
#include "tools/line_filter.h"
#include "tools/lines.h"
#include "tools/merges.h"
#include "tools/texts.h"

/* ---- the tokenizer that the options ask for ---------------------------------------------- */

/* That of a vocabulary, limited to its pieces. */
static bool load_vocabulary(car_vocabulary **vocabulary, car_tokenizer **tokenizer, const char *path,
                            const car_options *options, car_error *e)
{
    if (car_options_is_set(options, "bpe-codes"))
        return car_error_set(e, CAR_EXIT_CONFIG, "%s has the merges it was made with; leave out --bpe-codes or --vocab",
                             path);
    *vocabulary = car_vocabulary_load(path, e);
    car_tokenizer *asked = *vocabulary != NULL ? car_tokenizer_of_options(options, NULL, false, e) : NULL;
    if (asked != NULL && car_tokenizer_is_as_asked(*vocabulary, asked, path, options, e)) {
        *tokenizer = car_vocabulary_new_tokenizer(*vocabulary, e);
        if (*tokenizer == NULL)
            (void)car_error_context(e, "%s", path);
        else
            car_vocabulary_compare_unicode(*vocabulary, path);
    }
    car_tokenizer_free(asked);
    return *tokenizer != NULL;
}

static bool find_tokenizer(car_vocabulary **vocabulary, car_tokenizer **tokenizer, const car_options *options,
                           car_error *e)
{
    const char *path = car_options_text(options, "vocab"), *codes_path = car_options_text(options, "bpe-codes");
    if (path[0] != '\0')
        return load_vocabulary(vocabulary, tokenizer, path, options, e);
    bool merges = codes_path[0] != '\0';
    char *codes = merges ? car_merges_load(codes_path, e) : NULL;
    if (merges && codes == NULL)
        return false;
    *tokenizer = car_tokenizer_of_options(options, codes, false, e);
    if (*tokenizer == NULL && merges)
        (void)car_error_context(e, "%s", codes_path);
    car_free(codes);
    return *tokenizer != NULL;
}

/* ---- lines ------------------------------------------------------------------------------- */

typedef struct worker {
    car_tokenizer *tokenizer;
    car_pieces pieces;
    car_string text;
} worker;

static bool tokenize(void *context, const char *line, ptrdiff_t length, int64_t number, car_string *out, car_error *e)
{
    worker *w = context;
    (void)number;
    if (!car_tokenizer_apply(w->tokenizer, line, length, &w->pieces, e))
        return false;
    ptrdiff_t end = out->length + w->pieces.bytes.length - (w->pieces.count > 0); /* a NUL behind each */
    ptrdiff_t start = out->length;
    car_string_add(out, w->pieces.bytes.at, end - start);
    for (ptrdiff_t i = 0; i < w->pieces.count - 1; i++)
        out->at[start + w->pieces.ends[i] - 1] = ' ';
    return true;
}

static bool detokenize(void *context, const char *line, ptrdiff_t length, int64_t number, car_string *out, car_error *e)
{
    worker *w = context;
    (void)number;
    (void)e;
    car_pieces_empty(&w->pieces);
    for (const char *at = line, *end = line + length; at < end;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space != NULL ? space : end;
        if (stop > at)
            car_pieces_add(&w->pieces, at, stop - at);
        at = stop + 1;
    }
    car_tokenizer_join(w->tokenizer, &w->pieces, &w->text);
    car_string_add(out, w->text.at, w->text.length);
    return true;
}

/* Writes what there is, when no line waits: who asks line by line is answered. */
static bool answer(car_line_filter *filter, car_error *e)
{
    bool good = car_line_filter_finish(filter, e);
    (void)fflush(stdout);
    return good;
}

static bool filter_file(car_line_filter *filter, const car_reading *reading, const char *path, car_error *e)
{
    car_reader *reader = car_reader_open(path, reading, e);
    if (reader == NULL)
        return false;
    car_text_line line;
    int got;
    while ((got = car_reader_next_or_empty(reader, &line, e)) == 1)
        if (!car_line_filter_add(filter, line.at, line.length, path, car_reader_number(reader), e) ||
            (!car_reader_ready(reader) && !answer(filter, e)))
            break;
    car_error earlier;
    if (got < 0 && !car_line_filter_finish(filter, &earlier))
        *e = earlier;
    if (got == 0)
        car_reading_log(reader);
    car_reader_close(reader);
    return got == 0;
}

static int run(const car_options *options, bool exact, car_line_function function, car_error *e)
{
    car_reading reading = car_reading_of_options(options);
    reading.exact = exact;
    car_vocabulary *vocabulary = NULL;
    int n = car_parallel_threads(), files = car_options_operand_count(options);
    worker *workers = car_alloc(n, sizeof *workers);
    void **each = car_alloc(n, sizeof *each);
    bool good = find_tokenizer(&vocabulary, &workers[0].tokenizer, options, e);
    for (int i = 0; i < n && good; i++) {
        each[i] = &workers[i];
        if (i > 0)
            workers[i].tokenizer = car_tokenizer_clone(workers[0].tokenizer, e);
        good = workers[i].tokenizer != NULL;
    }
    car_line_filter *filter = car_line_filter_new(function, each, n);
    for (int i = 0; i < (files > 0 ? files : 1) && good; i++)
        good = filter_file(filter, &reading, files > 0 ? car_options_operand(options, i) : "-", e);
    good = good && car_line_filter_finish(filter, e);
    car_line_filter_free(filter);
    for (int i = 0; i < n; i++) {
        car_tokenizer_free(workers[i].tokenizer);
        car_pieces_clear(&workers[i].pieces);
        car_string_clear(&workers[i].text);
    }
    car_free(workers);
    car_free(each);
    car_vocabulary_free(vocabulary);
    return good ? CAR_EXIT_DONE : e->code;
}

int run_tokenize(car_options *options, car_error *e) { return run(options, false, tokenize, e); }

/* Pieces are read as they were written: a CR at the end of a line is a piece. */
int run_detokenize(car_options *options, car_error *e) { return run(options, true, detokenize, e); }
