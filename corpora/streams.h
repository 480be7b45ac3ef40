/* streams.h - a corpus as one text without breaks, read by several streams side by side:
 * the car_batch_source of language models whose lines follow one another.
 *
 * The targets of all pairs stand one behind the other, each with its CAR_END, and are cut
 * into streams of equal length (the first ones an id or a line longer where that does not
 * come out even).  Row i of a minibatch is the next piece of stream i, so that it goes on
 * where row i of the minibatch before ended (base/batch.h): windows of so many ids, or
 * lines.  Every epoch is the same.  A stream that is at its end leaves the last minibatch.
 */
#ifndef CAROUSEL_CORPORA_STREAMS_H
#define CAROUSEL_CORPORA_STREAMS_H

#include "base/batch.h"
#include "corpora/corpus.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_streams_options {
    int streams; /* at least 1; fewer if the text is shorter    */
    int window;  /* ids of a row; 0: the next line of the text  */
} car_streams_options;

typedef struct car_streams car_streams;

/* The corpus is held whole; it is not needed any more afterwards. */
car_streams *car_streams_new(const car_corpus *corpus, const car_streams_options *options);
void car_streams_free(car_streams *streams);

/* Valid as long as it lives.  The first word of the text has CAR_END before it.  start
 * refuses (65) to skip more minibatches than there are. */
car_batch_source car_streams_source(car_streams *streams);

#ifdef __cplusplus
}
#endif
#endif
