#include "tools/pairs.h"

#include <inttypes.h>

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

static double percent(int64_t part, int64_t whole) { return whole > 0 ? 100 * (double)part / (double)whole : 0; }

static void add_left_out(car_string *text, int64_t n, const char *why)
{
    if (n > 0)
        car_string_format(text, "%s%" PRId64 " %s", text->length > 0 ? ", " : "", n, why);
}

static void report(const car_bitext *bitext, const car_corpus *corpus)
{
    car_corpus_counts n = car_corpus_count(corpus);
    car_string left_out = {0};
    car_log(CAR_LOG_INFO,
            "[data] %s: %" PRId64 " pairs, %" PRId64 " source and %" PRId64 " target pieces, unknown %.2f%% and %.2f%%",
            car_bitext_name_view(bitext), n.kept, n.ids[CAR_SOURCE], n.ids[CAR_TARGET],
            percent(n.unknown[CAR_SOURCE], n.ids[CAR_SOURCE]), percent(n.unknown[CAR_TARGET], n.ids[CAR_TARGET]));
    add_left_out(&left_out, n.skipped, "that are no proper text (--utf8, --max-line-bytes)");
    add_left_out(&left_out, n.empty, "with an empty side");
    add_left_out(&left_out, n.too_long, "with too many pieces (--max-length)");
    add_left_out(&left_out, n.uneven, "too uneven in length (--max-ratio)");
    if (left_out.length > 0)
        car_log(CAR_LOG_INFO, "[data] left out %" PRId64 " of %" PRId64 " pairs: %s", n.read - n.kept, n.read,
                left_out.at);
    if (n.cropped > 0)
        car_log(CAR_LOG_INFO, "[data] cut short: %" PRId64 " pairs with too many pieces (--max-length)", n.cropped);
    car_string_clear(&left_out);
}

car_pairs *car_pairs_load(const car_sets *sets, const car_texts *texts, const car_pairs_options *options, car_error *e)
{
    car_bitext *bitext = car_sets_open(sets, e);
    if (bitext == NULL)
        return NULL;
    const car_coding coding = {{texts->tokenizer[CAR_SOURCE], texts->tokenizer[CAR_TARGET]},
                               {texts->vocabulary[CAR_SOURCE], texts->vocabulary[CAR_TARGET]}};
    const car_corpus_options corpus = {options->max_length, options->crop, options->complete, options->max_ratio};
    const car_batches_options batches = {options->mini_batch, options->mini_batch_words, options->maxi_batch,
                                         options->seed, options->complete};
    car_pairs *pairs = car_alloc(1, sizeof *pairs);
    pairs->corpus = car_corpus_load(bitext, &coding, &corpus, e);
    if (pairs->corpus != NULL) {
        car_report_log(car_bitext_report_view(bitext));
        if (!options->complete)
            report(bitext, pairs->corpus);
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
