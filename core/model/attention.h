/* attention.h - where in the source to look for the next word.
 *
 *   score(q, v_i) = q . v_i                  dot      (Luong et al. 2015, eq. 8)
 *                   q . (W_a v_i)            general
 *                   v_a . tanh(W_q q + W_k v_i)  additive (Bahdanau et al. 2015, A.1.2)
 *   a = softmax over i of score;  context = sum_i a_i v_i
 *
 * The values v_i are the encoder's outputs; W_a v_i or W_k v_i, the keys, are
 * computed once for all words.  A query is a row of the decoder; which sentence
 * it looks at is told by `sentence`.
 */
#ifndef CAROUSEL_MODEL_ATTENTION_H
#define CAROUSEL_MODEL_ATTENTION_H

#include "cell/layer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_attention_kind {
    CAR_ATTENTION_NONE,
    CAR_ATTENTION_DOT,
    CAR_ATTENTION_GENERAL,
    CAR_ATTENTION_ADDITIVE
} car_attention_kind;

typedef struct car_attention {
    car_attention_kind kind;
    int query, value, key;  /* widths */
    car_block *key_matrix;   /* W_a [value, query] or W_k [value, key]; NULL for dot */
    car_block *query_matrix; /* W_q [query, key], additive */
    car_block *score_vector; /* v_a [1, key], additive */
} car_attention;

/* `kind` is not NONE.  False and *e if a dot product of such widths is asked for. */
bool car_attention_init(car_attention *attention, car_attention_kind kind, int query, int value,
                        car_parameters *parameters, car_error *e);
void car_attention_start(const car_attention *attention, uint64_t seed);

/* What can be looked at: the words of each sentence one after the other. */
typedef struct car_memory {
    int sentences, words, longest;
    const int *first, *length; /* [sentences] rows of values and keys */
    const int *place;          /* [words] the packed row each came from */
    car_panel values, keys;    /* [words, value], [words, key] */
    car_panel d_values, d_keys; /* backward */
} car_memory;

/* From encoder outputs in packed rows. */
car_memory car_memory_take(const car_attention *attention, car_arena *arena, const car_steps *steps,
                           const int *lengths, car_panel output);

/* Queries [n, query], weights [n, memory->longest], context [n, value]. */
typedef struct car_look {
    car_panel query;     /* the decoder's output, borrowed   */
    car_panel projected; /* W_q q [n, key], additive         */
    car_panel weights;
    car_panel context;
} car_look;

car_look car_look_take(const car_attention *attention, car_arena *arena, const car_memory *memory, car_panel query,
                       int n);

/* Rows first .. first + n - 1; sentence[i] is that of row first + i. */
void car_attention_forward(const car_attention *attention, const car_memory *memory, car_look *look,
                           const int *sentence, int first, int n);

/* Gradients: `back` is as large as the look; d_context [n] of its rows in,
 * d_query added to, memory->d_values and d_keys added to. */
typedef struct car_look_back {
    car_panel d_context;   /* [n, value], set by the caller  */
    car_panel d_query;     /* [n, query], added to           */
    car_panel d_projected; /* [n, key], additive             */
    car_real *d_score_vector, *scratch, *weights; /* [key], [key], [longest] */
} car_look_back;

void car_memory_back_take(const car_attention *attention, car_arena *arena, car_memory *memory);
car_look_back car_look_back_take(const car_attention *attention, car_arena *arena, const car_memory *memory, int n,
                                 car_panel d_query);
void car_attention_backward(const car_attention *attention, const car_memory *memory, const car_look *look,
                            car_look_back *back, const int *sentence, int first, int n);

/* After all rows: what is owed, and dL/d encoder outputs added in packed rows.
 * `n` is the number of rows of the look. */
void car_attention_back_finish(const car_attention *attention, const car_memory *memory, const car_look *look,
                               const car_look_back *back, int n, car_panel d_output, car_dues *dues);

#ifdef __cplusplus
}
#endif
#endif
