#include "tools/translator.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

car_search_options car_search_of_options(const car_options *options)
{
    car_search_options search = car_search_defaults();
    search.beam = (int)car_options_count(options, "beam-size");
    search.normalize = car_options_number(options, "normalize");
    search.max_length_factor = car_options_number(options, "max-length-factor");
    search.mini_batch = (int)car_options_count(options, "mini-batch");
    return search;
}

static bool is_blank(const char *line, ptrdiff_t length)
{
    ptrdiff_t i = 0;
    while (i < length && (line[i] == ' ' || line[i] == '\t'))
        i++;
    return i == length;
}

/* The ids of a line, all in one array; offsets, because the array moves. */
typedef struct cut_lines {
    int32_t *ids;
    ptrdiff_t n_ids, capacity;
    ptrdiff_t *start; /* [lines] or -1 for a line without text */
    int *length;      /* [lines] with END */
} cut_lines;

static void clear_cut(cut_lines *cut)
{
    car_free(cut->ids);
    car_free(cut->start);
    car_free(cut->length);
}

static bool cut_line(cut_lines *cut, ptrdiff_t i, const car_texts *texts, const char *line, ptrdiff_t length,
                     car_pieces *pieces, bool *too_long, car_error *e)
{
    cut->start[i] = -1;
    if (is_blank(line, length))
        return true;
    if (!car_tokenizer_apply(texts->tokenizer[CAR_SOURCE], line, length, pieces, e))
        return false;
    if (pieces->count == 0)
        return true;
    if (cut->n_ids + pieces->count + 1 > cut->capacity) {
        cut->capacity = 2 * (cut->n_ids + pieces->count + 1);
        cut->ids = car_resize(cut->ids, cut->capacity, sizeof *cut->ids);
    }
    (void)car_vocabulary_encode(texts->vocabulary[CAR_SOURCE], pieces, cut->ids + cut->n_ids);
    *too_long = pieces->count > CAR_LONGEST_SENTENCE;
    ptrdiff_t kept = *too_long ? CAR_LONGEST_SENTENCE : pieces->count;
    cut->ids[cut->n_ids + kept] = CAR_END;
    cut->start[i] = cut->n_ids;
    cut->length[i] = (int)kept + 1;
    cut->n_ids += kept + 1;
    return true;
}

static bool cut_all(cut_lines *cut, const car_texts *texts, const car_line_list *lines, int64_t first_number,
                    const char *origin, car_error *e)
{
    car_pieces pieces = {0};
    bool good = true;
    cut->start = car_alloc(lines->n, sizeof *cut->start);
    cut->length = car_alloc(lines->n, sizeof *cut->length);
    for (ptrdiff_t i = 0; i < lines->n && good; i++) {
        bool too_long = false;
        good = cut_line(cut, i, texts, lines->at[i], lines->length[i], &pieces, &too_long, e) ||
               car_error_context(e, "%s:%" PRId64, origin, first_number + i);
        if (too_long)
            car_log(CAR_LOG_WARN, "%s:%" PRId64 ": only the first %d pieces are translated", origin, first_number + i,
                    CAR_LONGEST_SENTENCE);
    }
    car_pieces_clear(&pieces);
    return good;
}

bool car_translator_run(const car_translator *translator, const car_line_list *lines, int64_t first_number,
                        const char *origin, car_translated translated, void *context, car_error *e)
{
    cut_lines cut = {0};
    bool good = cut_all(&cut, &translator->system->texts, lines, first_number, origin, e);
    car_sentence *sources = car_alloc(lines->n, sizeof *sources);
    int n = 0;
    for (ptrdiff_t i = 0; i < lines->n && good; i++)
        if (cut.start[i] >= 0)
            sources[n++] = (car_sentence){cut.ids + cut.start[i], cut.length[i]};
    car_search_results results = {0};
    if (n > 0)
        car_search(translator->system->model, &translator->search, sources, n, &results);
    for (ptrdiff_t i = 0, k = 0; i < lines->n && good; i++)
        good = cut.start[i] >= 0 ? translated(context, i, cut.length[i] - 1, &results.translation[k++], e)
                                 : translated(context, i, 0, NULL, e);
    car_search_results_clear(&results);
    car_free(sources);
    clear_cut(&cut);
    return good;
}

void car_translator_text(const car_translator *translator, const car_hypothesis *hypothesis, car_string *text)
{
    const car_texts *texts = &translator->system->texts;
    car_pieces pieces = {0};
    car_vocabulary_decode(texts->vocabulary[CAR_TARGET], hypothesis->ids, hypothesis->length, &pieces);
    car_tokenizer_join(texts->tokenizer[CAR_TARGET], &pieces, text);
    car_pieces_clear(&pieces);
}

typedef struct collector {
    const car_translator *translator;
    car_line_list *texts;
    car_string text;
} collector;

static bool collect(void *context, ptrdiff_t line, int source_words, const car_translation *translation, car_error *e)
{
    (void)line, (void)source_words, (void)e;
    collector *c = context;
    car_string_empty(&c->text);
    if (translation != NULL)
        car_translator_text(c->translator, &translation->hypothesis[0], &c->text);
    car_line_list_add(c->texts, c->text.at, c->text.length);
    return true;
}

bool car_translator_lines(const car_translator *translator, const car_line_list *lines, const char *origin,
                          car_line_list *texts, car_error *e)
{
    collector c = {translator, texts, {0}};
    bool good = car_translator_run(translator, lines, 1, origin, collect, &c, e);
    car_string_clear(&c.text);
    return good;
}
