#include "cell/verdicts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/text.h"
#include "cell/probe.h"
#include "math/product.h"

/* The file is text, a line for each verdict and a last one for the hash of all before:
 *
 *   carousel plugin verdicts 1
 *   SHA-256-OF-PLUGIN TOOLKIT accepted
 *   SHA-256-OF-PLUGIN TOOLKIT refused REASON
 *   end SHA-256
 *
 * The newest are last; the oldest are forgotten beyond MOST. */
static const char head[] = "carousel plugin verdicts 1\n";

enum { MOST = 256, LARGEST = 1 << 20 };

typedef struct entry {
    char sha256[CAR_SHA256_HEX];
    char *toolkit, *reason; /* reason: "" of an accepted one */
    bool is_new;            /* found by this car_verdicts, not read */
} entry;

struct car_verdicts {
    char *folder; /* of the file, or NULL without a home */
    char *program;
    char *toolkit; /* what verdicts of today depend on, without a blank */
    entry *entries;
    ptrdiff_t n, room;
    bool read, unwritten;
};

/* ---- life -------------------------------------------------------------------------- */

static char *cache_folder(void)
{
    const char *cache = secure_getenv("XDG_CACHE_HOME"), *home = secure_getenv("HOME");
    if (cache != NULL && cache[0] == '/')
        return car_path_join(cache, "carousel");
    return home != NULL && home[0] == '/' ? car_path_join(home, ".cache/carousel") : NULL;
}

/* A newer toolkit asks again, and so does another processor: what one can run may be
 * an illegal instruction to the other that shares the home folder. */
static char *toolkit_of(const char *program)
{
    struct stat status = {0};
    if (program != NULL)
        (void)stat(program, &status);
    car_string text = {0};
    car_string_format(&text, "%s/%d.%d/%d/%s/%lld/%lld.%09ld", CAROUSEL_VERSION, CAR_ABI_MAJOR, CAR_ABI_MINOR,
                      CAR_REAL_BITS, car_product_path(), (long long)status.st_size, (long long)status.st_mtim.tv_sec,
                      status.st_mtim.tv_nsec);
    return text.at;
}

car_verdicts *car_verdicts_new(void)
{
    car_verdicts *verdicts = car_alloc(1, sizeof *verdicts);
    verdicts->folder = cache_folder();
    verdicts->program = car_probe_program();
    verdicts->toolkit = toolkit_of(verdicts->program);
    return verdicts;
}

static void forget_first(car_verdicts *verdicts, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++) {
        car_free(verdicts->entries[i].toolkit);
        car_free(verdicts->entries[i].reason);
    }
    verdicts->n -= count;
    if (verdicts->n > 0)
        memmove(verdicts->entries, verdicts->entries + count, (size_t)verdicts->n * sizeof *verdicts->entries);
}

void car_verdicts_free(car_verdicts *verdicts)
{
    if (verdicts == NULL)
        return;
    forget_first(verdicts, verdicts->n);
    car_free(verdicts->entries);
    car_free(verdicts->folder);
    car_free(verdicts->program);
    car_free(verdicts->toolkit);
    car_free(verdicts);
}

static const entry *find(const car_verdicts *verdicts, const char *sha256, const char *toolkit)
{
    for (ptrdiff_t i = verdicts->n - 1; i >= 0; i--)
        if (strcmp(verdicts->entries[i].sha256, sha256) == 0 && strcmp(verdicts->entries[i].toolkit, toolkit) == 0)
            return &verdicts->entries[i];
    return NULL;
}

static void add(car_verdicts *verdicts, const char *sha256, const char *toolkit, ptrdiff_t toolkit_length,
                const char *reason, ptrdiff_t reason_length, bool is_new)
{
    car_string copy[2] = {{0}, {0}};
    car_string_add(&copy[0], toolkit, toolkit_length);
    car_string_add(&copy[1], reason, reason_length);
    verdicts->entries = car_grow(verdicts->entries, verdicts->n, &verdicts->room, sizeof *verdicts->entries);
    entry *new = &verdicts->entries[verdicts->n++];
    *new = (entry){.toolkit = copy[0].at, .reason = copy[1].at, .is_new = is_new};
    memcpy(new->sha256, sha256, CAR_SHA256_HEX - 1);
}

/* ---- the file ----------------------------------------------------------------------- */

static void hash(const char *bytes, ptrdiff_t length, char hex[CAR_SHA256_HEX])
{
    car_sha256 state;
    car_sha256_init(&state);
    car_sha256_add(&state, bytes, length);
    car_sha256_finish(&state, hex);
}

/* Can nobody else write it? */
static bool is_ours(const struct stat *status)
{
    return status->st_uid == geteuid() && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The bytes of the file, or false if there is none to be trusted. */
static bool read_file(const car_verdicts *verdicts, car_string *text)
{
    struct stat folder, status;
    if (verdicts->folder == NULL || stat(verdicts->folder, &folder) != 0 || !is_ours(&folder))
        return false;
    char *path = car_path_join(verdicts->folder, "plugin-verdicts");
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    car_free(path);
    bool good = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && is_ours(&status) &&
                status.st_size <= LARGEST;
    char piece[1 << 13];
    ssize_t length;
    while (good && (length = read(file, piece, sizeof piece)) > 0 && text->length <= LARGEST)
        car_string_add(text, piece, length);
    if (file >= 0)
        (void)close(file);
    return good && text->length > 0;
}

/* Where the line with the hash of all before it begins, NULL if that is not the last
 * line or another hash. */
static const char *end_of(const car_string *text)
{
    enum { LENGTH = sizeof "end " - 1 + CAR_SHA256_HEX }; /* the terminator stands for LF */
    char expected[LENGTH + 1] = "end ";
    const char *end = text->at + text->length - LENGTH;
    if (text->length < LENGTH)
        return NULL;
    hash(text->at, end - text->at, expected + 4);
    expected[LENGTH - 1] = '\n';
    return memcmp(end, expected, LENGTH) == 0 ? end : NULL;
}

/* One line without its LF; what cannot be read is left out. */
static void read_line(car_verdicts *verdicts, const char *line, const char *end)
{
    const char *toolkit = line + CAR_SHA256_HEX, *verdict, *reason;
    if (end - line <= CAR_SHA256_HEX || toolkit[-1] != ' ' ||
        (verdict = memchr(toolkit, ' ', (size_t)(end - toolkit))) == NULL)
        return;
    char sha256[CAR_SHA256_HEX] = "";
    memcpy(sha256, line, sizeof sha256 - 1);
    static const char accepted[] = " accepted", refused[] = " refused ";
    if ((size_t)(end - verdict) == strlen(accepted) && memcmp(verdict, accepted, strlen(accepted)) == 0)
        reason = end;
    else if ((size_t)(end - verdict) > strlen(refused) && memcmp(verdict, refused, strlen(refused)) == 0)
        reason = verdict + strlen(refused);
    else
        return;
    add(verdicts, sha256, toolkit, verdict - toolkit, reason, end - reason, false);
}

static void read_entries(car_verdicts *verdicts)
{
    car_string text = {0};
    const char *end = read_file(verdicts, &text) ? end_of(&text) : NULL;
    if (end != NULL && strncmp(text.at, head, strlen(head)) == 0)
        for (const char *line = text.at + strlen(head), *next; line < end; line = next + 1) {
            next = memchr(line, '\n', (size_t)(end - line));
            if (next == NULL)
                break;
            read_line(verdicts, line, next);
        }
    car_string_clear(&text);
}

/* Others may have written meanwhile: theirs come first, what is new here last. */
static void write_file(const car_verdicts *verdicts, car_error *e)
{
    car_verdicts now = {.folder = verdicts->folder};
    read_entries(&now);
    for (ptrdiff_t i = 0; i < verdicts->n; i++) {
        const entry *own = &verdicts->entries[i];
        if (own->is_new && find(&now, own->sha256, own->toolkit) == NULL)
            add(&now, own->sha256, own->toolkit, (ptrdiff_t)strlen(own->toolkit), own->reason,
                (ptrdiff_t)strlen(own->reason), false);
    }
    if (now.n > MOST)
        forget_first(&now, now.n - MOST);
    car_string text = {0};
    car_string_add_text(&text, head);
    for (ptrdiff_t i = 0; i < now.n; i++)
        car_string_format(&text, "%s %s %s%s\n", now.entries[i].sha256, now.entries[i].toolkit,
                          now.entries[i].reason[0] != '\0' ? "refused " : "accepted", now.entries[i].reason);
    char hex[CAR_SHA256_HEX];
    hash(text.at, text.length, hex);
    car_string_format(&text, "end %s\n", hex);
    char *path = car_path_join(verdicts->folder, "plugin-verdicts");
    if (car_file_save(path, text.at, text.length, e))
        (void)chmod(path, S_IRUSR | S_IWUSR); /* whatever the mask lets others do */
    car_free(path);
    car_string_clear(&text);
    forget_first(&now, now.n);
    car_free(now.entries);
}

void car_verdicts_save(car_verdicts *verdicts)
{
    if (!verdicts->unwritten || verdicts->folder == NULL)
        return;
    car_error unsaid;
    struct stat status;
    char *above = car_path_folder(verdicts->folder);
    if (car_folder_make(above, &unsaid) &&
        (mkdir(verdicts->folder, 0700) == 0 || car_path_is_folder(verdicts->folder)) &&
        stat(verdicts->folder, &status) == 0 && is_ours(&status))
        write_file(verdicts, &unsaid);
    car_free(above);
    verdicts->unwritten = false; /* or it could not be written, and will not be again */
}

/* ---- asking --------------------------------------------------------------------------- */

bool car_verdicts_ask(car_verdicts *verdicts, const char *path, const car_plugin_file *file, car_error *e)
{
    if (verdicts->program == NULL)
        return car_error_set(e, CAR_EXIT_PLUGIN,
                             "plugin %s: cannot be tried before it is loaded: Carousel's lib/carousel/probe is not "
                             "there; install Carousel anew",
                             path);
    if (!verdicts->read)
        read_entries(verdicts);
    verdicts->read = true;
    const entry *known = find(verdicts, file->sha256, verdicts->toolkit);
    if (known != NULL && known->reason[0] == '\0')
        return true;
    if (known != NULL && known->is_new)
        return car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: %s", path, known->reason);
    if (known != NULL)
        return car_error_set(e, CAR_EXIT_PLUGIN,
                             "plugin %s: %s (so it was when it was tried; remove %s/plugin-verdicts to have it tried "
                             "again)",
                             path, known->reason, verdicts->folder);
    car_verdict verdict;
    if (!car_probe(verdicts->program, path, &verdict, e) || !car_plugin_unchanged(path, file, e))
        return false;
    if (!verdict.passing) {
        add(verdicts, file->sha256, verdicts->toolkit, (ptrdiff_t)strlen(verdicts->toolkit), verdict.reason,
            (ptrdiff_t)strlen(verdict.reason), true);
        verdicts->unwritten = true;
    }
    return verdict.accepted || car_error_set(e, CAR_EXIT_PLUGIN, "plugin %s: %s", path, verdict.reason);
}
