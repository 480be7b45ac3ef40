#include "tools/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/memory.h"

#define REDRAW_SECONDS 0.2

struct car_reporter {
    car_reporter_options options;
    FILE *metrics;
    bool terminal, drawn;
    double began, drawn_at;                /* seconds */
    int64_t first_update;                  /* that this process made; -1: none yet */
    double seconds_of[CAR_PARTS], seconds; /* of all displays */
};

/* ---- metrics.jsonl ------------------------------------------------------------------ */

/* Is the line, an object, of the past of where training goes on? */
static bool is_past(const json_t *line, const car_reporter_options *options)
{
    const json_t *update = json_object_get(line, "update");
    const char *kind = json_string_value(json_object_get(line, "kind"));
    if (!json_is_integer(update) || kind == NULL)
        return false;
    if (json_integer_value(update) == options->resumed_at && strcmp(kind, "gradients") == 0)
        return true; /* comes before all that is kept of an update */
    if (json_integer_value(update) == options->resumed_at)
        return strcmp(kind, "train") == 0 ? options->displayed : options->validated;
    return json_integer_value(update) < options->resumed_at;
}

/* Drops the lines that will come again, and a last one that was cut. */
static bool truncate_metrics(const char *path, const car_reporter_options *options, car_error *e)
{
    if (!car_path_exists(path))
        return true;
    car_lines *lines = car_lines_open(path, e);
    car_file_writer *writer = lines != NULL ? car_file_writer_open(path, e) : NULL;
    const char *line;
    ptrdiff_t length;
    bool whole;
    int got = writer != NULL ? 1 : -1;
    while (got == 1 && (got = car_lines_next_start(lines, &line, &length, &whole, e)) == 1) {
        json_t *object = whole ? json_loadb(line, (size_t)length, 0, NULL) : NULL;
        if (is_past(object, options)) {
            car_file_writer_write(writer, line, length);
            car_file_writer_write(writer, "\n", 1);
        }
        json_decref(object);
    }
    car_lines_close(lines);
    if (got == 0)
        return car_file_writer_commit(writer, e);
    car_file_writer_abandon(writer);
    return false;
}

/* Writes the object and frees it. */
static void write_metrics(car_reporter *reporter, json_t *object)
{
    char when[32];
    time_t seconds = time(NULL);
    struct tm utc = {0};
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    (void)json_object_set_new(object, "time", json_string(when));
    (void)json_dumpf(object, reporter->metrics, JSON_COMPACT | JSON_REAL_PRECISION(9));
    (void)fputc('\n', reporter->metrics);
    (void)fflush(reporter->metrics);
    json_decref(object);
}

/* JSON knows no NaN. */
static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static json_t *begin_metrics(const char *kind, const car_progress *p)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "kind", json_string(kind));
    (void)json_object_set_new(object, "update", json_integer(p->update));
    (void)json_object_set_new(object, "epoch", json_integer(p->epoch));
    (void)json_object_set_new(object, "pairs", json_integer(p->pairs));
    (void)json_object_set_new(object, "words", json_integer(p->words));
    return object;
}

/* ---- life ----------------------------------------------------------------------------- */

car_reporter *car_reporter_open(const car_reporter_options *options, car_error *e)
{
    char *path = car_path_join(options->folder, "metrics.jsonl");
    FILE *metrics = NULL;
    if (truncate_metrics(path, options, e)) {
        metrics = fopen(path, "ae");
        if (metrics == NULL)
            (void)car_error_set(e, errno == EACCES ? CAR_EXIT_PERMISSION : CAR_EXIT_CREATE, "%s: cannot be written: %s",
                                path, strerror(errno));
    }
    car_free(path);
    if (metrics == NULL)
        return NULL;
    car_reporter *reporter = car_alloc(1, sizeof *reporter);
    const char *kind = getenv("TERM");
    reporter->options = *options;
    reporter->metrics = metrics;
    reporter->terminal = !options->quiet && isatty(STDERR_FILENO) && kind != NULL && strcmp(kind, "dumb") != 0;
    reporter->began = car_clock();
    reporter->first_update = -1;
    return reporter;
}

void car_reporter_close(car_reporter *reporter)
{
    if (reporter == NULL)
        return;
    car_reporter_clear_line(reporter);
    (void)fclose(reporter->metrics);
    car_free(reporter);
}

void car_reporter_clear_line(car_reporter *reporter)
{
    if (reporter->drawn)
        (void)fputs("\r\033[K", stderr);
    reporter->drawn = false;
}

/* ---- the status line -------------------------------------------------------------------- */

void car_string_add_grouped(car_string *text, int64_t number)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%" PRId64, number);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
            car_string_add_text(text, ",");
        car_string_add(text, digits + i, 1);
    }
}

static int columns(void)
{
    const char *said = getenv("COLUMNS");
    struct winsize size;
    int n = said != NULL ? atoi(said) : ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 80;
    return n > 0 ? n : 80;
}

/* The share of the training that is done, 0 if it has no known end. */
static double share_done(const car_reporter *reporter, const car_progress *p)
{
    const car_length *after = &reporter->options.after;
    double done = 0, of = (double)reporter->options.updates_per_epoch;
    if (after->updates > 0)
        done = fmax(done, (double)p->update / (double)after->updates);
    if (after->tokens > 0)
        done = fmax(done, (double)p->words / (double)after->tokens);
    if (after->epochs > 0 && of > 0)
        done = fmax(done, ((double)(p->epoch - 1) + fmin(1, (double)p->batch / of)) / (double)after->epochs);
    return fmin(done, 1);
}

static void add_time_left(const car_reporter *reporter, const car_progress *p, double seconds, car_string *line)
{
    double done = share_done(reporter, p);
    double share = done * (double)(p->update - reporter->first_update + 1) / (double)p->update; /* of this process */
    if (share <= 0)
        return;
    int64_t left = (int64_t)(seconds * (1 - done) / share);
    car_string_format(line, " | %" PRId64 ":%02d:%02d left", left / 3600, (int)(left / 60 % 60), (int)(left % 60));
}

void car_reporter_tick(car_reporter *reporter, const car_progress *p)
{
    double time = car_clock();
    if (reporter->first_update < 0)
        reporter->first_update = p->update;
    if (!reporter->terminal || time - reporter->drawn_at < REDRAW_SECONDS || p->sum_words == 0)
        return;
    double loss = p->sum_cross_entropy / (double)p->sum_words;
    double share = (double)(p->update - reporter->first_update + 1) / (double)p->update;
    car_string line = {0};
    car_string_format(&line, "epoch %" PRId64 " | update %" PRId64 " | loss %.4f | ", p->epoch, p->update, loss);
    if (!reporter->options.numbers)
        car_string_format(&line, "ppl %.2f | ", exp(loss));
    car_string_add_grouped(&line, (int64_t)((double)p->words * share / fmax(time - reporter->began, 1e-3)));
    car_string_format(&line, " words/s | gnorm %.3f", p->gradient_norm);
    add_time_left(reporter, p, time - reporter->began, &line);
    (void)fprintf(stderr, "\r\033[K%.*s", columns() - 1, line.at);
    (void)fflush(stderr);
    reporter->drawn = true;
    reporter->drawn_at = time;
    car_string_clear(&line);
}

/* ---- lines that stay ---------------------------------------------------------------------- */

void car_reporter_display(car_reporter *reporter, const car_progress *p)
{
    double loss = p->sum_loss / (double)p->sum_words, entropy = p->sum_cross_entropy / (double)p->sum_words;
    double speed = (double)p->sum_words / fmax(p->seconds, 1e-9);
    json_t *object = begin_metrics("train", p);
    (void)json_object_set_new(object, "sum_words", json_integer(p->sum_words));
    (void)json_object_set_new(object, "loss", number(loss));
    if (!reporter->options.numbers) {
        (void)json_object_set_new(object, "cross_entropy", number(entropy));
        (void)json_object_set_new(object, "perplexity", number(exp(entropy)));
        (void)json_object_set_new(object, "accuracy", number((double)p->sum_correct / (double)p->sum_words));
    }
    (void)json_object_set_new(object, "gradient_norm", number(p->gradient_norm));
    (void)json_object_set_new(object, "clipped", number((double)p->sum_clipped / (double)p->sum_updates));
    (void)json_object_set_new(object, "learning_rate", number(p->learning_rate));
    (void)json_object_set_new(object, "seconds", number(p->seconds));
    (void)json_object_set_new(object, "words_per_second", number(speed));
    json_t *parts = json_object();
    for (int part = 0; part < CAR_PARTS; part++) {
        (void)json_object_set_new(parts, car_part_names[part], number(p->seconds_of[part]));
        reporter->seconds_of[part] += p->seconds_of[part];
    }
    reporter->seconds += p->seconds;
    (void)json_object_set_new(object, "seconds_of", parts);
    write_metrics(reporter, object);

    car_string line = {0};
    car_string_format(&line, "Ep. %" PRId64 " : Up. %" PRId64 " : Sen. ", p->epoch, p->update);
    car_string_add_grouped(&line, p->pairs);
    car_string_format(&line, " : Cost %.6f * ", loss);
    car_string_add_grouped(&line, p->sum_words);
    car_string_add_text(&line, " after ");
    car_string_add_grouped(&line, p->words);
    car_string_format(&line, " : Time %.2fs : %.2f words/s : gNorm %.4f : L.r. %.4e", p->seconds, speed,
                      p->gradient_norm, p->learning_rate);
    if (reporter->terminal) /* people have the status line; the line goes to the file */
        car_log_set(reporter->options.log_level, true);
    car_log(CAR_LOG_INFO, "%s", line.at);
    car_log_set(reporter->options.log_level, reporter->options.quiet);
    car_string_clear(&line);
}

void car_reporter_looked(car_reporter *reporter, const car_progress *p, const car_flow_report *report)
{
    json_t *object = begin_metrics("gradients", p), *layers = json_array();
    for (int i = 0; i < report->n; i++) {
        const car_flow_layer *seen = &report->layer[i];
        const car_cell_plan *plan = seen->layer->plan;
        int lags[CAR_FLOW_LAGS], n = car_flow_report_lags(&seen->flow, lags);
        json_t *layer = json_object(), *back = json_array(), *states = json_object(), *saturated = json_object();
        for (int l = 0; l < n; l++)
            (void)json_array_append_new(back, json_integer(lags[l]));
        for (int k = 0; k < plan->n_states; k++) {
            json_t *sizes = json_array();
            for (int l = 0; l < n; l++)
                (void)json_array_append_new(sizes, number(car_flow_size(&seen->flow, k, lags[l])));
            (void)json_object_set_new(states, plan->state[k].name, sizes);
        }
        for (int g = 0; g < plan->n_gates; g++)
            if (car_gate_saturation(&seen->gate[g]) >= 0)
                (void)json_object_set_new(saturated, plan->gate[g].name, number(car_gate_saturation(&seen->gate[g])));
        (void)json_object_set_new(layer, "layer", json_string(seen->layer->name));
        (void)json_object_set_new(layer, "steps_back", back);
        (void)json_object_set_new(layer, "sizes", states);
        (void)json_object_set_new(layer, "singular_value", number(seen->jacobian_sum / seen->jacobians));
        (void)json_object_set_new(layer, "saturated", saturated);
        (void)json_array_append_new(layers, layer);
    }
    (void)json_object_set_new(object, "layers", layers);
    write_metrics(reporter, object);
}

void car_reporter_summary(car_reporter *reporter)
{
    if (!(reporter->seconds > 0))
        return;
    car_string line = {0};
    for (int part = 0; part < CAR_PARTS; part++)
        car_string_format(&line, "%s%s %.1f%%", part > 0 ? ", " : "", car_part_names[part],
                          100 * reporter->seconds_of[part] / reporter->seconds);
    car_log(CAR_LOG_INFO, "[train] of %.1f seconds: %s", reporter->seconds, line.at);
    car_string_clear(&line);
}

void car_reporter_validated(car_reporter *reporter, const car_progress *p, const car_score *scores, int n)
{
    json_t *object = begin_metrics("valid", p), *best = json_array();
    for (int i = 0; i < n; i++) {
        (void)json_object_set_new(object, scores[i].name, number(scores[i].value));
        if (scores[i].is_best)
            (void)json_array_append_new(best, json_string(scores[i].name));
    }
    (void)json_object_set_new(object, "best", best);
    (void)json_object_set_new(object, "stalled", json_integer(n > 0 ? scores[0].stalls : 0));
    write_metrics(reporter, object);

    car_reporter_clear_line(reporter);
    for (int i = 0; i < n; i++) {
        if (scores[i].is_best)
            car_log(CAR_LOG_INFO, "[valid] Ep. %" PRId64 " : Up. %" PRId64 " : %s : %.6g : new best", p->epoch,
                    p->update, scores[i].name, scores[i].value);
        else
            car_log(CAR_LOG_INFO,
                    "[valid] Ep. %" PRId64 " : Up. %" PRId64 " : %s : %.6g : stalled %" PRId64
                    " times (last best: %.6g)",
                    p->epoch, p->update, scores[i].name, scores[i].value, scores[i].stalls, scores[i].best);
    }
}
