#include "tokenizers/bpe_pairs.h"

#include "base/memory.h"

typedef struct car_bpe_pair_slot {
    uint64_t key;
    int32_t number; /* -1: free */
} slot;

void car_bpe_pairs_clear(car_bpe_pairs *pairs)
{
    car_free(pairs->slots);
    *pairs = (car_bpe_pairs){0};
}

static uint64_t key_of(int32_t left, int32_t right) { return (uint64_t)(uint32_t)left << 32 | (uint32_t)right; }

/* The slot of a key, or the free one where it belongs. */
static slot *slot_of(const car_bpe_pairs *pairs, uint64_t key)
{
    /* Fibonacci hashing: the high bits of the product depend on all bits of the key. */
    uint64_t hash = (key ^ key >> 29) * UINT64_C(0x9e3779b97f4a7c15);
    ptrdiff_t mask = pairs->n_slots - 1;
    for (ptrdiff_t i = (ptrdiff_t)(hash >> 32) & mask;; i = (i + 1) & mask)
        if (pairs->slots[i].number < 0 || pairs->slots[i].key == key)
            return &pairs->slots[i];
}

int32_t car_bpe_pairs_find(const car_bpe_pairs *pairs, int32_t left, int32_t right)
{
    return pairs->count == 0 ? -1 : slot_of(pairs, key_of(left, right))->number;
}

static void grow(car_bpe_pairs *pairs)
{
    car_bpe_pairs larger = {NULL, pairs->n_slots == 0 ? 1024 : 2 * pairs->n_slots, pairs->count};
    larger.slots = car_resize(NULL, larger.n_slots, sizeof *larger.slots);
    for (ptrdiff_t i = 0; i < larger.n_slots; i++)
        larger.slots[i] = (slot){0, -1};
    for (ptrdiff_t i = 0; i < pairs->n_slots; i++)
        if (pairs->slots[i].number >= 0)
            *slot_of(&larger, pairs->slots[i].key) = pairs->slots[i];
    car_free(pairs->slots);
    *pairs = larger;
}

void car_bpe_pairs_add(car_bpe_pairs *pairs, int32_t left, int32_t right, int32_t number)
{
    if (2 * (pairs->count + 1) > pairs->n_slots)
        grow(pairs);
    uint64_t key = key_of(left, right);
    *slot_of(pairs, key) = (slot){key, number};
    pairs->count++;
}
