#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "tools/cell_jobs.h"
#include "tools/commands.h"
#include "tools/progress.h"

car_cells *car_cells_of_options(const car_options *options)
{
    car_cells *cells = car_cells_new();
    car_cells_allow_insecure(cells, car_options_flag(options, "insecure-plugins"));
    return cells;
}

car_cell_plan *car_cell_spec_plan(car_cells *cells, const char *spec, int input, int hidden,
                                  const car_loaded_cell **loaded, car_error *e)
{
    const char *settings;
    const car_loaded_cell *found = car_cell_find_spec(cells, spec, &settings, e);
    if (loaded != NULL)
        *loaded = found;
    return found != NULL ? car_cell_plan_new(found->cell, input, hidden, settings, e) : NULL;
}

car_cell_plan *car_cell_plan_of_options(car_cells *cells, const char *spec, const car_options *options,
                                        const car_loaded_cell **loaded, car_error *e)
{
    return car_cell_spec_plan(cells, spec, (int)car_options_count(options, "dim-emb"),
                              (int)car_options_count(options, "dim-rnn"), loaded, e);
}

static void list_cells(car_cells *cells)
{
    for (int i = 0; i < car_cells_count(cells); i++) {
        const car_loaded_cell *loaded = car_cells_at(cells, i);
        car_error ignored;
        bool hidden = car_cell_find(cells, loaded->cell->name, &ignored) != loaded;
        if (!hidden)
            (void)printf("%-12s %s\n%-12s %s\n", loaded->cell->name, loaded->cell->summary, "", loaded->path);
    }
}

static void print_choice(const car_option *option, double value)
{
    const char *choice = option->choices;
    for (int k = 0; k < (int)value && strchr(choice, '|') != NULL; k++)
        choice = strchr(choice, '|') + 1;
    (void)printf("%.*s", (int)strcspn(choice, "|"), choice);
}

static void print_options(const car_cell *cell)
{
    const car_option *option = cell->options;
    if (option == NULL || option->name == NULL)
        return;
    (void)puts("\noptions (CELL:name=value,...)");
    for (; option->name != NULL; option++) {
        (void)printf("  %-20s %s", option->name, option->help);
        if (option->kind == CAR_CHOICE) {
            (void)printf(": %s (default: ", option->choices);
            print_choice(option, option->fallback);
        } else if (option->kind == CAR_FLAG) {
            (void)printf(" (default: %s", option->fallback != 0 ? "true" : "false");
        } else {
            (void)printf(", %g to %g (default: %g", option->min, option->max, option->fallback);
        }
        (void)puts(")");
    }
}

static void print_cell(const car_loaded_cell *loaded, const car_cell_plan *plan)
{
    car_string text = {0}, chosen = {0}, parameters = {0}, products = {0};
    car_cell_plan_describe(plan, &text);
    car_cell_plan_settings(plan, &chosen);
    car_string_add_grouped(&parameters, car_cell_plan_parameters(plan));
    car_string_add_grouped(&products, car_cell_plan_products(plan));
    (void)printf("%s - %s\n", loaded->cell->name, loaded->cell->summary);
    if (loaded->cell->reference != NULL)
        (void)printf("%s\n", loaded->cell->reference);
    (void)printf("%s, version %s, ABI %d.%d\n", loaded->path, loaded->plugin->version, loaded->plugin->abi_major,
                 loaded->plugin->abi_minor);
    print_options(loaded->cell);
    (void)printf("\nfor input %d and width %d%s%s\n%s\n%s parameters, %s multiply-adds a step\n", plan->input,
                 plan->hidden, chosen.length > 0 ? ", with " : "", chosen.length > 0 ? chosen.at : "", text.at,
                 parameters.at, products.at);
    car_string_clear(&text);
    car_string_clear(&chosen);
    car_string_clear(&parameters);
    car_string_clear(&products);
}

static int run_list(const car_options *options, car_error *e)
{
    (void)e;
    car_cells *cells = car_cells_of_options(options);
    car_cells_open_all(cells);
    if (car_options_flag(options, "json"))
        car_cells_print_json(cells);
    else
        list_cells(cells);
    (void)fputs(car_cells_notes_view(cells), stderr);
    car_cells_free(cells);
    return CAR_EXIT_DONE;
}

static int run_info(const car_options *options, car_error *e)
{
    car_cells *cells = car_cells_of_options(options);
    const car_loaded_cell *loaded;
    car_cell_plan *plan = car_cell_plan_of_options(cells, car_options_operand(options, 1), options, &loaded, e);
    if (plan != NULL && car_options_flag(options, "json"))
        car_cell_print_json(loaded, plan);
    else if (plan != NULL)
        print_cell(loaded, plan);
    car_cell_plan_free(plan);
    car_cells_free(cells);
    return plan != NULL ? CAR_EXIT_DONE : e->code;
}

/* ---- the command ---------------------------------------------------------------------- */

typedef struct job {
    const char *name, *usage;
    int least, most; /* operands behind the name */
    int (*run)(const car_options *options, car_error *e);
} job;

static const job jobs[] = {
    {"list", "", 0, 0, run_list},
    {"info", " CELL", 1, 1, run_info},
    {"graph", " CELL", 1, 1, run_cell_graph},
    {"bench", " [CELL ...]", 0, INT_MAX, run_cell_bench},
    {"new", " NAME", 1, 1, run_cell_new},
    {"check", " FILE.so", 0, 1, run_cell_check},
};
enum { JOBS = sizeof jobs / sizeof *jobs };

int run_cell(car_options *options, car_error *e)
{
    int operands = car_options_operand_count(options);
    const char *name = operands > 0 ? car_options_operand(options, 0) : "";
    const char *names[JOBS];
    for (int i = 0; i < JOBS; i++) {
        names[i] = jobs[i].name;
        if (strcmp(name, jobs[i].name) != 0)
            continue;
        if (operands - 1 >= jobs[i].least && operands - 1 <= jobs[i].most)
            return jobs[i].run(options, e);
        (void)car_error_set(e, CAR_EXIT_USAGE, "usage: carousel cell %s%s", jobs[i].name, jobs[i].usage);
        return e->code;
    }
    const car_name_hint hint = car_name_hint_of(name, names, JOBS);
    if (operands == 0)
        (void)car_error_set(e, CAR_EXIT_USAGE,
                            "carousel cell wants to know what to do; `carousel cell --help` shows it");
    else
        (void)car_error_set(e, CAR_EXIT_USAGE, "there is no `carousel cell %s`%s", name,
                            hint.text[0] != '\0' ? hint.text : "; `carousel cell --help` shows what there is");
    return e->code;
}
