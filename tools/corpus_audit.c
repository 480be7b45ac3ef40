/* carousel corpus audit: what is to be known of parallel text before training on it. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unicode/uscript.h>

#include "base/memory.h"
#include "corpora/audit.h"
#include "tools/commands.h"
#include "tools/corpus_jobs.h"
#include "tools/sets.h"

static const char *const SIDE_NAMES[] = {"source", "target", "pair"};
static const char *const GRAVITY_NAMES[] = {"error", "warning", "note"};
static const char *const QUANTILE_NAMES[CAR_AUDIT_QUANTILES] = {"min", "1%", "25%", "50%", "75%", "99%", "max"};

static const char *script_name(int script) { return script >= 0 ? uscript_getName((UScriptCode)script) : "none"; }

static double share(int64_t part, int64_t whole) { return whole > 0 ? (double)part / (double)whole : 0; }

/* ---- for people ----------------------------------------------------------------------------- */

static void print_sides(const car_audit *audit)
{
    const car_audit_side *s = audit->side;
    for (int side = 0; side < CAR_SIDES; side++) {
        (void)printf("%s %s", SIDE_NAMES[side], s[side].path);
        if (s[side].column > 0)
            (void)printf(", column %d", s[side].column);
        (void)putchar('\n');
    }
    (void)putchar('\n');
    (void)printf("%-22s %12s %12s\n", "", "source", "target");
    const struct {
        const char *name;
        int64_t value[CAR_SIDES];
    } rows[] = {{"lines", {s[0].lines, s[1].lines}},
                {"bytes", {s[0].bytes, s[1].bytes}},
                {"words between spaces", {s[0].words, s[1].words}},
                {"characters", {s[0].characters, s[1].characters}},
                {"different characters", {s[0].different_characters, s[1].different_characters}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        (void)printf("%-22s %12" PRId64 " %12" PRId64 "\n", rows[i].name, rows[i].value[0], rows[i].value[1]);
    (void)printf("%-22s %12s %12s\n", "script", script_name(s[0].script), script_name(s[1].script));
    for (int side = 0; side < CAR_SIDES; side++)
        if (s[side].encoding[0] != '\0')
            (void)printf("what is no UTF-8 in the %s looks like %s\n", SIDE_NAMES[side], s[side].encoding);
    if (audit->ratio_pairs == 0)
        return;
    (void)printf("\n%-22s", "target : source");
    for (int i = 0; i < CAR_AUDIT_QUANTILES; i++)
        (void)printf(" %7s", QUANTILE_NAMES[i]);
    const struct {
        const char *name;
        const double *values;
    } ratios[] = {{"in characters", audit->character_ratio}, {"in words", audit->word_ratio}};
    for (int k = 0; k < 2; k++) {
        (void)printf("\n%-22s", ratios[k].name);
        for (int i = 0; i < CAR_AUDIT_QUANTILES; i++)
            (void)printf(" %7.2f", ratios[k].values[i]);
    }
    (void)putchar('\n');
}

static void print_finding(const car_audit_finding *f, const car_text_set *tests)
{
    (void)printf("  %8" PRId64 "  %6.2f%%  ", f->lines, 100 * share(f->lines, f->of));
    if (f->side < CAR_SIDES && f->test < 0)
        (void)printf("%s: ", SIDE_NAMES[f->side]);
    (void)printf("%s", car_audit_title(f->kind));
    if (f->places > f->lines)
        (void)printf(" (%" PRId64 " places)", f->places);
    if (f->test >= 0) {
        const char *target = tests[f->test].path[CAR_TARGET];
        (void)printf(" [%s%s%s]", tests[f->test].path[CAR_SOURCE], target != NULL ? ", " : "",
                     target != NULL ? target : "");
    }
    (void)printf("\n%22s", f->n_first == 0 ? "" : f->n_first == 1 ? "line" : "lines");
    for (int i = 0; i < f->n_first; i++) {
        (void)printf("%s%" PRId64, i > 0 ? ", " : " ", f->first[i]);
        if (f->other[i] > 0)
            (void)printf("=%" PRId64, f->other[i]);
    }
    (void)printf("%s%s%s\n", f->lines > f->n_first && f->n_first > 0 ? ", ..." : "", f->n_first > 0 ? "; " : " ",
                 car_audit_advice(f->kind));
    for (int i = 0; i < f->n_examples; i++)
        (void)printf("%22" PRId64 "  %s\n", f->first[i], f->example[i]);
}

static void print_findings(const car_audit *audit, const car_text_set *tests)
{
    static const char *const heads[] = {"Errors: training refuses these, or learns from pairs that are none",
                                        "Warnings: these spoil a model or its scores", "Notes: usual in good text too"};
    for (int i = 0; i < audit->n_findings; i++) {
        car_gravity gravity = car_audit_gravity(audit->findings[i].kind);
        if (i == 0 || car_audit_gravity(audit->findings[i - 1].kind) != gravity)
            (void)printf("\n%s\n", heads[gravity]);
        print_finding(&audit->findings[i], tests);
    }
    if (!car_audit_has(audit, CAR_GRAVITY_ERROR) && !car_audit_has(audit, CAR_GRAVITY_WARNING))
        (void)printf("\nNo errors, no warnings.\n");
}

/* ---- for programs ----------------------------------------------------------------------------- */

/* Paths may hold bytes that are no UTF-8, which JSON cannot. */
static json_t *json_text(const char *text)
{
    car_string repaired = {0};
    car_string_empty(&repaired);
    (void)car_utf8_repair(text, (ptrdiff_t)strlen(text), &repaired);
    json_t *json = json_string(repaired.at);
    car_string_clear(&repaired);
    return json;
}

static json_t *json_side(const car_audit_side *side)
{
    json_t *json = json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:s, s:I}", "file", json_text(side->path), "lines",
                             (json_int_t)side->lines, "bytes", (json_int_t)side->bytes, "words",
                             (json_int_t)side->words, "characters", (json_int_t)side->characters,
                             "different_characters", (json_int_t)side->different_characters, "script",
                             script_name(side->script), "lines_of_script", (json_int_t)side->script_lines);
    if (side->column > 0)
        (void)json_object_set_new(json, "column", json_integer(side->column));
    if (side->encoding[0] != '\0')
        (void)json_object_set_new(json, "looks_like", json_string(side->encoding));
    return json;
}

static json_t *json_ratios(const double values[CAR_AUDIT_QUANTILES])
{
    json_t *json = json_object();
    for (int i = 0; i < CAR_AUDIT_QUANTILES; i++)
        (void)json_object_set_new(json, QUANTILE_NAMES[i], json_real(values[i]));
    return json;
}

static json_t *json_finding(const car_audit_finding *f)
{
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:f, s:s, s:s}", "kind", car_audit_name(f->kind), "gravity",
                  GRAVITY_NAMES[car_audit_gravity(f->kind)], "side", SIDE_NAMES[f->side], "lines", (json_int_t)f->lines,
                  "of", (json_int_t)f->of, "places", (json_int_t)f->places, "share", share(f->lines, f->of), "title",
                  car_audit_title(f->kind), "advice", car_audit_advice(f->kind));
    if (f->test >= 0)
        (void)json_object_set_new(json, "test_set", json_integer(f->test));
    json_t *first = json_array(), *examples = json_array();
    for (int i = 0; i < f->n_first; i++) {
        json_t *line = json_pack("{s:I}", "line", (json_int_t)f->first[i]);
        if (f->other[i] > 0)
            (void)json_object_set_new(line, "as", json_integer((json_int_t)f->other[i]));
        (void)json_array_append_new(first, line);
    }
    for (int i = 0; i < f->n_examples; i++)
        (void)json_array_append_new(
            examples, json_pack("{s:I, s:o}", "line", (json_int_t)f->first[i], "text", json_text(f->example[i])));
    (void)json_object_set_new(json, "first", first);
    (void)json_object_set_new(json, "examples", examples);
    return json;
}

/* As it was named: a file for each side, or one with columns. */
static json_t *json_set(const car_text_set *set)
{
    json_t *json = json_object();
    for (int side = 0; side < CAR_SIDES; side++)
        (void)json_object_set_new(json, SIDE_NAMES[side],
                                  json_text(set->path[CAR_TARGET] != NULL ? set->path[side] : set->path[CAR_SOURCE]));
    return json;
}

static void print_json(const car_audit *audit, const car_text_set *tests, int n_tests)
{
    json_t *findings = json_array(), *sets = json_array();
    for (int i = 0; i < audit->n_findings; i++)
        (void)json_array_append_new(findings, json_finding(&audit->findings[i]));
    for (int i = 0; i < n_tests; i++)
        (void)json_array_append_new(sets, json_set(&tests[i]));
    json_t *json = json_pack("{s:o, s:o, s:I, s:o, s:{s:o, s:o}, s:o}", "source", json_side(&audit->side[CAR_SOURCE]),
                             "target", json_side(&audit->side[CAR_TARGET]), "pairs", (json_int_t)audit->pairs,
                             "test_sets", sets, "target_to_source", "characters", json_ratios(audit->character_ratio),
                             "words", json_ratios(audit->word_ratio), "findings", findings);
    CAR_REQUIRE(json != NULL);
    (void)json_dumpf(json, stdout, JSON_INDENT(1));
    (void)puts("");
    json_decref(json);
}

static bool audit_sets(const car_options *options, const car_sets *text, const car_sets *tests, car_error *e)
{
    car_audit audit;
    if (!car_audit_run(&audit, text->at, tests->at, tests->n, e))
        return false;
    if (car_options_flag(options, "json")) {
        print_json(&audit, tests->at, tests->n);
    } else {
        print_sides(&audit);
        print_findings(&audit, tests->at);
    }
    bool good = !car_audit_has(&audit, CAR_GRAVITY_ERROR);
    if (!good)
        e->code = CAR_EXIT_NO;
    car_audit_clear(&audit);
    return good;
}

bool car_corpus_audit(const car_options *options, car_error *e)
{
    int n = car_options_operand_count(options) - 1;
    if (n < 1 || n > CAR_SIDES)
        return car_error_set(e, CAR_EXIT_USAGE, "the audit is of one text: corpus audit SRC TRG, or PAIRS.tsv");
    const char *names[CAR_SIDES];
    for (int i = 0; i < n; i++)
        names[i] = car_options_operand(options, i + 1);
    car_sets text = {0}, tests = {0};
    bool good = car_sets_of_names(&text, names, n, "corpus audit", false, options, e);
    if (good && text.n > 1)
        good = car_error_set(e, CAR_EXIT_USAGE, "the audit is of one text; %s and %s are two", names[0], names[1]);
    if (good && car_options_texts_count(options, "test-sets") > 0)
        good = car_sets_of_options(&tests, options, "test-sets", false, e);
    good = good && audit_sets(options, &text, &tests, e);
    car_sets_clear(&text);
    car_sets_clear(&tests);
    return good;
}
