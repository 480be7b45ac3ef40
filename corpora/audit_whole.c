#include "corpora/audit_whole.h"

#include <stdlib.h>
#include <unicode/uscript.h>

#include "base/memory.h"
#include "corpora/audit_findings.h"

void car_audit_records_add(car_audit_records *records, const car_line_audit *line, bool whole)
{
    records->at = car_grow(records->at, records->n, &records->capacity, sizeof *records->at);
    records->at[records->n++] =
        whole ? (car_audit_record){line->exact, line->folded, line->characters, line->words, line->script}
              : (car_audit_record){.script = -1};
}

void car_audit_records_clear(car_audit_records *records)
{
    car_free(records->at);
    *records = (car_audit_records){0};
}

/* ---- repetitions ------------------------------------------------------------------------- */

/* What of a pair is compared. */
typedef enum part { PAIR, SOURCE, TARGET, PAIR_FOLDED, SOURCE_FOLDED, TARGET_FOLDED, PARTS } part;

static uint64_t key_of(const car_audit_records records[CAR_SIDES], part what, ptrdiff_t i)
{
    const car_audit_record *source = &records[CAR_SOURCE].at[i], *target = &records[CAR_TARGET].at[i];
    bool folded = what >= PAIR_FOLDED;
    uint64_t a = folded ? source->folded : source->exact, b = folded ? target->folded : target->exact;
    switch (what) {
    case PAIR:
    case PAIR_FOLDED:
        return a * UINT64_C(0x9e3779b97f4a7c15) + b; /* odd: no two values of a fall together */
    case SOURCE:
    case SOURCE_FOLDED:
        return a;
    default:
        return b;
    }
}

static ptrdiff_t pairs_of(const car_audit_records records[CAR_SIDES])
{
    return records[CAR_SOURCE].n < records[CAR_TARGET].n ? records[CAR_SOURCE].n : records[CAR_TARGET].n;
}

static bool has_text(const car_audit_records records[CAR_SIDES], ptrdiff_t i)
{
    return records[CAR_SOURCE].at[i].words > 0 && records[CAR_TARGET].at[i].words > 0;
}

typedef struct entry {
    uint64_t key;
    ptrdiff_t pair;
} entry;

static int by_key(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->pair < y->pair ? -1 : x->pair > y->pair;
}

/* The pairs with text, by their keys and then by their places. */
static entry *sorted(const car_audit_records records[CAR_SIDES], part what, ptrdiff_t *n)
{
    ptrdiff_t pairs = pairs_of(records);
    entry *entries = car_alloc(pairs, sizeof *entries);
    *n = 0;
    for (ptrdiff_t i = 0; i < pairs; i++)
        if (has_text(records, i))
            entries[(*n)++] = (entry){key_of(records, what, i), i};
    qsort(entries, (size_t)*n, sizeof *entries, by_key);
    return entries;
}

/* earlier[i]: the first pair before i with the same key, from 1; 0 for none. */
static int64_t *earlier_pairs(const car_audit_records records[CAR_SIDES], part what)
{
    int64_t *earlier = car_alloc(pairs_of(records), sizeof *earlier);
    ptrdiff_t n, first = 0;
    entry *entries = sorted(records, what, &n);
    for (ptrdiff_t k = 1; k < n; k++) {
        if (entries[k].key != entries[first].key)
            first = k;
        else
            earlier[entries[k].pair] = entries[first].pair + 1;
    }
    car_free(entries);
    return earlier;
}

static void note_repetitions(car_audit *audit, const car_audit_records records[CAR_SIDES])
{
    static const struct {
        part what;
        car_audit_kind kind;
    } others[] = {
        {PAIR_FOLDED, CAR_AUDIT_NEAR_DUPLICATE}, {SOURCE, CAR_AUDIT_MANY_TARGETS}, {TARGET, CAR_AUDIT_MANY_SOURCES}};
    int64_t *same = earlier_pairs(records, PAIR);
    for (ptrdiff_t i = 0; i < audit->pairs; i++)
        if (same[i] > 0)
            (void)car_audit_note(audit, CAR_AUDIT_DUPLICATE, CAR_SIDES, -1, i + 1, same[i]);
    for (int k = 0; k < 3; k++) {
        int64_t *earlier = earlier_pairs(records, others[k].what);
        for (ptrdiff_t i = 0; i < audit->pairs; i++)
            if (earlier[i] > 0 && same[i] == 0)
                (void)car_audit_note(audit, others[k].kind, CAR_SIDES, -1, i + 1, earlier[i]);
        car_free(earlier);
    }
    car_free(same);
}

/* ---- test sets ------------------------------------------------------------------------------ */

static int64_t find(const entry *entries, ptrdiff_t n, uint64_t key)
{
    ptrdiff_t low = 0, high = n;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (entries[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && entries[low].key == key ? entries[low].pair + 1 : 0;
}

void car_audit_compare_test(car_audit *audit, const car_audit_records train[CAR_SIDES],
                            const car_audit_records test[CAR_SIDES], int number)
{
    /* A line is told of once for each side: by the strictest of its kinds. */
    static const struct {
        car_audit_kind kind;
        int side;
        part unless[3];
        int n_unless;
    } kinds[PARTS] = {[PAIR] = {CAR_AUDIT_TEST_PAIR, CAR_SIDES, {PAIR}, 0},
                      [SOURCE] = {CAR_AUDIT_TEST_SOURCE, CAR_SOURCE, {PAIR}, 1},
                      [TARGET] = {CAR_AUDIT_TEST_TARGET, CAR_TARGET, {PAIR}, 1},
                      [PAIR_FOLDED] = {CAR_AUDIT_TEST_PAIR_FOLDED, CAR_SIDES, {PAIR}, 1},
                      [SOURCE_FOLDED] = {CAR_AUDIT_TEST_SOURCE_FOLDED, CAR_SOURCE, {SOURCE, PAIR_FOLDED}, 2},
                      [TARGET_FOLDED] = {CAR_AUDIT_TEST_TARGET_FOLDED, CAR_TARGET, {TARGET, PAIR_FOLDED}, 2}};
    ptrdiff_t pairs = pairs_of(test), longer = test[CAR_SOURCE].n + test[CAR_TARGET].n - pairs;
    int64_t *in_train[PARTS];
    for (int what = 0; what < PARTS; what++) {
        ptrdiff_t n;
        entry *entries = sorted(train, (part)what, &n);
        in_train[what] = car_alloc(pairs, sizeof *in_train[what]);
        for (ptrdiff_t i = 0; i < pairs; i++)
            if (has_text(test, i))
                in_train[what][i] = find(entries, n, key_of(test, (part)what, i));
        car_free(entries);
    }
    for (int what = 0; what < PARTS; what++)
        for (ptrdiff_t i = 0; i < pairs; i++) {
            bool told = in_train[what][i] == 0;
            for (int k = 0; k < kinds[what].n_unless; k++)
                told = told || in_train[kinds[what].unless[k]][i] > 0;
            if (!told)
                car_audit_note(audit, kinds[what].kind, kinds[what].side, number, i + 1, in_train[what][i])->of = pairs;
        }
    for (ptrdiff_t i = pairs; i < longer; i++)
        car_audit_note(audit, CAR_AUDIT_TEST_PARITY, CAR_SIDES, number, i + 1, 0)->of = longer;
    for (int what = 0; what < PARTS; what++)
        car_free(in_train[what]);
}

/* ---- scripts ---------------------------------------------------------------------------------- */

enum { SCRIPTS = 512 };

static bool is_kana(int script) { return script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA; }

/* Does text in `script` belong to a side whose lines are mostly in `most`?  Japanese mixes
 * three scripts, Korean may use two. */
static bool goes_with(int script, int most, const int64_t lines[SCRIPTS])
{
    if (script == most)
        return true;
    bool japanese = is_kana(most) || (most == USCRIPT_HAN &&
                                      10 * (lines[USCRIPT_HIRAGANA] + lines[USCRIPT_KATAKANA]) > lines[USCRIPT_HAN]);
    if (japanese)
        return is_kana(script) || script == USCRIPT_HAN;
    return (most == USCRIPT_HAN && script == USCRIPT_BOPOMOFO) || (most == USCRIPT_HANGUL && script == USCRIPT_HAN);
}

static void note_scripts(car_audit *audit, int side, const car_audit_records *records)
{
    int64_t lines[SCRIPTS] = {0};
    car_audit_side *s = &audit->side[side];
    s->script = -1;
    for (ptrdiff_t i = 0; i < records->n; i++) {
        int script = records->at[i].script;
        if (script >= 0 && script < SCRIPTS)
            lines[script]++;
    }
    for (int script = 0; script < SCRIPTS; script++)
        if (lines[script] > (s->script < 0 ? 0 : lines[s->script]))
            s->script = script;
    for (ptrdiff_t i = 0; i < records->n; i++) {
        int script = records->at[i].script;
        if (script >= 0 && goes_with(script, s->script, lines))
            s->script_lines++;
        else if (script >= 0)
            (void)car_audit_note(audit, CAR_AUDIT_OTHER_SCRIPT, side, -1, i + 1, 0);
    }
}

/* ---- lengths ------------------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void find_quantiles(double *values, ptrdiff_t n, double quantiles[CAR_AUDIT_QUANTILES])
{
    static const double shares[CAR_AUDIT_QUANTILES] = {0, 0.01, 0.25, 0.5, 0.75, 0.99, 1};
    qsort(values, (size_t)n, sizeof *values, by_value);
    for (int i = 0; i < CAR_AUDIT_QUANTILES && n > 0; i++)
        quantiles[i] = values[(ptrdiff_t)(shares[i] * (double)(n - 1) + 0.5)];
}

static double ratio(const car_audit_records records[CAR_SIDES], ptrdiff_t i)
{
    return (double)records[CAR_TARGET].at[i].characters / records[CAR_SOURCE].at[i].characters;
}

static void note_lengths(car_audit *audit, const car_audit_records records[CAR_SIDES])
{
    enum { USUAL = 3, SHORT = 20 }; /* a factor; characters, below which any ratio is possible */
    double *characters = car_alloc(audit->pairs, sizeof *characters), *words = car_alloc(audit->pairs, sizeof *words);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < audit->pairs; i++) {
        if (!has_text(records, i))
            continue;
        characters[n] = ratio(records, i);
        words[n++] = (double)records[CAR_TARGET].at[i].words / records[CAR_SOURCE].at[i].words;
    }
    audit->ratio_pairs = n;
    if (n == 0)
        car_audit_note_all(audit, CAR_AUDIT_NO_TEXT);
    find_quantiles(characters, n, audit->character_ratio);
    find_quantiles(words, n, audit->word_ratio);
    car_free(characters);
    car_free(words);
    double median = audit->character_ratio[CAR_AUDIT_QUANTILES / 2];
    for (ptrdiff_t i = 0; i < audit->pairs; i++) {
        bool is_short = records[CAR_SOURCE].at[i].characters < SHORT && records[CAR_TARGET].at[i].characters < SHORT;
        if (!has_text(records, i) || is_short)
            continue;
        double r = ratio(records, i) / median;
        if (r > USUAL || r * USUAL < 1)
            (void)car_audit_note(audit, CAR_AUDIT_RATIO, CAR_SIDES, -1, i + 1, 0);
    }
}

void car_audit_compare_pairs(car_audit *audit, const car_audit_records records[CAR_SIDES])
{
    audit->pairs = pairs_of(records);
    for (int side = 0; side < CAR_SIDES; side++) {
        audit->side[side].lines = records[side].n;
        note_scripts(audit, side, &records[side]);
        for (ptrdiff_t i = audit->pairs; i < records[side].n; i++)
            (void)car_audit_note(audit, CAR_AUDIT_PARITY, CAR_SIDES, -1, i + 1, 0);
    }
    note_repetitions(audit, records);
    note_lengths(audit, records);
}
