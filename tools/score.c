#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/log.h"
#include "base/memory.h"
#include "tools/commands.h"
#include "tools/pairs.h"
#include "tools/systems.h"
#include "train/shards.h"

/* Adds the weighted log p of each pair by one model, in the order of the file; *words is
 * how many there are. */
static bool add_scores(car_model *model, double weight, int mini_batch, car_pairs *pairs, double *of_line,
                       int64_t *words, car_error *e)
{
    car_batch_source source = car_pairs_source(pairs);
    car_shards *shards = car_shards_new(model, 0);
    double *entropy = car_alloc(mini_batch, sizeof *entropy);
    car_batch batch;
    *words = 0;
    int got = source.start(source.self, 1, 0, e) ? 1 : -1;
    while (got == 1 && (got = source.next(source.self, &batch, e)) == 1) {
        *words += car_shards_score(shards, &batch, entropy).words;
        for (int i = 0; i < batch.rows; i++)
            of_line[batch.line[i] - 1] -= weight * entropy[i];
    }
    car_free(entropy);
    car_shards_free(shards);
    return got == 0;
}

static bool score_pairs(const car_systems *systems, int mini_batch, car_pairs *pairs, car_error *e)
{
    double *of_line = car_alloc(car_pairs_count(pairs), sizeof *of_line), sum = 0;
    int64_t words = 0;
    bool good = true;
    for (int k = 0; k < systems->n && good; k++)
        good = add_scores(systems->model[k], systems->weights[k], mini_batch, pairs, of_line, &words, e);
    for (int64_t i = 0; i < car_pairs_count(pairs) && good; i++) {
        (void)printf("%.6f\n", of_line[i]);
        sum += of_line[i];
    }
    if (good)
        car_log(CAR_LOG_INFO, "[score] %" PRId64 " %s, %" PRId64 " words, perplexity %.6g", car_pairs_count(pairs),
                car_system_is_alone(&systems->system[0]) ? "lines" : "pairs", words, exp(-sum / (double)words));
    car_free(of_line);
    return good;
}

int run_score(car_options *options, car_error *e)
{
    car_sets sets = {0};
    int mini_batch = (int)car_options_count(options, "mini-batch");
    car_systems systems = {0};
    car_pairs *pairs = NULL;
    bool good = car_systems_load(&systems, options, e) &&
                car_sets_of_options(&sets, options, "sets", car_system_is_alone(&systems.system[0]), e) &&
                (pairs = car_pairs_load_complete(&sets, &systems.system[0].texts, &systems.model[0]->options,
                                                 mini_batch, e)) != NULL &&
                score_pairs(&systems, mini_batch, pairs, e);
    car_pairs_free(pairs);
    car_systems_clear(&systems);
    car_sets_clear(&sets);
    return good ? CAR_EXIT_DONE : e->code;
}
