/* score_report.h - the scores of one or several systems on one test set, as text or
 * as JSON, with intervals and comparisons.  For evaluate.
 */
#ifndef CAROUSEL_TOOLS_SCORE_REPORT_H
#define CAROUSEL_TOOLS_SCORE_REPORT_H

#include "tools/measure.h"
#include "tools/scores.h"

/* One column of the report.  The name is borrowed. */
typedef struct car_scored_system {
    const char *name;
    car_scored_text scored;
    bool is_model; /* and of_reference is known */
    car_reference_scores of_reference;
} car_scored_system;

typedef enum car_comparison { CAR_COMPARE_NOT, CAR_COMPARE_BOOTSTRAP, CAR_COMPARE_RANDOMISATION } car_comparison;

typedef struct car_report_options {
    bool json;
    bool lines;                /* the score of each line, too; as text: only these */
    bool intervals;            /* of every score, by bootstrap                     */
    car_comparison comparison; /* of all systems with the first; needs intervals   */
    int samples;               /* of the comparison, and of the intervals          */
    uint64_t seed;
    const int *lengths; /* [lines] of the source; not NULL: scores by length, too */
} car_report_options;

/* Prints to standard output.  n >= 1 systems under the same metrics. */
void car_report_scores(const car_metrics *metrics, const car_scored_system *systems, int n,
                       const car_report_options *options);

#endif
