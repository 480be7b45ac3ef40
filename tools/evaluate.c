#include <string.h>

#include "base/memory.h"
#include "tools/commands.h"
#include "tools/evaluate_texts.h"
#include "tools/measure.h"
#include "tools/score_report.h"
#include "tools/series_report.h"
#include "tools/systems.h"
#include "tools/translator.h"

#define ENSEMBLE_NAME "all models together"

/* ---- options ------------------------------------------------------------------------------- */

/* What is evaluated. */
enum {
    FILES = 1,
    TRANSLATORS = 2,
    LABELLERS = 4,
    LANGUAGE = 8,
    TABLES = 16,
    PARALLEL = TRANSLATORS | LABELLERS,
    MODELS = PARALLEL | LANGUAGE | TABLES,
    TEXTS = FILES | PARALLEL
};

/* Options that have no meaning for all of these. */
static const struct {
    const char *name;
    unsigned of;
} limited[] = {
    {"test-sets", MODELS},
    {"precision", MODELS},
    {"insecure-plugins", MODELS},
    {"source", FILES},
    {"reference", FILES},
    {"weights", PARALLEL},
    {"ensemble", PARALLEL},
    {"beam-size", TRANSLATORS},
    {"normalize", TRANSLATORS},
    {"max-length-factor", TRANSLATORS},
    {"coverage-penalty", TRANSLATORS},
    {"min-length", TRANSLATORS},
    {"no-repeat-ngram", TRANSLATORS},
    {"shortlist", TRANSLATORS},
    {"mini-batch", PARALLEL | LANGUAGE},
    {"tsv", PARALLEL},
    {"tsv-columns", PARALLEL},
    {"utf8", TEXTS | LANGUAGE},
    {"max-line-bytes", TEXTS | LANGUAGE},
    {"missing", TABLES},
    {"metrics", TEXTS | LANGUAGE},
    {"lowercase", TEXTS},
    {"tokenize", TEXTS},
    {"smooth", TEXTS},
    {"smooth-value", TEXTS},
    {"effective-order", TEXTS},
    {"max-ngram-order", TEXTS},
    {"chrf-char-order", TEXTS},
    {"chrf-word-order", TEXTS},
    {"chrf-beta", TEXTS},
    {"chrf-whitespace", TEXTS},
    {"chrf-eps-smoothing", TEXTS},
    {"ter-case-sensitive", TEXTS},
    {"ter-normalized", TEXTS},
    {"ter-no-punct", TEXTS},
    {"ter-asian-support", TEXTS},
    {"sentence-level", TEXTS},
    {"by-length", TEXTS},
    {"confidence", TEXTS},
    {"paired", TEXTS},
    {"baseline", TEXTS},
    {"samples", TEXTS},
    {"seed", TEXTS},
};

static bool check_meaning(const car_options *options, unsigned of, const char *what, car_error *e)
{
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++)
        if ((limited[i].of & of) == 0 && car_options_is_changed(options, limited[i].name))
            return car_error_set(e, CAR_EXIT_USAGE, "--%s has no meaning when %s are evaluated; leave it out",
                                 limited[i].name, what);
    return true;
}

/* ---- texts --------------------------------------------------------------------------------- */

/* What all systems are measured against. */
typedef struct test_set {
    car_sets sets;     /* of --test-sets, else empty */
    char *source_name; /* NULL if there is none */
    car_line_list source;
    int n_references;
    char **reference_names;
    car_line_list *references;
} test_set;

static void test_set_clear(test_set *test)
{
    car_line_list_clear(&test->source);
    car_free(test->source_name);
    for (int i = 0; i < test->n_references; i++) {
        car_line_list_clear(&test->references[i]);
        car_free(test->reference_names[i]);
    }
    car_free(test->references);
    car_free(test->reference_names);
    car_sets_clear(&test->sets);
}

static void make_references(test_set *test, int n)
{
    test->n_references = n;
    test->reference_names = car_alloc(n, sizeof *test->reference_names);
    test->references = car_alloc(n, sizeof *test->references);
}

/* From --test-sets. */
static bool load_sets(test_set *test, const car_options *options, car_error *e)
{
    car_line_list lists[CAR_SIDES] = {{0}, {0}};
    if (!car_sets_of_options(&test->sets, options, "test-sets", false, e))
        return false;
    bool good = car_sets_load_lines(&test->sets, lists, e);
    make_references(test, 1);
    test->source = lists[CAR_SOURCE];
    test->source_name = car_sets_name(&test->sets, CAR_SOURCE);
    test->references[0] = lists[CAR_TARGET];
    test->reference_names[0] = car_sets_name(&test->sets, CAR_TARGET);
    return good;
}

/* From --reference and --source. */
static bool load_files(test_set *test, const car_options *options, car_error *e)
{
    const car_reading reading = car_reading_of_options(options);
    const char *source = car_options_text(options, "source");
    if (!car_options_check_list(options, "reference", 1, 1000, e))
        return false;
    make_references(test, car_options_texts_count(options, "reference"));
    for (int i = 0; i < test->n_references; i++) {
        test->reference_names[i] = car_copy_text(car_options_texts(options, "reference", i));
        if (!car_line_list_load(&test->references[i], test->reference_names[i], &reading, e))
            return false;
    }
    if (source[0] == '\0')
        return true;
    test->source_name = car_copy_text(source);
    if (!car_line_list_load(&test->source, source, &reading, e))
        return false;
    return test->source.n == test->references[0].n ||
           car_error_set(e, CAR_EXIT_DATA,
                         "%s has %td lines and %s has %td; line n of one is the translation of line n of the other, "
                         "so the numbers must be the same",
                         source, test->source.n, test->reference_names[0], test->references[0].n);
}

/* The number of words of each line of the source. */
static bool source_lengths(const test_set *test, int *lengths, car_error *e)
{
    car_tokenizer *tokenizer = car_tokenizer_new("word", NULL, e);
    car_pieces pieces = {0};
    bool good = tokenizer != NULL;
    for (ptrdiff_t i = 0; i < test->source.n && good; i++) {
        good = car_tokenizer_apply(tokenizer, test->source.at[i], test->source.length[i], &pieces, e) ||
               car_error_context(e, "%s:%td", test->source_name, i + 1);
        lengths[i] = (int)pieces.count;
    }
    car_pieces_clear(&pieces);
    car_tokenizer_free(tokenizer);
    return good;
}

static bool score_texts(const car_metrics *metrics, const car_line_list *texts, const char *name, const test_set *test,
                        car_scored_system *system, car_error *e)
{
    return car_score_text(metrics, texts, name, test->references, (const char *const *)test->reference_names,
                          test->n_references, &system->scored, e);
}

static bool score_file(const car_options *options, const car_metrics *metrics, const char *path, const test_set *test,
                       car_scored_system *system, car_error *e)
{
    const car_reading reading = car_reading_of_options(options);
    car_line_list texts = {0};
    system->name = path;
    bool good = car_line_list_load(&texts, path, &reading, e) && score_texts(metrics, &texts, path, test, system, e);
    car_line_list_clear(&texts);
    return good;
}

static bool score_model(const car_options *options, const car_metrics *metrics, const char *model, const test_set *test,
                        car_scored_system *scored, car_error *e)
{
    car_system system = {0};
    car_translator translator = car_translator_of(&system);
    translator.search = car_search_of_options(options);
    car_pairs *pairs = NULL;
    car_shards *shards = NULL;
    car_line_list texts = {0};
    car_shortlist shortlist = {0};
    scored->name = model;
    scored->is_model = true;
    bool good = car_system_load(&system, model, CAR_TO_APPLY, car_options_flag(options, "insecure-plugins"), e) &&
                car_translator_check(&translator, e) &&
                car_translator_shorten(&translator, &shortlist, options, e) &&
                (pairs = car_pairs_load_complete(&test->sets, &system.texts, &system.model->options,
                                                 translator.search.mini_batch, e)) != NULL &&
                (shards = car_shards_new(system.model, 0)) != NULL &&
                car_measure_reference(shards, pairs, &scored->of_reference, e) &&
                car_translator_lines(&translator, &test->source, test->source_name, &texts, e) &&
                score_texts(metrics, &texts, "the translations", test, scored, e);
    car_line_list_clear(&texts);
    car_shards_free(shards);
    car_pairs_free(pairs);
    car_shortlist_clear(&shortlist);
    car_system_clear(&system);
    return good;
}

/* All models together. */
static bool score_ensemble(const car_options *options, const car_metrics *metrics, const test_set *test,
                           car_scored_system *scored, car_error *e)
{
    car_systems systems = {0};
    car_translator translator = {.search = car_search_of_options(options)};
    car_shortlist shortlist = {0};
    car_line_list texts = {0};
    scored->name = ENSEMBLE_NAME;
    bool good = car_systems_load(&systems, options, e);
    if (good) {
        translator.texts = &systems.system[0].texts;
        translator.ensemble = car_systems_ensemble(&systems);
        good = car_translator_check(&translator, e) &&
               car_translator_shorten(&translator, &shortlist, options, e) &&
               car_translator_lines(&translator, &test->source, test->source_name, &texts, e) &&
               score_texts(metrics, &texts, "the translations", test, scored, e);
    }
    car_line_list_clear(&texts);
    car_shortlist_clear(&shortlist);
    car_systems_clear(&systems);
    return good;
}

static bool check_ensemble(const car_options *options, car_error *e)
{
    bool wanted = car_options_flag(options, "ensemble");
    if (wanted && car_options_texts_count(options, "models") < 2)
        return car_error_set(e, CAR_EXIT_USAGE, "--ensemble is of several --models; name two");
    if (!wanted && car_options_texts_count(options, "weights") > 0)
        return car_error_set(e, CAR_EXIT_USAGE, "--weights are those of an ensemble; say --ensemble");
    return true;
}

static bool read_report_options(const car_options *options, int n_systems, car_report_options *report, car_error *e)
{
    const char *paired = car_options_text(options, "paired");
    *report = (car_report_options){
        .json = car_options_flag(options, "json"),
        .lines = car_options_flag(options, "sentence-level"),
        .comparison = strcmp(paired, "bootstrap") == 0       ? CAR_COMPARE_BOOTSTRAP
                      : strcmp(paired, "randomisation") == 0 ? CAR_COMPARE_RANDOMISATION
                                                             : CAR_COMPARE_NOT,
        .samples = (int)car_options_count(options, "samples"),
        .seed = (uint64_t)car_options_count(options, "seed"),
    };
    report->intervals = car_options_flag(options, "confidence") || report->comparison != CAR_COMPARE_NOT;
    if (report->samples == 0)
        report->samples = report->comparison == CAR_COMPARE_RANDOMISATION ? 10000 : 1000;
    if (report->comparison != CAR_COMPARE_NOT && n_systems < 2)
        return car_error_set(e, CAR_EXIT_USAGE, "--paired compares systems; name two, or a --baseline");
    if (report->comparison == CAR_COMPARE_NOT && car_options_text(options, "baseline")[0] != '\0')
        return car_error_set(e, CAR_EXIT_USAGE,
                             "--baseline is for comparisons; say --paired bootstrap or --paired "
                             "randomisation");
    return true;
}

int run_evaluate(car_options *options, car_error *e)
{
    bool of_models = car_options_texts_count(options, "models") > 0;
    const char *list = of_models ? "models" : "hypothesis", *baseline = car_options_text(options, "baseline");
    bool ensemble = car_options_flag(options, "ensemble");
    int n_named = car_options_texts_count(options, list), first = baseline[0] != '\0', n = first + n_named + ensemble;
    bool by_length = car_options_flag(options, "by-length");
    if ((car_options_texts_count(options, "hypothesis") > 0) == of_models) {
        (void)car_error_set(e, CAR_EXIT_USAGE,
                            "evaluate needs either --models and --test-sets or --hypothesis and "
                            "--reference");
        return e->code;
    }
    if (by_length && !of_models && car_options_text(options, "source")[0] == '\0') {
        (void)car_error_set(e, CAR_EXIT_USAGE, "--by-length needs the --source of the translations");
        return e->code;
    }

    car_model_task task = CAR_TRANSLATE;
    if (of_models && !car_system_peek(car_options_texts(options, "models", 0), &task, e))
        return e->code;
    bool means = !of_models                   ? check_meaning(options, FILES, "translations in files", e)
                 : task == CAR_LANGUAGE_MODEL ? check_meaning(options, LANGUAGE, "language models", e)
                 : task == CAR_REGRESS        ? check_meaning(options, TABLES, "models of tables", e)
                 : task == CAR_TRANSLATE      ? check_meaning(options, TRANSLATORS, "models that translate", e)
                                              : check_meaning(options, LABELLERS, "models that tag or classify", e);
    if (!means)
        return e->code;
    if (task == CAR_LANGUAGE_MODEL)
        return car_evaluate_texts(options, e);
    if (task == CAR_REGRESS)
        return car_evaluate_series(options, e) ? CAR_EXIT_DONE : e->code;

    test_set test = {0};
    car_metrics metrics;
    car_report_options report;
    car_scored_system *systems = car_alloc(n, sizeof *systems);
    int *lengths = NULL;
    bool good = check_ensemble(options, e) && car_metrics_of_options(&metrics, options, e) &&
                read_report_options(options, n, &report, e) &&
                (of_models ? load_sets(&test, options, e) : load_files(&test, options, e));
    if (good && first)
        good = score_file(options, &metrics, baseline, &test, &systems[0], e);
    for (int i = 0; i < n_named && good; i++) {
        const char *name = car_options_texts(options, list, i);
        car_scored_system *system = &systems[first + i];
        good = of_models ? score_model(options, &metrics, name, &test, system, e)
                         : score_file(options, &metrics, name, &test, system, e);
    }
    if (good && ensemble)
        good = score_ensemble(options, &metrics, &test, &systems[n - 1], e);
    if (good && by_length) {
        report.lengths = lengths = car_alloc(test.source.n, sizeof *lengths);
        good = source_lengths(&test, lengths, e);
    }
    if (good)
        car_report_scores(&metrics, systems, n, &report);
    for (int i = 0; i < n; i++)
        car_scored_text_clear(&systems[i].scored);
    car_free(systems);
    car_free(lengths);
    test_set_clear(&test);
    return good ? CAR_EXIT_DONE : e->code;
}
