#include "cell/loader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/text.h"
#include "cell/crash.h"
#include "cell/loader_open.h"
#include "cell/verdicts.h"

#ifndef CAROUSEL_PREFIX
#define CAROUSEL_PREFIX "/usr/local"
#endif

/* What a core with 64-bit reals adds to the name of every folder. */
#define TWIN (CAR_REAL_BITS == 64 ? "64" : "")

/* An accepted plugin. */
typedef struct plugin_file {
    const car_plugin *plugin;
    const char *path; /* the cells borrow it */
    dev_t device;
    ino_t number;
} plugin_file;

struct car_cells {
    char **folders;          /* in the order of searching */
    car_loaded_cell **cells; /* in the order of loading */
    plugin_file *files;
    int n_folders, n_cells, n_files;
    ptrdiff_t folder_room, cell_room, file_room;
    car_verdicts *verdicts;
    bool insecure;
    car_string notes;
};

/* Adds a line to the notes unless it is there. */
static void add_note(car_cells *cells, const char *format, ...) CAR_PRINTF(2, 3);

static void add_note(car_cells *cells, const char *format, ...)
{
    char line[sizeof((car_error *)NULL)->message];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (strstr(cells->notes.at, line) == NULL)
        car_string_format(&cells->notes, "%s\n", line);
}

/* ---- where to look ------------------------------------------------------------------ */

static void add_folder(car_cells *cells, const char *folder, ptrdiff_t length)
{
    while (length > 1 && folder[length - 1] == '/')
        length--;
    car_string name = {0};
    car_string_add(&name, folder, length);
    car_string_add_text(&name, TWIN);
    char *real = realpath(name.at, NULL); /* the same folder by another name counts once */
    for (int i = 0; i < cells->n_folders && real != NULL; i++)
        if (strcmp(cells->folders[i], real) == 0) {
            free(real);
            car_string_clear(&name);
            return;
        }
    cells->folders = car_grow(cells->folders, cells->n_folders, &cells->folder_room, sizeof *cells->folders);
    cells->folders[cells->n_folders++] = car_copy_text(real != NULL ? real : name.at);
    free(real);
    car_string_clear(&name);
}

static void add_folder_below(car_cells *cells, const char *top, const char *rest)
{
    char *folder = car_path_join(top, rest);
    add_folder(cells, folder, (ptrdiff_t)strlen(folder));
    car_free(folder);
}

static void add_environment_path(car_cells *cells, const char *path)
{
    while (path != NULL && *path != '\0') {
        ptrdiff_t length = (ptrdiff_t)strcspn(path, ":");
        if (length > 0 && path[0] == '/')
            add_folder(cells, path, length);
        else if (length > 0)
            add_note(cells, "CAROUSEL_PATH: \"%.*s\" is not an absolute folder and is ignored", (int)length, path);
        path += length + (path[length] == ':');
    }
}

car_cells *car_cells_new(void)
{
    car_cells *cells = car_alloc(1, sizeof *cells);
    car_string_empty(&cells->notes);
    cells->verdicts = car_verdicts_new();
    add_environment_path(cells, secure_getenv("CAROUSEL_PATH"));

    const char *data = secure_getenv("XDG_DATA_HOME"), *home = secure_getenv("HOME");
    if (data != NULL && data[0] == '/')
        add_folder_below(cells, data, "carousel/cells");
    else if (home != NULL && home[0] == '/')
        add_folder_below(cells, home, ".local/share/carousel/cells");

    add_folder_below(cells, CAROUSEL_PREFIX, "lib/carousel/cells");

    char *program = car_program_folder();
    if (program != NULL)
        add_folder_below(cells, program, "../lib/carousel/cells");
    car_free(program);
    return cells;
}

void car_cells_free(car_cells *cells)
{
    if (cells == NULL)
        return;
    for (int i = 0; i < cells->n_folders; i++)
        car_free(cells->folders[i]);
    for (int i = 0; i < cells->n_cells; i++)
        car_free(cells->cells[i]);
    for (int i = 0; i < cells->n_files; i++)
        car_free((char *)cells->files[i].path);
    car_verdicts_free(cells->verdicts);
    car_free(cells->folders);
    car_free(cells->cells);
    car_free(cells->files);
    car_string_clear(&cells->notes);
    car_free(cells);
}

void car_cells_allow_insecure(car_cells *cells, bool allow) { cells->insecure = allow; }

/* ---- loading ------------------------------------------------------------------------- */

static const car_loaded_cell *loaded_cell(const car_cells *cells, const char *name)
{
    for (int i = 0; i < cells->n_cells; i++)
        if (strcmp(cells->cells[i]->cell->name, name) == 0)
            return cells->cells[i];
    return NULL;
}

/* The accepted plugin that is this file, under whatever name, or NULL. */
static const plugin_file *file_of(const car_cells *cells, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return NULL;
    for (int i = 0; i < cells->n_files; i++)
        if (cells->files[i].device == status.st_dev && cells->files[i].number == status.st_ino)
            return &cells->files[i];
    return NULL;
}

/* Loads the file unless that was done before.  NULL and *e if it is refused. */
static const car_plugin *load_file(car_cells *cells, const char *path, car_error *e)
{
    const plugin_file *known = file_of(cells, path);
    if (known != NULL)
        return known->plugin;
    char *real = realpath(path, NULL);
    if (real == NULL) {
        (void)car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: cannot be opened: %s", path, strerror(errno));
        return NULL;
    }
    car_loaded_cell cell = {.path = car_copy_text(real)};
    free(real);
    car_plugin_file file;
    if (!car_plugin_examine(cell.path, cells->insecure, &file, e) ||
        !car_verdicts_ask(cells->verdicts, cell.path, &file, e) || !car_plugin_load(cell.path, &file, &cell.plugin, e)) {
        car_free((char *)cell.path);
        return NULL;
    }
    car_crash_note_plugin(cell.plugin, cell.path);
    memcpy(cell.sha256, file.sha256, sizeof cell.sha256);
    cells->files = car_grow(cells->files, cells->n_files, &cells->file_room, sizeof *cells->files);
    cells->files[cells->n_files++] = (plugin_file){cell.plugin, cell.path, file.status.st_dev, file.status.st_ino};
    for (int i = 0; i < (int)cell.plugin->n_cells; i++) {
        cell.cell = car_plugin_cell(cell.plugin, i);
        const car_loaded_cell *other = loaded_cell(cells, cell.cell->name);
        if (other != NULL)
            add_note(cells, "cell %s: %s is used, %s is not", cell.cell->name, other->path, cell.path);
        cells->cells = car_grow(cells->cells, cells->n_cells, &cells->cell_room, sizeof *cells->cells);
        cells->cells[cells->n_cells] = car_alloc(1, sizeof cell);
        *cells->cells[cells->n_cells++] = cell;
    }
    return cell.plugin;
}

void car_cells_open_all(car_cells *cells)
{
    for (int i = 0; i < cells->n_folders; i++) {
        car_error e;
        car_listing listing = {0};
        if (!car_path_exists(cells->folders[i]))
            continue;
        if (!car_listing_load(cells->folders[i], ".so", &listing, &e))
            add_note(cells, "%s", e.message);
        for (int k = 0; k < listing.count; k++) {
            char *path = car_path_join(cells->folders[i], listing.names[k]);
            if (load_file(cells, path, &e) == NULL)
                add_note(cells, "%s", e.message);
            car_free(path);
        }
        car_listing_clear(&listing);
    }
    car_verdicts_save(cells->verdicts);
}

/* ---- finding ------------------------------------------------------------------------- */

/* The only cell of the file at `path`. */
static const car_loaded_cell *find_in_file(car_cells *cells, const char *path, car_error *e)
{
    const car_plugin *plugin = load_file(cells, path, e);
    if (plugin == NULL)
        return NULL;
    if (plugin->n_cells != 1) {
        (void)car_error_set(e, CAR_EXIT_PLUGIN,
                            "plugin %s: holds %u cells, of which \"%s\" is the first; add its folder to "
                            "CAROUSEL_PATH and ask for one by name",
                            path, plugin->n_cells, plugin->cells->name);
        return NULL;
    }
    int i = 0;
    while (cells->cells[i]->plugin != plugin)
        i++;
    return cells->cells[i];
}

/* Looks for FOLDER/name.so.  False with *e if one is there but refused. */
static bool find_by_file_name(car_cells *cells, const char *name, car_error *e)
{
    car_string file = {0};
    car_string_format(&file, "%s.so", name);
    bool good = true;
    const car_loaded_cell *found = NULL;
    for (int i = 0; i < cells->n_folders && good; i++) {
        char *path = car_path_join(cells->folders[i], file.at);
        if (found != NULL && car_path_exists(path) && file_of(cells, path) == NULL) {
            add_note(cells, "cell %s: %s is used, %s is not", name, found->path, path);
        } else if (found == NULL && car_path_exists(path)) {
            good = load_file(cells, path, e) != NULL;
            found = loaded_cell(cells, name);
        }
        car_free(path);
    }
    car_string_clear(&file);
    return good;
}

static void report_missing(const car_cells *cells, const char *name, car_error *e)
{
    const char **names = car_alloc(cells->n_cells, sizeof *names);
    for (int i = 0; i < cells->n_cells; i++)
        names[i] = cells->cells[i]->cell->name;
    const car_name_hint hint = car_name_hint_of(name, names, cells->n_cells);
    car_string text = {0};
    car_string_format(&text, "there is no cell '%s'%s", name, hint.text);
    for (int i = 0; hint.text[0] == '\0' && i < cells->n_cells; i++)
        car_string_format(&text, "%s%s", i == 0 ? "; there are " : ", ", names[i]);
    car_string_add_text(&text, "\nsearched (set CAROUSEL_PATH to add folders):");
    for (int i = 0; i < cells->n_folders; i++)
        car_string_format(&text, "\n  %s%s", cells->folders[i],
                          car_path_is_folder(cells->folders[i]) ? "" : " (does not exist)");
    if (cells->notes.length > 0)
        car_string_format(&text, "\n%.*s", (int)cells->notes.length - 1, cells->notes.at);
    (void)car_error_set(e, CAR_EXIT_PLUGIN, "%s", text.at);
    car_string_clear(&text);
    car_free(names);
}

static const car_loaded_cell *find(car_cells *cells, const char *name, car_error *e)
{
    if (strchr(name, '/') != NULL)
        return find_in_file(cells, name, e);
    if (loaded_cell(cells, name) == NULL && !find_by_file_name(cells, name, e))
        return NULL;
    if (loaded_cell(cells, name) == NULL)
        car_cells_open_all(cells);
    if (loaded_cell(cells, name) == NULL)
        report_missing(cells, name, e);
    return loaded_cell(cells, name);
}

const car_loaded_cell *car_cell_find(car_cells *cells, const char *name, car_error *e)
{
    const car_loaded_cell *found = find(cells, name, e);
    car_verdicts_save(cells->verdicts);
    return found;
}

const car_loaded_cell *car_cell_find_spec(car_cells *cells, const char *spec, const char **settings, car_error *e)
{
    char *name = car_cell_spec_split(spec, settings);
    const car_loaded_cell *found = car_cell_find(cells, name, e);
    car_free(name);
    return found;
}

/* ---- questions ------------------------------------------------------------------------ */

int car_cells_count(const car_cells *cells) { return cells->n_cells; }

const car_loaded_cell *car_cells_at(const car_cells *cells, int index)
{
    CAR_REQUIRE(index >= 0 && index < cells->n_cells);
    return cells->cells[index];
}

const char *car_cells_notes_view(const car_cells *cells) { return cells->notes.at; }

char *car_cell_spec_split(const char *spec, const char **settings)
{
    const char *slash = strrchr(spec, '/');
    const char *start = slash != NULL ? slash : spec;
    const char *colon = start + strcspn(start, ":");
    *settings = *colon == ':' ? colon + 1 : colon;
    car_string name = {0};
    car_string_add(&name, spec, colon - spec);
    return name.at;
}
