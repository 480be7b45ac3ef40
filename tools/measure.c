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

static car_metric_text metric_text(const car_line_list *lines, const char *name)
{
    return (car_metric_text){(const char *const *)lines->at, lines->n, name};
}

bool car_measure_texts(const car_line_list *hypotheses, const char *name, const car_line_list *references,
                       const char *const *reference_names, int n_references, car_text_scores *scores, car_error *e)
{
    car_metric_text hypothesis = metric_text(hypotheses, name);
    car_metric_text *reference = car_alloc(n_references, sizeof *reference);
    for (int i = 0; i < n_references; i++)
        reference[i] = metric_text(&references[i], reference_names[i]);
    bool good = car_bleu_corpus(&scores->bleu_options, &hypothesis, reference, n_references, &scores->bleu, e) &&
                car_chrf_corpus(&scores->chrf_options, &hypothesis, reference, n_references, &scores->chrf, e) &&
                car_exact_match(&hypothesis, reference, n_references, &scores->exact, e) &&
                car_token_accuracy(&hypothesis, &reference[0], &scores->accuracy, e);
    car_free(reference);
    return good;
}
