#include "corpora/generator.h"

#include <stdio.h>
#include <string.h>
#include <unicode/uversion.h>

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/names.h"
#include "corpora/generators.h"

static const car_generator *const generators[] = {&car_copy_generator,
                                                  &car_reverse_generator,
                                                  &car_sort_generator,
                                                  &car_repeat_generator,
                                                  &car_addition_generator,
                                                  &car_dates_generator,
                                                  &car_numbers_generator,
                                                  &car_transliteration_generator,
                                                  &car_agreement_generator,
                                                  &car_gaps_generator,
                                                  &car_tags_generator,
                                                  &car_sentiment_generator,
                                                  &car_stories_generator,
                                                  &car_captions_generator,
                                                  NULL};

const car_generator *const *car_generators(void) { return generators; }

const car_generator *car_generator_find(const char *name)
{
    for (const car_generator *const *g = generators; *g != NULL; g++)
        if (strcmp((*g)->name, name) == 0)
            return *g;
    return NULL;
}

/* ---- distinct examples --------------------------------------------------------------------- */

struct car_examples {
    const car_generator *generator;
    car_generator_options options;
    char *usual;            /* the text that usual languages point into */
    const char **languages; /* [options.n_languages]                    */
    void *self;
    uint64_t seed, index;
    car_names *sources, *targets; /* that came */
};

/* The words of the generator's usual languages. */
static void take_usual_languages(car_examples *x)
{
    const char *usual = x->generator->languages;
    x->usual = usual != NULL ? car_copy_text(usual) : NULL;
    x->languages = car_alloc(usual != NULL ? (ptrdiff_t)strlen(usual) + 1 : 1, sizeof *x->languages);
    x->options.languages = x->languages;
    char *rest = NULL;
    for (char *word = x->usual != NULL ? strtok_r(x->usual, " ", &rest) : NULL; word != NULL;
         word = strtok_r(NULL, " ", &rest))
        x->languages[x->options.n_languages++] = word;
}

void *car_generator_keep_difficulty(const car_generator_options *options, car_error *e)
{
    (void)e;
    int *difficulty = car_alloc(1, sizeof *difficulty);
    *difficulty = options->difficulty;
    return difficulty;
}

static bool check_options(const car_generator *g, const car_generator_options *options, car_error *e)
{
    if (options->difficulty != 0 && g->difficulty == NULL)
        return car_error_set(e, CAR_EXIT_USAGE, "--difficulty: there is but one of %s", g->name);
    if (options->difficulty != 0 && (options->difficulty < g->least || options->difficulty > g->most))
        return car_error_set(e, CAR_EXIT_USAGE, "--difficulty of %s (%s) lies between %d and %d; %d does not", g->name,
                             g->difficulty, g->least, g->most, options->difficulty);
    if (options->n_languages > g->most_languages)
        return g->most_languages == 0
                   ? car_error_set(e, CAR_EXIT_USAGE, "--languages: %s knows no languages", g->name)
                   : car_error_set(e, CAR_EXIT_USAGE, "--languages: %s takes %d at most", g->name, g->most_languages);
    return true;
}

car_examples *car_examples_new(const car_generator *generator, const car_generator_options *options, uint64_t seed,
                               car_error *e)
{
    if (!check_options(generator, options, e))
        return NULL;
    car_examples *x = car_alloc(1, sizeof *x);
    x->generator = generator;
    x->seed = seed;
    x->options.difficulty = options->difficulty != 0 ? options->difficulty : generator->usual;
    if (options->n_languages > 0) {
        x->options.languages = options->languages;
        x->options.n_languages = options->n_languages;
    } else {
        take_usual_languages(x);
    }
    x->sources = car_names_new();
    x->targets = car_names_new();
    x->self = generator->open(&x->options, e);
    if (x->self != NULL)
        return x;
    car_examples_free(x);
    return NULL;
}

void car_examples_free(car_examples *x)
{
    if (x == NULL)
        return;
    if (x->self != NULL)
        x->generator->close(x->self);
    car_names_free(x->sources);
    car_names_free(x->targets);
    car_free(x->languages);
    car_free(x->usual);
    car_free(x);
}

car_generator_options car_examples_options(const car_examples *examples) { return examples->options; }

bool car_examples_next(car_examples *x, car_string *source, car_string *target, car_error *e)
{
    enum { PATIENCE = 10000 };
    for (int tries = 0; tries < PATIENCE; tries++) {
        x->generator->make(x->self, x->seed, x->index++, source, target);
        if (car_names_find(x->sources, source->at, source->length) >= 0 ||
            (x->generator->one_to_one && car_names_find(x->targets, target->at, target->length) >= 0))
            continue;
        car_names_add(x->sources, source->at, source->length);
        if (x->generator->one_to_one)
            car_names_add(x->targets, target->at, target->length);
        return true;
    }
    return car_error_set(e, CAR_EXIT_USAGE, "%s is worn out after %d different pairs; ask for fewer%s",
                         x->generator->name, car_names_count(x->sources),
                         x->options.difficulty < x->generator->most ? ", or for more --difficulty" : "");
}

/* ---- files ---------------------------------------------------------------------------------- */

static bool save(const char *folder, const char *name, const char *text, ptrdiff_t length, car_error *e)
{
    char *path = car_path_join(folder, name);
    bool done = car_file_save(path, text, length, e);
    car_free(path);
    return done;
}

static bool save_part(const car_string *lines, const char *folder, const char *part, const char *suffix, car_error *e)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%s.%s", part, suffix);
    return save(folder, name, lines->at, lines->length, e);
}

static bool write_part(car_examples *x, const char *folder, const char *part, int64_t n, car_error *e)
{
    const car_generator *g = x->generator;
    car_string source = {0}, target = {0}, notes = {0}, lines[3] = {{0}, {0}, {0}};
    bool done = true;
    for (int64_t i = 0; i < n && done; i++) {
        done = car_examples_next(x, &source, &target, e);
        if (done) {
            car_string_format(&lines[0], "%s\n", source.at);
            car_string_format(&lines[1], "%s\n", target.at);
        }
        if (done && g->notes != NULL) {
            g->describe(x->self, x->seed, x->index - 1, &notes);
            car_string_format(&lines[2], "%s\n", notes.at);
        }
    }
    done = done && save_part(&lines[0], folder, part, g->suffix[0], e) &&
           (g->suffix[1] == NULL || save_part(&lines[1], folder, part, g->suffix[1], e)) &&
           (g->notes == NULL || save_part(&lines[2], folder, part, g->notes, e));
    for (int k = 0; k < 3; k++)
        car_string_clear(&lines[k]);
    car_string_clear(&source);
    car_string_clear(&target);
    car_string_clear(&notes);
    return done;
}

/* All that the files depend on. */
static bool write_about(const car_examples *x, const char *folder, car_parts parts, car_error *e)
{
    json_t *languages = json_array();
    for (int i = 0; i < x->options.n_languages; i++)
        json_array_append_new(languages, json_string(x->options.languages[i]));
    json_t *about = json_pack("{sssisosIsIsIsIss}", "task", x->generator->name, "difficulty", x->options.difficulty,
                              "languages", languages, "seed", (json_int_t)x->seed, "train", (json_int_t)parts.train,
                              "valid", (json_int_t)parts.valid, "test", (json_int_t)parts.test, "icu", U_ICU_VERSION);
    CAR_REQUIRE(about != NULL);
    car_string lines = {0};
    car_string_add_json(&lines, about, JSON_INDENT(2));
    car_string_add_text(&lines, "\n");
    bool done = save(folder, "corpus.json", lines.at, lines.length, e);
    car_string_clear(&lines);
    return done;
}

bool car_examples_write(car_examples *x, const char *folder, car_parts parts, car_error *e)
{
    if (parts.train < 1 || parts.valid < 1 || parts.test < 1)
        return car_error_set(e, CAR_EXIT_USAGE,
                             "a generated corpus needs at least one pair each for --train, --valid and --test");
    return car_folder_make(folder, e) && write_part(x, folder, "test", parts.test, e) &&
           write_part(x, folder, "valid", parts.valid, e) && write_part(x, folder, "train", parts.train, e) &&
           write_about(x, folder, parts, e);
}
