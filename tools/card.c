#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/names.h"
#include "card/card.h"
#include "tools/cell_jobs.h"
#include "tools/commands.h"
#include "tools/progress.h"

static const char *const quick_tasks[] = {"adding-50", "order-50"};

/* What a card is of: text that stands above it. */
typedef struct heading {
    const car_loaded_cell *loaded;
    car_string name;       /* with options, if any were said */
    car_string parameters; /* of the cell with the first task's inputs */
} heading;

/* ---- words ----------------------------------------------------------------------------- */

static const char *const verdicts[] = {"failed", "partly", "passed"};

/* A score of the task, for people. */
static void add_score(car_string *out, const car_card_task *task, double score)
{
    if (isnan(score))
        car_string_add_text(out, "infinite");
    else if (task->measure == CAR_CARD_SQUARE)
        car_string_format(out, "%.4f", score);
    else if (task->measure == CAR_CARD_SHARE)
        car_string_format(out, "%.1f %%", 100 * score);
    else
        car_string_format(out, "%.0f", score);
}

/* One of four that are handed out in turn. */
static const char *score_text(const car_card_task *task, double score)
{
    static char texts[4][32];
    static int used;
    car_string text = {0};
    add_score(&text, task, score);
    char *out = texts[used++ % 4];
    (void)snprintf(out, sizeof texts[0], "%s", text.at);
    car_string_clear(&text);
    return out;
}

static const char *bound(const car_card_task *task) { return task->measure == CAR_CARD_SQUARE ? "<=" : ">="; }

static const char *unit(const car_card_task *task)
{
    return task->measure == CAR_CARD_SQUARE  ? "mean square"
           : task->measure == CAR_CARD_SHARE ? "right answers"
                                             : "longest right";
}

/* ---- text -------------------------------------------------------------------------------- */

static void print_text(const car_card *card, const heading *h)
{
    (void)printf("%s: %s\n%d units, Adam %g, batch %d, gradient clipped at %g, %d seed%s\n\n", h->name.at,
                 h->loaded->cell->summary, card->recipe->hidden, card->recipe->learning_rate, card->recipe->batch,
                 card->recipe->clip, card->seeds, card->seeds == 1 ? "" : "s");
    (void)printf("%-12s%-15s%10s%12s%12s%12s%12s%9s  %s\n", "task", "score", "chance", "to pass", "median", "worst",
                 "best", "updates", "verdict");
    for (int i = 0; i < card->n; i++) {
        const car_card_line *line = &card->line[i];
        const car_card_task *task = line->task;
        (void)printf("%-12s%-15s%10s%3s %8s%12s", task->name, unit(task), score_text(task, task->chance), bound(task),
                     score_text(task, task->mark), score_text(task, line->median));
        (void)printf("%12s%12s%9d  %s (%d of %d)\n", score_text(task, line->worst), score_text(task, line->best),
                     line->updates, verdicts[line->verdict], line->passed, line->n);
    }
    (void)puts("\npublished:");
    for (int i = 0; i < card->n; i++)
        (void)printf("  %-12s%s\n", card->line[i].task->name, card->line[i].task->published);
}

/* ---- Markdown ------------------------------------------------------------------------------ */

static bool write_markdown(const car_card *card, const heading *h, const char *path, car_error *e)
{
    car_string page = {0};
    const char *reference = h->loaded->cell->reference;
    car_string_format(&page, "# Card of `%s`\n\n%s%s%s%s. With two inputs its %d units have %s parameters.\n\n",
                      h->name.at, h->loaded->cell->summary, reference != NULL ? " (" : "",
                      reference != NULL ? reference : "", reference != NULL ? ")" : "", card->recipe->hidden,
                      h->parameters.at);
    car_string_format(&page,
                      "Written by `carousel card %s --markdown FILE`, %d seed%s, products by %s; tasks, recipe, marks "
                      "and sources: [README](README.md).\n\n",
                      h->name.at, card->seeds, card->seeds == 1 ? "" : "s", car_product_path());
    car_string_add_text(&page, "| task | score | chance | to pass | median | worst | best | updates | verdict |\n"
                               "|---|---|---:|---:|---:|---:|---:|---:|---|\n");
    for (int i = 0; i < card->n; i++) {
        const car_card_line *line = &card->line[i];
        const car_card_task *task = line->task;
        const char *strong = line->verdict == CAR_CARD_PASSED ? "**" : "";
        car_string_format(&page, "| %s | %s | %s | %s %s |", task->title, unit(task), score_text(task, task->chance),
                          task->measure == CAR_CARD_SQUARE ? "≤" : "≥", score_text(task, task->mark));
        car_string_format(&page, " %s | %s | %s | %d | %s%s%s, %d of %d |\n", score_text(task, line->median),
                          score_text(task, line->worst), score_text(task, line->best), line->updates, strong,
                          verdicts[line->verdict], strong, line->passed, line->n);
    }
    car_string_add_text(&page, "\n| task | score from each seed | published |\n|---|---|---|\n");
    for (int i = 0; i < card->n; i++) {
        const car_card_line *line = &card->line[i];
        car_string_format(&page, "| %s | ", line->task->title);
        for (int k = 0; k < line->n; k++)
            car_string_format(&page, "%s%s", k > 0 ? ", " : "", score_text(line->task, line->run[k].score));
        car_string_format(&page, " | %s |\n", line->task->published);
    }
    bool good = car_file_save(path, page.at, page.length, e);
    car_string_clear(&page);
    return good;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *number_or_null(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static json_t *json_of_line(const car_card_line *line)
{
    static const char *const measures[] = {"square", "share", "reach"};
    const car_card_task *task = line->task;
    json_t *runs = json_array();
    for (int i = 0; i < line->n; i++) {
        const car_card_run *run = &line->run[i];
        (void)json_array_append_new(runs, json_pack("{s:i, s:o, s:i, s:b, s:f}", "seed", run->seed, "score",
                                                    number_or_null(run->score), "updates", run->updates, "passed",
                                                    run->passed, "seconds", run->seconds));
    }
    return json_pack("{s:s, s:s, s:s, s:f, s:f, s:o, s:o, s:o, s:s, s:i, s:s, s:o}", "task", task->name, "title",
                     task->title, "measure", measures[task->measure], "chance", task->chance, "mark", task->mark,
                     "median", number_or_null(line->median), "worst", number_or_null(line->worst), "best",
                     number_or_null(line->best), "verdict", verdicts[line->verdict], "passed", line->passed,
                     "published", task->published, "runs", runs);
}

static void print_json(const car_card *card, const heading *h)
{
    json_t *lines = json_array();
    for (int i = 0; i < card->n; i++)
        (void)json_array_append_new(lines, json_of_line(&card->line[i]));
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:{s:i, s:i, s:f, s:f}, s:i, s:o}", "cell", h->name.at, "path", h->loaded->path,
                  "sha256", h->loaded->sha256, "products", car_product_path(), "recipe", "hidden", card->recipe->hidden,
                  "batch", card->recipe->batch, "learning_rate", card->recipe->learning_rate, "clip",
                  card->recipe->clip, "seeds", card->seeds, "tasks", lines);
    (void)json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    (void)puts("");
    json_decref(json);
}

/* ---- the command -------------------------------------------------------------------------------- */

/* One that was asked for; NULL and *e, with the nearest name. */
static const car_card_task *find_task(const char *name, car_error *e)
{
    const car_card_task *task = car_card_task_find(name);
    if (task != NULL)
        return task;
    const char **names = car_alloc(car_card_task_count, sizeof *names);
    car_string all = {0};
    for (int i = 0; i < car_card_task_count; i++) {
        names[i] = car_card_tasks[i].name;
        car_string_format(&all, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    (void)car_error_set(e, CAR_EXIT_USAGE, "--only: there is no task '%s'%s; there are %s", name,
                        car_name_hint_of(name, names, car_card_task_count).text, all.at);
    car_string_clear(&all);
    car_free(names);
    return NULL;
}

/* Into `tasks` [car_card_task_count], in the order of the battery; how many, or -1 and *e. */
static int choose_tasks(const car_options *options, const car_card_task **tasks, car_error *e)
{
    bool quick = car_options_flag(options, "quick");
    int asked = car_options_texts_count(options, "only"), n = 0;
    for (int k = 0; k < asked; k++)
        if (find_task(car_options_texts(options, "only", k), e) == NULL)
            return -1;
    for (int i = 0; i < car_card_task_count; i++) {
        bool wanted = asked == 0 && !quick;
        for (int k = 0; k < asked; k++)
            wanted = wanted || car_card_task_find(car_options_texts(options, "only", k)) == &car_card_tasks[i];
        for (size_t k = 0; asked == 0 && quick && k < sizeof quick_tasks / sizeof *quick_tasks; k++)
            wanted = wanted || strcmp(quick_tasks[k], car_card_tasks[i].name) == 0;
        if (wanted)
            tasks[n++] = &car_card_tasks[i];
    }
    return n;
}

/* The cell and its options.  NULL and *e if there is none. */
static bool find_cell(heading *h, car_cells *cells, const char *spec, const char **settings, car_error *e)
{
    h->loaded = car_cell_find_spec(cells, spec, settings, e);
    if (h->loaded == NULL)
        return false;
    car_cell_plan *plan =
        car_cell_plan_new(h->loaded->cell, car_card_tasks[0].input, car_card_recipe_fixed.hidden, *settings, e);
    if (plan == NULL)
        return false;
    car_string_format(&h->name, "%s%s%s", h->loaded->cell->name, **settings != '\0' ? ":" : "", *settings);
    car_string_add_grouped(&h->parameters, car_cell_plan_parameters(plan));
    car_cell_plan_free(plan);
    return true;
}

/* Can a file of that name be written?  To be known before minutes are spent. */
static bool can_write(const char *path, car_error *e)
{
    car_file_writer *writer = car_file_writer_open(path, e);
    car_file_writer_abandon(writer);
    return writer != NULL;
}

int run_card(car_options *options, car_error *e)
{
    if (car_options_operand_count(options) != 1)
        return car_error_set(e, CAR_EXIT_USAGE, "usage: carousel card CELL [options]"), e->code;
    const car_card_task **tasks = car_alloc(car_card_task_count, sizeof *tasks);
    car_cells *cells = car_cells_of_options(options);
    heading h = {0};
    const char *settings, *page = car_options_text(options, "markdown");
    int said = (int)car_options_count(options, "seeds"), usual = car_options_flag(options, "quick") ? 1 : 5;
    car_card *card = NULL;
    int n = choose_tasks(options, tasks, e);
    if (n > 0 && find_cell(&h, cells, car_options_operand(options, 0), &settings, e) &&
        (*page == '\0' || can_write(page, e)))
        card = car_card_new(h.loaded->cell, settings, tasks, n, said > 0 ? said : usual, e);
    if (card != NULL)
        (car_options_flag(options, "json") ? print_json : print_text)(card, &h);
    bool good = card != NULL && (*page == '\0' || write_markdown(card, &h, page, e));
    car_card_free(card);
    car_string_clear(&h.name);
    car_string_clear(&h.parameters);
    car_cells_free(cells);
    car_free(tasks);
    return good ? CAR_EXIT_DONE : e->code;
}
