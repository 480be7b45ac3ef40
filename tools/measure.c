#include "tools/measure.h"

#include <math.h>

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
