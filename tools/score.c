#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/log.h"
#include "base/memory.h"
#include "tools/commands.h"
#include "tools/pairs.h"
#include "tools/system.h"
#include "train/shards.h"

/* log p of each pair, in the order of the file. */
static bool score_pairs(const car_options *options, const car_system *system, car_pairs *pairs, car_error *e)
{
    car_batch_source source = car_pairs_source(pairs);
    car_shards *shards = car_shards_new(system->model, 0);
    double *entropy = car_alloc(car_options_count(options, "mini-batch"), sizeof *entropy);
    double *of_line = car_alloc(car_pairs_count(pairs), sizeof *of_line), sum = 0;
    int64_t words = 0;
    car_batch batch;
    int got = source.start(source.self, 1, 0, e) ? 1 : -1;
    while (got == 1 && (got = source.next(source.self, &batch, e)) == 1) {
        words += car_shards_score(shards, &batch, entropy).words;
        for (int i = 0; i < batch.rows; i++)
            of_line[batch.line[i] - 1] = entropy[i];
    }
    for (int64_t i = 0; i < car_pairs_count(pairs) && got == 0; i++) {
        (void)printf("%.6f\n", 0 - of_line[i]);
        sum += of_line[i];
    }
    if (got == 0)
        car_log(CAR_LOG_INFO, "[score] %" PRId64 " pairs, %" PRId64 " words, perplexity %.6g", car_pairs_count(pairs),
                words, exp(sum / (double)words));
    car_free(entropy);
    car_free(of_line);
    car_shards_free(shards);
    return got == 0;
}

int run_score(car_options *options, car_error *e)
{
    if (!car_options_check_list(options, "models", 1, 1, e) || !car_options_check_list(options, "sets", 2, 2, e))
        return e->code;
    const char *const path[CAR_SIDES] = {car_options_texts(options, "sets", 0), car_options_texts(options, "sets", 1)};
    car_pairs_options wanted = {
        .complete = true, .mini_batch = (int)car_options_count(options, "mini-batch"), .maxi_batch = 1};
    car_system system = {0};
    car_pairs *pairs = NULL;
    bool good = car_system_load(&system, car_options_texts(options, "models", 0),
                                car_options_flag(options, "insecure-plugins"), e) &&
                (pairs = car_pairs_load(path, &system.texts, &wanted, e)) != NULL &&
                score_pairs(options, &system, pairs, e);
    car_pairs_free(pairs);
    car_system_clear(&system);
    return good ? CAR_EXIT_DONE : e->code;
}
