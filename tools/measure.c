#include "tools/measure.h"

#include <math.h>

#include "base/memory.h"

bool car_measure_reference(car_shards *shards, car_pairs *pairs, car_reference_scores *scores, car_error *e)
{
    car_batch_source source = car_pairs_source(pairs);
    car_batch batch;
    double entropy = 0;
    int64_t words = 0, correct = 0;
    int got;
    if (!source.start(source.self, 1, 0, e))
        return false;
    while ((got = source.next(source.self, &batch, e)) == 1) {
        car_batch_loss loss = car_shards_score(shards, &batch, NULL);
        entropy += loss.cross_entropy;
        words += loss.words;
        correct += loss.correct;
    }
    scores->cross_entropy = entropy / (double)words;
    scores->perplexity = exp(scores->cross_entropy);
    scores->accuracy = (double)correct / (double)words;
    return got == 0;
}

bool car_measure_unigram(car_pairs *pairs, int words, car_reference_scores *scores, car_error *e)
{
    car_batch_source source = car_pairs_source(pairs);
    car_batch batch;
    int64_t *count = car_alloc(words, sizeof *count), all = 0, most = 0;
    int got = source.start(source.self, 1, 0, e) ? 1 : -1;
    while (got == 1 && (got = source.next(source.self, &batch, e)) == 1)
        for (int i = 0; i < batch.rows; i++)
            for (int t = 0; t < batch.target[i].length; t++)
                count[batch.target[i].ids[t]]++;
    for (int v = 0; v < words; v++) {
        all += count[v];
        most = count[v] > most ? count[v] : most;
    }
    scores->cross_entropy = 0;
    for (int v = 0; v < words; v++)
        if (count[v] > 0)
            scores->cross_entropy -= (double)count[v] / (double)all * log((double)count[v] / (double)all);
    scores->perplexity = exp(scores->cross_entropy);
    scores->accuracy = (double)most / (double)all;
    car_free(count);
    return got == 0;
}
