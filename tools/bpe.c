/* carousel bpe: byte pair encoding of files, as subword-nmt does it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/parallel.h"
#include "tokenizers/bpe_apply.h"
#include "tokenizers/bpe_learn.h"
#include "tools/commands.h"
#include "tools/line_filter.h"
#include "tools/lines.h"

static bool each_line_of(const char *path, const car_options *options, car_line_taker take, void *context, car_error *e)
{
    car_reading reading = car_reading_of_options(options);
    reading.exact = true; /* as subword-nmt */
    return car_each_line(path, &reading, car_reader_next_or_empty, take, context, e);
}

/* Each line of the files behind the first operand, or of standard input. */
static bool each_line(const car_options *options, car_line_taker take, void *context, car_error *e)
{
    bool good = true;
    if (car_options_operand_count(options) == 1)
        return each_line_of("-", options, take, context, e);
    for (int i = 1; i < car_options_operand_count(options) && good; i++)
        good = each_line_of(car_options_operand(options, i), options, take, context, e);
    return good;
}

/* "word count", as `carousel bpe vocab` writes it.  Returns the length of the word, -1 with *e. */
static ptrdiff_t split_entry(const char *line, ptrdiff_t length, int64_t *count, car_error *e)
{
    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == ' '))
        length--;
    const char *space = memchr(line, ' ', (size_t)length);
    ptrdiff_t word = space != NULL ? space - line : 0;
    bool good = word > 0 && length > word + 1;
    *count = 0;
    for (ptrdiff_t i = word + 1; i < length && good; i++)
        good = line[i] >= '0' && line[i] <= '9' && !__builtin_mul_overflow(*count, 10, count) &&
               !__builtin_add_overflow(*count, line[i] - '0', count);
    if (good)
        return word;
    (void)car_error_set(e, CAR_EXIT_DATA, "a word, a space and how often it occurs must stand here");
    return -1;
}

/* ---- learn ---------------------------------------------------------------------------- */

static bool learn_line(void *context, const char *line, ptrdiff_t length, car_error *e)
{
    (void)e;
    car_bpe_learner_add_line(context, line, length);
    return true;
}

static bool learn_entry(void *context, const char *line, ptrdiff_t length, car_error *e)
{
    int64_t count;
    ptrdiff_t word = split_entry(line, length, &count, e);
    if (word < 0)
        return false;
    car_bpe_learner_add_word(context, line, word, count);
    return true;
}

static bool learn(const car_options *options, car_error *e)
{
    car_bpe_learner *learner = car_bpe_learner_new();
    car_line_taker add = car_options_flag(options, "dict-input") ? learn_entry : learn_line;
    bool good = each_line(options, add, learner, e);
    if (good) {
        car_bpe_learn_options wanted = {.symbols = car_options_count(options, "symbols"),
                                        .min_frequency = car_options_count(options, "min-frequency"),
                                        .total_symbols = car_options_flag(options, "total-symbols")};
        car_string codes = {0};
        int64_t learned = car_bpe_learn(learner, &wanted, &codes);
        (void)fwrite(codes.at, 1, (size_t)codes.length, stdout);
        if (!wanted.total_symbols && learned < wanted.symbols)
            car_log(CAR_LOG_INFO, "[bpe] %" PRId64 " merges; no pair is left that occurs %" PRId64 " times", learned,
                    wanted.min_frequency);
        car_string_clear(&codes);
    }
    car_bpe_learner_free(learner);
    return good;
}

/* ---- apply ---------------------------------------------------------------------------- */

/* Pieces with their separators, as they stand in the output. */
typedef struct vocabulary {
    car_names *pieces;
    int64_t threshold;
    const char *separator;
} vocabulary;

static bool add_known(void *context, const char *line, ptrdiff_t length, car_error *e)
{
    vocabulary *v = context;
    int64_t count;
    ptrdiff_t word = split_entry(line, length, &count, e);
    if (word >= 0 && count >= v->threshold)
        (void)car_names_add(v->pieces, line, word);
    return word >= 0;
}

static bool is_known(void *context, const char *piece, ptrdiff_t length, bool final)
{
    const vocabulary *v = context;
    if (final)
        return car_names_find(v->pieces, piece, length) >= 0;
    char small[256];
    ptrdiff_t separator = (ptrdiff_t)strlen(v->separator), whole = length + separator;
    char *text = whole <= (ptrdiff_t)sizeof small ? small : car_resize(NULL, whole, 1);
    memcpy(text, piece, (size_t)length);
    memcpy(text + length, v->separator, (size_t)separator);
    bool found = car_names_find(v->pieces, text, whole) >= 0;
    if (text != small)
        car_free(text);
    return found;
}

typedef struct worker {
    car_bpe_segmenter *segmenter;
    const char *separator;
} worker;

static bool apply_line(void *context, const char *line, ptrdiff_t length, int64_t number, car_string *out, car_error *e)
{
    (void)e;
    worker *w = context;
    car_bpe_segment_line(w->segmenter, w->separator, line, length, number, out);
    return true;
}

static bool add_line(void *context, const char *line, ptrdiff_t length, car_error *e)
{
    return car_line_filter_add(context, line, length, NULL, 0, e); /* apply_line cannot fail */
}

static bool apply_with(const car_options *options, const car_bpe_codes *codes, const car_bpe_options *wanted,
                       car_error *e)
{
    int n = car_parallel_threads();
    worker *workers = car_alloc(n, sizeof *workers);
    void **each = car_alloc(n, sizeof *each);
    bool good = true;
    for (int i = 0; i < n && good; i++) {
        workers[i] = (worker){car_bpe_segmenter_new(codes, wanted, e), car_options_text(options, "separator")};
        each[i] = &workers[i];
        good = workers[i].segmenter != NULL;
    }
    car_line_filter *filter = car_line_filter_new(apply_line, each, n);
    good = good && each_line(options, add_line, filter, e) && car_line_filter_finish(filter, e);
    car_line_filter_free(filter);
    for (int i = 0; i < n; i++)
        car_bpe_segmenter_free(workers[i].segmenter);
    car_free(workers);
    car_free(each);
    return good;
}

static bool apply(const car_options *options, car_error *e)
{
    const char *path = car_options_text(options, "codes"), *known_path = car_options_text(options, "vocabulary");
    if (path[0] == '\0')
        return car_error_set(e, CAR_EXIT_USAGE, "bpe apply needs --codes, a file that `carousel bpe learn` wrote");
    car_bpe_codes *codes = car_bpe_codes_load(path, car_options_count(options, "merges"), e);
    if (codes == NULL)
        return false;
    int n = car_options_texts_count(options, "glossaries");
    const char **glossaries = car_alloc(n, sizeof *glossaries);
    for (int i = 0; i < n; i++)
        glossaries[i] = car_options_texts(options, "glossaries", i);
    vocabulary known = {car_names_new(), car_options_count(options, "vocabulary-threshold"),
                        car_options_text(options, "separator")};
    bool good = known_path[0] == '\0' || each_line_of(known_path, options, add_known, &known, e);
    if (good) {
        car_bpe_options wanted = {.is_known = car_names_count(known.pieces) > 0 ? is_known : NULL,
                                  .context = &known,
                                  .glossaries = glossaries,
                                  .n_glossaries = n,
                                  .dropout = car_options_number(options, "dropout"),
                                  .seed = (uint64_t)car_options_count(options, "seed")};
        good = apply_with(options, codes, &wanted, e);
    }
    car_names_free(known.pieces);
    car_free(glossaries);
    car_bpe_codes_free(codes);
    return good;
}

/* ---- vocab ------------------------------------------------------------------------------- */

typedef struct counting {
    car_names *words;
    int64_t *counts;
    ptrdiff_t capacity;
} counting;

static bool count_line(void *context, const char *line, ptrdiff_t length, car_error *e)
{
    (void)e;
    counting *c = context;
    while (length > 0 && (line[0] == '\r' || line[0] == ' ')) {
        line++;
        length--;
    }
    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == ' '))
        length--;
    for (const char *at = line, *end = line + length; at < end;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space != NULL ? space : end;
        if (stop > at) {
            int n = car_names_count(c->words), index = car_names_add(c->words, at, stop - at);
            if (index == n) {
                c->counts = car_grow(c->counts, n, &c->capacity, sizeof *c->counts);
                c->counts[n] = 0;
            }
            c->counts[index]++;
        }
        at = stop + 1;
    }
    return true;
}

typedef struct counted {
    int64_t count;
    int index;
} counted;

/* By falling count, equals in the order in which they came. */
static int compare(const void *left, const void *right)
{
    const counted *a = left, *b = right;
    return a->count != b->count ? (a->count > b->count ? -1 : 1) : (a->index > b->index) - (a->index < b->index);
}

static bool vocab(const car_options *options, car_error *e)
{
    counting c = {car_names_new(), NULL, 0};
    bool good = each_line(options, count_line, &c, e);
    int n = good ? car_names_count(c.words) : 0;
    counted *all = car_resize(NULL, n, sizeof *all);
    for (int i = 0; i < n; i++)
        all[i] = (counted){c.counts[i], i};
    qsort(all, (size_t)n, sizeof *all, compare);
    for (int i = 0; i < n; i++) {
        (void)fwrite(car_names_at(c.words, all[i].index), 1, (size_t)car_names_length(c.words, all[i].index), stdout);
        (void)printf(" %" PRId64 "\n", all[i].count);
    }
    car_free(all);
    car_free(c.counts);
    car_names_free(c.words);
    return good;
}

int run_bpe(car_options *options, car_error *e)
{
    static const struct action {
        const char *name;
        bool (*run)(const car_options *options, car_error *e);
    } actions[] = {{"learn", learn}, {"apply", apply}, {"vocab", vocab}};
    const char *name = car_options_operand_count(options) > 0 ? car_options_operand(options, 0) : "";
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].name, name) == 0)
            return actions[i].run(options, e) ? CAR_EXIT_DONE : e->code;
    (void)car_error_set(e, CAR_EXIT_USAGE, "carousel bpe learn, apply or vocab, and not '%s'", name);
    return e->code;
}
