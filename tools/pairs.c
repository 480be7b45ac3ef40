#include "tools/pairs.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "corpora/batches.h"
#include "corpora/corpus.h"

struct car_pairs {
    car_corpus *corpus;
    car_batches *batches;
    char identity[CAR_SHA256_HEX];
};

/* Ids and lines of all pairs that are trained on: equal if and only if training
 * sees the same. */
static void identify(const car_corpus *corpus, char hex[CAR_SHA256_HEX])
{
    car_sha256 hash;
    car_sha256_init(&hash);
    for (int64_t i = 0; i < car_corpus_count(corpus).kept; i++) {
        for (int side = 0; side < CAR_SIDES; side++) {
            car_sentence sentence = car_corpus_sentence_view(corpus, side, i);
            car_sha256_add(&hash, sentence.ids, (ptrdiff_t)sizeof *sentence.ids * sentence.length);
        }
    }
    car_sha256_finish(&hash, hex);
}

static void report(car_bitext *bitext, const car_corpus *corpus, int max_length)
{
    car_corpus_counts n = car_corpus_count(corpus);
    const char *notes = car_bitext_notes_view(bitext);
    while (*notes != '\0') {
        int length = (int)strcspn(notes, "\n");
        car_log(CAR_LOG_WARN, "[data] %.*s", length, notes);
        notes += length + (notes[length] == '\n');
    }
    car_log(CAR_LOG_INFO,
            "[data] %s and %s: %" PRId64 " pairs, %" PRId64 " source and %" PRId64 " target pieces, unknown %.2f%% and "
            "%.2f%%",
            car_bitext_path_view(bitext, CAR_SOURCE), car_bitext_path_view(bitext, CAR_TARGET), n.kept,
            n.ids[CAR_SOURCE], n.ids[CAR_TARGET], 100 * (double)n.unknown[CAR_SOURCE] / (double)n.ids[CAR_SOURCE],
            100 * (double)n.unknown[CAR_TARGET] / (double)n.ids[CAR_TARGET]);
    if (n.too_long + n.empty > 0)
        car_log(CAR_LOG_INFO,
                "[data] left out: %" PRId64 " pairs over %d pieces (--max-length), %" PRId64 " with an "
                "empty side",
                n.too_long, max_length, n.empty);
    if (n.cropped > 0)
        car_log(CAR_LOG_INFO, "[data] cut short: %" PRId64 " pairs over %d pieces (--max-length)", n.cropped,
                max_length);
}

car_pairs *car_pairs_load(const char *const path[CAR_SIDES], const car_texts *texts, const car_pairs_options *options,
                          car_error *e)
{
    car_bitext *bitext = car_bitext_open(path[CAR_SOURCE], path[CAR_TARGET], e);
    if (bitext == NULL)
        return NULL;
    const car_coding coding = {{texts->tokenizer[CAR_SOURCE], texts->tokenizer[CAR_TARGET]},
                               {texts->vocabulary[CAR_SOURCE], texts->vocabulary[CAR_TARGET]}};
    const car_corpus_options corpus = {options->max_length, options->crop, options->complete};
    const car_batches_options batches = {options->mini_batch, options->mini_batch_words, options->maxi_batch,
                                         options->seed, options->complete};
    car_pairs *pairs = car_alloc(1, sizeof *pairs);
    pairs->corpus = car_corpus_load(bitext, &coding, &corpus, e);
    if (pairs->corpus != NULL) {
        if (!options->complete)
            report(bitext, pairs->corpus, options->max_length);
        identify(pairs->corpus, pairs->identity);
        pairs->batches = car_batches_new(pairs->corpus, &batches, e);
    }
    car_bitext_close(bitext);
    if (pairs->batches != NULL)
        return pairs;
    car_pairs_free(pairs);
    return NULL;
}

void car_pairs_free(car_pairs *pairs)
{
    if (pairs == NULL)
        return;
    car_batches_free(pairs->batches);
    car_corpus_free(pairs->corpus);
    car_free(pairs);
}

car_batch_source car_pairs_source(car_pairs *pairs) { return car_batches_source(pairs->batches); }

int64_t car_pairs_count(const car_pairs *pairs) { return car_corpus_count(pairs->corpus).kept; }

const char *car_pairs_identity(const car_pairs *pairs) { return pairs->identity; }
