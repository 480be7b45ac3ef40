#include "tools/sets.h"

#include <string.h>

#include "base/memory.h"

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), of_end = strlen(end);
    return length > of_end && strcmp(name + length - of_end, end) == 0;
}

static bool names_columns(const char *name)
{
    return ends_in(name, ".tsv") || ends_in(name, ".tsv.gz") || ends_in(name, ".tsv.zst");
}

bool car_sets_are_alone(const car_options *options) { return strcmp(car_options_text(options, "task"), "lm") == 0; }

bool car_sets_of_names(car_sets *sets, const char *const *names, int n, const char *what, bool alone,
                       const car_options *options, car_error *e)
{
    bool all_columns = car_options_flag(options, "tsv");
    *sets = (car_sets){.at = car_alloc(n, sizeof *sets->at), .reading = car_reading_of_options(options)};
    if (!car_options_check_list(options, "tsv-columns", 2, 2, e))
        return false;
    for (int i = 0; i < n; i++) {
        car_text_set *set = &sets->at[sets->n++];
        set->path[CAR_SOURCE] = names[i];
        if (alone)
            continue;
        if (all_columns || names_columns(names[i])) {
            for (int side = 0; side < CAR_SIDES; side++)
                set->column[side] = (int)car_options_counts(options, "tsv-columns", side);
        } else if (i + 1 < n && !names_columns(names[i + 1])) {
            set->path[CAR_TARGET] = names[++i];
        } else {
            return car_error_set(e, CAR_EXIT_USAGE,
                                 "%s: '%s' has no partner; name two files, or one that is tab-separated (.tsv, or "
                                 "any with --tsv)",
                                 what, names[i]);
        }
    }
    return true;
}

bool car_sets_of_options(car_sets *sets, const car_options *options, const char *name, bool alone, car_error *e)
{
    int n = car_options_texts_count(options, name);
    *sets = (car_sets){0};
    if (n == 0)
        return car_error_set(e, CAR_EXIT_USAGE, "--%s %s is missing", name,
                             alone ? "TEXT" : "SRC TRG, or a tab-separated file,");
    const char **names = car_alloc(n, sizeof *names);
    for (int i = 0; i < n; i++)
        names[i] = car_options_texts(options, name, i);
    car_string what = {0};
    car_string_format(&what, "--%s", name);
    bool good = car_sets_of_names(sets, names, n, what.at, alone, options, e);
    car_string_clear(&what);
    car_free(names);
    return good;
}

void car_sets_clear(car_sets *sets)
{
    car_free(sets->at);
    *sets = (car_sets){0};
}

car_bitext *car_sets_open(const car_sets *sets, car_error *e)
{
    return car_bitext_open(sets->at, sets->n, &sets->reading, e);
}

bool car_sets_use_standard_input(const car_sets *sets)
{
    bool used = false;
    for (int i = 0; i < sets->n; i++)
        for (int side = 0; side < CAR_SIDES; side++)
            used = used || (sets->at[i].path[side] != NULL && strcmp(sets->at[i].path[side], "-") == 0);
    return used;
}

bool car_sets_load_lines(const car_sets *sets, car_line_list lists[CAR_SIDES], car_error *e)
{
    car_bitext *bitext = car_sets_open(sets, e);
    if (bitext == NULL)
        return false;
    car_line_pair pair;
    int got;
    while ((got = car_bitext_next(bitext, &pair, e)) == 1)
        for (int side = 0; side < CAR_SIDES; side++)
            car_line_list_add(&lists[side], pair.line[side], pair.length[side]);
    car_bitext_close(bitext);
    return got == 0;
}

bool car_sets_count_pieces(const car_options *options, car_tokenizer *const tokenizer[CAR_SIDES],
                           const car_bpe_dropout *dropout, bool joint, car_vocabulary_builder *builder[CAR_SIDES],
                           car_error *e)
{
    builder[CAR_SOURCE] = car_vocabulary_builder_new();
    builder[CAR_TARGET] = joint ? NULL : car_vocabulary_builder_new();
    car_vocabulary_builder *of_side[CAR_SIDES] = {builder[CAR_SOURCE], builder[joint ? CAR_SOURCE : CAR_TARGET]};
    car_sets sets;
    car_bitext *bitext = NULL;
    bool good = car_sets_of_options(&sets, options, "train-sets", car_sets_are_alone(options), e) &&
                (bitext = car_sets_open(&sets, e)) != NULL &&
                car_bitext_count_pieces(bitext, tokenizer, dropout, of_side, e);
    car_bitext_close(bitext);
    car_sets_clear(&sets);
    return good;
}

char *car_sets_name(const car_sets *sets, int side)
{
    car_string name = {0};
    const char *target = sets->at[0].path[CAR_TARGET];
    car_string_add_text(&name, side == CAR_TARGET && target != NULL ? target : sets->at[0].path[CAR_SOURCE]);
    if (sets->n > 1)
        car_string_format(&name, " and %d more", sets->n - 1);
    return name.at;
}
