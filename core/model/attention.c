#include "model/attention.h"

#include "math/initialise.h"
#include "math/vector.h"

bool car_attention_init(car_attention *attention, car_attention_kind kind, int query, int value,
                        car_parameters *parameters, car_error *e)
{
    *attention = (car_attention){.kind = kind, .query = query, .value = value, .key = query};
    switch (kind) {
    case CAR_ATTENTION_NONE:
        break;
    case CAR_ATTENTION_DOT:
        if (query != value)
            return car_error_set(e, CAR_EXIT_CONFIG,
                                 "--attention dot multiplies decoder states (%d wide) with encoder states (%d wide), "
                                 "which must be equal; use general or additive",
                                 query, value);
        break;
    case CAR_ATTENTION_GENERAL:
        attention->key_matrix = car_parameters_add(parameters, value, query, CAR_TIMES);
        car_parameters_name(parameters, attention->key_matrix, 0, query, "attention.key");
        break;
    case CAR_ATTENTION_ADDITIVE:
        attention->key_matrix = car_parameters_add(parameters, value, query, CAR_TIMES);
        attention->query_matrix = car_parameters_add(parameters, query, query, CAR_TIMES);
        attention->score_vector = car_parameters_add(parameters, 1, query, CAR_READ);
        car_parameters_name(parameters, attention->key_matrix, 0, query, "attention.key");
        car_parameters_name(parameters, attention->query_matrix, 0, query, "attention.query");
        car_parameters_name(parameters, attention->score_vector, 0, query, "attention.score");
        break;
    }
    return true;
}

static void start_block(const car_block *block, uint64_t seed, const char *name)
{
    if (block != NULL)
        car_initialise((car_panel){block->value, block->stride}, block->rows, block->columns, CAR_INIT_GLOROT, 1,
                       car_stream_named(seed, name));
}

void car_attention_start(const car_attention *attention, uint64_t seed)
{
    start_block(attention->key_matrix, seed, "attention.key");
    start_block(attention->query_matrix, seed, "attention.query");
    start_block(attention->score_vector, seed, "attention.score");
}

car_memory car_memory_take(const car_attention *attention, car_arena *arena, const car_steps *steps, const int *lengths,
                           car_panel output)
{
    car_memory memory = {.sentences = steps->batch, .words = steps->total, .longest = steps->steps};
    int *first = car_arena_take(arena, steps->batch, sizeof *first);
    int *length = car_arena_take(arena, steps->batch, sizeof *length);
    int *place = car_arena_take(arena, steps->total, sizeof *place);
    memory.values = car_panel_take(arena, steps->total, attention->value);
    for (int b = 0, word = 0; b < steps->batch; b++) {
        first[b] = word;
        length[b] = lengths[b];
        for (int t = 0; t < lengths[b]; t++, word++) {
            place[word] = steps->first[t] + b;
            car_copy(attention->value, car_row(output, place[word]), car_row(memory.values, word));
        }
    }
    memory.first = first;
    memory.length = length;
    memory.place = place;
    memory.keys = memory.values;
    if (attention->key_matrix != NULL) {
        memory.keys = car_panel_take(arena, memory.words, attention->key);
        car_product(memory.words, memory.values.at, memory.values.stride, 1, &attention->key_matrix->forward, NULL,
                    memory.keys);
    }
    return memory;
}

car_look car_look_take(const car_attention *attention, car_arena *arena, const car_memory *memory, car_panel query,
                       int n)
{
    car_look look = {.query = query, .projected = query};
    if (attention->kind == CAR_ATTENTION_ADDITIVE)
        look.projected = car_panel_take(arena, n, attention->key);
    look.weights = car_panel_take(arena, n, memory->longest);
    look.context = car_panel_take(arena, n, attention->value);
    return look;
}

void car_attention_forward(const car_attention *attention, const car_memory *memory, car_look *look,
                           const int *sentence, int first, int n)
{
    if (attention->kind == CAR_ATTENTION_ADDITIVE)
        car_product(n, car_row(look->query, first), look->query.stride, 1, &attention->query_matrix->forward, NULL,
                    car_panel_from_row(look->projected, first));
    for (int row = first; row < first + n; row++) {
        int s = sentence[row - first], words = memory->length[s];
        const car_real *q = car_row(look->projected, row);
        car_real *a = car_row(look->weights, row), *context = car_row(look->context, row);
        for (int i = 0; i < words; i++) {
            const car_real *key = car_row(memory->keys, memory->first[s] + i);
            a[i] = attention->kind == CAR_ATTENTION_ADDITIVE
                       ? car_additive_score(attention->key, attention->score_vector->value, q, key)
                       : car_dot(attention->key, q, key);
        }
        car_softmax(words, a);
        car_zero(attention->value, context);
        for (int i = 0; i < words; i++)
            car_add_scaled(attention->value, a[i], car_row(memory->values, memory->first[s] + i), context);
    }
}

void car_memory_back_take(const car_attention *attention, car_arena *arena, car_memory *memory)
{
    memory->d_values = car_panel_take(arena, memory->words, attention->value);
    car_panel_zero(memory->d_values, memory->words, attention->value);
    memory->d_keys = memory->d_values;
    if (attention->key_matrix != NULL) {
        memory->d_keys = car_panel_take(arena, memory->words, attention->key);
        car_panel_zero(memory->d_keys, memory->words, attention->key);
    }
}

car_look_back car_look_back_take(const car_attention *attention, car_arena *arena, const car_memory *memory, int n,
                                 car_panel d_query)
{
    car_look_back back = {.d_query = d_query, .d_projected = d_query};
    back.d_context = car_panel_take(arena, n, attention->value);
    back.weights = car_arena_take(arena, memory->longest, sizeof(car_real));
    if (attention->kind == CAR_ATTENTION_ADDITIVE) {
        back.d_projected = car_panel_take(arena, n, attention->key);
        back.scratch = car_arena_take(arena, attention->key, sizeof(car_real));
        back.d_score_vector = car_arena_take(arena, attention->key, sizeof(car_real));
        car_zero(attention->key, back.d_score_vector);
    }
    return back;
}

void car_attention_backward(const car_attention *attention, const car_memory *memory, const car_look *look,
                            car_look_back *back, const int *sentence, int first, int n)
{
    bool additive = attention->kind == CAR_ATTENTION_ADDITIVE;
    if (additive)
        car_panel_zero(car_panel_from_row(back->d_projected, first), n, attention->key);
    for (int row = first; row < first + n; row++) {
        int s = sentence[row - first], words = memory->length[s];
        const car_real *q = car_row(look->projected, row), *a = car_row(look->weights, row);
        const car_real *d_context = car_row(back->d_context, row);
        car_real *d_q = car_row(back->d_projected, row), *d_score = back->weights;

        for (int i = 0; i < words; i++) {
            int word = memory->first[s] + i;
            d_score[i] = car_dot(attention->value, d_context, car_row(memory->values, word));
            car_add_scaled(attention->value, a[i], d_context, car_row(memory->d_values, word));
        }
        car_real mean = car_dot(words, a, d_score);
        for (int i = 0; i < words; i++)
            d_score[i] = a[i] * (d_score[i] - mean);
        for (int i = 0; i < words; i++) {
            const car_real *key = car_row(memory->keys, memory->first[s] + i);
            car_real *d_key = car_row(memory->d_keys, memory->first[s] + i);
            if (additive) {
                car_additive_score_back(attention->key, d_score[i], attention->score_vector->value, q, key,
                                        back->scratch, back->d_score_vector);
                car_add(attention->key, back->scratch, d_q);
                car_add(attention->key, back->scratch, d_key);
            } else {
                car_add_scaled(attention->key, d_score[i], key, d_q);
                car_add_scaled(attention->key, d_score[i], q, d_key);
            }
        }
    }
    if (additive) {
        const car_panel d_query = car_panel_from_row(back->d_query, first);
        car_product(n, car_row(back->d_projected, first), back->d_projected.stride, 1,
                    &attention->query_matrix->backward, &d_query, d_query);
    }
}

void car_attention_back_finish(const car_attention *attention, const car_memory *memory, const car_look *look,
                               const car_look_back *back, int n, car_panel d_output, car_dues *dues)
{
    if (attention->kind == CAR_ATTENTION_ADDITIVE) {
        car_dues_product(dues, attention->query_matrix, 0, attention->key, look->query, back->d_projected, n);
        car_dues_sum(dues, attention->score_vector, 0, attention->key, (car_panel){back->d_score_vector, 0}, 1);
    }
    if (attention->key_matrix != NULL) {
        car_dues_product(dues, attention->key_matrix, 0, attention->key, memory->values, memory->d_keys, memory->words);
        car_product(memory->words, memory->d_keys.at, memory->d_keys.stride, 1, &attention->key_matrix->backward,
                    &memory->d_values, memory->d_values);
    }
    for (int word = 0; word < memory->words; word++)
        car_add(attention->value, car_row(memory->d_values, word), car_row(d_output, memory->place[word]));
}
