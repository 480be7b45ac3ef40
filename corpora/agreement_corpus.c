#include "corpora/agreement.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/names.h"

struct car_agreement {
    uint64_t seed, index;
    car_names *english, *czech; /* that came */
};

car_agreement *car_agreement_new(uint64_t seed)
{
    car_agreement *agreement = car_alloc(1, sizeof *agreement);
    agreement->seed = seed;
    agreement->english = car_names_new();
    agreement->czech = car_names_new();
    return agreement;
}

void car_agreement_free(car_agreement *agreement)
{
    if (agreement == NULL)
        return;
    car_names_free(agreement->english);
    car_names_free(agreement->czech);
    car_free(agreement);
}

bool car_agreement_next(car_agreement *agreement, car_string *english, car_string *czech, car_error *e)
{
    enum { PATIENCE = 10000 };
    for (int tries = 0; tries < PATIENCE; tries++) {
        car_agreement_pair(agreement->seed, agreement->index++, english, czech);
        if (car_names_find(agreement->english, english->at, english->length) >= 0 ||
            car_names_find(agreement->czech, czech->at, czech->length) >= 0)
            continue;
        car_names_add(agreement->english, english->at, english->length);
        car_names_add(agreement->czech, czech->at, czech->length);
        return true;
    }
    return car_error_set(e, CAR_EXIT_USAGE, "the agreement grammar is worn out after %d different pairs; ask for fewer",
                         car_names_count(agreement->english));
}

static bool write_side(const char *folder, const char *name, const car_string *lines, car_error *e)
{
    char *path = car_path_join(folder, name);
    bool done = car_file_save(path, lines->at, lines->length, e);
    car_free(path);
    return done;
}

bool car_agreement_write(const char *folder, uint64_t seed, int64_t n_train, int64_t n_valid, int64_t n_test,
                         car_error *e)
{
    static const char *const names[3][2] = {{"test.en", "test.cs"}, {"valid.en", "valid.cs"}, {"train.en", "train.cs"}};
    const int64_t counts[3] = {n_test, n_valid, n_train};
    if (n_train < 1 || n_valid < 1 || n_test < 1)
        return car_error_set(e, CAR_EXIT_USAGE,
                             "the training, validation and test parts of a corpus need at least one "
                             "pair each");
    if (!car_folder_make(folder, e))
        return false;
    car_agreement *agreement = car_agreement_new(seed);
    car_string english = {0}, czech = {0}, lines[2] = {{0}, {0}};
    bool done = true;
    for (int part = 0; part < 3 && done; part++) {
        car_string_empty(&lines[0]);
        car_string_empty(&lines[1]);
        for (int64_t i = 0; i < counts[part] && done; i++) {
            done = car_agreement_next(agreement, &english, &czech, e);
            car_string_format(&lines[0], "%s\n", english.at);
            car_string_format(&lines[1], "%s\n", czech.at);
        }
        done = done && write_side(folder, names[part][0], &lines[0], e) &&
               write_side(folder, names[part][1], &lines[1], e);
    }
    car_string_clear(&english);
    car_string_clear(&czech);
    car_string_clear(&lines[0]);
    car_string_clear(&lines[1]);
    car_agreement_free(agreement);
    return done;
}
