#include "tools/translator.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "tools/shortlist.h"

car_translator car_translator_of(const car_system *system)
{
    return (car_translator){
        .texts = &system->texts, .ensemble = {1, &system->model, NULL}, .search = car_search_defaults()};
}

car_search_options car_search_of_options(const car_options *options)
{
    car_search_options search = car_search_defaults();
    if (car_options_count(options, "beam-size") > 0)
        search.beam = (int)car_options_count(options, "beam-size");
    search.normalize = car_options_number(options, "normalize");
    search.coverage_penalty = car_options_number(options, "coverage-penalty");
    search.max_length_factor = car_options_number(options, "max-length-factor");
    search.min_length = (int)car_options_count(options, "min-length");
    search.no_repeat_ngram = (int)car_options_count(options, "no-repeat-ngram");
    search.mini_batch = (int)car_options_count(options, "mini-batch");
    return search;
}

/* A whole number from 1 behind "topk". */
static bool parse_top_k(const char *text, int *k)
{
    char *end;
    long n = strtol(text, &end, 10);
    *k = n >= 1 && n <= 1 << 24 ? (int)n : 0;
    return *k > 0 && *end == '\0';
}

/* A share behind "topp". */
static bool parse_top_p(const char *text, double *p) { return car_number_parse(text, p) && *p > 0 && *p <= 1; }

/* "full", or "topk N", "topp P" or both. */
bool car_sampling_of_options(const car_options *options, car_search_options *search, car_error *e)
{
    int n = car_options_texts_count(options, "output-sampling");
    search->sample = n > 0;
    for (int i = 0; i < n; i++) {
        const char *name = car_options_texts(options, "output-sampling", i);
        const char *value = i + 1 < n ? car_options_texts(options, "output-sampling", i + 1) : "";
        bool top_k = strcmp(name, "topk") == 0, top_p = strcmp(name, "topp") == 0;
        if ((top_k && !parse_top_k(value, &search->sampling.top_k)) ||
            (top_p && !parse_top_p(value, &search->sampling.top_p)) || (!top_k && !top_p && strcmp(name, "full") != 0))
            return car_error_set(e, CAR_EXIT_USAGE,
                                 "--output-sampling: '%s%s%s' is neither full nor topk N (from 1) nor topp P (above 0, "
                                 "up to 1)",
                                 name, *value != '\0' ? " " : "", value);
        i += top_k || top_p;
    }
    search->sampling.temperature = car_options_number(options, "temperature");
    search->seed = (uint64_t)car_options_count(options, "seed");
    if (search->sample && car_options_count(options, "beam-size") == 0)
        search->beam = 1;
    return search->sample || search->sampling.temperature == 1 ||
           car_error_set(e, CAR_EXIT_USAGE, "--temperature is for --output-sampling, which is not asked for");
}

static bool translates(const car_translator *translator)
{
    return translator->ensemble.models[0]->options.task == CAR_TRANSLATE;
}

/* Is it a language model, whose texts have no source? */
static bool is_alone(const car_translator *translator)
{
    return !car_task_encodes(translator->ensemble.models[0]->options.task);
}

bool car_translator_check(const car_translator *translator, car_error *e)
{
    const car_search_options *search = &translator->search;
    if (is_alone(translator))
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "the model is a language model (--task lm) and translates nothing; `carousel generate` "
                             "writes text by it");
    if (!translates(translator) && (translator->ensemble.n > 1 || search->sample || search->min_length > 0 ||
                                    search->no_repeat_ngram > 0 || translator->has_prefixes))
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "the model was trained with --task: several such cannot vote, and --output-sampling, "
                             "--force-decode, --min-length and --no-repeat-ngram are for translations");
    bool needed = translator->search.keep_attention || translator->search.coverage_penalty > 0;
    return !needed || car_ensemble_attends(&translator->ensemble) ||
           car_error_set(
               e, CAR_EXIT_CONFIG,
               "--alignment, --replace-unk and --coverage-penalty need attention, which the model was trained "
               "without");
}

bool car_translator_shorten(car_translator *translator, car_shortlist *shortlist, const car_options *options,
                            car_error *e)
{
    if (!translates(translator) && car_options_texts_count(options, "shortlist") > 0)
        return car_error_set(e, CAR_EXIT_CONFIG, "--shortlist is for models that translate");
    if (!car_shortlist_of_options(shortlist, translator->texts, options, e))
        return false;
    if (shortlist->word != NULL)
        translator->search.shortlist = shortlist;
    return true;
}

/* ---- lines to ids ------------------------------------------------------------------- */

/* The pieces of one side of a line, and their ids. */
typedef struct cut_side {
    ptrdiff_t piece, n; /* the first, and how many             */
    ptrdiff_t id;       /* the first of n + 1, the last is END */
} cut_side;

/* Offsets, because the arrays move. */
typedef struct cut_lines {
    car_pieces pieces;
    int32_t *ids;
    ptrdiff_t n_ids, capacity;
    cut_side *source, *prefix; /* [lines] */
    ptrdiff_t *source_length;  /* [lines] bytes of the text without the prefix */
    float *numbers;            /* [lines, n] of vectors                        */
} cut_lines;

static void clear_cut(cut_lines *cut)
{
    car_pieces_clear(&cut->pieces);
    car_free(cut->ids);
    car_free(cut->source);
    car_free(cut->prefix);
    car_free(cut->source_length);
    car_free(cut->numbers);
}

static bool cut_side_of(cut_lines *cut, cut_side *side, car_tokenizer *tokenizer, const car_vocabulary *vocabulary,
                        const char *text, ptrdiff_t length, car_pieces *pieces, bool *too_long, car_error *e)
{
    car_pieces_empty(pieces);
    if (tokenizer != NULL && !car_text_is_blank(text, length) &&
        !car_tokenizer_apply(tokenizer, text, length, pieces, e))
        return false;
    if (cut->n_ids + pieces->count + 1 > cut->capacity) {
        cut->capacity = 2 * (cut->n_ids + pieces->count + 1);
        cut->ids = car_resize(cut->ids, cut->capacity, sizeof *cut->ids);
    }
    (void)car_vocabulary_encode(vocabulary, pieces, cut->ids + cut->n_ids);
    *too_long = *too_long || pieces->count > CAR_LONGEST_SENTENCE;
    ptrdiff_t kept = pieces->count < CAR_LONGEST_SENTENCE ? pieces->count : CAR_LONGEST_SENTENCE;
    *side = (cut_side){cut->pieces.count, kept, cut->n_ids};
    for (ptrdiff_t i = 0; i < kept; i++)
        car_pieces_add(&cut->pieces, car_pieces_view(pieces, i), car_pieces_length(pieces, i));
    cut->ids[cut->n_ids + kept] = CAR_END;
    cut->n_ids += kept + 1;
    return true;
}

static bool cut_line(cut_lines *cut, ptrdiff_t i, const car_translator *translator, const char *line, ptrdiff_t length,
                     car_pieces *pieces, bool *too_long, car_error *e)
{
    const car_texts *texts = translator->texts;
    const char *tab = translator->has_prefixes ? memchr(line, '\t', (size_t)length) : NULL;
    const char *prefix = is_alone(translator) ? line : tab != NULL ? tab + 1 : line + length;
    cut->source_length[i] = is_alone(translator) ? 0 : tab != NULL ? tab - line : length;
    int n = texts->vectors.n;
    if (n > 0 && !car_vectors_apply(&texts->vectors, line, cut->source_length[i], cut->numbers + i * n, e))
        return false;
    return cut_side_of(cut, &cut->source[i], texts->tokenizer[CAR_SOURCE], texts->vocabulary[CAR_SOURCE], line,
                       cut->source_length[i], pieces, too_long, e) &&
           cut_side_of(cut, &cut->prefix[i], texts->tokenizer[CAR_TARGET], texts->vocabulary[CAR_TARGET], prefix,
                       line + length - prefix, pieces, too_long, e);
}

static bool cut_all(cut_lines *cut, const car_translator *translator, const car_line_list *lines, int64_t first_number,
                    const char *origin, car_error *e)
{
    car_pieces pieces = {0};
    bool good = true;
    cut->source = car_alloc(lines->n, sizeof *cut->source);
    cut->prefix = car_alloc(lines->n, sizeof *cut->prefix);
    cut->source_length = car_alloc(lines->n, sizeof *cut->source_length);
    cut->numbers = car_alloc(lines->n * translator->texts->vectors.n, sizeof *cut->numbers);
    for (ptrdiff_t i = 0; i < lines->n && good; i++) {
        bool too_long = false;
        good = cut_line(cut, i, translator, lines->at[i], lines->length[i], &pieces, &too_long, e) ||
               car_error_context(e, "%s:%" PRId64, origin, first_number + i);
        if (too_long)
            car_log(CAR_LOG_WARN, "%s:%" PRId64 ": only the first %d pieces are translated", origin, first_number + i,
                    CAR_LONGEST_SENTENCE);
    }
    car_pieces_clear(&pieces);
    return good;
}

/* ---- translating --------------------------------------------------------------------- */

/* A language model writes something from nothing. */
static bool has_text(const car_translator *translator, const cut_lines *cut, const car_line_list *lines, ptrdiff_t i)
{
    if (translator->texts->vectors.n > 0)
        return !car_text_is_blank(lines->at[i], cut->source_length[i]);
    return is_alone(translator) || cut->source[i].n + cut->prefix[i].n > 0;
}

static car_sentence source_of(const car_translator *translator, const cut_lines *cut, ptrdiff_t i)
{
    int n = translator->texts->vectors.n;
    return n > 0 ? (car_sentence){.numbers = cut->numbers + i * n, .length = 1}
                 : (car_sentence){.ids = cut->ids + cut->source[i].id, .length = (int)cut->source[i].n + 1};
}

/* The longest text for input i, or 0 if its source says that. */
static int longest_of(const car_translator *translator, const cut_lines *cut, ptrdiff_t i)
{
    int prefix = (int)cut->prefix[i].n;
    return translator->texts->vectors.n > 0 ? prefix + CAR_LONGEST_CAPTION
           : is_alone(translator)           ? prefix + translator->length
                                            : 0;
}

bool car_translator_run(const car_translator *translator, const car_line_list *lines, int64_t first_number,
                        const char *origin, car_translated translated, void *context, car_error *e)
{
    cut_lines cut = {0};
    bool good = cut_all(&cut, translator, lines, first_number, origin, e);
    car_search_input *inputs = car_alloc(lines->n, sizeof *inputs);
    int n = 0;
    for (ptrdiff_t i = 0; i < lines->n && good; i++)
        if (has_text(translator, &cut, lines, i))
            inputs[n++] = (car_search_input){.source = source_of(translator, &cut, i),
                                             .prefix = cut.ids + cut.prefix[i].id,
                                             .n_prefix = (int)cut.prefix[i].n,
                                             .number = first_number + i,
                                             .longest = longest_of(translator, &cut, i)};
    car_search_results results = {0};
    if (n > 0 && (translates(translator) || is_alone(translator)))
        car_search(&translator->ensemble, &translator->search, inputs, n, &results);
    else if (n > 0)
        car_label(translator->ensemble.models[0], &translator->search, inputs, n, &results);
    for (ptrdiff_t i = 0, k = 0; i < lines->n && good; i++) {
        car_translated_line line = {.number = first_number + i,
                                    .text = lines->at[i],
                                    .length = cut.source_length[i],
                                    .pieces = &cut.pieces,
                                    .first_source = cut.source[i].piece,
                                    .n_source = cut.source[i].n,
                                    .first_prefix = cut.prefix[i].piece,
                                    .n_prefix = cut.prefix[i].n,
                                    .source = source_of(translator, &cut, i),
                                    .translation =
                                        has_text(translator, &cut, lines, i) ? &results.translation[k++] : NULL};
        good = translated(context, &line, e);
    }
    car_search_results_clear(&results);
    car_free(inputs);
    clear_cut(&cut);
    return good;
}

/* The source piece, END aside, that output t looked at most, or -1. */
static ptrdiff_t looked_at(const car_translated_line *line, const car_hypothesis *hypothesis, int t)
{
    const car_real *weight = hypothesis->attention + t * (line->n_source + 1);
    ptrdiff_t most = -1;
    for (ptrdiff_t i = 0; i < line->n_source; i++)
        if (most < 0 || weight[i] > weight[most])
            most = i;
    return most;
}

void car_translator_pieces(const car_translator *translator, const car_translated_line *line,
                           const car_hypothesis *hypothesis, car_pieces *pieces)
{
    car_pieces_empty(pieces);
    for (int t = 0; t < hypothesis->length; t++) {
        ptrdiff_t copied = -1;
        if (t < line->n_prefix)
            copied = line->first_prefix + t;
        else if (hypothesis->ids[t] == CAR_UNKNOWN && translator->replace_unknown && line->n_source > 0)
            copied = line->first_source + looked_at(line, hypothesis, t);
        const char *piece = copied >= 0
                                ? car_pieces_view(line->pieces, copied)
                                : car_vocabulary_piece(translator->texts->vocabulary[CAR_TARGET], hypothesis->ids[t]);
        car_pieces_add(pieces, piece, (ptrdiff_t)strlen(piece));
    }
}

/* ---- to lines ------------------------------------------------------------------------ */

typedef struct collector {
    const car_translator *translator;
    car_line_list *texts;
    car_pieces pieces;
    car_string text;
} collector;

static bool collect(void *context, const car_translated_line *line, car_error *e)
{
    (void)e;
    collector *c = context;
    car_string_empty(&c->text);
    if (line->translation != NULL) {
        car_translator_pieces(c->translator, line, &line->translation->hypothesis[0], &c->pieces);
        car_tokenizer_join(c->translator->texts->tokenizer[CAR_TARGET], &c->pieces, &c->text);
    }
    car_line_list_add(c->texts, c->text.at, c->text.length);
    return true;
}

bool car_translator_lines(const car_translator *translator, const car_line_list *lines, const char *origin,
                          car_line_list *texts, car_error *e)
{
    collector c = {.translator = translator, .texts = texts};
    bool good = car_translator_run(translator, lines, 1, origin, collect, &c, e);
    car_pieces_clear(&c.pieces);
    car_string_clear(&c.text);
    return good;
}
