#include "cell/loader_open.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <grp.h>
#include <link.h>
#include <math.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/text.h"
#include "cell/crash.h"
#include "cell/plan.h"
#include "cell/process_state.h"

/* ---- the file ------------------------------------------------------------------- */

/* A group named like the user, in which nobody else is: what many systems give
 * every user, together with files that the group may write. */
static bool is_private_group(uid_t user, gid_t group)
{
    const struct passwd *account = getpwuid(user);
    if (account == NULL)
        return false;
    char name[256];
    (void)snprintf(name, sizeof name, "%s", account->pw_name);
    const struct group *members = getgrgid(group);
    if (members == NULL || strcmp(members->gr_name, name) != 0)
        return false;
    for (char *const *member = members->gr_mem; *member != NULL; member++)
        if (strcmp(*member, name) != 0)
            return false;
    return true;
}

static bool check_trust(const char *path, const struct stat *status, car_error *e)
{
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return car_error_set(e, CAR_EXIT_PLUGIN, "%s: belongs to user %ld, who is neither root nor you", path,
                             (long)status->st_uid);
    if ((status->st_mode & S_IWOTH) != 0)
        return car_error_set(e, CAR_EXIT_PLUGIN, "%s: everybody can write it; \"chmod o-w\" it", path);
    if ((status->st_mode & S_IWGRP) != 0 && !is_private_group(status->st_uid, status->st_gid))
        return car_error_set(e, CAR_EXIT_PLUGIN, "%s: its group can write it; \"chmod g-w\" it", path);
    return true;
}

static bool check_folder_trust(const char *path, car_error *e)
{
    char *folder = car_path_folder(path);
    struct stat status;
    bool good = stat(folder, &status) == 0
                    ? check_trust(folder, &status, e)
                    : car_error_set(e, CAR_EXIT_PLUGIN, "%s: cannot be read: %s", folder, strerror(errno));
    car_free(folder);
    return good || car_error_context(e, "plugin %s", path);
}

/* ---- the format ------------------------------------------------------------------- */

/* This program's own header: what a plugin's must agree with. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static bool lies_within(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

static bool check_format(int file, uint64_t size, const char *path, car_error *e)
{
    ElfW(Ehdr) header;
    if (pread(file, &header, sizeof header, 0) != (ssize_t)sizeof header ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: is not a shared object (no ELF header)", path);
    if (header.e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS])
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: ELF class: expected %s, found %s", path,
                             __ehdr_start.e_ident[EI_CLASS] == ELFCLASS64 ? "64-bit" : "32-bit",
                             header.e_ident[EI_CLASS] == ELFCLASS32 ? "32-bit" : "another");
    if (header.e_ident[EI_DATA] != __ehdr_start.e_ident[EI_DATA] || header.e_machine != __ehdr_start.e_machine)
        return car_error_set(e, CAR_EXIT_PLUGIN,
                             "plugin %s: ELF machine: expected %d, found %d; built for another kind "
                             "of processor",
                             path, __ehdr_start.e_machine, header.e_machine);
    if (header.e_type != ET_DYN)
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: ELF type: expected %d (shared object), found %d", path,
                             ET_DYN, header.e_type);
    bool whole = header.e_phentsize == sizeof(ElfW(Phdr)) && header.e_phnum > 0 &&
                 lies_within(header.e_phoff, (uint64_t)header.e_phnum * sizeof(ElfW(Phdr)), size) &&
                 lies_within(header.e_shoff, (uint64_t)header.e_shnum * header.e_shentsize, size);
    for (int i = 0; whole && i < header.e_phnum; i++) {
        ElfW(Phdr) part;
        off_t at = (off_t)(header.e_phoff + (uint64_t)i * sizeof part);
        whole = pread(file, &part, sizeof part, at) == (ssize_t)sizeof part &&
                lies_within(part.p_offset, part.p_filesz, size);
    }
    if (!whole)
        return car_error_set(e, CAR_EXIT_PLUGIN,
                             "plugin %s: is cut short or damaged: its parts do not lie within its "
                             "%llu bytes",
                             path, (unsigned long long)size);
    return true;
}

static bool hash_file(int file, const char *path, char hex[CAR_SHA256_HEX], car_error *e)
{
    enum { PIECE = 1 << 16 };
    unsigned char *piece = car_alloc(PIECE, 1);
    car_sha256 hash;
    car_sha256_init(&hash);
    ssize_t length;
    off_t at = 0;
    while ((length = pread(file, piece, PIECE, at)) > 0 || (length < 0 && errno == EINTR)) {
        if (length < 0)
            continue;
        car_sha256_add(&hash, piece, length);
        at += length;
    }
    int why = errno;
    car_free(piece);
    if (length < 0)
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: cannot be read: %s", path, strerror(why));
    car_sha256_finish(&hash, hex);
    return true;
}

bool car_plugin_examine(const char *path, bool insecure, car_plugin_file *found, car_error *e)
{
    CAR_REQUIRE(path[0] == '/');
    struct stat *status = &found->status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us up */
    if (file < 0)
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: cannot be opened: %s", path, strerror(errno));
    bool good = fstat(file, status) == 0;
    if (!good)
        (void)car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: cannot be read: %s", path, strerror(errno));
    else if (!S_ISREG(status->st_mode))
        good = car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: is not a regular file", path);
    else if (!insecure)
        good = (check_trust(path, status, e) || car_error_context(e, "plugin")) && check_folder_trust(path, e);
    good = good && check_format(file, (uint64_t)status->st_size, path, e) && hash_file(file, path, found->sha256, e);
    (void)close(file);
    return good;
}

/* ---- loading ------------------------------------------------------------------------ */

typedef const car_plugin *(*entry)(void);

/* Calls the entry; NULL and *e if there is none. */
static const car_plugin *ask_plugin(void *library, const char *path, car_error *e)
{
    entry function;
    void *symbol = dlsym(library, "carousel_plugin");
    if (symbol == NULL) {
        (void)car_error_set(e, CAR_EXIT_PLUGIN,
                            "plugin %s: exports no carousel_plugin(); end it with CAR_PLUGIN and build "
                            "it with car_add_cell()",
                            path);
        return NULL;
    }
    memcpy(&function, &symbol, sizeof function); /* ISO C has no cast for this */
    const car_plugin *plugin = function();
    if (plugin == NULL)
        (void)car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: carousel_plugin() returned NULL", path);
    return plugin;
}

static bool check_magic_block(const car_plugin *plugin, const char *path, car_error *e)
{
    if (plugin->magic != CAR_MAGIC)
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: magic: expected 0x%08x, found 0x%08x", path, CAR_MAGIC,
                             plugin->magic);
    if (plugin->abi_major != CAR_ABI_MAJOR)
        return car_error_set(e, CAR_EXIT_PLUGIN,
                             "plugin %s: ABI major: expected %d, found %d; rebuild it with the headers "
                             "of this version",
                             path, CAR_ABI_MAJOR, plugin->abi_major);
    if (plugin->abi_minor > CAR_ABI_MINOR)
        return car_error_set(e, CAR_EXIT_PLUGIN,
                             "plugin %s: ABI minor: expected at most %d, found %d; it needs a newer "
                             "version of this program",
                             path, CAR_ABI_MINOR, plugin->abi_minor);
    if (plugin->real_size != sizeof(car_real))
        return car_error_set(e, CAR_EXIT_PLUGIN,
                             "plugin %s: size of car_real: expected %d bytes, found %d; build it with "
                             "-DCAR_REAL_BITS=%d",
                             path, (int)sizeof(car_real), plugin->real_size, CAR_REAL_BITS);
    if (plugin->cell_size != sizeof(car_cell)) /* in minor 0 there is but one */
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: size of car_cell: expected %d bytes, found %d", path,
                             (int)sizeof(car_cell), plugin->cell_size);
    return true;
}

/* ---- the description ------------------------------------------------------------------ */

/* [a-z], then of [a-z0-9] and `more`. */
static bool is_name(const char *name, const char *more)
{
    if (name == NULL || name[0] < 'a' || name[0] > 'z' || strlen(name) >= CAR_NAME_SIZE)
        return false;
    for (const char *at = name; *at != '\0'; at++)
        if (!(*at >= 'a' && *at <= 'z') && !(*at >= '0' && *at <= '9') && strchr(more, *at) == NULL)
            return false;
    return true;
}

/* May it be shown: one line of UTF-8, and nothing in it that a terminal would obey? */
static bool is_line(const char *text)
{
    enum { LONGEST = 1000 };
    size_t length = strnlen(text, LONGEST + 1);
    if (length > LONGEST || car_utf8_check(text, (ptrdiff_t)length) >= 0)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    return true;
}

/* How many choices "tanh|relu" offers; 0 if one of them is empty. */
static int count_choices(const char *choices)
{
    int n = 0;
    for (const char *at = choices; at != NULL; n++) {
        size_t length = strcspn(at, "|");
        if (length == 0)
            return 0;
        at = at[length] == '|' ? at + length + 1 : NULL;
    }
    return n;
}

/* What is wrong with the option, or NULL. */
static const char *fault_of_option(const car_option *option)
{
    if (!is_name(option->name, "_-"))
        return "its name is not of the form [a-z][a-z0-9_-]*";
    if (option->help == NULL || !is_line(option->help))
        return "it has no help text of one line";
    if (option->choices != NULL && !is_line(option->choices))
        return "its choices are not a line of text";
    if (option->kind != CAR_NUMBER && option->kind != CAR_COUNT && option->kind != CAR_FLAG &&
        option->kind != CAR_CHOICE)
        return "it is of no known kind";
    if (!isfinite(option->fallback) || !isfinite(option->min) || !isfinite(option->max))
        return "its default or one of its ends is not a finite number";
    if (option->kind != CAR_NUMBER && (option->fallback != floor(option->fallback) ||
                                       option->min != floor(option->min) || option->max != floor(option->max)))
        return "its default or one of its ends is not a whole number";
    if (option->kind == CAR_FLAG && (option->min != 0 || option->max != 1))
        return "a flag goes from 0 to 1";
    if (option->kind == CAR_CHOICE && (option->choices == NULL || count_choices(option->choices) == 0))
        return "it has no choices, or an empty one";
    if (option->kind == CAR_CHOICE && (option->min != 0 || option->max != count_choices(option->choices) - 1))
        return "a choice goes from 0 to the number of choices less 1";
    if (option->fallback < option->min || option->fallback > option->max)
        return "its default lies outside its ends";
    return NULL;
}

static bool check_options(const car_cell *cell, const char *path, car_error *e)
{
    const car_option *options = cell->options;
    for (int i = 0; options != NULL && options[i].name != NULL; i++) {
        const char *fault = fault_of_option(&options[i]);
        for (int k = 0; k < i && fault == NULL; k++)
            if (strcmp(options[k].name, options[i].name) == 0)
                fault = "another has the same name";
        if (i == CAR_MAX_CELL_OPTIONS)
            fault = "it is one too many";
        if (fault != NULL)
            return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: cell %s: option %d (\"%.40s\"): %s", path, cell->name,
                                 i, options[i].name, fault);
    }
    return true;
}

static bool check_description(const car_plugin *plugin, const char *path, car_error *e)
{
    enum { MAX_CELLS = 256 };
    if (plugin->cells == NULL || plugin->n_cells < 1 || plugin->n_cells > MAX_CELLS)
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: number of cells: expected 1 to %d, found %u", path,
                             MAX_CELLS, plugin->cells == NULL ? 0 : plugin->n_cells);
    if (plugin->version == NULL || !is_line(plugin->version))
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: says no version, or not in a line of text", path);
    for (int i = 0; i < (int)plugin->n_cells; i++) {
        const car_cell *cell = car_plugin_cell(plugin, i);
        if (!is_name(cell->name, "-"))
            return car_error_set(e, CAR_EXIT_PLUGIN,
                                 "plugin %s: cell %d: expected a name of the form [a-z][a-z0-9-]*, "
                                 "found \"%.40s\"",
                                 path, i, cell->name != NULL ? cell->name : "");
        for (int k = 0; k < i; k++)
            if (strcmp(car_plugin_cell(plugin, k)->name, cell->name) == 0)
                return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: has two cells called %s", path, cell->name);
        if (cell->summary == NULL || cell->plan == NULL)
            return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: cell %s: has no %s", path, cell->name,
                                 cell->plan == NULL ? "plan function" : "summary");
        if (!is_line(cell->summary) || (cell->reference != NULL && !is_line(cell->reference)))
            return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: cell %s: its %s is not a line of text", path,
                                 cell->name, is_line(cell->summary) ? "reference" : "summary");
        if (!check_options(cell, path, e))
            return false;
    }
    return true;
}

const car_cell *car_plugin_cell(const car_plugin *plugin, int index)
{
    const char *first = (const char *)plugin->cells;
    return (const void *)(first + (ptrdiff_t)index * plugin->cell_size);
}

bool car_plugin_unchanged(const char *path, const car_plugin_file *file, car_error *e)
{
    const struct stat *then = &file->status;
    struct stat now;
    if (stat(path, &now) != 0 || now.st_dev != then->st_dev || now.st_ino != then->st_ino ||
        now.st_size != then->st_size || now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != then->st_mtim.tv_nsec)
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: was replaced while it was being loaded; try again", path);
    return true;
}

/* Asks and checks a library that was just loaded; `before` is the mode it found. */
static bool accept(void *library, const char *path, const car_plugin_file *file, car_float_mode before,
                   const car_plugin **plugin, car_error *e)
{
    if (!car_plugin_unchanged(path, file, e))
        return false;
    *plugin = ask_plugin(library, path, e);
    car_float_mode after = car_float_mode_now();
    if (!car_float_mode_equal(before, after))
        return car_error_set(e, CAR_EXIT_PLUGIN,
                             "plugin %s: floating-point mode: expected 0x%x/0x%x, found 0x%x/0x%x after "
                             "loading it; build it without -ffast-math",
                             path, before.vector, before.x87, after.vector, after.x87);
    return *plugin != NULL && check_magic_block(*plugin, path, e) && check_description(*plugin, path, e);
}

bool car_plugin_load(const char *path, const car_plugin_file *file, const car_plugin **plugin, car_error *e)
{
    car_float_mode mode = car_float_mode_now();
    fenv_t environment;
    (void)fegetenv(&environment);
    const car_plugin *found = NULL;
    car_plugin_now = (car_plugin_call){.work = CAR_WORK_LOAD, .name = path};
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    bool good = library != NULL ? accept(library, path, file, mode, &found, e)
                                : car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: cannot be loaded: %s", path, dlerror());
    if (library != NULL && !good)
        (void)dlclose(library);
    car_plugin_now.work = CAR_WORK_NONE;
    (void)fesetenv(&environment);
    if (!good)
        return false;
    /* The handle is dropped on purpose: code and descriptors of an accepted plugin
     * are in use until the process ends. */
    *plugin = found;
    return true;
}
