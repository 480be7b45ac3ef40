/* bpe_pairs.h - a map from pairs of symbols to numbers, and the length of a character.
 * Private to bpe_learn.c and bpe_apply.c.
 */
#ifndef CAROUSEL_TOKENIZERS_BPE_PAIRS_H
#define CAROUSEL_TOKENIZERS_BPE_PAIRS_H

#include <stddef.h>
#include <stdint.h>

/* {0} is empty; nothing is ever taken out. */
typedef struct car_bpe_pairs {
    struct car_bpe_pair_slot *slots; /* [n_slots], a power of two */
    ptrdiff_t n_slots, count;
} car_bpe_pairs;

void car_bpe_pairs_clear(car_bpe_pairs *pairs);

/* The number of a pair of symbols, or -1. */
int32_t car_bpe_pairs_find(const car_bpe_pairs *pairs, int32_t left, int32_t right);

/* Gives a pair that is not there yet a number >= 0. */
void car_bpe_pairs_add(car_bpe_pairs *pairs, int32_t left, int32_t right, int32_t number);

/* Bytes of a character of well-formed UTF-8 that begins with `lead`. */
static inline ptrdiff_t car_bpe_character_length(char lead)
{
    unsigned char byte = (unsigned char)lead;
    return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

#endif
