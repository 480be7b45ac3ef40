/* progress.h - what training says while it runs.
 *
 *   on a terminal     one status line, redrawn at most five times a second
 *   elsewhere         a log line every --disp-freq, of the shape that Marian's have
 *   metrics.jsonl     one JSON object a line, for programs; the log has no number
 *                     that cannot be had from these
 */
#ifndef CAROUSEL_TOOLS_PROGRESS_H
#define CAROUSEL_TOOLS_PROGRESS_H

#include "base/log.h"
#include "tools/flow_report.h"
#include "train/trainer.h"

typedef struct car_reporter car_reporter;

typedef struct car_reporter_options {
    const char *folder; /* of metrics.jsonl                                       */
    /* Where training goes on, and whether what happens at that update had happened:
     * lines that will come again are dropped. */
    int64_t resumed_at;
    bool displayed, validated;
    car_length after; /* for the time left                                      */
    int64_t updates_per_epoch;
    bool numbers; /* of tables: the loss is no cross-entropy, and nothing is accurate */
    car_log_level log_level;
    bool quiet;
} car_reporter_options;

/* NULL and *e if metrics.jsonl cannot be written (73, 77). */
car_reporter *car_reporter_open(const car_reporter_options *options, car_error *e);
void car_reporter_close(car_reporter *reporter);

/* The trainer's hooks; the first argument is a car_reporter. */
void car_reporter_tick(car_reporter *reporter, const car_progress *progress);
void car_reporter_display(car_reporter *reporter, const car_progress *progress);
void car_reporter_validated(car_reporter *reporter, const car_progress *progress, const car_score *scores, int n);

/* What `carousel gradients` measures, of a few pairs: metrics.jsonl only. */
void car_reporter_looked(car_reporter *reporter, const car_progress *progress, const car_flow_report *report);

/* What the time of training went into (trainer.h). */
void car_reporter_summary(car_reporter *reporter);

/* Takes the status line away, before anything else is written to the terminal. */
void car_reporter_clear_line(car_reporter *reporter);

/* Adds a whole number as people read it, "1,234,567". */
void car_string_add_grouped(car_string *text, int64_t number);

#endif
