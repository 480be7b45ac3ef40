#include "corpora/recut.h"

#include <string.h>

#include "base/memory.h"
#include "math/random.h"

struct car_recutter {
    const car_vocabulary *vocabulary;
    car_tokenizer *tokenizer;
    bool *ends_word; /* [ids of the vocabulary] */
    car_pieces pieces, recut;
    int32_t *ids; /* [n] of the sentence */
    ptrdiff_t n, capacity;
};

void car_bpe_dropout_draw(const car_bpe_dropout *dropout, int64_t epoch, uint64_t place, uint64_t draw[CAR_SIDES])
{
    uint32_t bits[2 * CAR_SIDES];
    car_random_block(car_stream_named(dropout->seed, "corpus subwords"), (uint64_t)epoch, place, bits);
    for (int side = 0; side < CAR_SIDES; side++)
        draw[side] = (uint64_t)bits[2 * side] << 32 | bits[2 * side + 1];
}

car_recutter *car_recutter_new(const car_vocabulary *vocabulary, car_error *e)
{
    car_tokenizer *tokenizer = car_vocabulary_new_tokenizer(vocabulary, e);
    if (tokenizer == NULL)
        return NULL;
    CAR_REQUIRE(car_tokenizer_has_merges(tokenizer));
    car_recutter *r = car_alloc(1, sizeof *r);
    int size = car_vocabulary_size(vocabulary);
    r->vocabulary = vocabulary;
    r->tokenizer = tokenizer;
    r->ends_word = car_alloc(size, sizeof *r->ends_word);
    for (int32_t id = CAR_SPECIALS; id < size; id++) {
        const char *piece = car_vocabulary_piece(vocabulary, id);
        r->ends_word[id] = car_tokenizer_ends_word(piece, (ptrdiff_t)strlen(piece));
    }
    return r;
}

void car_recutter_free(car_recutter *r)
{
    if (r == NULL)
        return;
    car_tokenizer_free(r->tokenizer);
    car_free(r->ends_word);
    car_pieces_clear(&r->pieces);
    car_pieces_clear(&r->recut);
    car_free(r->ids);
    car_free(r);
}

/* Room for so many more ids. */
static int32_t *make_room(car_recutter *r, ptrdiff_t n)
{
    if (r->capacity - r->n < n) {
        r->capacity = r->n + n + r->n / 2;
        r->ids = car_resize(r->ids, r->capacity, sizeof *r->ids);
    }
    return r->ids + r->n;
}

static void add_ids(car_recutter *r, const int32_t *ids, ptrdiff_t n)
{
    memcpy(make_room(r, n), ids, (size_t)n * sizeof *ids);
    r->n += n;
}

/* Adds the ids of a word whose pieces are known. */
static void add_word(car_recutter *r, const int32_t *ids, ptrdiff_t n, double dropout, uint64_t draw)
{
    car_vocabulary_decode(r->vocabulary, ids, n, &r->pieces);
    car_tokenizer_recut(r->tokenizer, &r->pieces, dropout, draw, &r->recut);
    int32_t *recut = make_room(r, r->recut.count + 1);
    if (car_vocabulary_encode(r->vocabulary, &r->recut, recut) > 0)
        add_ids(r, ids, n);
    else
        r->n += r->recut.count;
}

car_sentence car_recutter_apply(car_recutter *r, car_sentence sentence, double dropout, uint64_t draw)
{
    const int32_t *ids = sentence.ids;
    int start = 0; /* of a word */
    bool known = true;
    r->n = 0;
    for (int i = 0; i < sentence.length && ids[i] != CAR_END; i++) {
        known = known && ids[i] != CAR_UNKNOWN;
        if (!r->ends_word[ids[i]])
            continue;
        if (known)
            add_word(r, ids + start, i + 1 - start, dropout, draw + (uint64_t)start);
        else
            add_ids(r, ids + start, i + 1 - start);
        start = i + 1;
        known = true;
    }
    add_ids(r, ids + start, sentence.length - start);
    return (car_sentence){.ids = r->ids, .length = (int)r->n};
}
