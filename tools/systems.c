#include "tools/systems.h"

#include <string.h>

#include "base/memory.h"

enum { MOST_MODELS = 1000 };

void car_systems_clear(car_systems *systems)
{
    for (int i = 0; i < systems->n; i++)
        car_system_clear(&systems->system[i]);
    car_free(systems->system);
    car_free(systems->model);
    car_free(systems->weights);
    *systems = (car_systems){0};
}

/* Do they give the same pieces to text, and the same ids to pieces? */
static bool cut_alike(const car_texts *a, const car_texts *b, int side)
{
    const car_vocabulary *x = a->vocabulary[side], *y = b->vocabulary[side];
    if (x == NULL || y == NULL) /* a language model's source */
        return x == y;
    const char *merges_x = car_tokenizer_codes_view(a->tokenizer[side]);
    const char *merges_y = car_tokenizer_codes_view(b->tokenizer[side]);
    if (car_vocabulary_size(x) != car_vocabulary_size(y) ||
        strcmp(car_vocabulary_tokenizer(x), car_vocabulary_tokenizer(y)) != 0 ||
        strcmp(merges_x != NULL ? merges_x : "", merges_y != NULL ? merges_y : "") != 0)
        return false;
    for (int32_t id = 0; id < car_vocabulary_size(x); id++)
        if (strcmp(car_vocabulary_piece(x, id), car_vocabulary_piece(y, id)) != 0)
            return false;
    return true;
}

static bool check_kind(const car_systems *systems, int i, const car_options *options, car_error *e)
{
    if (systems->system[i].columns.n > 0)
        return car_error_set(e, CAR_EXIT_CONFIG, "%s: it is a model of tables; `carousel forecast` uses it",
                             car_options_texts(options, "models", i));
    static const char *const names[CAR_SIDES] = {"source", "target"};
    for (int side = 0; side < CAR_SIDES; side++)
        if (!cut_alike(&systems->system[0].texts, &systems->system[i].texts, side))
            return car_error_set(e, CAR_EXIT_CONFIG,
                                 "%s and %s have different %s vocabularies; an ensemble needs models that were trained "
                                 "on the same text or with the same --vocabs",
                                 car_options_texts(options, "models", 0), car_options_texts(options, "models", i),
                                 names[side]);
    const car_vectors *vectors = &systems->system[0].texts.vectors, *others = &systems->system[i].texts.vectors;
    if (vectors->n != others->n ||
        (vectors->n > 0 && memcmp(vectors->mean, others->mean, (size_t)vectors->n * sizeof *vectors->mean) != 0))
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "%s and %s scale vectors differently; an ensemble needs models that "
                             "were trained on the same",
                             car_options_texts(options, "models", 0), car_options_texts(options, "models", i));
    const car_model_options *first = &systems->system[0].model->options, *other = &systems->system[i].model->options;
    if (first->task != other->task || first->continuous != other->continuous)
        return car_error_set(e, CAR_EXIT_CONFIG,
                             "%s and %s were trained with different --task, or only one with --bptt; an ensemble needs "
                             "models of one kind",
                             car_options_texts(options, "models", 0), car_options_texts(options, "models", i));
    return true;
}

bool car_systems_load(car_systems *systems, const car_options *options, car_error *e)
{
    if (!car_options_check_list(options, "models", 1, MOST_MODELS, e))
        return false;
    int n = car_options_texts_count(options, "models"), n_weights = car_options_texts_count(options, "weights");
    if (n_weights != 0 && n_weights != n)
        return car_error_set(e, CAR_EXIT_USAGE, "--weights has %d numbers for %d models; give one for each", n_weights,
                             n);
    systems->system = car_alloc(n, sizeof *systems->system);
    systems->model = car_alloc(n, sizeof *systems->model);
    systems->weights = car_alloc(n, sizeof *systems->weights);
    for (int i = 0; i < n; i++) {
        systems->n = i + 1;
        if (!car_system_load(&systems->system[i], car_options_texts(options, "models", i), CAR_TO_APPLY,
                             car_options_flag(options, "insecure-plugins"), e) ||
            !check_kind(systems, i, options, e))
            return false;
        systems->model[i] = systems->system[i].model;
        systems->weights[i] = n_weights > 0 ? car_options_numbers(options, "weights", i) : 1.0 / n;
    }
    return true;
}

car_ensemble car_systems_ensemble(const car_systems *systems)
{
    return (car_ensemble){systems->n, systems->model, systems->weights};
}
