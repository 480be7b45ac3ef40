#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/names.h"
#include "corpora/generator.h"
#include "corpora/table_generator.h"
#include "tools/commands.h"
#include "tools/corpus_jobs.h"

/* ---- generate ----------------------------------------------------------------------------- */

static void print_generators(void)
{
    for (const car_generator *const *at = car_generators(); *at != NULL; at++) {
        const car_generator *g = *at;
        (void)printf("%-16s%s\n", g->name, g->summary);
        if (g->difficulty != NULL)
            (void)printf("%16s--difficulty: %s, %d to %d (%d)\n", "", g->difficulty, g->least, g->most, g->usual);
        if (g->languages != NULL)
            (void)printf("%16s--languages: %s\n", "", g->languages);
    }
    (void)printf("\ntables of numbers (.csv), for --task forecast and map; --train and so on count rows\n");
    for (const car_table_generator *const *at = car_table_generators(); *at != NULL; at++)
        (void)printf("%-16s%s\n", (*at)->name, (*at)->summary);
}

static const car_generator *find_generator(const char *name, car_error *e)
{
    const car_generator *found = car_generator_find(name);
    if (found != NULL)
        return found;
    const char *names[64];
    int n = 0;
    for (const car_generator *const *g = car_generators(); *g != NULL; g++)
        names[n++] = (*g)->name;
    for (const car_table_generator *const *g = car_table_generators(); *g != NULL; g++)
        names[n++] = (*g)->name;
    (void)car_error_set(e, CAR_EXIT_USAGE, "there is no corpus '%s'%s; `carousel corpus generate` lists all", name,
                        car_name_hint_of(name, names, n).text);
    return NULL;
}

static bool generate_table(const car_table_generator *generator, uint64_t seed, const char *folder, car_parts parts,
                           car_error *e)
{
    if (!car_table_generator_write(generator, seed, folder, parts, e))
        return false;
    car_log(CAR_LOG_INFO, "[corpus] train.csv, valid.csv and test.csv are in %s", folder);
    return true;
}

static bool generate(const car_options *options, car_error *e)
{
    int operands = car_options_operand_count(options);
    if (operands == 1) {
        print_generators();
        return true;
    }
    if (operands != 3)
        return car_error_set(e, CAR_EXIT_USAGE, "corpus generate wants a task and a folder: corpus generate TASK DIR");
    const char *folder = car_options_operand(options, 2);
    int n = car_options_texts_count(options, "languages");
    int64_t train = car_options_count(options, "train");
    const car_parts parts = {train > 0 ? train : 20000, car_options_count(options, "valid"),
                             car_options_count(options, "test")};
    uint64_t seed = (uint64_t)car_options_count(options, "seed");
    const car_table_generator *table = car_table_generator_find(car_options_operand(options, 1));
    if (table != NULL && (car_options_count(options, "difficulty") > 0 || n > 0))
        return car_error_set(e, CAR_EXIT_USAGE, "--difficulty and --languages are of text; of %s there is but one kind",
                             table->name);
    if (table != NULL)
        return generate_table(table, seed, folder, parts, e);
    const car_generator *generator = find_generator(car_options_operand(options, 1), e);
    if (generator == NULL)
        return false;
    const char **languages = car_alloc(n, sizeof *languages);
    for (int i = 0; i < n; i++)
        languages[i] = car_options_texts(options, "languages", i);
    const car_generator_options wanted = {(int)car_options_count(options, "difficulty"), languages, n};
    car_examples *examples = car_examples_new(generator, &wanted, seed, e);
    bool good = examples != NULL && car_examples_write(examples, folder, parts, e);
    if (good)
        car_log(CAR_LOG_INFO, "[corpus] train, valid and test (.%s%s%s) are in %s", generator->suffix[0],
                generator->suffix[1] != NULL ? " and ." : "", generator->suffix[1] != NULL ? generator->suffix[1] : "",
                folder);
    car_examples_free(examples);
    car_free(languages);
    return good;
}

/* ---- which ----------------------------------------------------------------------------------- */

typedef struct action {
    const char *name;
    bool (*run)(const car_options *options, car_error *e);
} action;

static const action actions[] = {{"generate", generate}, {"audit", car_corpus_audit}, {"split", car_corpus_split}};
enum { ACTIONS = sizeof actions / sizeof *actions };

/* What each option of the command is of.  The audit takes text as it is. */
enum { GENERATE = 1, AUDIT = 2, SPLIT = 4 }; /* in the order of the actions */
static const struct {
    const char *name;
    unsigned actions;
} of_some[] = {{"tsv", AUDIT | SPLIT},
               {"tsv-columns", AUDIT | SPLIT},
               {"utf8", SPLIT},
               {"max-line-bytes", SPLIT},
               {"test-sets", AUDIT},
               {"json", AUDIT},
               {"train", GENERATE | SPLIT},
               {"valid", GENERATE | SPLIT},
               {"test", GENERATE | SPLIT},
               {"seed", GENERATE | SPLIT},
               {"suffixes", SPLIT},
               {"difficulty", GENERATE},
               {"languages", GENERATE}};

/* Is every option that was given one of actions[number]? */
static bool check_options(const car_options *options, int number, car_error *e)
{
    for (size_t i = 0; i < sizeof of_some / sizeof *of_some; i++) {
        if ((of_some[i].actions & 1u << number) != 0 || !car_options_is_changed(options, of_some[i].name))
            continue;
        car_string of = {0};
        for (int k = 0; k < ACTIONS; k++)
            if ((of_some[i].actions & 1u << k) != 0)
                car_string_format(&of, "%scorpus %s", of.length > 0 ? " and " : "", actions[k].name);
        (void)car_error_set(e, CAR_EXIT_USAGE, "--%s is an option of %s, not of corpus %s", of_some[i].name, of.at,
                            actions[number].name);
        car_string_clear(&of);
        return false;
    }
    return true;
}

int run_corpus(car_options *options, car_error *e)
{
    const char *name = car_options_operand_count(options) > 0 ? car_options_operand(options, 0) : "";
    const char *names[ACTIONS];
    for (int i = 0; i < ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(name, names[i]) == 0)
            return check_options(options, i, e) && actions[i].run(options, e) ? CAR_EXIT_DONE : e->code;
    }
    const car_name_hint hint = car_name_hint_of(name, names, ACTIONS);
    if (*name != '\0')
        (void)car_error_set(e, CAR_EXIT_USAGE, "there is no `carousel corpus %s`%s", name,
                            hint.text[0] != '\0' ? hint.text : "; `carousel corpus --help` shows what there is");
    else
        (void)car_error_set(e, CAR_EXIT_USAGE,
                            "corpus wants to be told what to do: corpus audit SRC TRG, corpus split SRC TRG DIR, or "
                            "corpus generate TASK DIR");
    return e->code;
}
