#include "tools/translation_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { EXACT_DIGITS = 17 }; /* that tell every double from every other */

car_writer_options car_writer_options_of(const car_options *options)
{
    const char *alignment = car_options_text(options, "alignment");
    car_writer_options wanted = {.json = strcmp(car_options_text(options, "output-format"), "json") == 0,
                                 .n_best = car_options_flag(options, "n-best"),
                                 .word_scores = car_options_flag(options, "word-scores")};
    if (strcmp(alignment, "soft") == 0) {
        wanted.alignment = CAR_ALIGN_SOFT;
    } else if (strcmp(alignment, "true") == 0 || strcmp(alignment, "hard") == 0) {
        wanted.alignment = CAR_ALIGN_HARD;
    } else if (strcmp(alignment, "false") != 0) {
        wanted.threshold = strtod(alignment, NULL);
        wanted.alignment = wanted.threshold < 1 ? CAR_ALIGN_ABOVE : CAR_ALIGN_HARD;
    }
    return wanted;
}

void car_writer_clear(car_writer *writer)
{
    car_pieces_clear(&writer->pieces);
    car_string_clear(&writer->text);
}

/* ---- what both forms are made of --------------------------------------------------------- */

/* A line without text has this for its translation. */
static const car_hypothesis nothing = {.complete = true};

static int hypotheses(const car_translated_line *line, bool n_best)
{
    return line->translation != NULL && n_best ? line->translation->n : 1;
}

static const car_hypothesis *hypothesis_of(const car_translated_line *line, int i)
{
    return line->translation != NULL ? &line->translation->hypothesis[i] : &nothing;
}

/* Outputs that have a probability and an attention: the words, and END if it was produced. */
static int outputs_of(const car_hypothesis *h) { return h->log_probabilities != NULL ? h->length + h->complete : 0; }

static const car_real *attention_row(const car_translated_line *line, const car_hypothesis *h, int t)
{
    return h->attention + t * (line->n_source + 1);
}

/* Is source piece i aligned to word t?  A word that looks at the end of the source most is
 * aligned to nothing. */
static bool is_aligned(const car_writer *w, const car_translated_line *line, const car_hypothesis *h, ptrdiff_t i,
                       int t)
{
    const car_real *weight = attention_row(line, h, t);
    if (w->options.alignment == CAR_ALIGN_ABOVE)
        return (double)weight[i] > w->options.threshold;
    for (ptrdiff_t k = 0; k <= line->n_source; k++)
        if (weight[k] > weight[i] || (weight[k] == weight[i] && k < i))
            return false;
    return true;
}

/* The text of a hypothesis into w->text, its pieces into w->pieces. */
static void put_text(car_writer *w, const car_translated_line *line, const car_hypothesis *h)
{
    car_translator_pieces(w->translator, line, h, &w->pieces);
    car_tokenizer_join(w->translator->texts->tokenizer[CAR_TARGET], &w->pieces, &w->text);
}

/* ---- text ------------------------------------------------------------------------------------ */

/* Positions in source and target, "0-0 1-2": Pharaoh's form. */
static void add_pairs(car_writer *w, const car_translated_line *line, const car_hypothesis *h)
{
    const char *between = "";
    for (int t = 0; t < h->length && h->attention != NULL; t++)
        for (ptrdiff_t i = 0; i < line->n_source; i++)
            if (is_aligned(w, line, h, i, t)) {
                car_string_format(&w->text, "%s%td-%d", between, i, t);
                between = " ";
            }
}

/* A row for each output with commas between the numbers, spaces between the rows. */
static void add_rows(car_writer *w, const car_translated_line *line, const car_hypothesis *h)
{
    for (int t = 0; t < outputs_of(h) && h->attention != NULL; t++)
        for (ptrdiff_t i = 0; i <= line->n_source; i++)
            car_string_format(&w->text, "%s%.6g", i > 0 ? "," : t > 0 ? " " : "", (double)attention_row(line, h, t)[i]);
}

static void write_text(car_writer *w, const car_translated_line *line, const car_hypothesis *h)
{
    put_text(w, line, h);
    if (w->options.n_best)
        (void)fprintf(w->out, "%" PRId64 " ||| ", line->number - 1);
    (void)fwrite(w->text.at, 1, (size_t)w->text.length, w->out);
    car_string_empty(&w->text);
    if (w->options.alignment != CAR_ALIGN_NOT)
        car_string_add_text(&w->text, " ||| ");
    if (w->options.alignment == CAR_ALIGN_SOFT)
        add_rows(w, line, h);
    else if (w->options.alignment != CAR_ALIGN_NOT)
        add_pairs(w, line, h);
    if (w->options.word_scores)
        car_string_add_text(&w->text, " ||| WordScores=");
    for (int t = 0; t < outputs_of(h) && w->options.word_scores; t++)
        car_string_format(&w->text, " %.6g", h->log_probabilities[t]);
    if (w->options.n_best)
        car_string_format(&w->text, " ||| F0= %.6g ||| %.6g", h->log_probability, h->score);
    car_string_add_text(&w->text, "\n");
    (void)fwrite(w->text.at, 1, (size_t)w->text.length, w->out);
}

/* ---- JSON ------------------------------------------------------------------------------------- */

static json_t *json_number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static json_t *json_text(const char *text, ptrdiff_t length)
{
    json_t *string = json_stringn(text, (size_t)length);
    CAR_REQUIRE(string != NULL); /* lines and pieces are UTF-8 */
    return string;
}

static json_t *json_pieces(const car_pieces *pieces, ptrdiff_t first, ptrdiff_t n)
{
    json_t *list = json_array();
    for (ptrdiff_t i = first; i < first + n; i++)
        (void)json_array_append_new(list, json_text(car_pieces_view(pieces, i), car_pieces_length(pieces, i)));
    return list;
}

static json_t *json_pairs(const car_writer *w, const car_translated_line *line, const car_hypothesis *h)
{
    json_t *list = json_array();
    for (int t = 0; t < h->length && h->attention != NULL; t++)
        for (ptrdiff_t i = 0; i < line->n_source; i++)
            if (is_aligned(w, line, h, i, t))
                (void)json_array_append_new(list, json_pack("[ii]", (int)i, t));
    return list;
}

static json_t *json_rows(const car_translated_line *line, const car_hypothesis *h)
{
    json_t *list = json_array();
    for (int t = 0; t < outputs_of(h) && h->attention != NULL; t++) {
        json_t *row = json_array();
        for (ptrdiff_t i = 0; i <= line->n_source; i++)
            (void)json_array_append_new(row, json_number((double)attention_row(line, h, t)[i]));
        (void)json_array_append_new(list, row);
    }
    return list;
}

static void add_hypothesis(car_writer *w, const car_translated_line *line, const car_hypothesis *h, json_t *object)
{
    put_text(w, line, h);
    (void)json_object_set_new(object, "translation", json_text(w->text.at, w->text.length));
    (void)json_object_set_new(object, "tokens", json_pieces(&w->pieces, 0, w->pieces.count));
    (void)json_object_set_new(object, "score", json_number(h->score));
    (void)json_object_set_new(object, "log_probability", json_number(h->log_probability));
    json_t *each = json_array();
    for (int t = 0; t < outputs_of(h); t++)
        (void)json_array_append_new(each, json_number(h->log_probabilities[t]));
    (void)json_object_set_new(object, "token_log_probabilities", each);
    (void)json_object_set_new(object, "complete", json_boolean(h->complete));
    if (w->options.alignment != CAR_ALIGN_NOT)
        (void)json_object_set_new(object, "alignment", json_pairs(w, line, h));
    if (w->options.alignment == CAR_ALIGN_SOFT)
        (void)json_object_set_new(object, "attention", json_rows(line, h));
}

static void write_json(car_writer *w, const car_translated_line *line)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "id", json_integer(line->number - 1));
    (void)json_object_set_new(object, "source", json_text(line->text, line->length));
    (void)json_object_set_new(object, "source_tokens", json_pieces(line->pieces, line->first_source, line->n_source));
    if (w->options.n_best) {
        json_t *list = json_array();
        for (int i = 0; i < hypotheses(line, true); i++) {
            json_t *one = json_object();
            add_hypothesis(w, line, hypothesis_of(line, i), one);
            (void)json_array_append_new(list, one);
        }
        (void)json_object_set_new(object, "hypotheses", list);
    } else {
        add_hypothesis(w, line, hypothesis_of(line, 0), object);
    }
    (void)json_dumpf(object, w->out, JSON_COMPACT | JSON_REAL_PRECISION(EXACT_DIGITS));
    (void)fputc('\n', w->out);
    json_decref(object);
}

bool car_writer_line(void *writer, const car_translated_line *line, car_error *e)
{
    car_writer *w = writer;
    if (w->options.json)
        write_json(w, line);
    else
        for (int i = 0; i < hypotheses(line, w->options.n_best); i++)
            write_text(w, line, hypothesis_of(line, i));
    return !ferror(w->out) || car_error_set(e, CAR_EXIT_IO, "the translations cannot be written: %s", strerror(errno));
}
