/* The file: what it exports and needs, and how it behaves when it is loaded. */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cell/loader_open.h"
#include "check/suite.h"

void car_check_library_accepted(car_case *c)
{
    car_error e;
    if (!car_case_load(c, &e))
        car_case_fail(c, "%s", e.message);
}

/* ---- the file as it is stored: the loader has seen that all of it is there ---------------------- */

typedef struct image {
    const char *at;
    const ElfW(Ehdr) * header;
    const ElfW(Shdr) * symbols; /* of the dynamic linker; NULL without section headers */
    const ElfW(Dyn) * dynamic;
    const char *names; /* that `dynamic` speaks of */
} image;

static const ElfW(Shdr) * section_at(const image *file, int i)
{
    return (const void *)(file->at + file->header->e_shoff + (size_t)i * file->header->e_shentsize);
}

static bool open_image(car_case *c, image *file)
{
    struct stat status;
    int descriptor = open(c->path, O_RDONLY | O_CLOEXEC);
    car_case_doing(c, "reading the file");
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return false;
    void *at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    (void)close(descriptor);
    if (at == MAP_FAILED)
        return false;
    *file = (image){.at = at, .header = at};
    for (int i = 0; i < file->header->e_shnum; i++) {
        const ElfW(Shdr) *section = section_at(file, i);
        if (section->sh_type == SHT_DYNSYM)
            file->symbols = section;
        if (section->sh_type == SHT_DYNAMIC) {
            file->dynamic = (const void *)(file->at + section->sh_offset);
            file->names = file->at + section_at(file, (int)section->sh_link)->sh_offset;
        }
    }
    if (file->symbols == NULL || file->dynamic == NULL)
        car_case_skip(c, "the file has no section headers; it was stripped of them");
    return file->symbols != NULL && file->dynamic != NULL;
}

void car_check_library_exports(car_case *c)
{
    image file;
    if (!open_image(c, &file))
        return;
    const ElfW(Sym) *symbols = (const void *)(file.at + file.symbols->sh_offset);
    const char *names = file.at + section_at(&file, (int)file.symbols->sh_link)->sh_offset;
    for (size_t i = 1; i < file.symbols->sh_size / sizeof *symbols; i++) {
        const char *name = names + symbols[i].st_name;
        bool is_exported = symbols[i].st_shndx != SHN_UNDEF && symbols[i].st_shndx != SHN_ABS &&
                           ELF64_ST_BIND(symbols[i].st_info) != STB_LOCAL &&
                           ELF64_ST_VISIBILITY(symbols[i].st_other) != STV_HIDDEN;
        if (is_exported && strcmp(name, "carousel_plugin") != 0)
            car_case_fail(c,
                          "exports \"%s\" besides carousel_plugin, and another library's symbol of that name could "
                          "be taken for it: build with -fvisibility=hidden and make it static, or use car_add_cell()",
                          name);
    }
}

/* What a plugin may link: the C library's parts, and what sanitizers add. */
static bool is_allowed_library(const char *name)
{
    static const char *const allowed[] = {"libc.so", "libm.so",    "libmvec.so",  "libgcc_s.so",
                                          "ld-",     "libasan.so", "libubsan.so", "linux-vdso"};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (strncmp(name, allowed[i], strlen(allowed[i])) == 0)
            return true;
    return false;
}

void car_check_library_needs(car_case *c)
{
    image file;
    if (!open_image(c, &file))
        return;
    for (const ElfW(Dyn) *entry = file.dynamic; entry->d_tag != DT_NULL; entry++) {
        const char *name = file.names + entry->d_un.d_val;
        if (entry->d_tag == DT_NEEDED && strstr(name, "gomp") != NULL)
            car_case_fail(c,
                          "needs %s: a kernel opens no parallel region, its host runs it on all threads; build "
                          "without -fopenmp (-fopenmp-simd is fine)",
                          name);
        else if (entry->d_tag == DT_NEEDED && !is_allowed_library(name))
            car_case_fail(c, "needs %s: a cell is arithmetic and needs no library but libc and libm", name);
    }
}

void car_check_library_stack(car_case *c)
{
    image file;
    if (!open_image(c, &file))
        return;
    const ElfW(Phdr) *parts = (const void *)(file.at + file.header->e_phoff);
    for (int i = 0; i < file.header->e_phnum; i++)
        if (parts[i].p_type == PT_GNU_STACK && (parts[i].p_flags & PF_X) != 0)
            car_case_fail(c, "asks for a stack that holds code, which would be so for the whole program: it has nested "
                             "functions or assembler without .note.GNU-stack");
}

void car_check_library_text(car_case *c)
{
    image file;
    if (!open_image(c, &file))
        return;
    for (const ElfW(Dyn) *entry = file.dynamic; entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0))
            car_case_fail(c, "has relocations in its code: build it with -fPIC");
}

void car_check_library_path(car_case *c)
{
    image file;
    if (!open_image(c, &file))
        return;
    for (const ElfW(Dyn) *entry = file.dynamic; entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_RPATH || entry->d_tag == DT_RUNPATH)
            car_case_warn(c,
                          "has a path of its own to look for libraries in, \"%s\", which another machine may lack: "
                          "link without -rpath",
                          file.names + entry->d_un.d_val);
}

/* ---- loading ---------------------------------------------------------------------------------------- */

void car_check_library_same(car_case *c)
{
    car_error e;
    if (!car_case_load(c, &e))
        return;
    const car_plugin *first = c->plugin, copy = *first;
    if (!car_case_load(c, &e))
        car_case_fail(c, "when it is loaded a second time: %s", e.message);
    else if (c->plugin != first || memcmp(first, &copy, sizeof copy) != 0)
        car_case_fail(c, "carousel_plugin() gives another description when it is called again; it must return a static "
                         "one, as CAR_PLUGIN does");
}

void car_check_library_time(car_case *c)
{
    const double limit = 0.1;
    struct timespec before, after;
    car_error e;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    bool good = car_case_load(c, &e);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    double seconds = (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
    if (good && seconds > limit)
        car_case_fail(c,
                      "takes %.0f ms to load; `carousel cell list` loads every plugin, so %.0f ms is the limit: do "
                      "nothing in constructors",
                      1e3 * seconds, 1e3 * limit);
}
