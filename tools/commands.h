/* commands.h - the sub-commands of the program, as tools/carousel.c calls them.
 *
 * Options have been parsed, the log and the threads are set.  A command returns the
 * exit code; if that is not 0, the message is in *e, or "" if there is nothing to
 * say.  Results go to standard output, all else to standard error.
 */
#ifndef CAROUSEL_TOOLS_COMMANDS_H
#define CAROUSEL_TOOLS_COMMANDS_H

#include "base/options.h"

#define CAR_PROGRAM "carousel-" CAROUSEL_VERSION

int run_train(car_options *options, car_error *e);
int run_translate(car_options *options, car_error *e);
int run_generate(car_options *options, car_error *e);
int run_evaluate(car_options *options, car_error *e);
int run_lexicon(car_options *options, car_error *e);
int run_score(car_options *options, car_error *e);
int run_gradients(car_options *options, car_error *e);
int run_gates(car_options *options, car_error *e);
int run_card(car_options *options, car_error *e);
int run_bench(car_options *options, car_error *e);
int run_plot(car_options *options, car_error *e);
int run_forecast(car_options *options, car_error *e);
int run_vocab(car_options *options, car_error *e);
int run_cell(car_options *options, car_error *e);
int run_corpus(car_options *options, car_error *e);
int run_tokenize(car_options *options, car_error *e);
int run_detokenize(car_options *options, car_error *e);
int run_bpe(car_options *options, car_error *e);

#endif
