#include "decode/ter.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

enum {
    LONGEST_BLOCK = 10,    /* words that one move takes along               */
    FARTHEST_MOVE = 50,    /* between where a block is and where it belongs */
    BEAM = 25,             /* cells looked at on each side of the diagonal  */
    MOST_CANDIDATES = 1000 /* moves tried for one pair of segments          */
};

/* Stands for a cell outside the beam; far from overflow. */
static const int32_t NEVER = INT32_MAX / 2;

/* What the cell (i, j) of the table of distances was reached by; hypothesis word i
 * is rewritten into reference word j. */
typedef enum step { KEEP, REPLACE, DELETE, INSERT } step;

struct segment_pair {
    const int32_t *reference;
    ptrdiff_t n_hypothesis, n_reference;
    double ratio;   /* reference words for a hypothesis word */
    ptrdiff_t beam; /* BEAM, wider if the ratio asks for it  */
};

/* A block that occurs on both sides, and where moving it takes it. */
struct move {
    ptrdiff_t gain, length, start, target;
};

/* The columns of row i that are looked at. */
struct band {
    ptrdiff_t first, end;
};

/* Memory for one pair of segments at a time; it grows and is kept.  Of the table of
 * distances [n_hypothesis + 1, n_reference + 1], the bands of its rows are stored. */
struct search {
    int32_t *costs;
    unsigned char *steps;
    int32_t *scratch;        /* [2, n_reference + 1]      */
    int32_t *words, *moved;  /* [n_hypothesis]            */
    bool *wrong_h, *wrong_r; /* [n_hypothesis], [n_reference] */
    ptrdiff_t *aligned;      /* [n_reference]: hypothesis word of each, -1: before the first */
    ptrdiff_t cells, h, r;   /* room there is             */
};

static void search_clear(struct search *search)
{
    car_free(search->costs);
    car_free(search->steps);
    car_free(search->scratch);
    car_free(search->words);
    car_free(search->moved);
    car_free(search->wrong_h);
    car_free(search->wrong_r);
    car_free(search->aligned);
}

static struct band band_of_row(const struct segment_pair *pair, ptrdiff_t i)
{
    ptrdiff_t diagonal = (ptrdiff_t)floor((double)i * pair->ratio), columns = pair->n_reference + 1;
    bool whole = i == 0 || i == pair->n_hypothesis || diagonal + pair->beam > columns;
    return (struct band){i > 0 && diagonal > pair->beam ? diagonal - pair->beam : 0,
                         whole ? columns : diagonal + pair->beam};
}

/* Where row i is stored: the first whole, all others but the last in 2 * beam cells. */
static ptrdiff_t place_of_row(const struct segment_pair *pair, ptrdiff_t i)
{
    return i == 0 ? 0 : pair->n_reference + 1 + (i - 1) * 2 * pair->beam;
}

static void search_reserve(struct search *search, const struct segment_pair *pair)
{
    ptrdiff_t n_hypothesis = pair->n_hypothesis, n_reference = pair->n_reference;
    ptrdiff_t cells = place_of_row(pair, n_hypothesis) + n_reference + 1;
    if (cells > search->cells) {
        search->cells = cells;
        search->costs = car_resize(search->costs, cells, sizeof *search->costs);
        search->steps = car_resize(search->steps, cells, sizeof *search->steps);
    }
    if (n_hypothesis > search->h) {
        search->h = n_hypothesis;
        search->words = car_resize(search->words, n_hypothesis, sizeof *search->words);
        search->moved = car_resize(search->moved, n_hypothesis, sizeof *search->moved);
        search->wrong_h = car_resize(search->wrong_h, n_hypothesis, sizeof *search->wrong_h);
    }
    if (n_reference > search->r) {
        search->r = n_reference;
        search->scratch = car_resize(search->scratch, 2 * (n_reference + 1), sizeof *search->scratch);
        search->wrong_r = car_resize(search->wrong_r, n_reference, sizeof *search->wrong_r);
        search->aligned = car_resize(search->aligned, n_reference, sizeof *search->aligned);
    }
}

/* The band of row i >= 1 of the table, from that of row i - 1, for `word` at i - 1 of
 * the hypothesis.  Of equally cheap steps the first of keep or replace, delete, insert
 * is taken.  `steps` may be NULL. */
static void fill_row(const struct segment_pair *pair, ptrdiff_t i, int32_t word, const int32_t *before, int32_t *row,
                     unsigned char *steps)
{
    struct band above = band_of_row(pair, i - 1), here = band_of_row(pair, i);
    int32_t left = NEVER;
    for (ptrdiff_t j = here.first; j < here.end; j++) {
        int32_t best = NEVER;
        step by = KEEP;
        if (j > above.first && j <= above.end) {
            bool same = word == pair->reference[j - 1];
            best = before[j - 1 - above.first] + !same;
            by = same ? KEEP : REPLACE;
        }
        if (j >= above.first && j < above.end && before[j - above.first] + 1 < best) {
            best = before[j - above.first] + 1;
            by = DELETE;
        }
        if (left + 1 < best) {
            best = left + 1;
            by = INSERT;
        }
        row[j - here.first] = left = best;
        if (steps != NULL)
            steps[j - here.first] = (unsigned char)by;
    }
}

/* Fills the table for search->words; returns the distance. */
static int32_t fill_table(struct search *search, const struct segment_pair *pair)
{
    struct band last = band_of_row(pair, pair->n_hypothesis);
    for (ptrdiff_t j = 0; j <= pair->n_reference; j++) {
        search->costs[j] = (int32_t)j;
        search->steps[j] = INSERT;
    }
    for (ptrdiff_t i = 1; i <= pair->n_hypothesis; i++) {
        ptrdiff_t place = place_of_row(pair, i);
        fill_row(pair, i, search->words[i - 1], search->costs + place_of_row(pair, i - 1), search->costs + place,
                 search->steps + place);
    }
    return search->costs[place_of_row(pair, pair->n_hypothesis) + last.end - 1 - last.first];
}

/* The distance of search->moved, which equals search->words up to `same`; the
 * table has the rows so far. */
static int32_t moved_distance(struct search *search, const struct segment_pair *pair, ptrdiff_t same)
{
    struct band last = band_of_row(pair, pair->n_hypothesis);
    const int32_t *before = search->costs + place_of_row(pair, same);
    for (ptrdiff_t i = same + 1; i <= pair->n_hypothesis; i++) {
        int32_t *row = search->scratch + (i & 1) * (pair->n_reference + 1);
        fill_row(pair, i, search->moved[i - 1], before, row, NULL);
        before = row;
    }
    return before[last.end - 1 - last.first];
}

/* Reads from the table which words are wrong and what each reference word stands at. */
static void align(struct search *search, const struct segment_pair *pair)
{
    ptrdiff_t i = pair->n_hypothesis, j = pair->n_reference;
    while (i > 0 || j > 0) {
        switch ((step)search->steps[place_of_row(pair, i) + j - band_of_row(pair, i).first]) {
        case KEEP:
        case REPLACE:
            i--;
            j--;
            search->aligned[j] = i;
            search->wrong_h[i] = search->wrong_r[j] = search->words[i] != pair->reference[j];
            break;
        case DELETE:
            search->wrong_h[--i] = true;
            break;
        case INSERT:
            search->aligned[--j] = i - 1;
            search->wrong_r[j] = true;
            break;
        }
    }
}

static int32_t *put(int32_t *to, const int32_t *words, ptrdiff_t start, ptrdiff_t end)
{
    if (end > start)
        memcpy(to, words + start, (size_t)(end - start) * sizeof *to);
    return end > start ? to + (end - start) : to;
}

/* search->moved: the block before word `target`, or if that is within the block,
 * so many words further on.  Returns how many words at the start stay the same. */
static ptrdiff_t perform(struct search *search, ptrdiff_t n, const struct move *move)
{
    const int32_t *words = search->words;
    int32_t *to = search->moved;
    ptrdiff_t start = move->start, end = start + move->length, target = move->target;
    if (target < start) {
        to = put(to, words, 0, target);
        to = put(to, words, start, end);
        to = put(to, words, target, start);
        (void)put(to, words, end, n);
        return target;
    }
    if (target <= end)
        target = target + move->length < n ? target + move->length : n;
    to = put(to, words, 0, start);
    to = put(to, words, end, target);
    to = put(to, words, start, end);
    (void)put(to, words, target, n);
    return start;
}

/* Greatest gain, then longest, then earliest block, then earliest place. */
static bool is_better(const struct move *a, const struct move *b)
{
    if (a->gain != b->gain)
        return a->gain > b->gain;
    if (a->length != b->length)
        return a->length > b->length;
    if (a->start != b->start)
        return a->start < b->start;
    return a->target < b->target;
}

/* Tries the block of hypothesis words [start, start + length) before and after
 * each word that the same block of the reference, at start_r, is aligned with. */
static void try_block(struct search *search, const struct segment_pair *pair, int32_t distance, ptrdiff_t start,
                      ptrdiff_t start_r, ptrdiff_t length, struct move *best, int *candidates)
{
    ptrdiff_t last = -1;
    for (ptrdiff_t k = start_r - 1; k < start_r + length; k++) {
        struct move move = {0, length, start, k < 0 ? 0 : search->aligned[k] + 1};
        if (move.target == last)
            continue;
        last = move.target;
        ptrdiff_t same = perform(search, pair->n_hypothesis, &move);
        move.gain = distance - moved_distance(search, pair, same);
        if (best->length == 0 || is_better(&move, best))
            *best = move;
        ++*candidates;
    }
}

/* The best move of a block whose words are wrong where they are and wanted elsewhere;
 * length 0 if there is none. */
static struct move best_move(struct search *search, const struct segment_pair *pair, int32_t distance, int *candidates)
{
    struct move best = {0};
    align(search, pair);
    for (ptrdiff_t h = 0; h < pair->n_hypothesis; h++) {
        ptrdiff_t first = h > FARTHEST_MOVE ? h - FARTHEST_MOVE : 0;
        for (ptrdiff_t r = first; r < pair->n_reference && r <= h + FARTHEST_MOVE; r++) {
            bool wrong_h = false, wrong_r = false;
            for (ptrdiff_t n = 1; n <= LONGEST_BLOCK && h + n <= pair->n_hypothesis && r + n <= pair->n_reference &&
                                  search->words[h + n - 1] == pair->reference[r + n - 1];
                 n++) {
                wrong_h = wrong_h || search->wrong_h[h + n - 1];
                wrong_r = wrong_r || search->wrong_r[r + n - 1];
                if (!wrong_h || !wrong_r || (search->aligned[r] >= h && search->aligned[r] < h + n))
                    continue;
                try_block(search, pair, distance, h, r, n, &best, candidates);
                if (*candidates >= MOST_CANDIDATES)
                    return best;
            }
        }
    }
    return best;
}

static ptrdiff_t count_edits(struct search *search, const car_symbols *hypothesis, const car_symbols *reference)
{
    struct segment_pair pair = {reference->at, hypothesis->length, reference->length, 1, BEAM};
    int32_t moves = 0, distance;
    int candidates = 0;
    if (reference->length == 0)
        return hypothesis->length;
    if (hypothesis->length == 0)
        return reference->length;
    pair.ratio = (double)reference->length / (double)hypothesis->length;
    if (pair.ratio / 2 > BEAM) /* or else the beams of two rows might have nothing in common */
        pair.beam = (ptrdiff_t)ceil(pair.ratio / 2 + BEAM);
    search_reserve(search, &pair);
    memcpy(search->words, hypothesis->at, (size_t)hypothesis->length * sizeof *search->words);
    for (;; moves++) {
        distance = fill_table(search, &pair);
        struct move move = best_move(search, &pair, distance, &candidates);
        if (candidates >= MOST_CANDIDATES || move.gain <= 0)
            break;
        (void)perform(search, hypothesis->length, &move);
        memcpy(search->words, search->moved, (size_t)hypothesis->length * sizeof *search->words);
    }
    return moves + distance;
}

bool car_ter_rows(const car_ter_options *options, const car_metric_text *hypotheses, const car_metric_text *references,
                  int n_references, double *rows, car_error *e)
{
    struct search search = {0};
    car_symbols text = {0}, spare = {0}, hypothesis = {0}, reference = {0};
    car_trie words = {0};
    if (!car_metric_check(hypotheses, references, n_references, e))
        return false;
    for (ptrdiff_t line = 0; line < hypotheses->n; line++) {
        size_t bytes = strlen(hypotheses->lines[line]);
        ptrdiff_t fewest = PTRDIFF_MAX;
        int64_t lengths = 0;
        int present = 0;
        for (int r = 0; r < n_references; r++)
            if (references[r].lines[line] != NULL)
                bytes += strlen(references[r].lines[line]);
        car_trie_reset(&words, (ptrdiff_t)bytes); /* no letter has more code points in lower case than bytes */

        car_ter_tokenize(options, hypotheses->lines[line], &text, &spare);
        car_words_number(&text, &words, &hypothesis);
        for (int r = 0; r < n_references; r++) {
            if (references[r].lines[line] == NULL)
                continue;
            car_ter_tokenize(options, references[r].lines[line], &text, &spare);
            car_words_number(&text, &words, &reference);
            ptrdiff_t edits = count_edits(&search, &hypothesis, &reference);
            if (edits < fewest)
                fewest = edits;
            lengths += reference.length;
            present++;
        }
        rows[line * CAR_TER_WIDTH + CAR_TER_EDITS] = (double)fewest;
        rows[line * CAR_TER_WIDTH + CAR_TER_LENGTH] = (double)lengths / present;
    }
    search_clear(&search);
    car_symbols_clear(&text);
    car_symbols_clear(&spare);
    car_symbols_clear(&hypothesis);
    car_symbols_clear(&reference);
    car_trie_clear(&words);
    return true;
}

double car_ter_of_sums(const double sums[CAR_TER_WIDTH])
{
    if (sums[CAR_TER_LENGTH] > 0)
        return 100 * (sums[CAR_TER_EDITS] / sums[CAR_TER_LENGTH]);
    return sums[CAR_TER_EDITS] > 0 ? 100 : 0;
}

void car_ter_signature(const car_ter_options *options, int n_references, const char *version, car_string *text)
{
    if (n_references > 0)
        car_string_format(text, "nrefs:%d", n_references);
    else
        car_string_add_text(text, "nrefs:var");
    car_string_format(text, "|case:%s|tok:tercom|norm:%s|punct:%s|asian:%s|version:%s",
                      options->case_sensitive ? "mixed" : "lc", options->normalized ? "yes" : "no",
                      options->no_punctuation ? "no" : "yes", options->asian ? "yes" : "no", version);
}
