/* carousel corpus split: training, validation and test text of one text, with no sentence of
 * one in another. */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "corpora/split.h"
#include "tools/corpus_jobs.h"
#include "tools/sets.h"

/* ---- names of the files ------------------------------------------------------------------- */

static bool ends_in(const char *text, ptrdiff_t length, const char *end)
{
    ptrdiff_t n = (ptrdiff_t)strlen(end);
    return length > n && memcmp(text + length - n, end, (size_t)n) == 0;
}

/* What stands behind the last dot of a file's name, compression aside; "" if nothing does. */
static void add_suffix_of(const char *path, car_string *suffix)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    ptrdiff_t length = (ptrdiff_t)strlen(name), dot;
    if (ends_in(name, length, ".gz"))
        length -= 3;
    else if (ends_in(name, length, ".zst"))
        length -= 4;
    for (dot = length - 1; dot > 0 && name[dot] != '.';)
        dot--;
    car_string_empty(suffix);
    if (dot > 0)
        car_string_add(suffix, name + dot + 1, length - dot - 1);
}

/* --suffixes, or those of the first two files if they are two, or else src and trg. */
static bool find_suffixes(const car_options *options, const car_sets *sets, car_string suffix[CAR_SIDES], car_error *e)
{
    bool given = car_options_texts_count(options, "suffixes") > 0;
    if (given && !car_options_check_list(options, "suffixes", 2, 2, e))
        return false;
    for (int side = 0; side < CAR_SIDES; side++) {
        if (given)
            car_string_add_text(&suffix[side], car_options_texts(options, "suffixes", side));
        else if (sets->at[0].path[CAR_TARGET] != NULL)
            add_suffix_of(sets->at[0].path[side], &suffix[side]);
        else
            car_string_empty(&suffix[side]);
        if (given && (suffix[side].length == 0 || strchr(suffix[side].at, '/') != NULL))
            return car_error_set(e, CAR_EXIT_USAGE, "--suffixes: '%s' cannot end the name of a file", suffix[side].at);
    }
    bool differ = strcmp(suffix[CAR_SOURCE].at, suffix[CAR_TARGET].at) != 0;
    if (given && !differ)
        return car_error_set(e, CAR_EXIT_USAGE, "--suffixes: the two are one, '%s'", suffix[CAR_SOURCE].at);
    if (!differ || suffix[CAR_SOURCE].length == 0 || suffix[CAR_TARGET].length == 0)
        for (int side = 0; side < CAR_SIDES; side++) {
            car_string_empty(&suffix[side]);
            car_string_add_text(&suffix[side], side == CAR_SOURCE ? "src" : "trg");
        }
    return true;
}

/* What is read must not be what is written. */
static bool check_files(const car_sets *sets, const char *folder, const car_string suffix[CAR_SIDES], car_error *e)
{
    for (int i = 0; i < CAR_PARTS * CAR_SIDES; i++) {
        car_string name = {0};
        car_string_format(&name, "%s.%s", car_part_name(i / CAR_SIDES), suffix[i % CAR_SIDES].at);
        char *path = car_path_join(folder, name.at);
        struct stat written, read;
        bool exists = stat(path, &written) == 0, same = false;
        for (int k = 0; k < sets->n * CAR_SIDES && exists && !same; k++) {
            const char *from = sets->at[k / CAR_SIDES].path[k % CAR_SIDES];
            same = from != NULL && stat(from, &read) == 0 && read.st_dev == written.st_dev &&
                   read.st_ino == written.st_ino;
        }
        if (same)
            (void)car_error_set(e, CAR_EXIT_USAGE, "%s would be replaced by a part of itself; name another folder",
                                path);
        car_free(path);
        car_string_clear(&name);
        if (same)
            return false;
    }
    return true;
}

/* ---- the job -------------------------------------------------------------------------------- */

static void report(const car_split *split, const char *name, const char *folder)
{
    car_split_counts n = car_split_count(split);
    car_string left_out = {0};
    car_log(CAR_LOG_INFO, "[corpus] %s: %" PRId64 " pairs in %" PRId64 " groups that share no sentence", name, n.read,
            n.groups);
    car_string_list_count(&left_out, n.held_out, "that share a sentence with one of validation or test");
    car_string_list_count(&left_out, n.undrawn, "more than --train");
    car_string_list_count(&left_out, n.empty, "with an empty side");
    car_string_list_count(&left_out, n.skipped, "without proper text (--utf8, --max-line-bytes)");
    if (left_out.length > 0)
        car_log(CAR_LOG_INFO, "[corpus] left out: %s", left_out.at);
    car_log(CAR_LOG_INFO, "[corpus] train %" PRId64 ", valid %" PRId64 ", test %" PRId64 " pairs are in %s",
            n.pairs[CAR_PART_TRAIN], n.pairs[CAR_PART_VALID], n.pairs[CAR_PART_TEST], folder);
    car_string_clear(&left_out);
}

static bool split_sets(const car_options *options, const car_sets *sets, const char *folder,
                       const car_string suffix[CAR_SIDES], car_error *e)
{
    const car_split_options wanted = {
        .pairs = {[CAR_PART_TRAIN] = car_options_count(options, "train"),
                  [CAR_PART_VALID] = car_options_count(options, "valid"),
                  [CAR_PART_TEST] = car_options_count(options, "test")},
        .seed = (uint64_t)car_options_count(options, "seed"),
    };
    const char *const names[CAR_SIDES] = {suffix[CAR_SOURCE].at, suffix[CAR_TARGET].at};
    car_bitext *bitext = car_sets_open(sets, e);
    car_split *split = bitext != NULL ? car_split_new(bitext, &wanted, e) : NULL;
    if (split != NULL) {
        car_report_log(car_bitext_report_view(bitext));
        car_bitext_close(bitext);
        bitext = car_sets_open(sets, e);
    }
    bool good = split != NULL && bitext != NULL && car_split_write(split, bitext, folder, names, e);
    if (good)
        report(split, car_bitext_name_view(bitext), folder);
    car_bitext_close(bitext);
    car_split_free(split);
    return good;
}

bool car_corpus_split(const car_options *options, car_error *e)
{
    int n = car_options_operand_count(options) - 2;
    if (n < 1)
        return car_error_set(e, CAR_EXIT_USAGE,
                             "corpus split wants text and a folder: corpus split SRC TRG DIR, or PAIRS.tsv DIR");
    const char **names = car_alloc(n, sizeof *names);
    for (int i = 0; i < n; i++)
        names[i] = car_options_operand(options, i + 1);
    const char *folder = car_options_operand(options, n + 1);
    car_sets sets;
    car_string suffix[CAR_SIDES] = {{0}, {0}};
    bool good = car_sets_of_names(&sets, names, n, "corpus split", false, options, e);
    if (good && car_sets_use_standard_input(&sets))
        good = car_error_set(e, CAR_EXIT_USAGE,
                             "corpus split reads its text twice, and standard input comes but once; name a file");
    good = good && find_suffixes(options, &sets, suffix, e) && check_files(&sets, folder, suffix, e) &&
           split_sets(options, &sets, folder, suffix, e);
    for (int side = 0; side < CAR_SIDES; side++)
        car_string_clear(&suffix[side]);
    car_sets_clear(&sets);
    car_free(names);
    return good;
}
