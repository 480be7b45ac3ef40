#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/text.h"
#include "cell/loader.h"
#include "cell/plan.h"
#include "tools/cell_jobs.h"
#include "tools/embedded.h"

/* What the cells of tools/starts are called. */
static const char placeholder[] = "mycell";

static bool check_name(const char *name, car_error *e)
{
    size_t length = strlen(name);
    bool good = length > 0 && length < CAR_NAME_SIZE && islower((unsigned char)name[0]);
    for (size_t i = 0; i < length && good; i++)
        good = islower((unsigned char)name[i]) || isdigit((unsigned char)name[i]) || name[i] == '-';
    return good ||
           car_error_set(e, CAR_EXIT_USAGE,
                         "'%.100s' is no name for a cell: at most %d small letters a-z, digits and -, the first "
                         "a letter",
                         name, CAR_NAME_SIZE - 1);
}

/* Models know their cells by name, so two of one name would be taken for each other. */
static bool check_free(const car_options *options, const char *name, car_error *e)
{
    car_cells *cells = car_cells_new();
    car_cells_allow_insecure(cells, car_options_flag(options, "insecure-plugins"));
    car_error none;
    const car_loaded_cell *taken = car_cell_find(cells, name, &none);
    if (taken != NULL)
        (void)car_error_set(e, CAR_EXIT_USAGE, "there is a cell '%s' already, %s; take another name", name,
                            taken->path);
    car_cells_free(cells);
    return taken == NULL;
}

static bool write_file(const char *folder, const char *file, const char *text, const char *name, car_error *e)
{
    car_string own = {0};
    for (const char *next; (next = strstr(text, placeholder)) != NULL; text = next + strlen(placeholder)) {
        car_string_add(&own, text, next - text);
        car_string_add_text(&own, name);
    }
    car_string_add_text(&own, text);
    char *path = car_path_join(folder, file);
    bool saved = car_file_save(path, own.at, own.length, e);
    car_free(path);
    car_string_clear(&own);
    return saved;
}

static bool write_folder(const char *folder, const char *name, const char *kind, car_error *e)
{
    if (car_path_exists(folder))
        return car_error_set(e, CAR_EXIT_CREATE, "%s exists already; nothing was written", folder);
    if (!car_folder_make(folder, e))
        return false;
    car_string source = {0}, wanted = {0};
    car_string_format(&source, "%s.c", name);
    car_string_format(&wanted, "%s.c", kind);
    bool done = true;
    for (const car_embedded *file = car_cell_starts; file->name != NULL && done; file++) {
        bool is_source = strcmp(strrchr(file->name, '.'), ".c") == 0;
        if (!is_source || strcmp(file->name, wanted.at) == 0)
            done = write_file(folder, is_source ? source.at : file->name, file->text, name, e);
    }
    car_string_clear(&source);
    car_string_clear(&wanted);
    return done;
}

/* Adds a word as a shell has to be given it. */
static void add_word(car_string *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
    if (word[strspn(word, plain)] == '\0') {
        car_string_add_text(out, word);
        return;
    }
    car_string_add_text(out, "'");
    for (; *word != '\0'; word++)
        car_string_add(out, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    car_string_add_text(out, "'");
}

/* What CMake has to be told to find the package that this program came with. */
static void add_prefix(car_string *out)
{
    char *bin = car_program_folder();
    char *prefix = bin != NULL ? car_path_folder(bin) : car_copy_text("");
    bool found_anyway = strcmp(prefix, "/usr") == 0 || strcmp(prefix, "/usr/local") == 0;
    char *package = car_path_join(prefix, "lib/cmake/Carousel/CarouselConfig.cmake");
    if (!found_anyway && car_path_exists(package)) {
        car_string_add_text(out, " -DCMAKE_PREFIX_PATH=");
        add_word(out, prefix);
    }
    car_free(package);
    car_free(prefix);
    car_free(bin);
}

static void print_commands(const char *folder, const char *name)
{
    car_string at = {0}, prefix = {0}, file = {0};
    add_word(&at, folder);
    add_prefix(&prefix);
    car_string_format(&file, "%s/build/lib/carousel/cells/%s.so", at.at, name);
    (void)printf("%s/%s.c is a cell that works; this builds it, checks it and trains with it:\n\n", folder, name);
    (void)printf("    cmake -S %s -B %s/build%s && cmake --build %s/build\n\n", at.at, at.at,
                 prefix.at != NULL ? prefix.at : "", at.at);
    (void)printf("    carousel cell check %s\n\n", file.at);
    (void)printf("    carousel corpus generate agreement %s/corpus --train 12000 &&\n"
                 "    carousel train --enc-cell %s \\\n"
                 "        --dec-cell %s \\\n"
                 "        --train-sets %s/corpus/train.en %s/corpus/train.cs \\\n"
                 "        --valid-sets %s/corpus/valid.en %s/corpus/valid.cs --valid-freq 1e \\\n"
                 "        --dim-emb 64 --dim-rnn 128 --learn-rate 0.003 --after 3e --model %s/model\n\n",
                 at.at, file.at, file.at, at.at, at.at, at.at, at.at, at.at);
    (void)printf("%s/README.md says more.\n", folder);
    car_string_clear(&at);
    car_string_clear(&prefix);
    car_string_clear(&file);
}

int run_cell_new(const car_options *options, car_error *e)
{
    const char *folder = car_options_operand(options, 1), *slash = strrchr(folder, '/');
    const char *name = slash != NULL ? slash + 1 : folder;
    if (!check_name(name, e) || !check_free(options, name, e) ||
        !write_folder(folder, name, car_options_text(options, "from"), e))
        return e->code;
    print_commands(folder, name);
    return CAR_EXIT_DONE;
}
