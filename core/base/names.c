#include "base/names.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

#define BLOCK ((ptrdiff_t)1 << 16)

typedef struct entry {
    const char *bytes;
    ptrdiff_t length;
    uint64_t hash;
} entry;

/* Bytes of names lie in blocks that never move. */
typedef struct block {
    struct block *older;
    char bytes[];
} block;

struct car_names {
    entry *entries; /* [count] */
    int *slots;     /* [n_slots], a power of two: index of an entry, or -1 */
    ptrdiff_t count, capacity, n_slots;
    block *blocks;  /* newest first */
    ptrdiff_t left; /* bytes free at the end of the newest block */
    char *next;
};

/* FNV-1a; the last step spreads the high bits, which are the better ones, to
 * the low ones that choose a slot. */
static uint64_t hash_of(const char *bytes, ptrdiff_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (ptrdiff_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

car_names *car_names_new(void) { return car_alloc(1, sizeof(car_names)); }

void car_names_free(car_names *names)
{
    if (names == NULL)
        return;
    while (names->blocks != NULL) {
        block *older = names->blocks->older;
        car_free(names->blocks);
        names->blocks = older;
    }
    car_free(names->entries);
    car_free(names->slots);
    car_free(names);
}

/* The slot of the name, or the free one where it belongs. */
static ptrdiff_t slot_of(const car_names *names, const char *bytes, ptrdiff_t length, uint64_t hash)
{
    ptrdiff_t mask = names->n_slots - 1;
    for (ptrdiff_t slot = (ptrdiff_t)(hash & (uint64_t)mask);; slot = (slot + 1) & mask) {
        if (names->slots[slot] < 0)
            return slot;
        const entry *here = &names->entries[names->slots[slot]];
        if (here->hash == hash && here->length == length && memcmp(here->bytes, bytes, (size_t)length) == 0)
            return slot;
    }
}

static void grow_slots(car_names *names)
{
    names->n_slots = names->n_slots == 0 ? 64 : 2 * names->n_slots;
    names->slots = car_resize(names->slots, names->n_slots, sizeof *names->slots);
    memset(names->slots, 0xff, (size_t)names->n_slots * sizeof *names->slots);
    for (ptrdiff_t i = 0; i < names->count; i++) {
        const entry *old = &names->entries[i];
        names->slots[slot_of(names, old->bytes, old->length, old->hash)] = (int)i;
    }
}

static const char *store(car_names *names, const char *bytes, ptrdiff_t length)
{
    if (names->left < length + 1) {
        names->left = length + 1 > BLOCK ? length + 1 : BLOCK;
        block *newest = car_resize(NULL, (ptrdiff_t)sizeof(block) + names->left, 1);
        newest->older = names->blocks;
        names->blocks = newest;
        names->next = newest->bytes;
    }
    char *copy = names->next;
    memcpy(copy, bytes, (size_t)length);
    copy[length] = '\0';
    names->next += length + 1;
    names->left -= length + 1;
    return copy;
}

int car_names_add(car_names *names, const char *bytes, ptrdiff_t length)
{
    CAR_REQUIRE(length >= 0 && names->count < INT_MAX);
    if (4 * (names->count + 1) > 3 * names->n_slots)
        grow_slots(names);
    uint64_t hash = hash_of(bytes, length);
    ptrdiff_t slot = slot_of(names, bytes, length, hash);
    if (names->slots[slot] < 0) {
        names->entries = car_grow(names->entries, names->count, &names->capacity, sizeof *names->entries);
        names->entries[names->count] = (entry){store(names, bytes, length), length, hash};
        names->slots[slot] = (int)names->count++;
    }
    return names->slots[slot];
}

int car_names_find(const car_names *names, const char *bytes, ptrdiff_t length)
{
    if (names->count == 0)
        return -1;
    return names->slots[slot_of(names, bytes, length, hash_of(bytes, length))];
}

const char *car_names_at(const car_names *names, int index)
{
    CAR_REQUIRE(index >= 0 && index < names->count);
    return names->entries[index].bytes;
}

ptrdiff_t car_names_length(const car_names *names, int index)
{
    CAR_REQUIRE(index >= 0 && index < names->count);
    return names->entries[index].length;
}

int car_names_count(const car_names *names) { return (int)names->count; }

/* ---- did you mean ---------------------------------------------------------------- */

enum { LONGEST_COMPARED = 63 };

/* Damerau-Levenshtein distance, where no letter is moved twice:
 *   d(i, j) = least of  d(i-1, j) + 1,  d(i, j-1) + 1,  d(i-1, j-1) + [a_i != b_j],
 *             d(i-2, j-2) + 1  if  a_(i-1) a_i = b_j b_(j-1). */
static int distance(const char *a, int a_length, const char *b, int b_length)
{
    int rows[3][LONGEST_COMPARED + 1];
    int *before = rows[0], *above = rows[1], *row = rows[2];
    for (int j = 0; j <= b_length; j++)
        row[j] = j;
    for (int i = 1; i <= a_length; i++) {
        int *oldest = before;
        before = above;
        above = row;
        row = oldest;
        row[0] = i;
        for (int j = 1; j <= b_length; j++) {
            int best = above[j - 1] + (a[i - 1] != b[j - 1]);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
    }
    return row[b_length];
}

const char *car_nearest_name(const char *wanted, const char *const *names, int n)
{
    size_t length = strlen(wanted);
    if (length > LONGEST_COMPARED)
        return NULL;
    /* About one slip in three letters; none in a single letter. */
    int allowed = length < 2 ? 0 : 1 + (int)length / 4;
    const char *nearest = NULL;
    for (int i = 0; i < n; i++) {
        size_t other = strlen(names[i]);
        if (other > LONGEST_COMPARED)
            continue;
        int d = distance(wanted, (int)length, names[i], (int)other);
        if (d <= allowed && d < (int)other) {
            nearest = names[i];
            allowed = d - 1;
        }
    }
    return nearest;
}

car_name_hint car_name_hint_of(const char *wanted, const char *const *names, int n)
{
    const char *nearest = car_nearest_name(wanted, names, n);
    car_name_hint hint = {""};
    if (nearest != NULL)
        (void)snprintf(hint.text, sizeof hint.text, "; did you mean '%.*s'?", LONGEST_COMPARED, nearest);
    return hint;
}
