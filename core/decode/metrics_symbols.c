#include "decode/metrics_symbols.h"

#include <string.h>
#include <unicode/ucasemap.h>

#include "base/error.h"
#include "base/memory.h"

void car_symbols_clear(car_symbols *symbols)
{
    car_free(symbols->at);
    *symbols = (car_symbols){0};
}

void car_symbols_add(car_symbols *symbols, int32_t symbol)
{
    if (symbols->length == symbols->capacity)
        symbols->at = car_grow(symbols->at, symbols->length, &symbols->capacity, sizeof *symbols->at);
    symbols->at[symbols->length++] = symbol;
}

static char *lower(const char *line)
{
    UErrorCode status = U_ZERO_ERROR;
    UCaseMap *map = ucasemap_open("", 0, &status);
    int32_t length;
    char *lowered;
    CAR_REQUIRE(U_SUCCESS(status));
    length = ucasemap_utf8ToLower(map, NULL, 0, line, -1, &status);
    CAR_REQUIRE(status == U_BUFFER_OVERFLOW_ERROR || U_SUCCESS(status)); /* the first call only measures */
    lowered = car_alloc((ptrdiff_t)length + 1, 1);
    status = U_ZERO_ERROR;
    (void)ucasemap_utf8ToLower(map, lowered, length + 1, line, -1, &status);
    CAR_REQUIRE(U_SUCCESS(status));
    ucasemap_close(map);
    return lowered;
}

void car_symbols_load(car_symbols *symbols, const char *line, bool lowercase)
{
    char *lowered = lowercase ? lower(line) : NULL;
    const char *text = lowercase ? lowered : line;
    symbols->length = 0;
    for (const char *at = text; *at != '\0';) {
        unsigned byte = (unsigned char)*at++;
        int more = byte < 0x80 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3; /* bytes that follow */
        int32_t c = (int32_t)(more == 0 ? byte : byte & (0x3Fu >> more));
        for (; more > 0 && *at != '\0'; more--)
            c = c << 6 | (*at++ & 0x3F);
        car_symbols_add(symbols, c);
    }
    car_free(lowered);
}

bool car_symbol_is_space(int32_t c)
{
    return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

struct car_trie_slot {
    int32_t parent, symbol;
    int32_t node; /* 0 in an empty slot */
};

void car_trie_clear(car_trie *trie)
{
    car_free(trie->slots);
    *trie = (car_trie){0};
}

void car_trie_reset(car_trie *trie, ptrdiff_t most)
{
    ptrdiff_t slots = 64;
    CAR_REQUIRE(most < INT32_MAX);
    while (slots < 2 * most)
        slots *= 2;
    if (slots > trie->capacity) {
        car_free(trie->slots);
        trie->slots = car_alloc(slots, sizeof *trie->slots);
        trie->capacity = slots;
    } else {
        memset(trie->slots, 0, (size_t)slots * sizeof *trie->slots);
    }
    trie->mask = slots - 1;
    trie->nodes = 0;
}

/* The slot of (node, symbol), or the empty one where it belongs. */
static struct car_trie_slot *slot_of(const car_trie *trie, int32_t node, int32_t symbol)
{
    /* Fibonacci hashing: the high half of a product with 2^64 / golden ratio. */
    uint64_t hash = ((uint64_t)(uint32_t)node << 32 | (uint32_t)symbol) * 0x9E3779B97F4A7C15u;
    ptrdiff_t i = (ptrdiff_t)((hash ^ hash >> 32) & (uint64_t)trie->mask);
    while (trie->slots[i].node != 0 && (trie->slots[i].parent != node || trie->slots[i].symbol != symbol))
        i = (i + 1) & trie->mask;
    return &trie->slots[i];
}

int32_t car_trie_add(car_trie *trie, int32_t node, int32_t symbol)
{
    struct car_trie_slot *slot = slot_of(trie, node, symbol);
    if (slot->node == 0) {
        CAR_REQUIRE(trie->nodes <= trie->mask / 2);
        *slot = (struct car_trie_slot){node, symbol, (int32_t)++trie->nodes};
    }
    return slot->node;
}

void car_words_number(const car_symbols *text, car_trie *words, car_symbols *numbers)
{
    int32_t word = 0;
    numbers->length = 0;
    for (ptrdiff_t i = 0; i < text->length; i++) {
        if (!car_symbol_is_space(text->at[i])) {
            word = car_trie_add(words, word, text->at[i]);
        } else if (word != 0) {
            car_symbols_add(numbers, word);
            word = 0;
        }
    }
    if (word != 0)
        car_symbols_add(numbers, word);
}

struct car_ngram {
    int order; /* its n, less one */
    /* How often it occurs in the hypothesis, in the reference at hand and in the
     * reference that has most of it. */
    int32_t hypothesis, here, best;
};

void car_ngrams_clear(car_ngrams *ngrams)
{
    car_trie_clear(&ngrams->trie);
    car_free(ngrams->counts);
    *ngrams = (car_ngrams){0};
}

static void count_hypothesis(car_ngrams *ngrams, const car_symbols *hypothesis, int orders)
{
    ptrdiff_t most = hypothesis->length * orders;
    car_trie_reset(&ngrams->trie, most);
    if (most + 1 > ngrams->capacity) {
        ngrams->capacity = most + 1;
        ngrams->counts = car_resize(ngrams->counts, ngrams->capacity, sizeof *ngrams->counts);
    }
    for (ptrdiff_t i = 0; i < hypothesis->length; i++) {
        int32_t node = 0;
        for (int n = 0; n < orders && i + n < hypothesis->length; n++) {
            ptrdiff_t known = ngrams->trie.nodes;
            node = car_trie_add(&ngrams->trie, node, hypothesis->at[i + n]);
            if (node > known)
                ngrams->counts[node] = (struct car_ngram){n, 0, 0, 0};
            ngrams->counts[node].hypothesis++;
        }
    }
}

static void count_reference(car_ngrams *ngrams, const car_symbols *reference, int orders)
{
    for (ptrdiff_t i = 0; i < reference->length; i++) {
        int32_t node = 0;
        for (int n = 0; n < orders && i + n < reference->length; n++) {
            node = slot_of(&ngrams->trie, node, reference->at[i + n])->node;
            if (node == 0)
                break; /* nor does the hypothesis have a longer one that begins so */
            ngrams->counts[node].here++;
        }
    }
    for (ptrdiff_t node = 1; node <= ngrams->trie.nodes; node++) {
        struct car_ngram *count = &ngrams->counts[node];
        if (count->here > count->best)
            count->best = count->here;
        count->here = 0;
    }
}

void car_ngrams_match(car_ngrams *ngrams, const car_symbols *hypothesis, const car_symbols *references,
                      int n_references, int orders, int64_t *matches)
{
    count_hypothesis(ngrams, hypothesis, orders);
    for (int r = 0; r < n_references; r++)
        count_reference(ngrams, &references[r], orders);
    memset(matches, 0, (size_t)orders * sizeof *matches);
    for (ptrdiff_t node = 1; node <= ngrams->trie.nodes; node++) {
        const struct car_ngram *count = &ngrams->counts[node];
        matches[count->order] += count->hypothesis < count->best ? count->hypothesis : count->best;
    }
}
