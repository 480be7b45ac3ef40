#include "tokenizers/bpe_learn.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/names.h"
#include "tokenizers/bpe_pairs.h"

/* ---- words ------------------------------------------------------------------------- */

struct car_bpe_learner {
    car_names *words;
    int64_t *counts; /* [count of words] */
    ptrdiff_t capacity;
};

car_bpe_learner *car_bpe_learner_new(void)
{
    car_bpe_learner *learner = car_alloc(1, sizeof *learner);
    learner->words = car_names_new();
    return learner;
}

void car_bpe_learner_free(car_bpe_learner *learner)
{
    if (learner == NULL)
        return;
    car_names_free(learner->words);
    car_free(learner->counts);
    car_free(learner);
}

void car_bpe_learner_add_word(car_bpe_learner *learner, const char *word, ptrdiff_t length, int64_t count)
{
    int n = car_names_count(learner->words);
    int index = car_names_add(learner->words, word, length);
    if (index == n) {
        learner->counts = car_grow(learner->counts, n, &learner->capacity, sizeof *learner->counts);
        learner->counts[n] = 0;
    }
    learner->counts[index] += count;
}

static bool at_ends(char c) { return c == ' ' || c == '\r' || c == '\n'; }

void car_bpe_learner_add_line(car_bpe_learner *learner, const char *line, ptrdiff_t length)
{
    while (length > 0 && at_ends(line[0])) {
        line++;
        length--;
    }
    while (length > 0 && at_ends(line[length - 1]))
        length--;
    const char *end = line + length;
    for (const char *at = line; at < end;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space != NULL ? space : end;
        if (stop > at)
            car_bpe_learner_add_word(learner, at, stop - at, 1);
        at = stop + 1;
    }
}

/* ---- what is known while learning ----------------------------------------------------- */

enum { NOWHERE = -1 };

/* Where a symbol stands in a word; positions of a word follow each other. */
typedef struct place {
    int32_t symbol;      /* NOWHERE once it was merged into the one before it */
    int32_t left, right; /* the neighbours in the word, or NOWHERE           */
    int32_t word;
} place;

typedef struct pair {
    int32_t left, right;
    int64_t count;
    int32_t *places; /* [n] where `left` stands or stood */
    ptrdiff_t n, capacity;
    bool grown; /* in learning.grown */
} pair;

/* A pair may have entries with counts that it had before; there is one with at least
 * the count that it has now. */
typedef struct heap_entry {
    int64_t count;
    int32_t pair;
} heap_entry;

typedef struct learning {
    const int64_t *counts; /* of words */
    car_names *symbols;
    place *places;
    pair *pairs;
    ptrdiff_t n_pairs, pairs_capacity;
    car_bpe_pairs index; /* of pairs */
    int32_t *grown;      /* pairs whose count rose in this round */
    ptrdiff_t n_grown, grown_capacity;
    heap_entry *heap;
    ptrdiff_t n_heap, heap_capacity;
} learning;

static int compare_symbols(const learning *l, int32_t a, int32_t b)
{
    if (a == b)
        return 0;
    /* The order of UTF-8 bytes is that of code points. */
    ptrdiff_t length_a = car_names_length(l->symbols, a), length_b = car_names_length(l->symbols, b);
    int order = memcmp(car_names_at(l->symbols, a), car_names_at(l->symbols, b),
                       (size_t)(length_a < length_b ? length_a : length_b));
    return order != 0 ? order : length_a < length_b ? -1 : 1;
}

/* Is `a` to be merged before `b`? */
static bool goes_first(const learning *l, heap_entry a, heap_entry b)
{
    if (a.count != b.count)
        return a.count > b.count;
    const pair *p = &l->pairs[a.pair], *q = &l->pairs[b.pair];
    int order = compare_symbols(l, p->left, q->left);
    return order != 0 ? order > 0 : compare_symbols(l, p->right, q->right) > 0;
}

static void push(learning *l, int32_t pair_index)
{
    heap_entry entry = {l->pairs[pair_index].count, pair_index};
    l->heap = car_grow(l->heap, l->n_heap, &l->heap_capacity, sizeof *l->heap);
    ptrdiff_t at = l->n_heap++;
    for (; at > 0 && goes_first(l, entry, l->heap[(at - 1) / 2]); at = (at - 1) / 2)
        l->heap[at] = l->heap[(at - 1) / 2];
    l->heap[at] = entry;
}

static heap_entry pop(learning *l)
{
    heap_entry top = l->heap[0], last = l->heap[--l->n_heap];
    ptrdiff_t at = 0;
    for (;;) {
        ptrdiff_t child = 2 * at + 1;
        if (child + 1 < l->n_heap && goes_first(l, l->heap[child + 1], l->heap[child]))
            child++;
        if (child >= l->n_heap || !goes_first(l, l->heap[child], last))
            break;
        l->heap[at] = l->heap[child];
        at = child;
    }
    l->heap[at] = last;
    return top;
}

/* ---- counts --------------------------------------------------------------------------- */

/* The pair that begins at a place occurs there. */
static void count_up(learning *l, int32_t at)
{
    const place *here = &l->places[at];
    int32_t left = here->symbol, right = l->places[here->right].symbol;
    int32_t index = car_bpe_pairs_find(&l->index, left, right);
    if (index < 0) {
        CAR_REQUIRE(l->n_pairs < INT32_MAX);
        index = (int32_t)l->n_pairs;
        l->pairs = car_grow(l->pairs, l->n_pairs, &l->pairs_capacity, sizeof *l->pairs);
        l->pairs[l->n_pairs++] = (pair){.left = left, .right = right};
        car_bpe_pairs_add(&l->index, left, right, index);
    }
    pair *p = &l->pairs[index];
    p->count += l->counts[here->word];
    p->places = car_grow(p->places, p->n, &p->capacity, sizeof *p->places);
    p->places[p->n++] = at;
    if (!p->grown) {
        p->grown = true;
        l->grown = car_grow(l->grown, l->n_grown, &l->grown_capacity, sizeof *l->grown);
        l->grown[l->n_grown++] = index;
    }
}

static void count_down(learning *l, int32_t at)
{
    const place *here = &l->places[at];
    int32_t index = car_bpe_pairs_find(&l->index, here->symbol, l->places[here->right].symbol);
    l->pairs[index].count -= l->counts[here->word];
}

static void push_grown(learning *l)
{
    for (ptrdiff_t i = 0; i < l->n_grown; i++) {
        l->pairs[l->grown[i]].grown = false;
        push(l, l->grown[i]);
    }
    l->n_grown = 0;
}

static int compare_places(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* From left to right, which is how nearly all lists are. */
static void sort_places(pair *p)
{
    ptrdiff_t i = 1;
    while (i < p->n && p->places[i - 1] <= p->places[i])
        i++;
    if (i < p->n)
        qsort(p->places, (size_t)p->n, sizeof *p->places, compare_places);
}

/* (A [left right] B) becomes (A merged B). */
static void merge_at(learning *l, int32_t at, int32_t merged)
{
    place *here = &l->places[at], *gone = &l->places[here->right];
    if (here->left >= 0)
        count_down(l, here->left);
    count_down(l, at);
    if (gone->right >= 0)
        count_down(l, here->right);
    here->symbol = merged;
    here->right = gone->right;
    gone->symbol = NOWHERE;
    if (here->right >= 0) {
        l->places[here->right].left = at;
        count_up(l, at);
    }
    if (here->left >= 0)
        count_up(l, here->left);
}

static void merge(learning *l, int32_t index, int32_t merged)
{
    pair p = l->pairs[index];
    l->pairs[index].places = NULL; /* the pair may come back, at other places */
    l->pairs[index].n = l->pairs[index].capacity = 0;
    sort_places(&p);
    for (ptrdiff_t i = 0; i < p.n; i++) {
        const place *here = &l->places[p.places[i]];
        if (here->symbol == p.left && here->right >= 0 && l->places[here->right].symbol == p.right)
            merge_at(l, p.places[i], merged);
    }
    car_free(p.places);
}

/* ---- the whole ------------------------------------------------------------------------ */

/* Places for all words.  Returns how many symbols there are: characters within words
 * and characters at the end of words. */
static int64_t open_words(learning *l, const car_bpe_learner *learner)
{
    ptrdiff_t n = 0, bytes = 0;
    int words = car_names_count(learner->words);
    for (int word = 0; word < words; word++)
        bytes += car_names_length(learner->words, word);
    CAR_REQUIRE(bytes < INT32_MAX);
    l->places = car_resize(NULL, bytes, sizeof *l->places);
    car_string symbol = {0};
    for (int word = 0; word < words; word++) {
        const char *text = car_names_at(learner->words, word);
        ptrdiff_t length = car_names_length(learner->words, word), first = n;
        for (ptrdiff_t at = 0, stop; at < length; at = stop) {
            stop = at + car_bpe_character_length(text[at]);
            car_string_empty(&symbol);
            car_string_add(&symbol, text + at, stop - at);
            if (stop >= length)
                car_string_add(&symbol, CAR_BPE_END, CAR_BPE_END_LENGTH);
            int32_t here = (int32_t)n++;
            l->places[here] = (place){car_names_add(l->symbols, symbol.at, symbol.length),
                                      here == first ? NOWHERE : here - 1, stop < length ? here + 1 : NOWHERE, word};
        }
    }
    car_string_clear(&symbol);
    for (ptrdiff_t i = 0; i < n; i++)
        if (l->places[i].right >= 0)
            count_up(l, (int32_t)i);
    push_grown(l);
    return car_names_count(l->symbols);
}

/* A line of merges is read without CR at its ends, as some editors put one there: a merge
 * that begins or ends with one could not be written. */
static bool can_be_written(const learning *l, const pair *p)
{
    return car_names_at(l->symbols, p->left)[0] != '\r' &&
           car_names_at(l->symbols, p->right)[car_names_length(l->symbols, p->right) - 1] != '\r';
}

/* The best pair that occurs at least `least` times, or NOWHERE. */
static int32_t best_pair(learning *l, int64_t least)
{
    while (l->n_heap > 0) {
        heap_entry top = pop(l);
        if (top.count < least)
            return NOWHERE;
        if (!can_be_written(l, &l->pairs[top.pair]))
            continue;
        if (l->pairs[top.pair].count == top.count)
            return top.pair;
        if (l->pairs[top.pair].count < top.count && l->pairs[top.pair].count >= least)
            push(l, top.pair);
    }
    return NOWHERE;
}

int64_t car_bpe_learn(const car_bpe_learner *learner, const car_bpe_learn_options *options, car_string *codes)
{
    learning l = {.counts = learner->counts, .symbols = car_names_new()};
    car_string merged = {0};
    int64_t characters = open_words(&l, learner), learned = 0;
    int64_t wanted = options->symbols - (options->total_symbols ? characters : 0);
    int64_t least = options->min_frequency > 1 ? options->min_frequency : 1;
    car_string_add_text(codes, CAR_BPE_VERSION "\n");
    for (; learned < wanted; learned++) {
        int32_t best = best_pair(&l, least);
        if (best < 0)
            break;
        int32_t left = l.pairs[best].left, right = l.pairs[best].right;
        car_string_empty(&merged);
        car_string_add(&merged, car_names_at(l.symbols, left), car_names_length(l.symbols, left));
        ptrdiff_t cut = merged.length;
        car_string_add(&merged, car_names_at(l.symbols, right), car_names_length(l.symbols, right));
        car_string_add(codes, merged.at, cut);
        car_string_add(codes, " ", 1);
        car_string_add(codes, merged.at + cut, merged.length - cut);
        car_string_add(codes, "\n", 1);
        merge(&l, best, car_names_add(l.symbols, merged.at, merged.length));
        push_grown(&l);
    }
    car_string_clear(&merged);
    for (ptrdiff_t i = 0; i < l.n_pairs; i++)
        car_free(l.pairs[i].places);
    car_free(l.pairs);
    car_free(l.places);
    car_free(l.grown);
    car_free(l.heap);
    car_bpe_pairs_clear(&l.index);
    car_names_free(l.symbols);
    return learned;
}
