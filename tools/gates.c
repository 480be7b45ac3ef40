#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "tools/commands.h"
#include "tools/svg.h"
#include "tools/translator.h"
#include "train/shards.h"

enum { MAP_ROWS = 64 }; /* a map has no more: units beyond that are averaged in groups */

/* What is shown of one sentence, and where it goes. */
typedef struct gallery {
    const car_system *system;
    car_shard shard;
    bool colours;
    bool draws, lists;
    car_string page, table;
    int64_t sentence;
} gallery;

/* One gate or state of a layer over the sentence. */
typedef struct exhibit {
    const char *layer, *kind, *name;
    int width, steps;
    car_panel value;          /* [steps, width], in the order of steps     */
    bool backwards;           /* step t is at place steps - 1 - t          */
    const char *const *token; /* [steps], in the order of the sentence */
} exhibit;

static car_real value_at(const exhibit *x, int place, int unit)
{
    return car_row(x->value, x->backwards ? x->steps - 1 - place : place)[unit];
}

/* Of a gate whose values are squashed 0 .. 1 or -1 .. 1; of states, and of gates that go beyond,
 * as far to both sides as they go. */
static void range_of(const exhibit *x, double *low, double *high)
{
    double least = 0, most = 0;
    for (int p = 0; p < x->steps; p++)
        for (int j = 0; j < x->width; j++) {
            least = fmin(least, (double)value_at(x, p, j));
            most = fmax(most, (double)value_at(x, p, j));
        }
    bool is_gate = strcmp(x->kind, "gate") == 0;
    *high = fmax(is_gate ? 1 : 1e-9, fmax(most, -least));
    *low = least < 0 ? -*high : 0;
}

/* Of values without regard to their sign, which would cancel out. */
static double mean_size(const exhibit *x, int place)
{
    double sum = 0;
    for (int j = 0; j < x->width; j++)
        sum += fabs((double)value_at(x, place, j));
    return sum / x->width;
}

/* ---- in the terminal -------------------------------------------------------------------- */

static void print_bar(const gallery *g, double share, double value)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const int colours[] = {25, 68, 110, 250, 215, 208, 202, 166}; /* of 256: blue, pale, orange */
    int level = (int)(share * 8);
    level = level < 0 ? 0 : level > 7 ? 7 : level;
    if (g->colours)
        (void)printf("  \033[38;5;%dm%s\033[0m %5.2f", colours[level], bars[level], value);
    else
        (void)printf("  %s %5.2f", bars[level], value);
}

static void print_layer(const gallery *g, const char *title, const exhibit *x, int n)
{
    double low[CAR_MAX_GATES + CAR_MAX_STATES], high[CAR_MAX_GATES + CAR_MAX_STATES];
    (void)printf("\n%-28s", title);
    for (int i = 0; i < n; i++) {
        range_of(&x[i], &low[i], &high[i]);
        char name[16];
        (void)snprintf(name, sizeof name, low[i] < 0 ? "|%.5s|" : "%.7s", x[i].name);
        (void)printf("  %7s", name);
    }
    (void)printf("\n");
    for (int p = 0; p < x[0].steps; p++) {
        /* a character takes a place on the screen, or nearly so */
        ptrdiff_t length = car_utf8_count(x[0].token[p], (ptrdiff_t)strlen(x[0].token[p]));
        (void)printf("  %s%*s", x[0].token[p], length < 26 ? 26 - (int)length : 0, "");
        for (int i = 0; i < n; i++)
            print_bar(g, mean_size(&x[i], p) / high[i], mean_size(&x[i], p));
        (void)printf("\n");
    }
}

/* ---- as a table and as a page ------------------------------------------------------------ */

static void add_to_table(gallery *g, const exhibit *x)
{
    for (int p = 0; p < x->steps; p++)
        for (int j = 0; j < x->width; j++) {
            car_string_format(&g->table, "%" PRId64 "\t%s\t%s\t%s\t%d\t", g->sentence, x->layer, x->kind, x->name,
                              p + 1);
            for (const char *c = x->token[p]; *c != '\0'; c++)
                car_string_add(&g->table, *c == '\t' ? " " : c, 1);
            car_string_format(&g->table, "\t%d\t%.6g\n", j + 1, (double)value_at(x, p, j));
        }
}

static void draw(gallery *g, const exhibit *x)
{
    int group = (x->width + MAP_ROWS - 1) / MAP_ROWS, rows = (x->width + group - 1) / group;
    double *value = car_alloc((ptrdiff_t)rows * x->steps, sizeof *value), low, high;
    for (int r = 0; r < rows; r++)
        for (int p = 0; p < x->steps; p++) {
            int first = r * group, end = first + group < x->width ? first + group : x->width;
            double sum = 0;
            for (int j = first; j < end; j++)
                sum += (double)value_at(x, p, j);
            value[(ptrdiff_t)r * x->steps + p] = sum / (end - first);
        }
    range_of(x, &low, &high);
    car_string title = {0};
    car_string_format(&title, "%s %s", x->kind, x->name);
    if (group > 1)
        car_string_format(&title, " (%d units a row)", group);
    const car_map map = {title.at, rows, x->steps, value, low, high, NULL, x->token};
    car_string_add_text(&g->page, "<figure>");
    car_svg_map(&map, &g->page);
    car_string_add_text(&g->page, "</figure>\n");
    car_string_clear(&title);
    car_free(value);
}

static void draw_attention(gallery *g, const char *const *source, int n, const char *const *target, int m)
{
    double *value = car_alloc((ptrdiff_t)m * n, sizeof *value);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            value[(ptrdiff_t)i * n + j] = (double)car_row(g->shard.decoding.look.weights, i)[j];
    const car_map map = {"attention: where each word of the translation looked", m, n, value, 0, 1, target, source};
    car_string_add_text(&g->page, "<figure>");
    car_svg_map(&map, &g->page);
    car_string_add_text(&g->page, "</figure>\n");
    car_free(value);
}

static void begin_page(car_string *page)
{
    car_string_add_text(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Gates</title>\n"
        "<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:1rem "
        "auto;max-width:80rem;padding:0 "
        "1rem}figure{margin:0;overflow-x:auto}.maps{display:flex;flex-wrap:wrap;gap:1rem;margin:1rem 0}summary{cursor:"
        "pointer;font-weight:600}h2,p{overflow-wrap:anywhere}</style>\n"
        "<h1>Gates</h1>\n<p>Columns are words or rows of a table, rows are units. Blue is the low end of a range, "
        "orange the high end: 0 to 1 for gates that open and close, -1 to 1 for those with a sign; a state's range is "
        "as wide as its largest value.</p>\n");
}

/* ---- sentences ---------------------------------------------------------------------------- */

static void show_layer(gallery *g, const car_tape *tape, bool backwards, const char *const *token)
{
    const car_cell_plan *plan = tape->layer->plan;
    exhibit x[CAR_MAX_GATES + CAR_MAX_STATES];
    int n = 0;
    for (int i = 0; i < plan->n_gates; i++)
        x[n++] = (exhibit){.kind = "gate",
                           .name = plan->gate[i].name,
                           .width = plan->gate[i].width,
                           .value = car_panel_from_column(tape->gate, plan->gate[i].column)};
    for (int k = 0; k < plan->n_states; k++)
        x[n++] = (exhibit){
            .kind = "state", .name = plan->state[k].name, .width = plan->state[k].width, .value = tape->next[k]};
    car_string title = {0};
    car_string_format(&title, "%s, %s", tape->layer->name, plan->cell->name);
    for (int i = 0; i < n; i++) {
        x[i].layer = tape->layer->name;
        x[i].steps = tape->steps.steps;
        x[i].backwards = backwards;
        x[i].token = token;
    }
    print_layer(g, title.at, x, n);
    if (g->draws) {
        car_string_add_text(&g->page, "<details open><summary>");
        car_xml_add(&g->page, title.at);
        car_string_add_text(&g->page, "</summary>\n<div class=\"maps\">\n");
    }
    for (int i = 0; i < n; i++) {
        if (g->lists)
            add_to_table(g, &x[i]);
        if (g->draws)
            draw(g, &x[i]);
    }
    if (g->draws)
        car_string_add_text(&g->page, "</div></details>\n");
    car_string_clear(&title);
}

/* The pieces of ids, END too, borrowed from the vocabulary; of a vector, which has none, what it is. */
static const char **tokens_of(const car_vocabulary *vocabulary, car_sentence sentence)
{
    const char **token = car_alloc(sentence.length, sizeof *token);
    for (int i = 0; i < sentence.length; i++)
        token[i] = vocabulary != NULL ? car_vocabulary_piece(vocabulary, sentence.ids[i]) : "vector";
    return token;
}

static void forward(gallery *g, car_sentence source, car_sentence target)
{
    const car_model *model = g->system->model;
    const int64_t line = 1;
    const int pair = 0;
    const int32_t first = car_model_first_word(model);
    const car_batch batch = {.rows = 1, .source = &source, .target = &target, .line = &line, .before = &first};
    car_shard_load(&g->shard, &model->options, &batch, &pair, 1);
    car_shard_forward(&g->shard, model, NULL);
}

/* What was forwarded, at the tokens that the encoder and the decoder read; NULL for one that is not there. */
static void show_layers(gallery *g, const char *const *read, const char *const *written)
{
    const car_model *model = g->system->model;
    if (g->draws && model->decoder.attention.kind != CAR_ATTENTION_NONE)
        draw_attention(g, read, g->shard.source.steps, written, g->shard.target.steps);
    for (int l = 0; l < model->encoder.depth; l++)
        for (int r = 0; r < model->encoder.readers; r++)
            show_layer(g, &g->shard.encoding.tape[l][r], model->encoder.backwards[r], read);
    for (int l = 0; l < model->decoder.depth; l++)
        show_layer(g, &g->shard.decoding.tape[l], false, written);
}

static void show(gallery *g, car_sentence source, car_sentence target)
{
    bool alone = car_system_is_alone(g->system); /* a language model is shown at the words that it reads */
    const car_vocabulary *const *vocabulary = (const car_vocabulary *const *)g->system->texts.vocabulary;
    forward(g, source, target);
    const char **read = alone ? NULL : tokens_of(vocabulary[CAR_SOURCE], source);
    const char **written = tokens_of(
        vocabulary[CAR_TARGET], alone ? (car_sentence){.ids = g->shard.previous, .length = target.length} : target);
    show_layers(g, read, written);
    car_free(read);
    car_free(written);
}

/* A sentence, and what became of it unless that is NULL. */
static void print_heading(gallery *g, const char *sentence, ptrdiff_t length, const char *translation)
{
    (void)printf("%s%.*s\n", g->sentence > 1 ? "\n" : "", (int)length, sentence);
    if (translation != NULL)
        (void)printf("%s\n", translation);
    if (!g->draws)
        return;
    car_string plain = {0};
    car_string_add(&plain, sentence, length);
    car_string_add_text(&g->page, "<h2>");
    car_xml_add(&g->page, plain.at);
    car_string_add_text(&g->page, "</h2>\n");
    if (translation != NULL) {
        car_string_add_text(&g->page, "<p>");
        car_xml_add(&g->page, translation);
        car_string_add_text(&g->page, "</p>\n");
    }
    car_string_clear(&plain);
}

/* A line of a language model's text, as it reads it. */
static bool show_text(gallery *g, const char *line, ptrdiff_t length, car_error *e)
{
    static const int32_t end[] = {CAR_END};
    const car_texts *texts = &g->system->texts;
    car_pieces pieces = {0};
    bool good = car_tokenizer_apply(texts->tokenizer[CAR_TARGET], line, length, &pieces, e);
    if (good && pieces.count > 0) {
        int32_t *ids = car_alloc(pieces.count + 1, sizeof *ids);
        (void)car_vocabulary_encode(texts->vocabulary[CAR_TARGET], &pieces, ids);
        print_heading(g, line, length, NULL);
        show(g, (car_sentence){.ids = end, .length = 1}, (car_sentence){.ids = ids, .length = (int)pieces.count + 1});
        car_free(ids);
    }
    car_pieces_clear(&pieces);
    return good && (fflush(stdout) == 0 || car_error_set(e, CAR_EXIT_IO, "standard output cannot be written"));
}

static bool show_texts(gallery *g, const car_line_list *lines, const char *origin, car_error *e)
{
    bool good = true;
    for (ptrdiff_t i = 0; i < lines->n && good; i++) {
        g->sentence = i + 1;
        good = show_text(g, lines->at[i], lines->length[i], e) || car_error_context(e, "%s:%td", origin, i + 1);
    }
    return good;
}

static bool show_line(void *context, const car_translated_line *line, car_error *e)
{
    gallery *g = context;
    if (line->translation == NULL)
        return true;
    g->sentence = line->number;
    const car_texts *texts = &g->system->texts;
    const car_hypothesis *best = &line->translation->hypothesis[0];
    car_pieces pieces = {0};
    car_string text = {0};
    car_sentence source = {.length = (int)line->n_source + 1}, target = {.length = best->length + 1};
    int32_t *read = car_alloc(source.length, sizeof *read), *written = car_alloc(target.length, sizeof *written);
    for (ptrdiff_t i = 0; i < line->n_source; i++)
        car_pieces_add(&pieces, car_pieces_view(line->pieces, line->first_source + i),
                       car_pieces_length(line->pieces, line->first_source + i));
    if (texts->vocabulary[CAR_SOURCE] != NULL)
        (void)car_vocabulary_encode(texts->vocabulary[CAR_SOURCE], &pieces, read);
    read[source.length - 1] = written[target.length - 1] = CAR_END;
    memcpy(written, best->ids, (size_t)best->length * sizeof *written);
    source.ids = read;
    if (texts->vectors.n > 0)
        source = line->source;
    target.ids = written;

    car_pieces_empty(&pieces);
    car_vocabulary_decode(texts->vocabulary[CAR_TARGET], best->ids, best->length, &pieces);
    car_tokenizer_join(texts->tokenizer[CAR_TARGET], &pieces, &text);
    print_heading(g, line->text, line->length, text.at != NULL ? text.at : "");
    show(g, source, target);
    car_pieces_clear(&pieces);
    car_string_clear(&text);
    car_free(read);
    car_free(written);
    return fflush(stdout) == 0 || car_error_set(e, CAR_EXIT_IO, "standard output cannot be written");
}

/* ---- tables ------------------------------------------------------------------------------ */

/* Row r as a token, its number and its values: "17: 412.5 3". */
static char *row_token(const car_table *table, int r)
{
    car_string text = {0};
    car_string_format(&text, "%d:", r + 1);
    for (int i = 0; i < table->columns; i++)
        car_string_format(&text, " %.4g", table->value[(ptrdiff_t)r * table->columns + i]);
    return text.at;
}

/* The rows from `first` on that the model reads at once. */
static bool show_rows(gallery *g, const car_table *table, int first, car_error *e)
{
    const car_system *system = g->system;
    int n = system->shape.lookback, outputs = system->model->output.words;
    float *numbers = car_alloc((ptrdiff_t)n * system->columns.inputs, sizeof *numbers);
    float *unknown = car_alloc(outputs, sizeof *unknown);
    char **token = car_alloc(n, sizeof *token);
    for (int t = 0; t < n; t++)
        token[t] = row_token(table, first + t);
    bool good = car_windows_read(table, &system->columns, first, n, numbers, e);
    if (good) {
        car_string heading = {0};
        car_string_format(&heading, "%s, rows %d to %d:", table->path, first + 1, first + n);
        for (int i = 0; i < table->columns; i++)
            car_string_format(&heading, "%s %s", i > 0 ? "," : "", table->name[i]);
        print_heading(g, heading.at, heading.length, NULL);
        forward(g, (car_sentence){.numbers = numbers, .length = n}, (car_sentence){.numbers = unknown, .length = 1});
        show_layers(g, (const char *const *)token, NULL);
        car_string_clear(&heading);
    }
    for (int t = 0; t < n; t++)
        car_free(token[t]);
    car_free(token);
    car_free(unknown);
    car_free(numbers);
    return good;
}

/* Of a forecast the last rows, of a map each by itself. */
static bool show_table(gallery *g, const car_options *options, car_error *e)
{
    const car_system *system = g->system;
    int n = system->shape.lookback;
    car_table *table = car_series_load_input(system->shape, &system->columns, options, e);
    bool good = table != NULL;
    for (int first = good && !system->shape.map ? table->rows - n : 0; good && first + n <= table->rows; first++) {
        g->sentence++;
        good = show_rows(g, table, first, e);
    }
    car_table_free(table);
    return good;
}

/* ---- all --------------------------------------------------------------------------------- */

static bool show_lines(gallery *g, const char *input, const car_options *options, car_error *e)
{
    const car_reading reading = car_reading_of_options(options);
    car_line_list lines = {0};
    car_translator translator = car_translator_of(g->system);
    translator.search.beam = 1;
    bool good = car_line_list_load(&lines, input, &reading, e) &&
                (car_system_is_alone(g->system) ? show_texts(g, &lines, input, e)
                                                : car_translator_run(&translator, &lines, 1, input, show_line, g, e));
    car_line_list_clear(&lines);
    return good;
}

int run_gates(car_options *options, car_error *e)
{
    if (!car_options_check_list(options, "models", 1, 1, e))
        return e->code;
    const char *table = car_options_text(options, "table"), *page = car_options_text(options, "page"),
               *input = car_input_of_options(options);
    car_system system = {0};
    gallery g = {.system = &system, .draws = *page != '\0', .lists = *table != '\0'};
    const char *no_colour = getenv("NO_COLOR");
    g.colours = isatty(STDOUT_FILENO) && (no_colour == NULL || *no_colour == '\0');
    car_shard_init(&g.shard);
    bool good = car_system_load(&system, car_options_texts(options, "models", 0), CAR_TO_APPLY,
                                car_options_flag(options, "insecure-plugins"), e);
    if (good) {
        begin_page(&g.page);
        car_string_add_text(&g.table, "sentence\tlayer\tkind\tname\tplace\tword\tunit\tvalue\n");
        good = system.columns.n > 0 ? show_table(&g, options, e) : show_lines(&g, input, options, e);
    }
    good = good && (!g.lists || car_file_save(table, g.table.at, g.table.length, e)) &&
           (!g.draws || car_file_save(page, g.page.at, g.page.length, e));
    car_shard_clear(&g.shard);
    car_string_clear(&g.page);
    car_string_clear(&g.table);
    car_system_clear(&system);
    return good ? CAR_EXIT_DONE : e->code;
}
