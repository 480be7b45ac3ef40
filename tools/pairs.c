#include "tools/pairs.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/memory.h"
#include "corpora/batches.h"
#include "corpora/corpus.h"
#include "corpora/streams.h"

struct car_pairs {
    car_corpus *corpus;
    car_batches *batches; /* or: */
    car_streams *streams;
    car_recutter *recutter[CAR_SIDES]; /* where there is dropout */
};

static double percent(int64_t part, int64_t whole) { return whole > 0 ? 100 * (double)part / (double)whole : 0; }

static void report(const car_bitext *bitext, const car_corpus *corpus, const char *folder)
{
    car_corpus_counts n = car_corpus_count(corpus);
    car_string left_out = {0};
    if (n.ids[CAR_SOURCE] == n.kept) /* CAR_END alone */
        car_log(CAR_LOG_INFO, "[data] %s: %" PRId64 " lines, %" PRId64 " pieces, unknown %.2f%%",
                car_bitext_name_view(bitext), n.kept, n.ids[CAR_TARGET],
                percent(n.unknown[CAR_TARGET], n.ids[CAR_TARGET]));
    else
        car_log(CAR_LOG_INFO,
                "[data] %s: %" PRId64 " pairs, %" PRId64 " source and %" PRId64
                " target pieces, unknown %.2f%% and %.2f%%",
                car_bitext_name_view(bitext), n.kept, n.ids[CAR_SOURCE], n.ids[CAR_TARGET],
                percent(n.unknown[CAR_SOURCE], n.ids[CAR_SOURCE]), percent(n.unknown[CAR_TARGET], n.ids[CAR_TARGET]));
    car_string_list_count(&left_out, n.skipped, "without proper text (--utf8, --max-line-bytes)");
    car_string_list_count(&left_out, n.empty, "with an empty side");
    car_string_list_count(&left_out, n.too_long, "with too many pieces (--max-length)");
    car_string_list_count(&left_out, n.uneven, "too uneven in length (--max-ratio)");
    if (left_out.length > 0)
        car_log(CAR_LOG_INFO, "[data] left out %" PRId64 " of %" PRId64 " pairs: %s", n.read - n.kept, n.read,
                left_out.at);
    if (car_corpus_blocks(corpus) > 1)
        car_log(CAR_LOG_INFO,
                "[data] more than --corpus-memory: the pairs are in a temporary file in %s, %" PRId32
                " blocks of which some are read at a time",
                folder, car_corpus_blocks(corpus));
    if (n.cropped > 0)
        car_log(CAR_LOG_INFO, "[data] cut short: %" PRId64 " pairs with too many pieces (--max-length)", n.cropped);
    car_string_clear(&left_out);
}

car_pairs *car_pairs_load(const car_sets *sets, const car_texts *texts, car_model_task task,
                          const car_pairs_options *options, car_error *e)
{
    car_bitext *bitext = car_sets_open(sets, e);
    if (bitext == NULL)
        return NULL;
    const car_coding coding = {{texts->tokenizer[CAR_SOURCE], texts->tokenizer[CAR_TARGET]},
                               {texts->vocabulary[CAR_SOURCE], texts->vocabulary[CAR_TARGET]},
                               texts->vectors.n > 0 ? &texts->vectors : NULL};
    const car_pair_shape shape = task == CAR_TAG        ? CAR_PAIRS_IN_STEP
                                 : task == CAR_CLASSIFY ? CAR_PAIRS_LABELLED
                                                        : CAR_PAIRS_FREE;
    const car_corpus_options corpus = {.shape = shape,
                                       .max_length = options->continuous ? 0 : options->max_length,
                                       .crop = options->crop,
                                       .keep_empty = options->complete || options->continuous,
                                       .max_ratio = options->max_ratio,
                                       .memory = options->continuous ? 0 : options->memory,
                                       .folder = options->folder};
    car_batches_options batches = {.mini_batch = options->mini_batch,
                                   .mini_batch_words = options->mini_batch_words,
                                   .maxi_batch = options->maxi_batch,
                                   .seed = options->seed,
                                   .sequential = options->complete,
                                   .memory = options->memory,
                                   .weights = options->weights,
                                   .n_weights = options->n_weights};
    car_pairs *pairs = car_alloc(1, sizeof *pairs);
    bool good = true;
    for (int side = 0; side < CAR_SIDES && good; side++) {
        batches.dropout[side] = options->dropout[side];
        if (texts->vocabulary[side] == NULL)
            batches.dropout[side] = 0;
        if (batches.dropout[side] > 0)
            good = (pairs->recutter[side] = car_recutter_new(texts->vocabulary[side], e)) != NULL;
        batches.recutter[side] = pairs->recutter[side];
    }
    pairs->corpus = good ? car_corpus_load(bitext, &coding, &corpus, e) : NULL;
    if (pairs->corpus != NULL) {
        car_report_log(car_bitext_report_view(bitext));
        if (!options->complete)
            report(bitext, pairs->corpus, options->folder);
        if (options->continuous)
            pairs->streams = car_streams_new(
                pairs->corpus, &(car_streams_options){options->mini_batch, options->complete ? 0 : options->window});
        else
            pairs->batches = car_batches_new(pairs->corpus, &batches);
    }
    car_bitext_close(bitext);
    if (pairs->corpus != NULL)
        return pairs;
    car_pairs_free(pairs);
    return NULL;
}

car_pairs *car_pairs_load_complete(const car_sets *sets, const car_texts *texts, const car_model_options *model,
                                   int mini_batch, car_error *e)
{
    const car_pairs_options wanted = {.complete = true,
                                      .continuous = model->continuous,
                                      .mini_batch = model->continuous ? 1 : mini_batch,
                                      .maxi_batch = 1};
    return car_pairs_load(sets, texts, model->task, &wanted, e);
}

void car_pairs_free(car_pairs *pairs)
{
    if (pairs == NULL)
        return;
    car_batches_free(pairs->batches);
    car_streams_free(pairs->streams);
    car_corpus_free(pairs->corpus);
    for (int side = 0; side < CAR_SIDES; side++)
        car_recutter_free(pairs->recutter[side]);
    car_free(pairs);
}

car_batch_source car_pairs_source(car_pairs *pairs)
{
    return pairs->streams != NULL ? car_streams_source(pairs->streams) : car_batches_source(pairs->batches);
}

int64_t car_pairs_count(const car_pairs *pairs) { return car_corpus_count(pairs->corpus).kept; }

int64_t car_pairs_pieces(const car_pairs *pairs) { return car_corpus_count(pairs->corpus).ids[CAR_TARGET]; }

const char *car_pairs_identity(const car_pairs *pairs) { return car_corpus_identity_view(pairs->corpus); }
