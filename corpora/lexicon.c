#include "corpora/lexicon.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { LEAST_FRESH = 1 << 20 }; /* pairs of words that are sorted together */

/* A pair of words, (source << 32) | target: so they are sorted by source, then by target. */
typedef uint64_t word_pair;

struct car_lexicon {
    int source_words, target_words; /* source word `source_words` is none */
    int32_t *id;                    /* of all sentences, source and target in turn */
    ptrdiff_t n_ids, ids_capacity;
    int32_t *length; /* [2 * sentence pairs] */
    ptrdiff_t n_lengths, lengths_capacity;
    ptrdiff_t *start; /* [source_words + 2] of the pairs of a source word among */
    int32_t *target;  /* [pairs], by source word, then rising                   */
    double *p;        /* [pairs] */
};

car_lexicon *car_lexicon_new(int source_words, int target_words)
{
    car_lexicon *lexicon = car_alloc(1, sizeof *lexicon);
    lexicon->source_words = source_words;
    lexicon->target_words = target_words;
    return lexicon;
}

void car_lexicon_free(car_lexicon *lexicon)
{
    if (lexicon == NULL)
        return;
    car_free(lexicon->id);
    car_free(lexicon->length);
    car_free(lexicon->start);
    car_free(lexicon->target);
    car_free(lexicon->p);
    car_free(lexicon);
}

static void add_sentence(car_lexicon *lexicon, const int32_t *ids, int n, int words)
{
    for (int i = 0; i < n; i++) {
        CAR_REQUIRE(ids[i] >= 0 && ids[i] < words);
        lexicon->id = car_grow(lexicon->id, lexicon->n_ids, &lexicon->ids_capacity, sizeof *lexicon->id);
        lexicon->id[lexicon->n_ids++] = ids[i];
    }
    lexicon->length =
        car_grow(lexicon->length, lexicon->n_lengths, &lexicon->lengths_capacity, sizeof *lexicon->length);
    lexicon->length[lexicon->n_lengths++] = n;
}

void car_lexicon_add(car_lexicon *lexicon, const int32_t *source, int n_source, const int32_t *target, int n_target)
{
    CAR_REQUIRE(lexicon->start == NULL);
    add_sentence(lexicon, source, n_source, lexicon->source_words);
    add_sentence(lexicon, target, n_target, lexicon->target_words);
}

/* ---- the pairs of words there are ------------------------------------------------------ */

typedef struct pair_set {
    word_pair *at; /* [n] sorted, then [fresh] unsorted */
    ptrdiff_t n, fresh, room;
} pair_set;

static int compare(const void *a, const void *b)
{
    const word_pair *x = a, *y = b;
    return *x != *y ? (*x < *y ? -1 : 1) : 0;
}

static void settle(pair_set *set)
{
    if (set->fresh > 0)
        qsort(set->at + set->n, (size_t)set->fresh, sizeof *set->at, compare);
    word_pair *merged = car_resize(NULL, set->n + set->fresh, sizeof *merged);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0, k = set->n, end = set->n + set->fresh; i < set->n || k < end;) {
        word_pair next = k == end || (i < set->n && set->at[i] <= set->at[k]) ? set->at[i++] : set->at[k++];
        if (n == 0 || merged[n - 1] != next)
            merged[n++] = next;
    }
    car_free(set->at);
    set->n = n;
    set->fresh = 0;
    set->room = 2 * n > n + LEAST_FRESH ? 2 * n : n + LEAST_FRESH;
    set->at = car_resize(merged, set->room, sizeof *set->at);
}

static void add_pair(pair_set *set, int32_t source, int32_t target)
{
    if (set->n + set->fresh == set->room)
        settle(set);
    set->at[set->n + set->fresh++] = (word_pair)(uint32_t)source << 32 | (uint32_t)target;
}

static void collect(car_lexicon *lexicon)
{
    pair_set set = {0};
    const int32_t *source = lexicon->id;
    for (ptrdiff_t i = 0; i < lexicon->n_lengths; i += 2) {
        const int32_t m = lexicon->length[i], n = lexicon->length[i + 1], *target = source + m;
        for (int32_t t = 0; t < n; t++) {
            add_pair(&set, lexicon->source_words, target[t]);
            for (int32_t s = 0; s < m; s++)
                add_pair(&set, source[s], target[t]);
        }
        source = target + n;
    }
    settle(&set);
    lexicon->start = car_alloc(lexicon->source_words + 2, sizeof *lexicon->start);
    lexicon->target = car_resize(NULL, set.n, sizeof *lexicon->target);
    lexicon->p = car_resize(NULL, set.n, sizeof *lexicon->p);
    for (ptrdiff_t i = 0; i < set.n; i++) {
        lexicon->start[(set.at[i] >> 32) + 1]++;
        lexicon->target[i] = (int32_t)(uint32_t)set.at[i];
        lexicon->p[i] = 1;
    }
    for (int s = 0; s <= lexicon->source_words; s++)
        lexicon->start[s + 1] += lexicon->start[s];
    car_free(set.at);
}

static ptrdiff_t find(const car_lexicon *lexicon, int32_t source, int32_t target)
{
    ptrdiff_t low = lexicon->start[source], high = lexicon->start[source + 1] - 1;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (lexicon->target[middle] < target)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- expectation and maximisation ------------------------------------------------------ */

/* Adds to `count` how often each pair is expected to have been written for one another. */
static void expect(const car_lexicon *lexicon, double *count)
{
    ptrdiff_t *pair = NULL, room = 0;
    const int32_t *source = lexicon->id;
    for (ptrdiff_t i = 0; i < lexicon->n_lengths; i += 2) {
        const int32_t m = lexicon->length[i], n = lexicon->length[i + 1], *target = source + m;
        if (m + 1 > room)
            pair = car_resize(pair, room = m + 1, sizeof *pair);
        for (int32_t t = 0; t < n; t++) {
            double sum = 0;
            for (int32_t s = 0; s <= m; s++) {
                pair[s] = find(lexicon, s < m ? source[s] : lexicon->source_words, target[t]);
                sum += lexicon->p[pair[s]];
            }
            for (int32_t s = 0; s <= m && sum > 0; s++)
                count[pair[s]] += lexicon->p[pair[s]] / sum;
        }
        source = target + n;
    }
    car_free(pair);
}

void car_lexicon_learn(car_lexicon *lexicon, int rounds)
{
    CAR_REQUIRE(lexicon->start == NULL);
    collect(lexicon);
    const ptrdiff_t *start = lexicon->start;
    for (int round = 0; round < rounds; round++) {
        double *count = car_alloc(start[lexicon->source_words + 1], sizeof *count);
        expect(lexicon, count);
        for (int s = 0; s <= lexicon->source_words; s++) {
            double sum = 0;
            for (ptrdiff_t i = start[s]; i < start[s + 1]; i++)
                sum += count[i];
            for (ptrdiff_t i = start[s]; i < start[s + 1]; i++)
                lexicon->p[i] = sum > 0 ? count[i] / sum : 0;
        }
        car_free(count);
    }
}

int car_lexicon_best(const car_lexicon *lexicon, int32_t s, int most, car_likely *best)
{
    CAR_REQUIRE(lexicon->start != NULL && s >= 0 && s < lexicon->source_words);
    int n = 0;
    for (ptrdiff_t i = lexicon->start[s]; i < lexicon->start[s + 1]; i++) {
        int at = n < most ? n++ : most;
        for (; at > 0 && best[at - 1].p < lexicon->p[i]; at--)
            if (at < most)
                best[at] = best[at - 1];
        if (at < most)
            best[at] = (car_likely){lexicon->target[i], lexicon->p[i]};
    }
    return n;
}
