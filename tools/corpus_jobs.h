/* corpus_jobs.h - what `carousel corpus` can do beside making corpora.
 *
 * Operand 0 is the job's own name.  False with *e; of an answer "no" (1), the message is
 * "".
 */
#ifndef CAROUSEL_TOOLS_CORPUS_JOBS_H
#define CAROUSEL_TOOLS_CORPUS_JOBS_H

#include "base/options.h"

bool car_corpus_audit(const car_options *options, car_error *e);
bool car_corpus_split(const car_options *options, car_error *e);

#endif
