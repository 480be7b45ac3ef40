#include "corpora/split.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/text.h"
#include "corpora/fold.h"
#include "math/random.h"

/* Where a pair goes, beside the parts. */
enum { LEFT_OUT = CAR_PARTS };

typedef struct side_hashes {
    uint64_t of[CAR_SIDES]; /* of the folded line */
} side_hashes;

typedef struct entry {
    uint64_t key;
    int32_t pair;
} entry;

struct car_split {
    car_stream stream;
    car_split_counts counts;
    uint64_t identity; /* of all lines, as they are       */
    uint8_t *part;     /* [read] what becomes of the pair */
    ptrdiff_t part_capacity;

    side_hashes *hashes; /* [read] while it is decided */
    ptrdiff_t hashes_capacity;
};

void car_split_free(car_split *split)
{
    if (split == NULL)
        return;
    car_free(split->part);
    car_free(split->hashes);
    car_free(split);
}

const char *car_part_name(int part)
{
    static const char *const names[CAR_PARTS] = {"train", "valid", "test"};
    return names[part];
}

car_split_counts car_split_count(const car_split *split) { return split->counts; }

/* ---- reading ------------------------------------------------------------------------------- */

static uint64_t identity_after(uint64_t identity, const car_line_pair *pair)
{
    for (int side = 0; side < CAR_SIDES; side++)
        identity = identity * UINT64_C(0x9e3779b97f4a7c15) + car_text_hash(pair->line[side], pair->length[side]);
    return identity;
}

static void add_pair(car_split *split, const car_line_pair *pair, car_folding *folding)
{
    car_split_counts *counts = &split->counts;
    ptrdiff_t i = counts->read++;
    split->part = car_grow(split->part, i, &split->part_capacity, sizeof *split->part);
    split->hashes = car_grow(split->hashes, i, &split->hashes_capacity, sizeof *split->hashes);
    split->part[i] = LEFT_OUT;
    if (pair->skipped) {
        counts->skipped++;
        return;
    }
    for (int side = 0; side < CAR_SIDES; side++) {
        const char *folded;
        ptrdiff_t length;
        if (car_text_is_blank(pair->line[side], pair->length[side])) {
            counts->empty++;
            return;
        }
        car_folding_apply(folding, pair->line[side], pair->length[side], &folded, &length);
        split->hashes[i].of[side] = car_text_hash(folded, length);
    }
    split->part[i] = CAR_PART_TRAIN;
}

static bool read_all(car_split *split, car_bitext *bitext, car_error *e)
{
    car_folding *folding = car_folding_new(e);
    car_line_pair pair;
    int got = folding != NULL ? 1 : -1;
    while (got == 1 && (got = car_bitext_next(bitext, &pair, e)) == 1) {
        split->identity = identity_after(split->identity, &pair);
        if (split->counts.read == INT32_MAX) {
            (void)car_error_set(e, CAR_EXIT_DATA, "%s: more than %" PRId32 " pairs cannot be split at once",
                                car_bitext_name_view(bitext), INT32_MAX);
            got = -1;
        } else {
            add_pair(split, &pair, folding);
        }
    }
    car_folding_free(folding);
    return got == 0;
}

/* ---- groups --------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->pair < y->pair ? -1 : x->pair > y->pair;
}

/* What stands for the group of a pair: the first of its pairs. */
static int32_t root_of(int32_t *parent, int32_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static void join(int32_t *parent, int32_t i, int32_t k)
{
    i = root_of(parent, i);
    k = root_of(parent, k);
    if (i < k)
        parent[k] = i;
    else
        parent[i] = k;
}

/* root[i] of each pair with text. */
static int32_t *find_groups(const car_split *split)
{
    int32_t n = (int32_t)split->counts.read;
    int32_t *parent = car_alloc(n, sizeof *parent);
    entry *entries = car_alloc(n, sizeof *entries);
    for (int32_t i = 0; i < n; i++)
        parent[i] = i;
    for (int side = 0; side < CAR_SIDES; side++) {
        ptrdiff_t found = 0;
        for (int32_t i = 0; i < n; i++)
            if (split->part[i] != LEFT_OUT)
                entries[found++] = (entry){split->hashes[i].of[side], i};
        qsort(entries, (size_t)found, sizeof *entries, by_key);
        for (ptrdiff_t k = 1; k < found; k++)
            if (entries[k].key == entries[k - 1].key)
                join(parent, entries[k].pair, entries[k - 1].pair);
    }
    for (int32_t i = 0; i < n; i++)
        parent[i] = root_of(parent, i);
    car_free(entries);
    return parent;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static uint64_t draw(const car_split *split, uint64_t high, uint64_t low)
{
    uint32_t bits[4];
    car_random_block(split->stream, high, low, bits);
    return (uint64_t)bits[0] << 32 | bits[1];
}

/* The lot of a pair; pairs with the same folded text have the same. */
static uint64_t lot_of(const car_split *split, int32_t i)
{
    return draw(split, split->hashes[i].of[CAR_SOURCE], split->hashes[i].of[CAR_TARGET]);
}

/* The groups by their lots, which are drawn from the least hash in them, that of a
 * target: the place of a pair has no say, and large groups are no likelier. */
static entry *sorted_groups(car_split *split, const int32_t *root)
{
    int32_t n = (int32_t)split->counts.read;
    uint64_t *least = car_alloc(n, sizeof *least);
    entry *groups = car_alloc(n, sizeof *groups);
    int64_t *count = &split->counts.groups;
    for (int32_t i = 0; i < n; i++)
        if (split->part[i] != LEFT_OUT && (root[i] == i || split->hashes[i].of[CAR_TARGET] < least[root[i]]))
            least[root[i]] = split->hashes[i].of[CAR_TARGET];
    for (int32_t i = 0; i < n; i++)
        if (split->part[i] != LEFT_OUT && root[i] == i)
            groups[(*count)++] = (entry){draw(split, least[i], 0), i};
    car_free(least);
    qsort(groups, (size_t)*count, sizeof *groups, by_key);
    return groups;
}

/* Takes the groups with the first lots out of the training text, but for one pair of each:
 * that with the first lot. */
static void hold_out(car_split *split, const entry *groups, const int32_t *root, const int64_t wanted[CAR_PARTS])
{
    int32_t n = (int32_t)split->counts.read;
    int32_t *best = car_alloc(n, sizeof *best); /* of the group of a root; -1: it stays */
    const int64_t tests = wanted[CAR_PART_TEST], all = tests + wanted[CAR_PART_VALID];
    memset(best, 0xff, (size_t)n * sizeof *best);
    for (int64_t k = 0; k < all; k++)
        best[groups[k].pair] = groups[k].pair;
    for (int32_t i = 0; i < n; i++) {
        if (split->part[i] == LEFT_OUT || best[root[i]] < 0)
            continue;
        split->part[i] = LEFT_OUT;
        split->counts.held_out++;
        if (lot_of(split, i) < lot_of(split, best[root[i]]))
            best[root[i]] = i;
    }
    for (int64_t k = 0; k < all; k++) {
        int part = k < tests ? CAR_PART_TEST : CAR_PART_VALID;
        split->part[best[groups[k].pair]] = (uint8_t)part;
        split->counts.pairs[part]++;
    }
    split->counts.held_out -= all;
    car_free(best);
}

/* Leaves in the training text the `wanted` pairs with the first lots. */
static void draw_training(car_split *split, int64_t wanted)
{
    int32_t n = (int32_t)split->counts.read;
    int64_t *count = &split->counts.pairs[CAR_PART_TRAIN];
    entry *entries = car_alloc(n, sizeof *entries);
    for (int32_t i = 0; i < n; i++)
        if (split->part[i] == CAR_PART_TRAIN)
            entries[(*count)++] = (entry){lot_of(split, i), i};
    if (wanted > 0 && *count > wanted) {
        qsort(entries, (size_t)*count, sizeof *entries, by_key);
        for (int64_t k = wanted; k < *count; k++)
            split->part[entries[k].pair] = LEFT_OUT;
        split->counts.undrawn = *count - wanted;
        *count = wanted;
    }
    car_free(entries);
}

static bool decide(car_split *split, const char *name, const int64_t wanted[CAR_PARTS], car_error *e)
{
    int32_t *root = find_groups(split);
    entry *groups = sorted_groups(split, root);
    int64_t all = split->counts.groups;
    bool enough = wanted[CAR_PART_VALID] < all && wanted[CAR_PART_TEST] < all - wanted[CAR_PART_VALID];
    if (enough) {
        hold_out(split, groups, root, wanted);
        draw_training(split, wanted[CAR_PART_TRAIN]);
    } else if (all == 0) {
        (void)car_error_set(e, CAR_EXIT_DATA, "%s: no pair has text on both sides", name);
    } else {
        (void)car_error_set(e, CAR_EXIT_DATA,
                            "%s: %" PRId64 " of its pairs have text, in %" PRId64
                            " groups that share no sentence; --valid %" PRId64 " and --test %" PRId64
                            " leave none to train with; ask for fewer",
                            name, split->counts.read - split->counts.skipped - split->counts.empty, all,
                            wanted[CAR_PART_VALID], wanted[CAR_PART_TEST]);
    }
    car_free(groups);
    car_free(root);
    return enough;
}

car_split *car_split_new(car_bitext *bitext, const car_split_options *options, car_error *e)
{
    car_split *split = car_alloc(1, sizeof *split);
    split->stream = car_stream_named(options->seed, "corpus split");
    bool good = read_all(split, bitext, e) && decide(split, car_bitext_name_view(bitext), options->pairs, e);
    car_free(split->hashes);
    split->hashes = NULL;
    if (good)
        return split;
    car_split_free(split);
    return NULL;
}

/* ---- writing -------------------------------------------------------------------------------- */

typedef car_file_writer *part_files[CAR_PARTS][CAR_SIDES];

static bool open_files(const car_split *split, const char *folder, const char *const suffix[CAR_SIDES],
                       part_files files, car_error *e)
{
    bool good = true;
    for (int part = 0; part < CAR_PARTS; part++)
        for (int side = 0; side < CAR_SIDES && good && split->counts.pairs[part] > 0; side++) {
            car_string name = {0};
            car_string_format(&name, "%s.%s", car_part_name(part), suffix[side]);
            char *path = car_path_join(folder, name.at);
            files[part][side] = car_file_writer_open(path, e);
            good = files[part][side] != NULL;
            car_free(path);
            car_string_clear(&name);
        }
    return good;
}

static bool write_pairs(const car_split *split, car_bitext *bitext, part_files files, car_error *e)
{
    uint64_t identity = 0;
    int64_t n = 0;
    car_line_pair pair;
    int got;
    for (; (got = car_bitext_next(bitext, &pair, e)) == 1 && n < split->counts.read; n++) {
        identity = identity_after(identity, &pair);
        for (int side = 0; side < CAR_SIDES && split->part[n] != LEFT_OUT; side++) {
            car_file_writer_write(files[split->part[n]][side], pair.line[side], pair.length[side]);
            car_file_writer_write(files[split->part[n]][side], "\n", 1);
        }
    }
    if (got < 0)
        return false;
    if (got == 1 || n != split->counts.read || identity != split->identity)
        return car_error_set(e, CAR_EXIT_DATA, "%s changed while it was read; nothing was written",
                             car_bitext_name_view(bitext));
    return true;
}

bool car_split_write(const car_split *split, car_bitext *bitext, const char *folder,
                     const char *const suffix[CAR_SIDES], car_error *e)
{
    part_files files = {{NULL}};
    bool good = car_folder_make(folder, e) && open_files(split, folder, suffix, files, e) &&
                write_pairs(split, bitext, files, e);
    for (int part = 0; part < CAR_PARTS; part++)
        for (int side = 0; side < CAR_SIDES; side++) {
            if (good && files[part][side] != NULL)
                good = car_file_writer_commit(files[part][side], e);
            else
                car_file_writer_abandon(files[part][side]);
        }
    return good;
}
