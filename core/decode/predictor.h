/* predictor.h - the next word of many hypotheses, by one model or by several that
 * vote.
 *
 *   log p(v | so far, x) = sum over models k of w_k log p_k(v | so far, x)
 *
 * Several models are averaged in log space (their geometric mean), and what comes
 * of it is not made to add up to 1 again: it ranks words, as Marian's ensembles do.
 * Cells, widths, depths and attention may differ; vocabularies may not.
 *
 * search.h is its user and decides everything; this holds, of each model, the
 * encoded sentences and the states of the hypotheses.  Every row's arithmetic is
 * its own, so what stands in other rows changes no bit of it.  A batch that is not one task
 * of several has its words predicted on all threads.
 *
 * With a list of words for each sentence (shortlist.h) only those are predicted: p is
 * shared out among them, and all others have p = 0.  The output matrix of a batch is then
 * made of the words of all its lists, of which each row takes its own.
 */
#ifndef CAROUSEL_DECODE_PREDICTOR_H
#define CAROUSEL_DECODE_PREDICTOR_H

#include "decode/shortlist.h"
#include "model/seq2seq.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of logits held at a time; words of a block. */
enum { CAR_PREDICTOR_ROWS = 96, CAR_PREDICTOR_BLOCK = 64 };

typedef struct car_ensemble {
    int n;                    /* >= 1                                 */
    car_model *const *models; /* [n] of the same vocabularies         */
    const double *weights;    /* [n], all above 0; NULL: 1/n for each */
} car_ensemble;

/* Does any of the models have attention? */
bool car_ensemble_attends(const car_ensemble *ensemble);

typedef struct car_predictor_part car_predictor_part;

typedef struct car_predictor {
    const car_ensemble *ensemble;
    car_predictor_part *part; /* [ensemble->n]                                             */
    car_arena batch;          /* dies with the batch; the search takes from it too         */
    car_arena step[2];        /* steps in turn: one is read while the other is filled      */
    int turn;
    int words;                  /* V                                                         */
    int32_t first_word;         /* what stands before the first                              */
    const int *source_length;   /* [sentences]                                               */
    const car_word_list *list;  /* [sentences] of words; NULL: all                          */
    const car_word_list *place; /* [sentences] of these among the words of all lists       */
    int computed;               /* V, or the words of all lists                              */
    const int *sentence;        /* [rows] of the last step                                   */
    int first;                  /* row that is the first of the logits                       */
    int longest;                /* of the sources                                            */
    car_panel attention;        /* [rows, longest] of the last step, of each row the first
                                 * source_length: the mean over the models that have it, by
                                 * weight; at == NULL if none has                            */
    car_panel covered;          /* likewise, its sum over all steps so far; at == NULL unless
                                 * wanted                                                    */
    bool wants_covered;
    car_panel logits, vote; /* [CAR_PREDICTOR_ROWS, computed]; one and the same for one model */
    car_real *power, *largest;
    car_real *x; /* [V] of a row, with lists */
} car_predictor;

void car_predictor_init(car_predictor *predictor);
void car_predictor_clear(car_predictor *predictor);

/* Begins a batch: encodes the sources [n], of falling length.  All that was taken from
 * predictor->batch before is dead. */
void car_predictor_start(car_predictor *predictor, const car_ensemble *ensemble, const car_sentence *sources, int n,
                         bool wants_covered);

/* After that: predicts only the words of these lists [n], borrowed until the next batch. */
void car_predictor_list(car_predictor *predictor, const car_word_list *lists, int n);

/* One step: row i goes on from row parent[i] of the step before (of the sentences at the
 * first step) by the word ids[i] (first_word at the first step).  sentence[i], borrowed until the next step, is its
 * sentence. */
void car_predictor_step(car_predictor *predictor, int n, const int *sentence, const int *parent, const int32_t *ids);

/* The words after rows first .. first + n - 1, n <= CAR_PREDICTOR_ROWS. */
void car_predictor_words(car_predictor *predictor, int first, int n);

/* log p(v) = x[v] - log_sum, and largest[k] is the largest x of block k, which is the
 * words from k * CAR_PREDICTOR_BLOCK.  Good until the next call; x may be written to. */
typedef struct car_predicted {
    car_real *x;             /* [V]      */
    const car_real *largest; /* [blocks] */
    int blocks;
    double log_sum;
} car_predicted;

/* Row i of those of car_predictor_words, from 0. */
car_predicted car_predictor_row(car_predictor *predictor, int i);

#ifdef __cplusplus
}
#endif
#endif
