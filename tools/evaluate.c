#include <string.h>

#include "base/memory.h"
#include "tools/commands.h"
#include "tools/measure.h"
#include "tools/score_report.h"
#include "tools/translator.h"

/* What all systems are measured against. */
typedef struct test_set {
    const char *source_path; /* "" if there is none */
    car_line_list source;
    int n_references;
    const char **reference_paths;
    car_line_list *references;
} test_set;

static void test_set_clear(test_set *test)
{
    car_line_list_clear(&test->source);
    for (int i = 0; i < test->n_references; i++)
        car_line_list_clear(&test->references[i]);
    car_free(test->references);
    car_free(test->reference_paths);
}

/* From --test-sets, or from --reference and --source. */
static bool test_set_load(test_set *test, const car_options *options, bool of_models, car_error *e)
{
    const char *list = of_models ? "test-sets" : "reference";
    int skip = of_models ? 1 : 0;
    if (!car_options_check_list(options, list, of_models ? 2 : 1, of_models ? 2 : 1000, e))
        return false;
    test->n_references = car_options_texts_count(options, list) - skip;
    test->reference_paths = car_alloc(test->n_references, sizeof *test->reference_paths);
    test->references = car_alloc(test->n_references, sizeof *test->references);
    for (int i = 0; i < test->n_references; i++) {
        test->reference_paths[i] = car_options_texts(options, list, skip + i);
        if (!car_line_list_load(&test->references[i], test->reference_paths[i], e))
            return false;
    }
    test->source_path = of_models ? car_options_texts(options, list, 0) : car_options_text(options, "source");
    if (test->source_path[0] == '\0')
        return true;
    if (!car_line_list_load(&test->source, test->source_path, e))
        return false;
    if (test->source.n == test->references[0].n)
        return true;
    return car_error_set(e, CAR_EXIT_DATA,
                         "%s has %td lines and %s has %td; line n of one is the translation of "
                         "line n of the other, so the numbers must be the same",
                         test->source_path, test->source.n, test->reference_paths[0], test->references[0].n);
}

/* The number of words of each line of the source. */
static bool source_lengths(const test_set *test, int *lengths, car_error *e)
{
    car_tokenizer *tokenizer = car_tokenizer_new("word", NULL, e);
    car_pieces pieces = {0};
    bool good = tokenizer != NULL;
    for (ptrdiff_t i = 0; i < test->source.n && good; i++) {
        good = car_tokenizer_apply(tokenizer, test->source.at[i], test->source.length[i], &pieces, e) ||
               car_error_context(e, "%s:%td", test->source_path, i + 1);
        lengths[i] = (int)pieces.count;
    }
    car_pieces_clear(&pieces);
    car_tokenizer_free(tokenizer);
    return good;
}

static bool score_texts(const car_metrics *metrics, const car_line_list *texts, const char *name, const test_set *test,
                        car_scored_system *system, car_error *e)
{
    return car_score_text(metrics, texts, name, test->references, test->reference_paths, test->n_references,
                          &system->scored, e);
}

static bool score_file(const car_metrics *metrics, const char *path, const test_set *test, car_scored_system *system,
                       car_error *e)
{
    car_line_list texts = {0};
    system->name = path;
    bool good = car_line_list_load(&texts, path, e) && score_texts(metrics, &texts, path, test, system, e);
    car_line_list_clear(&texts);
    return good;
}

static bool score_model(const car_options *options, const car_metrics *metrics, const char *model, const test_set *test,
                        car_scored_system *scored, car_error *e)
{
    const char *const paths[CAR_SIDES] = {test->source_path, test->reference_paths[0]};
    car_system system = {0};
    car_translator translator = car_translator_of(&system);
    translator.search = car_search_of_options(options);
    car_pairs_options wanted = {.complete = true, .mini_batch = translator.search.mini_batch, .maxi_batch = 1};
    car_pairs *pairs = NULL;
    car_shards *shards = NULL;
    car_line_list texts = {0};
    scored->name = model;
    scored->is_model = true;
    bool good = car_system_load(&system, model, car_options_flag(options, "insecure-plugins"), e) &&
                car_translator_check(&translator, e) &&
                (pairs = car_pairs_load(paths, &system.texts, &wanted, e)) != NULL &&
                (shards = car_shards_new(system.model, 0)) != NULL &&
                car_measure_reference(shards, pairs, &scored->of_reference, e) &&
                car_translator_lines(&translator, &test->source, test->source_path, &texts, e) &&
                score_texts(metrics, &texts, "the translations", test, scored, e);
    car_line_list_clear(&texts);
    car_shards_free(shards);
    car_pairs_free(pairs);
    car_system_clear(&system);
    return good;
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
    int n_named = car_options_texts_count(options, list), first = baseline[0] != '\0', n = first + n_named;
    bool by_length = car_options_flag(options, "by-length");
    if (car_options_operand_count(options) > 0 || (car_options_texts_count(options, "hypothesis") > 0) == of_models) {
        (void)car_error_set(e, CAR_EXIT_USAGE,
                            "evaluate needs either --models and --test-sets or --hypothesis and "
                            "--reference");
        return e->code;
    }
    if (by_length && !of_models && car_options_text(options, "source")[0] == '\0') {
        (void)car_error_set(e, CAR_EXIT_USAGE, "--by-length needs the --source of the translations");
        return e->code;
    }

    test_set test = {0};
    car_metrics metrics;
    car_report_options report;
    car_scored_system *systems = car_alloc(n, sizeof *systems);
    int *lengths = NULL;
    bool good = car_metrics_of_options(&metrics, options, e) && read_report_options(options, n, &report, e) &&
                test_set_load(&test, options, of_models, e);
    if (good && first)
        good = score_file(&metrics, baseline, &test, &systems[0], e);
    for (int i = 0; i < n_named && good; i++) {
        const char *name = car_options_texts(options, list, i);
        car_scored_system *system = &systems[first + i];
        good = of_models ? score_model(options, &metrics, name, &test, system, e)
                         : score_file(&metrics, name, &test, system, e);
    }
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
