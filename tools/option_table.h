/* option_table.h - everything that can be said to any command, in one table.
 *
 * base/options.h reads command lines and files by it and prints it as help;
 * names follow Marian's where Marian has one.  The defaults stand here and
 * nowhere else.
 */
#ifndef CAROUSEL_TOOLS_OPTION_TABLE_H
#define CAROUSEL_TOOLS_OPTION_TABLE_H

#include "base/options.h"

enum {
    CAR_FOR_TRAIN = 1 << 0,
    CAR_FOR_TRANSLATE = 1 << 1,
    CAR_FOR_EVALUATE = 1 << 2,
    CAR_FOR_SCORE = 1 << 3,
    CAR_FOR_VOCAB = 1 << 4,
    CAR_FOR_CELL = 1 << 5,
    CAR_FOR_CORPUS = 1 << 6,
    CAR_FOR_BPE = 1 << 7,
    CAR_FOR_TOKENIZE = 1 << 8,
    CAR_FOR_DETOKENIZE = 1 << 9,
    CAR_FOR_GRADIENTS = 1 << 10,
    CAR_FOR_GATES = 1 << 11,
    CAR_FOR_GENERATE = 1 << 12,
    CAR_FOR_CARD = 1 << 13,
    CAR_FOR_PLOT = 1 << 14,
    CAR_FOR_FORECAST = 1 << 15,
    CAR_FOR_BENCH = 1 << 16,
    CAR_FOR_LEXICON = 1 << 17,
    CAR_FOR_ALL = (1 << 18) - 1,

    /* Those that work on several threads. */
    CAR_FOR_THREADS = CAR_FOR_TRAIN | CAR_FOR_TRANSLATE | CAR_FOR_EVALUATE | CAR_FOR_SCORE | CAR_FOR_BPE |
                      CAR_FOR_TOKENIZE | CAR_FOR_DETOKENIZE | CAR_FOR_GRADIENTS | CAR_FOR_GATES | CAR_FOR_CORPUS |
                      CAR_FOR_GENERATE | CAR_FOR_CARD | CAR_FOR_FORECAST | CAR_FOR_BENCH,

    /* Those that run models by products of a precision. */
    CAR_FOR_PRECISION = CAR_FOR_TRAIN | CAR_FOR_TRANSLATE | CAR_FOR_EVALUATE | CAR_FOR_SCORE | CAR_FOR_GRADIENTS |
                        CAR_FOR_GATES | CAR_FOR_GENERATE | CAR_FOR_FORECAST | CAR_FOR_BENCH,

    /* What decides which model comes out of a text: it is kept in model files, and
     * a training can only be resumed with the same. */
    CAR_FOR_MODEL_FILE = 1 << 18
};

extern const car_option_row car_option_table[];

/* Value `side` of a list with one value for both sides, or one for each. */
const char *car_options_side(const car_options *options, const char *name, int side);
int64_t car_options_side_count(const car_options *options, const char *name, int side);

/* Do lists have as many values as they should: `least` to `most`? (2) */
bool car_options_check_list(const car_options *options, const char *name, int least, int most, car_error *e);

/* Is the product of two counts one that fits an int? (2) */
bool car_options_check_product(const car_options *options, const char *one, const char *other, car_error *e);

/* Adds the values that model files keep, as a configuration. */
void car_options_dump_kept(const car_options *options, car_string *yaml);

#endif
