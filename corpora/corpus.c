#include "corpora/corpus.h"

#include <inttypes.h>

#include "base/memory.h"

/* One side: sentence i is ids[ends[i - 1] .. ends[i] - 1]. */
typedef struct half {
    int32_t *ids;
    int64_t *ends;
    ptrdiff_t ids_capacity, ends_capacity;
} half;

struct car_corpus {
    half halves[CAR_SIDES];
    int64_t *lines;
    ptrdiff_t lines_capacity;
    car_corpus_counts counts;
};

void car_corpus_free(car_corpus *corpus)
{
    if (corpus == NULL)
        return;
    for (int side = 0; side < CAR_SIDES; side++) {
        car_free(corpus->halves[side].ids);
        car_free(corpus->halves[side].ends);
    }
    car_free(corpus->lines);
    car_free(corpus);
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
    half *h = &corpus->halves[side];
    ptrdiff_t used = (ptrdiff_t)corpus->counts.ids[side], needed = used + pieces->count + 1, length = pieces->count;
    if (needed > h->ids_capacity) {
        h->ids_capacity = needed + needed / 2;
        h->ids = car_resize(h->ids, h->ids_capacity, sizeof *h->ids);
    }
    car_vocabulary_encode(vocabulary, pieces, h->ids + used);
    if (max_length > 0 && length > max_length) {
        length = max_length;
        h->ids[used + length] = CAR_END;
    }
    for (ptrdiff_t i = 0; i < length; i++)
        corpus->counts.unknown[side] += h->ids[used + i] == CAR_UNKNOWN;
    corpus->counts.ids[side] += length + 1;
    h->ends = car_grow(h->ends, (ptrdiff_t)corpus->counts.kept, &h->ends_capacity, sizeof *h->ends);
    h->ends[corpus->counts.kept] = corpus->counts.ids[side];
}

static void add_pair(car_corpus *corpus, const car_coding *coding, const car_corpus_options *options,
                     const car_pieces pieces[CAR_SIDES], const car_line_pair *pair)
{
    car_corpus_counts *counts = &corpus->counts;
    ptrdiff_t source = pieces[CAR_SOURCE].count, target = pieces[CAR_TARGET].count;
    ptrdiff_t most = source > target ? source : target, least = source > target ? target : source;
    bool longer = options->max_length > 0 && most > options->max_length;
    counts->read++;
    if (pair->skipped && !options->keep_empty) {
        counts->skipped++;
    } else if (least == 0 && !options->keep_empty) {
        counts->empty++;
    } else if (longer && !options->crop) {
        counts->too_long++;
    } else if (options->max_ratio > 0 && (double)most > options->max_ratio * (double)least) {
        counts->uneven++;
    } else {
        for (int side = 0; side < CAR_SIDES; side++)
            add_sentence(corpus, side, coding->vocabulary[side], &pieces[side], options->max_length);
        corpus->lines =
            car_grow(corpus->lines, (ptrdiff_t)counts->kept, &corpus->lines_capacity, sizeof *corpus->lines);
        corpus->lines[counts->kept] = pair->number;
        counts->cropped += longer;
        counts->kept++;
    }
}

car_corpus *car_corpus_load(car_bitext *bitext, const car_coding *coding, const car_corpus_options *options,
                            car_error *e)
{
    car_corpus *corpus = car_alloc(1, sizeof *corpus);
    const car_corpus_counts *counts = &corpus->counts;
    car_pieces pieces[CAR_SIDES] = {0};
    car_line_pair pair;
    int got;
    while ((got = car_bitext_next(bitext, &pair, e)) == 1) {
        for (int side = 0; side < CAR_SIDES && got == 1; side++)
            if (!apply(coding->tokenizer[side], bitext, side, &pair, &pieces[side], e))
                got = -1;
        if (got < 0)
            break;
        add_pair(corpus, coding, options, pieces, &pair);
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
    if (got < 0) {
        car_corpus_free(corpus);
        return NULL;
    }
    return corpus;
}

car_corpus_counts car_corpus_count(const car_corpus *corpus) { return corpus->counts; }

car_sentence car_corpus_sentence_view(const car_corpus *corpus, int side, int64_t i)
{
    CAR_REQUIRE(i >= 0 && i < corpus->counts.kept);
    const half *h = &corpus->halves[side];
    int64_t start = i > 0 ? h->ends[i - 1] : 0;
    return (car_sentence){h->ids + start, (int)(h->ends[i] - start)};
}

int64_t car_corpus_line(const car_corpus *corpus, int64_t i)
{
    CAR_REQUIRE(i >= 0 && i < corpus->counts.kept);
    return corpus->lines[i];
}

bool car_bitext_count_pieces(car_bitext *bitext, car_tokenizer *const tokenizer[CAR_SIDES],
                             car_vocabulary_builder *const builder[CAR_SIDES], car_error *e)
{
    car_pieces pieces = {0};
    car_line_pair pair;
    int got;
    while ((got = car_bitext_next(bitext, &pair, e)) == 1) {
        for (int side = 0; side < CAR_SIDES && got == 1 && !pair.skipped; side++) {
            if (apply(tokenizer[side], bitext, side, &pair, &pieces, e))
                car_vocabulary_builder_add(builder[side], &pieces);
            else
                got = -1;
        }
        if (got < 0)
            break;
    }
    car_pieces_clear(&pieces);
    return got == 0;
}
