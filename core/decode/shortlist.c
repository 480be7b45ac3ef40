#include "decode/shortlist.h"

#include <stdbool.h>
#include <string.h>

#include "base/batch.h"
#include "base/error.h"

void car_shortlist_clear(car_shortlist *shortlist)
{
    car_free(shortlist->start);
    car_free(shortlist->word);
    *shortlist = (car_shortlist){0};
}

/* Those of 0 .. words - 1 that are marked. */
static car_word_list list_of(car_arena *arena, const bool *in, int words)
{
    int n = 0;
    for (int w = 0; w < words; w++)
        n += in[w];
    int32_t *word = car_arena_take(arena, n, sizeof *word);
    n = 0;
    for (int w = 0; w < words; w++)
        if (in[w])
            word[n++] = w;
    return (car_word_list){n, word};
}

static bool *no_words(car_arena *arena, int words)
{
    bool *in = car_arena_take(arena, words, sizeof *in);
    memset(in, 0, (size_t)words * sizeof *in);
    return in;
}

car_word_list car_shortlist_take(const car_shortlist *shortlist, car_arena *arena, const int32_t *source, int length,
                                 const int32_t *prefix, int n_prefix)
{
    bool *in = no_words(arena, shortlist->target_words);
    int first = shortlist->first > CAR_SPECIALS ? shortlist->first : CAR_SPECIALS;
    for (int w = 0; w < first && w < shortlist->target_words; w++)
        in[w] = true;
    for (int i = 0; i < length; i++) {
        CAR_REQUIRE(source[i] >= 0 && source[i] < shortlist->source_words);
        for (int64_t k = shortlist->start[source[i]]; k < shortlist->start[source[i] + 1]; k++)
            in[shortlist->word[k]] = true;
    }
    for (int i = 0; i < n_prefix; i++)
        in[prefix[i]] = true;
    return list_of(arena, in, shortlist->target_words);
}

car_word_list car_word_lists_join(car_arena *arena, const car_word_list *lists, int n, int words)
{
    bool *in = no_words(arena, words);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < lists[i].n; k++)
            in[lists[i].word[k]] = true;
    return list_of(arena, in, words);
}
