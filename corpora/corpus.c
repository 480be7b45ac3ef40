#include "corpora/corpus.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "corpora/spool.h"

/* A pair is a record of 32-bit words: SOURCE and TARGET ids there are, the SET, the LINE in
 * two halves, then the ids. */
enum { SOURCE, TARGET, SET, LINE, HEADER = LINE + 2 };

#define LARGEST_BLOCK ((int64_t)1 << 20)
#define SMALLEST_BLOCK ((int64_t)1 << 12)

typedef struct block {
    int64_t place; /* in the spool */
    int64_t words;
    int32_t pairs;
} block;

struct car_corpus {
    int32_t *words; /* [used] the records that are held         */
    ptrdiff_t used, capacity;
    ptrdiff_t *starts; /* [held] where they begin               */
    ptrdiff_t held, starts_capacity;
    int64_t memory;
    const char *folder; /* while loading */
    car_spool *spool;   /* NULL if all is held */
    block *blocks;
    ptrdiff_t n_blocks, blocks_capacity;
    car_corpus_counts counts;
    bool has_vectors; /* the words of sources are floats */
    car_sha256 hash;
    char identity[CAR_SHA256_HEX];
};

void car_corpus_free(car_corpus *corpus)
{
    if (corpus == NULL)
        return;
    car_free(corpus->words);
    car_free(corpus->starts);
    car_free(corpus->blocks);
    car_spool_free(corpus->spool);
    car_free(corpus);
}

/* ---- records -------------------------------------------------------------------------- */

/* What so many words and pairs take, with their starts. */
static int64_t bytes_of(int64_t words, int64_t pairs)
{
    return words * (int64_t)sizeof(int32_t) + pairs * (int64_t)sizeof(ptrdiff_t);
}

static int64_t block_size(const car_corpus *corpus)
{
    int64_t size = corpus->memory / 64;
    return size < SMALLEST_BLOCK ? SMALLEST_BLOCK : size > LARGEST_BLOCK ? LARGEST_BLOCK : size;
}

static void add_start(car_corpus *corpus, ptrdiff_t start)
{
    corpus->starts = car_grow(corpus->starts, corpus->held, &corpus->starts_capacity, sizeof *corpus->starts);
    corpus->starts[corpus->held++] = start;
}

static int32_t *make_room(car_corpus *corpus, ptrdiff_t words)
{
    if (corpus->capacity - corpus->used < words) {
        corpus->capacity = corpus->used + words + corpus->used / 2;
        corpus->words = car_resize(corpus->words, corpus->capacity, sizeof *corpus->words);
    }
    return corpus->words + corpus->used;
}

/* Writes what is held into the spool, block after block, and holds nothing then. */
static bool spill(car_corpus *corpus, car_error *e)
{
    if (corpus->spool == NULL && (corpus->spool = car_spool_new(corpus->folder, e)) == NULL)
        return false;
    for (ptrdiff_t first = 0, i = 1; i <= corpus->held; i++) {
        ptrdiff_t start = corpus->starts[first], end = i < corpus->held ? corpus->starts[i] : corpus->used;
        if (i < corpus->held && bytes_of(end - start, i - first) < block_size(corpus))
            continue;
        corpus->blocks = car_grow(corpus->blocks, corpus->n_blocks, &corpus->blocks_capacity, sizeof *corpus->blocks);
        corpus->blocks[corpus->n_blocks++] = (block){car_spool_size(corpus->spool), end - start, (int32_t)(i - first)};
        if (!car_spool_add(corpus->spool, corpus->words + start, (end - start) * (ptrdiff_t)sizeof *corpus->words, e))
            return false;
        first = i;
    }
    car_free(corpus->words); /* as much as all that was allowed, the first time */
    corpus->words = NULL;
    corpus->held = corpus->used = corpus->capacity = 0;
    return true;
}

static bool apply(car_tokenizer *tokenizer, const car_bitext *bitext, int side, const car_line_pair *pair,
                  car_pieces *pieces, car_error *e)
{
    if (car_tokenizer_apply(tokenizer, pair->line[side], pair->length[side], pieces, e))
        return true;
    return car_error_context(e, "%s:%" PRId64, car_bitext_path_view(bitext, side), pair->line_number);
}

/* Adds the ids of one side; its END goes to where the sentence is to be cut. */
static void add_sentence(car_corpus *corpus, int side, const car_vocabulary *vocabulary, const car_pieces *pieces,
                         int max_length)
{
    int32_t *ids = make_room(corpus, pieces->count + 1);
    ptrdiff_t length = pieces->count;
    car_vocabulary_encode(vocabulary, pieces, ids);
    if (max_length > 0 && length > max_length) {
        length = max_length;
        ids[length] = CAR_END;
    }
    for (ptrdiff_t i = 0; i < length; i++)
        corpus->counts.unknown[side] += ids[i] == CAR_UNKNOWN;
    corpus->counts.ids[side] += length + 1;
    car_sha256_add(&corpus->hash, ids, (length + 1) * (ptrdiff_t)sizeof *ids);
    corpus->words[corpus->starts[corpus->held - 1] + side] = (int32_t)(length + 1);
    corpus->used += length + 1;
}

/* Adds a vector as so many words. */
static bool add_vector(car_corpus *corpus, const car_vectors *vectors, const car_bitext *bitext,
                       const car_line_pair *pair, car_error *e)
{
    float *numbers = car_alloc(vectors->n, sizeof *numbers);
    bool good = car_vectors_apply(vectors, pair->line[CAR_SOURCE], pair->length[CAR_SOURCE], numbers, e);
    if (good) {
        ptrdiff_t bytes = vectors->n * (ptrdiff_t)sizeof *numbers;
        memcpy(make_room(corpus, vectors->n), numbers, (size_t)bytes);
        car_sha256_add(&corpus->hash, numbers, bytes);
        corpus->counts.ids[CAR_SOURCE]++;
        corpus->words[corpus->starts[corpus->held - 1] + CAR_SOURCE] = vectors->n;
        corpus->used += vectors->n;
    }
    car_free(numbers);
    return good || car_error_context(e, "%s:%" PRId64, car_bitext_path_view(bitext, CAR_SOURCE), pair->line_number);
}

static bool add_record(car_corpus *corpus, const car_bitext *bitext, const car_coding *coding, int max_length,
                       const car_pieces pieces[CAR_SIDES], const car_line_pair *pair, car_error *e)
{
    int64_t words = (coding->vectors != NULL ? coding->vectors->n : 0) + HEADER + pieces[CAR_SOURCE].count +
                    pieces[CAR_TARGET].count + CAR_SIDES;
    int64_t bytes = bytes_of(corpus->used + words, corpus->held + 1);
    bool full = corpus->memory > 0 && bytes > (corpus->spool == NULL ? corpus->memory : block_size(corpus));
    if (full && corpus->held > 0 && !spill(corpus, e))
        return false;
    if (corpus->held == INT32_MAX)
        return car_error_set(e, CAR_EXIT_DATA, "there are more than %" PRId32 " pairs; split the text", INT32_MAX);
    int32_t *record = make_room(corpus, HEADER);
    add_start(corpus, corpus->used);
    record[SET] = pair->set;
    memcpy(record + LINE, &pair->number, sizeof pair->number);
    corpus->used += HEADER;
    if (pair->set > 0)
        car_sha256_add(&corpus->hash, record + SET, sizeof *record);
    if (coding->vectors != NULL && !add_vector(corpus, coding->vectors, bitext, pair, e))
        return false;
    for (int side = coding->vectors != NULL ? CAR_TARGET : CAR_SOURCE; side < CAR_SIDES; side++)
        add_sentence(corpus, side, coding->vocabulary[side], &pieces[side], max_length);
    return true;
}

/* White space, which some tokenizers keep as pieces, is nothing. */
static bool is_blank(const car_line_pair *pair, int side)
{
    return car_text_is_blank(pair->line[side], pair->length[side]);
}

static bool check_shape(const car_bitext *bitext, car_pair_shape shape, const car_line_pair *pair, ptrdiff_t source,
                        ptrdiff_t target, car_error *e)
{
    const char *path = car_bitext_path_view(bitext, CAR_TARGET);
    if (shape == CAR_PAIRS_IN_STEP && source != target)
        return car_error_set(e, CAR_EXIT_DATA,
                             "%s:%" PRId64
                             ": %td tag%s for %td piece%s of the source; each needs one (--tokenizer space "
                             "cuts at spaces alone)",
                             path, pair->line_number, target, target == 1 ? "" : "s", source, source == 1 ? "" : "s");
    if (shape == CAR_PAIRS_LABELLED && target > 1)
        return car_error_set(e, CAR_EXIT_DATA,
                             "%s:%" PRId64 ": %td pieces; the class of a line is one (--tokenizer NAME space cuts the "
                             "classes at spaces alone)",
                             path, pair->line_number, target);
    return true;
}

static bool add_pair(car_corpus *corpus, const car_bitext *bitext, const car_coding *coding,
                     const car_corpus_options *options, const car_pieces pieces[CAR_SIDES], const car_line_pair *pair,
                     car_error *e)
{
    car_corpus_counts *counts = &corpus->counts;
    bool alone = coding->tokenizer[CAR_SOURCE] == NULL && coding->vectors == NULL;
    ptrdiff_t target = pieces[CAR_TARGET].count;
    ptrdiff_t source = coding->tokenizer[CAR_SOURCE] == NULL ? target : pieces[CAR_SOURCE].count;
    ptrdiff_t most = source > target ? source : target, least = source > target ? target : source;
    bool longer = options->max_length > 0 && most > options->max_length;
    counts->read++;
    if (pair->skipped && !options->keep_empty) {
        counts->skipped++;
    } else if ((least == 0 || (!alone && is_blank(pair, CAR_SOURCE)) || is_blank(pair, CAR_TARGET)) &&
               !options->keep_empty) {
        counts->empty++;
    } else if (longer && !options->crop) {
        counts->too_long++;
    } else if (options->max_ratio > 0 && (double)most > options->max_ratio * (double)least) {
        counts->uneven++;
    } else {
        counts->cropped += longer;
        counts->kept++;
        return check_shape(bitext, options->shape, pair, source, target, e) &&
               add_record(corpus, bitext, coding, options->max_length, pieces, pair, e);
    }
    return true;
}

/* Makes the last blocks of a spool, or the one block that there is; gives back what was
 * allocated in advance. */
static bool finish(car_corpus *corpus, car_error *e)
{
    car_sha256_finish(&corpus->hash, corpus->identity);
    if (corpus->spool != NULL && corpus->held > 0 && !spill(corpus, e))
        return false;
    if (corpus->spool == NULL) {
        corpus->capacity = corpus->used;
        corpus->words = car_resize(corpus->words, corpus->capacity, sizeof *corpus->words);
        corpus->blocks = car_grow(NULL, 0, &corpus->blocks_capacity, sizeof *corpus->blocks);
        corpus->blocks[corpus->n_blocks++] = (block){0, corpus->used, (int32_t)corpus->held};
    }
    return true;
}

car_corpus *car_corpus_load(car_bitext *bitext, const car_coding *coding, const car_corpus_options *options,
                            car_error *e)
{
    car_corpus *corpus = car_alloc(1, sizeof *corpus);
    corpus->memory = options->memory;
    corpus->folder = options->folder;
    corpus->has_vectors = coding->vectors != NULL;
    car_sha256_init(&corpus->hash);
    const car_corpus_counts *counts = &corpus->counts;
    car_pieces pieces[CAR_SIDES] = {0};
    car_line_pair pair;
    int got;
    while ((got = car_bitext_next(bitext, &pair, e)) == 1) {
        for (int side = 0; side < CAR_SIDES && got == 1; side++)
            if (coding->tokenizer[side] != NULL &&
                !apply(coding->tokenizer[side], bitext, side, &pair, &pieces[side], e))
                got = -1;
        if (got < 0 || !add_pair(corpus, bitext, coding, options, pieces, &pair, e)) {
            got = -1;
            break;
        }
    }
    if (got == 0 && counts->kept == 0) {
        car_error_set(e, CAR_EXIT_DATA,
                      "%s: no pair is left of %" PRId64 ": %" PRId64 " have an empty side, %" PRId64
                      " are longer than %d pieces, %" PRId64 " are too uneven in length, %" PRId64
                      " were left out as no proper text",
                      car_bitext_name_view(bitext), counts->read, counts->empty, counts->too_long, options->max_length,
                      counts->uneven, counts->skipped);
        got = -1;
    }
    for (int side = 0; side < CAR_SIDES; side++)
        car_pieces_clear(&pieces[side]);
    if (got < 0 || !finish(corpus, e)) {
        car_corpus_free(corpus);
        return NULL;
    }
    return corpus;
}

car_corpus_counts car_corpus_count(const car_corpus *corpus) { return corpus->counts; }

const char *car_corpus_identity_view(const car_corpus *corpus) { return corpus->identity; }

/* ---- blocks and pairs ------------------------------------------------------------------ */

int32_t car_corpus_blocks(const car_corpus *corpus) { return (int32_t)corpus->n_blocks; }

int64_t car_corpus_block_bytes(const car_corpus *corpus, int32_t i)
{
    return bytes_of(corpus->blocks[i].words, corpus->blocks[i].pairs);
}

bool car_corpus_hold(car_corpus *corpus, const int32_t *blocks, int32_t n, car_error *e)
{
    if (corpus->spool == NULL)
        return true;
    int64_t all = 0;
    for (int32_t i = 0; i < n; i++)
        all += corpus->blocks[blocks[i]].words;
    corpus->held = corpus->used = 0;
    (void)make_room(corpus, all);
    for (int32_t i = 0; i < n; i++) {
        const block *from = &corpus->blocks[blocks[i]];
        if (!car_spool_read(corpus->spool, from->place, corpus->words + corpus->used,
                            from->words * (ptrdiff_t)sizeof *corpus->words, e))
            return false;
        for (int32_t k = 0; k < from->pairs; k++) {
            add_start(corpus, corpus->used);
            const int32_t *record = corpus->words + corpus->used;
            corpus->used += HEADER + (ptrdiff_t)record[SOURCE] + record[TARGET];
        }
    }
    return true;
}

int32_t car_corpus_held(const car_corpus *corpus) { return (int32_t)corpus->held; }

static const int32_t *record_of(const car_corpus *corpus, int64_t i)
{
    CAR_REQUIRE(i >= 0 && i < corpus->held);
    return corpus->words + corpus->starts[i];
}

car_sentence car_corpus_sentence_view(const car_corpus *corpus, int side, int64_t i)
{
    const int32_t *record = record_of(corpus, i);
    if (side == CAR_SOURCE && corpus->has_vectors)
        return (car_sentence){.numbers = (const float *)(record + HEADER), .length = 1};
    return (car_sentence){.ids = record + HEADER + (side == CAR_TARGET ? record[SOURCE] : 0), .length = record[side]};
}

int64_t car_corpus_line(const car_corpus *corpus, int64_t i)
{
    int64_t line;
    memcpy(&line, record_of(corpus, i) + LINE, sizeof line);
    return line;
}

int car_corpus_set(const car_corpus *corpus, int64_t i) { return record_of(corpus, i)[SET]; }

/* The pieces of a line, and if there is dropout those that it makes of them. */
static void count_pieces(car_tokenizer *tokenizer, const car_pieces *pieces, double dropout, uint64_t draw,
                         car_pieces *recut, car_vocabulary_builder *builder)
{
    car_vocabulary_builder_add(builder, pieces);
    if (dropout > 0) {
        car_tokenizer_recut(tokenizer, pieces, dropout, draw, recut);
        car_vocabulary_builder_add(builder, recut);
    }
}

bool car_bitext_count_pieces(car_bitext *bitext, car_tokenizer *const tokenizer[CAR_SIDES],
                             const car_bpe_dropout *dropout, car_vocabulary_builder *const builder[CAR_SIDES],
                             car_error *e)
{
    car_pieces pieces = {0}, recut = {0};
    car_line_pair pair;
    int got;
    while ((got = car_bitext_next(bitext, &pair, e)) == 1) {
        uint64_t draw[CAR_SIDES];
        car_bpe_dropout_draw(dropout, 0, (uint64_t)pair.number, draw);
        for (int side = 0; side < CAR_SIDES && got == 1 && !pair.skipped; side++) {
            if (tokenizer[side] == NULL)
                continue;
            if (apply(tokenizer[side], bitext, side, &pair, &pieces, e))
                count_pieces(tokenizer[side], &pieces, dropout->rate[side], draw[side], &recut, builder[side]);
            else
                got = -1;
        }
        if (got < 0)
            break;
    }
    car_pieces_clear(&pieces);
    car_pieces_clear(&recut);
    return got == 0;
}
