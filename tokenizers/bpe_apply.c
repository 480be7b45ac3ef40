#include "tokenizers/bpe_apply.h"

#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "base/names.h"
#include "math/random.h"
#include "tokenizers/bpe_learn.h"
#include "tokenizers/bpe_pairs.h"
#include "tokenizers/glossaries.h"

/* ---- codes ------------------------------------------------------------------------------ */

typedef struct code {
    int32_t left, right, merged; /* symbols */
} code;

struct car_bpe_codes {
    car_names *symbols; /* as text; the last of a word ends in "</w>"        */
    code *codes;        /* [n], the first is the first to be merged           */
    int n;
    ptrdiff_t capacity;
    car_bpe_pairs ranks; /* of pairs of symbols: index of a code            */
    int32_t *made_by;    /* [symbols]: the code that its merging undoes, or -1 */
};

void car_bpe_codes_free(car_bpe_codes *codes)
{
    if (codes == NULL)
        return;
    car_names_free(codes->symbols);
    car_free(codes->codes);
    car_bpe_pairs_clear(&codes->ranks);
    car_free(codes->made_by);
    car_free(codes);
}

int car_bpe_codes_count(const car_bpe_codes *codes) { return codes->n; }

static bool at_ends(char c) { return c == ' ' || c == '\r' || c == '\n'; }

static void trim(const char **line, ptrdiff_t *length)
{
    while (*length > 0 && at_ends((*line)[0])) {
        ++*line;
        --*length;
    }
    while (*length > 0 && at_ends((*line)[*length - 1]))
        --*length;
}

/* "left right" */
static bool add_code(car_bpe_codes *codes, const char *line, ptrdiff_t length, car_string *merged)
{
    trim(&line, &length);
    const char *space = memchr(line, ' ', (size_t)length);
    if (space == NULL || codes->n == INT_MAX)
        return false;
    ptrdiff_t left = space - line, right = length - left - 1;
    if (memchr(space + 1, ' ', (size_t)right) != NULL)
        return false;
    car_string_empty(merged);
    car_string_add(merged, line, left);
    car_string_add(merged, space + 1, right);
    codes->codes = car_grow(codes->codes, codes->n, &codes->capacity, sizeof *codes->codes);
    codes->codes[codes->n++] =
        (code){car_names_add(codes->symbols, line, left), car_names_add(codes->symbols, space + 1, right),
               car_names_add(codes->symbols, merged->at, merged->length)};
    return true;
}

/* Of a pair that stands there twice the first counts.  A symbol that several pairs make
 * is undone by the pair that is the first to stand there for the last time. */
static void index_codes(car_bpe_codes *codes)
{
    int symbols = car_names_count(codes->symbols);
    codes->made_by = car_resize(NULL, symbols, sizeof *codes->made_by);
    for (int i = 0; i < symbols; i++)
        codes->made_by[i] = -1;
    for (int32_t i = 0; i < codes->n; i++)
        if (car_bpe_pairs_find(&codes->ranks, codes->codes[i].left, codes->codes[i].right) < 0)
            car_bpe_pairs_add(&codes->ranks, codes->codes[i].left, codes->codes[i].right, i);
    bool *seen = car_alloc(codes->n, sizeof *seen);
    for (int32_t i = codes->n - 1; i >= 0; i--) {
        int32_t rank = car_bpe_pairs_find(&codes->ranks, codes->codes[i].left, codes->codes[i].right);
        if (!seen[rank])
            codes->made_by[codes->codes[i].merged] = rank;
        seen[rank] = true;
    }
    car_free(seen);
}

car_bpe_codes *car_bpe_codes_read(const char *text, ptrdiff_t length, const char *source, int64_t merges, car_error *e)
{
    static const char VERSION[] = CAR_BPE_VERSION;
    car_bpe_codes *codes = car_alloc(1, sizeof *codes);
    codes->symbols = car_names_new();
    car_string merged = {0};
    const char *end = text + length;
    int64_t number = 0;
    bool good = true;
    if (length > 0 && (car_utf8_check(text, length) >= 0 || memchr(text, '\0', (size_t)length) != NULL))
        good = car_error_set(e, CAR_EXIT_DATA, "%s: merges are UTF-8 text without NUL", source);
    while (end > text && end[-1] == '\n') /* empty lines at the end */
        end--;
    for (const char *at = text, *stop; at < end && good && (merges < 0 || number <= merges); at = stop + 1, number++) {
        stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        if (number > 0 && !add_code(codes, at, stop - at, &merged))
            good = car_error_set(e, CAR_EXIT_DATA, "%s:%lld: a merge is two symbols with one space between them",
                                 source, (long long)number + 1);
        if (number == 0 && (stop - at < (ptrdiff_t)sizeof VERSION - 1 || memcmp(at, VERSION, sizeof VERSION - 1) != 0))
            good = car_error_set(e, CAR_EXIT_DATA,
                                 "%s: merges begin with the line '" CAR_BPE_VERSION "'; this is another file, or of a "
                                 "version before that",
                                 source);
    }
    if (good && number == 0)
        good = car_error_set(e, CAR_EXIT_DATA, "%s: no merges, the file is empty", source);
    car_string_clear(&merged);
    if (!good) {
        car_bpe_codes_free(codes);
        return NULL;
    }
    index_codes(codes);
    return codes;
}

car_bpe_codes *car_bpe_codes_load(const char *path, int64_t merges, car_error *e)
{
    car_string text = {0};
    car_bpe_codes *codes = NULL;
    if (car_text_load(path, &text, e))
        codes = car_bpe_codes_read(text.at != NULL ? text.at : "", text.length, path, merges, e);
    car_string_clear(&text);
    return codes;
}

/* ---- segmenter ------------------------------------------------------------------------------ */

enum {
    CACHED_WORDS = 1 << 20, /* so many and no more, of at most */
    CACHED_LENGTH = 128,    /* so many bytes                   */
    NO_RANK = INT32_MAX
};

typedef struct symbol {
    int32_t id;          /* -1: no merge knows it                                     */
    int32_t rank;        /* of the merge with the next, or NO_RANK; also if it is gone */
    int32_t left, right; /* the neighbours, or -1                                     */
    ptrdiff_t end;       /* in the word                                               */
} symbol;

struct car_bpe_segmenter {
    const car_bpe_codes *codes;
    car_bpe_options options;
    car_glossaries *glossaries; /* NULL: none */
    car_pieces parts;           /* of a word, by glossaries */
    car_pieces line;            /* of a word, for a line    */
    symbol *symbols;            /* of a word */
    ptrdiff_t capacity;
    uint64_t *heap; /* merges that may be made, rank above place; some are of the past */
    ptrdiff_t n_heap, heap_capacity;
    uint64_t *passed; /* those that dropout passed over in this round */
    ptrdiff_t n_passed, passed_capacity;
    int32_t *chosen; /* places where the merge of this round is made */
    ptrdiff_t n_chosen, chosen_capacity;
    car_string buffer;
    car_names *words;  /* that are cached: the pieces of word i are       */
    car_pieces cached; /* cached[ends[i - 1]] .. cached[ends[i] - 1]      */
    ptrdiff_t *ends, ends_capacity;
    car_stream stream; /* of dropout: */
    uint64_t line_number, drawn;
};

car_bpe_segmenter *car_bpe_segmenter_new(const car_bpe_codes *codes, const car_bpe_options *options, car_error *e)
{
    car_bpe_segmenter *s = car_alloc(1, sizeof *s);
    s->codes = codes;
    s->options = *options;
    s->words = car_names_new();
    s->stream = car_stream_named(options->seed, "bpe-dropout");
    if (options->n_glossaries == 0)
        return s;
    s->glossaries = car_glossaries_new(options->glossaries, options->n_glossaries, e);
    if (s->glossaries != NULL)
        return s;
    car_bpe_segmenter_free(s);
    return NULL;
}

void car_bpe_segmenter_free(car_bpe_segmenter *s)
{
    if (s == NULL)
        return;
    car_glossaries_free(s->glossaries);
    car_pieces_clear(&s->parts);
    car_pieces_clear(&s->line);
    car_free(s->symbols);
    car_free(s->heap);
    car_free(s->passed);
    car_free(s->chosen);
    car_string_clear(&s->buffer);
    car_names_free(s->words);
    car_pieces_clear(&s->cached);
    car_free(s->ends);
    car_free(s);
}

void car_bpe_segmenter_drop(car_bpe_segmenter *s, double dropout, uint64_t draw)
{
    s->options.dropout = dropout;
    s->line_number = draw;
    s->drawn = 0;
}

/* ---- merging the symbols of a word ---------------------------------------------------------- */

static void push(car_bpe_segmenter *s, uint64_t key)
{
    s->heap = car_grow(s->heap, s->n_heap, &s->heap_capacity, sizeof *s->heap);
    ptrdiff_t at = s->n_heap++;
    for (; at > 0 && key < s->heap[(at - 1) / 2]; at = (at - 1) / 2)
        s->heap[at] = s->heap[(at - 1) / 2];
    s->heap[at] = key;
}

static void pop(car_bpe_segmenter *s)
{
    uint64_t last = s->heap[--s->n_heap];
    ptrdiff_t at = 0;
    for (ptrdiff_t child; (child = 2 * at + 1) < s->n_heap; at = child) {
        if (child + 1 < s->n_heap && s->heap[child + 1] < s->heap[child])
            child++;
        if (last <= s->heap[child])
            break;
        s->heap[at] = s->heap[child];
    }
    s->heap[at] = last;
}

/* What merges the symbol at a place with the next. */
static void rank_place(car_bpe_segmenter *s, int32_t place)
{
    symbol *here = &s->symbols[place];
    int32_t next = here->right < 0 ? -1 : s->symbols[here->right].id;
    int32_t rank = here->id < 0 || next < 0 ? -1 : car_bpe_pairs_find(&s->codes->ranks, here->id, next);
    here->rank = rank < 0 ? NO_RANK : rank;
    if (rank >= 0)
        push(s, (uint64_t)rank << 32 | (uint32_t)place);
}

/* The characters of a word as symbols. */
static void open_word(car_bpe_segmenter *s, const char *word, ptrdiff_t length)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t at = 0, stop; at < length; at = stop, n++) {
        stop = at + car_bpe_character_length(word[at]);
        car_string_empty(&s->buffer);
        car_string_add(&s->buffer, word + at, stop - at);
        if (stop >= length)
            car_string_add(&s->buffer, CAR_BPE_END, CAR_BPE_END_LENGTH);
        s->symbols = car_grow(s->symbols, n, &s->capacity, sizeof *s->symbols);
        int32_t id = car_names_find(s->codes->symbols, s->buffer.at, s->buffer.length), here = (int32_t)n;
        s->symbols[n] = (symbol){id, NO_RANK, here - 1, stop < length ? here + 1 : -1, stop};
    }
    s->n_heap = 0;
    for (int32_t place = 0; place < n; place++)
        rank_place(s, place);
}

/* Chooses the first merge to be made and where.  Returns its rank, or NO_RANK. */
static int32_t choose(car_bpe_segmenter *s)
{
    int32_t chosen = NO_RANK;
    s->n_chosen = s->n_passed = 0;
    while (s->n_heap > 0) {
        uint64_t key = s->heap[0];
        int32_t rank = (int32_t)(key >> 32), place = (int32_t)(uint32_t)key;
        if (chosen != NO_RANK && rank != chosen)
            break;
        pop(s);
        if (s->symbols[place].rank != rank)
            continue;
        if (s->options.dropout > 0 && car_random_uniform(s->stream, s->line_number, s->drawn++) < s->options.dropout) {
            s->passed = car_grow(s->passed, s->n_passed, &s->passed_capacity, sizeof *s->passed);
            s->passed[s->n_passed++] = key;
            continue;
        }
        chosen = rank;
        s->chosen = car_grow(s->chosen, s->n_chosen, &s->chosen_capacity, sizeof *s->chosen);
        s->chosen[s->n_chosen++] = place;
    }
    return chosen;
}

/* Makes the merge at the places that were chosen, from the left: one whose symbol was
 * merged into that before it has lost its rank. */
static void merge(car_bpe_segmenter *s, int32_t rank)
{
    for (ptrdiff_t i = 0; i < s->n_chosen; i++) {
        int32_t place = s->chosen[i];
        symbol *here = &s->symbols[place];
        if (here->rank != rank)
            continue;
        symbol *gone = &s->symbols[here->right];
        gone->rank = NO_RANK;
        here->id = s->codes->codes[rank].merged;
        here->end = gone->end;
        here->right = gone->right;
        if (here->right >= 0)
            s->symbols[here->right].left = place;
        rank_place(s, place);
        if (here->left >= 0)
            rank_place(s, here->left);
    }
    for (ptrdiff_t i = 0; i < s->n_passed; i++)
        push(s, s->passed[i]);
}

/* ---- pieces ----------------------------------------------------------------------------------- */

static bool is_known(const car_bpe_segmenter *s, const char *piece, ptrdiff_t length, bool final)
{
    return s->options.is_known == NULL || s->options.is_known(s->options.context, piece, length, final);
}

/* Adds a piece as it is if it is known, else as the pieces of which it was merged. */
static void add_known(car_bpe_segmenter *s, const char *piece, ptrdiff_t length, bool final, car_pieces *pieces)
{
    int32_t made_by = -1;
    if (!is_known(s, piece, length, final)) {
        car_string_empty(&s->buffer);
        car_string_add(&s->buffer, piece, length);
        if (final)
            car_string_add(&s->buffer, CAR_BPE_END, CAR_BPE_END_LENGTH);
        int32_t id = car_names_find(s->codes->symbols, s->buffer.at, s->buffer.length);
        made_by = id < 0 ? -1 : s->codes->made_by[id];
    }
    ptrdiff_t left = made_by < 0 ? length : car_names_length(s->codes->symbols, s->codes->codes[made_by].left);
    if (left >= length) {
        car_pieces_add(pieces, piece, length);
        return;
    }
    add_known(s, piece, left, false, pieces);
    add_known(s, piece + left, length - left, final, pieces);
}

/* A word, or what glossaries leave of one. */
static void segment_part(car_bpe_segmenter *s, const char *word, ptrdiff_t length, car_pieces *pieces)
{
    if (length == car_bpe_character_length(word[0]) ||
        (s->glossaries != NULL && car_glossaries_match(s->glossaries, word, length))) {
        car_pieces_add(pieces, word, length);
        return;
    }
    open_word(s, word, length);
    for (int32_t rank; (rank = choose(s)) != NO_RANK;)
        merge(s, rank);
    ptrdiff_t start = 0;
    for (int32_t i = 0; i >= 0; i = s->symbols[i].right) {
        add_known(s, word + start, s->symbols[i].end - start, s->symbols[i].right < 0, pieces);
        start = s->symbols[i].end;
    }
}

static void segment_anew(car_bpe_segmenter *s, const char *word, ptrdiff_t length, car_pieces *pieces)
{
    if (s->glossaries == NULL) {
        segment_part(s, word, length, pieces);
        return;
    }
    car_glossaries_isolate(s->glossaries, word, length, &s->parts);
    for (ptrdiff_t i = 0; i < s->parts.count; i++)
        segment_part(s, car_pieces_view(&s->parts, i), car_pieces_length(&s->parts, i), pieces);
}

void car_bpe_segment(car_bpe_segmenter *s, const char *word, ptrdiff_t length, car_pieces *pieces)
{
    int n = car_names_count(s->words);
    bool caches = s->options.dropout <= 0 && length <= CACHED_LENGTH;
    int index = !caches            ? -1
                : n < CACHED_WORDS ? car_names_add(s->words, word, length)
                                   : car_names_find(s->words, word, length);
    if (index < 0) {
        segment_anew(s, word, length, pieces);
        return;
    }
    if (index == n) {
        segment_anew(s, word, length, &s->cached);
        s->ends = car_grow(s->ends, n, &s->ends_capacity, sizeof *s->ends);
        s->ends[n] = s->cached.count;
    }
    for (ptrdiff_t i = index > 0 ? s->ends[index - 1] : 0; i < s->ends[index]; i++)
        car_pieces_add(pieces, car_pieces_view(&s->cached, i), car_pieces_length(&s->cached, i));
}

void car_bpe_segment_line(car_bpe_segmenter *s, const char *separator, const char *line, ptrdiff_t length,
                          int64_t number, car_string *out)
{
    const char *text = line, *line_end = line + length;
    ptrdiff_t separator_length = (ptrdiff_t)strlen(separator);
    car_bpe_segmenter_drop(s, s->options.dropout, (uint64_t)number);
    trim(&text, &length);
    car_string_add(out, line, text - line);
    const char *end = text + length;
    bool between = false;
    for (const char *at = text; at < end;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space != NULL ? space : end;
        if (stop > at) {
            car_pieces_empty(&s->line);
            car_bpe_segment(s, at, stop - at, &s->line);
            for (ptrdiff_t i = 0; i < s->line.count; i++) {
                car_string_add(out, " ", between);
                car_string_add(out, car_pieces_view(&s->line, i), car_pieces_length(&s->line, i));
                car_string_add(out, separator, i < s->line.count - 1 ? separator_length : 0);
                between = true;
            }
        }
        at = stop + 1;
    }
    car_string_add(out, end, line_end - end);
}
