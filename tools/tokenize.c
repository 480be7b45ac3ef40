/* carousel tokenize and detokenize: text to pieces with spaces between them, and back. */
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "tools/commands.h"
#include "tools/line_filter.h"
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
    car_string codes = {0};
    if (codes_path[0] == '\0') {
        *tokenizer = car_tokenizer_of_options(options, NULL, false, e);
    } else if (car_text_load(codes_path, &codes, e)) {
        *tokenizer = car_tokenizer_of_options(options, codes.at != NULL ? codes.at : "", false, e);
        if (*tokenizer == NULL)
            (void)car_error_context(e, "%s", codes_path);
    }
    car_string_clear(&codes);
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

typedef int (*line_reader)(car_lines *lines, const char **line, ptrdiff_t *length, car_error *e);

/* Pieces are read as they were written: a CR at the end of a line is a piece. */
static int next_pieces(car_lines *lines, const char **line, ptrdiff_t *length, car_error *e)
{
    int got = car_lines_next(lines, line, length, e);
    ptrdiff_t bad = got == 1 ? car_utf8_check(*line, *length) : -1;
    const char *nul = got == 1 ? memchr(*line, '\0', (size_t)*length) : NULL;
    if (bad < 0 && nul == NULL)
        return got;
    (void)car_error_set(e, CAR_EXIT_DATA, "%s:%lld: byte %td is %s", car_lines_path(lines),
                        (long long)car_lines_number(lines), (nul != NULL ? nul - *line : bad) + 1,
                        nul != NULL ? "NUL" : "not UTF-8");
    return -1;
}

static bool filter_file(car_line_filter *filter, line_reader next, const char *path, car_error *e)
{
    car_lines *lines = car_lines_open(path, e);
    if (lines == NULL)
        return false;
    const char *line;
    ptrdiff_t length;
    int got;
    while ((got = next(lines, &line, &length, e)) == 1)
        if (!car_line_filter_add(filter, line, length, path, car_lines_number(lines), e))
            break;
    car_error earlier;
    if (got < 0 && !car_line_filter_finish(filter, &earlier))
        *e = earlier;
    car_lines_close(lines);
    return got == 0;
}

static int run(const car_options *options, line_reader next, car_line_function function, car_error *e)
{
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
        good = filter_file(filter, next, files > 0 ? car_options_operand(options, i) : "-", e);
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

int run_tokenize(car_options *options, car_error *e) { return run(options, car_lines_next_text, tokenize, e); }

int run_detokenize(car_options *options, car_error *e) { return run(options, next_pieces, detokenize, e); }
