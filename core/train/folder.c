#include "train/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/names.h"

#define SUFFIX ".safetensors"
#define LATEST "latest" SUFFIX
#define BEST "best" SUFFIX
#define LOCK ".lock"

struct car_folder {
    char *path, *metric; /* metric may be NULL */
    int keep, lock;      /* lock: file descriptor */
    int64_t update;      /* what was last saved: its update, -1 for none, and its numbers */
    double *values;
    int n_values;
};

/* ---- names and links ----------------------------------------------------------------- */

enum { NAME = 64, DIGITS = 8, MOST_DIGITS = 18 };

static void name_generation(int64_t update, char name[NAME])
{
    (void)snprintf(name, NAME, "u%0*lld" SUFFIX, DIGITS, (long long)update);
}

/* The update in the name of a generation, or -1 if it is none. */
static int64_t update_of(const char *name)
{
    size_t digits = name[0] == 'u' ? strspn(name + 1, "0123456789") : 0;
    if (digits == 0 || digits > MOST_DIGITS)
        return -1;
    char wanted[NAME];
    int64_t update = strtoll(name + 1, NULL, 10);
    name_generation(update, wanted);
    return strcmp(name, wanted) == 0 ? update : -1;
}

/* Where a link leads to, to be freed, or NULL with errno. */
static char *read_link(const char *folder, const char *name)
{
    char target[PATH_MAX];
    char *path = car_path_join(folder, name);
    ssize_t length = readlink(path, target, sizeof target - 1);
    int why = errno;
    car_free(path);
    errno = why;
    if (length < 0)
        return NULL;
    target[length] = '\0';
    return car_copy_text(target);
}

static bool set_link(const car_folder *folder, const char *name, const char *target, car_error *e)
{
    char *path = car_path_join(folder->path, name);
    bool set = car_link_replace(target, path, e);
    car_free(path);
    return set;
}

/* Is there an entry of this name, be it a link that leads nowhere? */
static bool has_entry(const char *folder, const char *name)
{
    struct stat status;
    char *path = car_path_join(folder, name);
    bool has = lstat(path, &status) == 0;
    car_free(path);
    return has;
}

static int compare_updates(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* Updates of the generations up to `last`, newest first; to be freed. */
static bool list_generations(const char *folder, int64_t last, int64_t **updates, int *n, car_error *e)
{
    car_listing listing = {0};
    if (!car_listing_load(folder, SUFFIX, &listing, e))
        return false;
    *updates = car_alloc(listing.count, sizeof **updates);
    *n = 0;
    for (int i = 0; i < listing.count; i++) {
        int64_t update = update_of(listing.names[i]);
        if (update >= 0 && update <= last)
            (*updates)[(*n)++] = update;
    }
    car_listing_clear(&listing);
    if (*n > 1)
        qsort(*updates, (size_t)*n, sizeof **updates, compare_updates);
    return true;
}

/* ---- the lock -------------------------------------------------------------------------- */

/* The lock dies with the process; the number in the file is for the message only. */
static int take_lock(const char *folder, car_error *e)
{
    char *path = car_path_join(folder, LOCK);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        int code = errno == EACCES || errno == EPERM ? CAR_EXIT_PERMISSION : CAR_EXIT_CREATE;
        (void)car_error_set(e, code, "%s: cannot be made: %s", path, strerror(errno));
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        char holder[NAME] = "";
        if (errno != EWOULDBLOCK)
            (void)car_error_set(e, CAR_EXIT_CREATE, "%s: cannot be locked: %s; choose a folder on another file system",
                                path, strerror(errno));
        else if (pread(fd, holder, sizeof holder - 1, 0) <= 0)
            (void)car_error_set(e, CAR_EXIT_CREATE, "%s: another process trains in this folder; choose another",
                                folder);
        else
            (void)car_error_set(e, CAR_EXIT_CREATE,
                                "%s: process %.*s trains in this folder; let it end or choose another", folder,
                                (int)strspn(holder, "0123456789"), holder);
        (void)close(fd);
        fd = -1;
    } else if (ftruncate(fd, 0) == 0) {
        (void)dprintf(fd, "%ld\n", (long)getpid());
    }
    car_free(path);
    return fd;
}

car_folder *car_folder_open(const char *path, const char *metric, int keep, car_error *e)
{
    CAR_REQUIRE(keep >= 0);
    int lock = car_folder_make(path, e) ? take_lock(path, e) : -1;
    if (lock < 0)
        return NULL;
    (void)car_folder_remove_stale(path);
    car_folder *folder = car_alloc(1, sizeof *folder);
    *folder = (car_folder){.path = car_copy_text(path), .keep = keep, .lock = lock, .update = -1};
    folder->metric = metric != NULL ? car_copy_text(metric) : NULL;
    return folder;
}

void car_folder_close(car_folder *folder)
{
    if (folder == NULL)
        return;
    (void)close(folder->lock);
    car_free(folder->path);
    car_free(folder->metric);
    car_free(folder->values);
    car_free(folder);
}

/* ---- saving ---------------------------------------------------------------------------- */

static bool is_saved(const car_folder *folder, int64_t update, const char *path, const car_snapshot *snapshot)
{
    bool same = folder->update == update && folder->n_values == snapshot->n_numbers && car_path_exists(path);
    for (int i = 0; same && i < folder->n_values; i++)
        same = memcmp(&folder->values[i], &snapshot->numbers[i].value, sizeof(double)) == 0;
    return same;
}

static bool save_generation(car_folder *folder, int64_t update, const char *name, const car_snapshot *snapshot,
                            car_error *e)
{
    char *path = car_path_join(folder->path, name);
    bool saved = is_saved(folder, update, path, snapshot);
    if (!saved && (saved = car_checkpoint_save(path, snapshot, e))) {
        folder->update = update;
        folder->n_values = snapshot->n_numbers;
        folder->values = car_resize(folder->values, folder->n_values, sizeof *folder->values);
        for (int i = 0; i < folder->n_values; i++)
            folder->values[i] = snapshot->numbers[i].value;
    }
    car_free(path);
    return saved;
}

static bool set_best(const car_folder *folder, const char *metric, const char *generation, car_error *e)
{
    char name[NAME_MAX];
    CAR_REQUIRE(strchr(metric, '/') == NULL);
    CAR_REQUIRE(snprintf(name, sizeof name, "best-%s" SUFFIX, metric) < (int)sizeof name);
    if (!set_link(folder, name, generation, e))
        return false;
    return folder->metric == NULL || strcmp(folder->metric, metric) != 0 || set_link(folder, BEST, name, e);
}

/* The generations that links of the folder lead to, whoever made them; NULL if
 * that cannot be said for certain. */
static car_names *linked_generations(const char *folder)
{
    car_listing listing = {0};
    car_error ignored;
    if (!car_listing_load(folder, "", &listing, &ignored))
        return NULL;
    car_names *linked = car_names_new();
    for (int i = 0; i < listing.count && linked != NULL; i++) {
        char *target = read_link(folder, listing.names[i]);
        if (target != NULL) {
            const char *slash = strrchr(target, '/'), *name = slash != NULL ? slash + 1 : target;
            (void)car_names_add(linked, name, (ptrdiff_t)strlen(name));
        } else if (errno != EINVAL) { /* EINVAL: is no link */
            car_names_free(linked);
            linked = NULL;
        }
        car_free(target);
    }
    car_listing_clear(&listing);
    return linked;
}

/* Generations after `update` are what another course of training left: neither
 * counted nor removed.  That one could not be removed is no reason to fail; the
 * next time will. */
static void remove_old(const car_folder *folder, int64_t update)
{
    int64_t *updates;
    int n;
    car_error ignored;
    if (folder->keep == 0 || !list_generations(folder->path, update, &updates, &n, &ignored))
        return;
    car_names *linked = n > folder->keep ? linked_generations(folder->path) : NULL;
    for (int i = folder->keep; i < n && linked != NULL; i++) {
        char name[NAME];
        name_generation(updates[i], name);
        char *path = car_path_join(folder->path, name);
        if (car_names_find(linked, name, (ptrdiff_t)strlen(name)) < 0)
            (void)unlink(path);
        car_free(path);
    }
    car_names_free(linked);
    car_free(updates);
}

/* `best` moves before `latest`: a training that is cut off in between goes on from
 * the generation before, finds the same best again and sets the link again. */
bool car_folder_save(car_folder *folder, int64_t update, const car_snapshot *snapshot, const char *const *best,
                     int n_best, car_error *e)
{
    CAR_REQUIRE(update >= 0);
    char name[NAME];
    name_generation(update, name);
    if (!save_generation(folder, update, name, snapshot, e))
        return false;
    for (int i = 0; i < n_best; i++)
        if (!set_best(folder, best[i], name, e))
            return false;
    if (!set_link(folder, LATEST, name, e))
        return false;
    remove_old(folder, update);
    return true;
}

/* ---- loading --------------------------------------------------------------------------- */

static car_checkpoint *open_in(const char *folder, const char *name, car_checkpoint_part part, car_error *e)
{
    char *path = car_path_join(folder, name);
    car_checkpoint *checkpoint = car_checkpoint_open(path, part, e);
    car_free(path);
    return checkpoint;
}

/* Is it a fault of that one file, so that an older one may do? */
static bool is_damage(const car_error *e)
{
    return e->code == CAR_EXIT_DATA || e->code == CAR_EXIT_NO_INPUT || e->code == CAR_EXIT_IO;
}

static void add_note(car_string *note, const char *text)
{
    car_string_format(note, "%s%s", note->length > 0 ? "; " : "", text);
}

/* What to go on from, in order of preference: what `latest` leads to, then the
 * generations before that, newest first. */
static bool list_candidates(const char *folder, car_names *candidates, car_string *note, car_error *e)
{
    char *latest = read_link(folder, LATEST);
    if (latest == NULL && has_entry(folder, LATEST))
        latest = car_copy_text(LATEST); /* a copy of a folder may have a file in its place */
    int64_t last = INT64_MAX, *updates;
    int n;
    if (latest != NULL) {
        (void)car_names_add(candidates, latest, (ptrdiff_t)strlen(latest));
        last = update_of(latest) >= 0 ? update_of(latest) - 1 : INT64_MAX;
    }
    bool has_latest = latest != NULL;
    car_free(latest);
    if (!list_generations(folder, last, &updates, &n, e))
        return false;
    for (int i = 0; i < n; i++) {
        char name[NAME];
        name_generation(updates[i], name);
        (void)car_names_add(candidates, name, (ptrdiff_t)strlen(name));
    }
    if (n > 0 && !has_latest)
        car_string_format(note, "%s: there is no " LATEST, folder);
    car_free(updates);
    return true;
}

bool car_folder_load_latest(const car_folder *folder, car_checkpoint **checkpoint, car_string *note, car_error *e)
{
    car_string_empty(note);
    car_checkpoint *found = NULL;
    car_names *candidates = car_names_new();
    bool good = list_candidates(folder->path, candidates, note, e);
    for (int i = 0; good && found == NULL && i < car_names_count(candidates); i++) {
        found = open_in(folder->path, car_names_at(candidates, i), CAR_WHOLE_CHECKPOINT, e);
        if (found == NULL) {
            add_note(note, e->message);
            good = is_damage(e);
        }
    }
    car_names_free(candidates);
    if (found != NULL && note->length > 0)
        car_string_format(note, "; going on from %s", car_checkpoint_path(found));
    if (good && found == NULL && note->length > 0)
        good = car_error_set(e, CAR_EXIT_DATA, "%s: there is no whole generation to go on from: %s", folder->path,
                             note->at);
    if (good)
        *checkpoint = found;
    return good;
}

car_checkpoint *car_folder_load_model(const char *path, car_error *e)
{
    if (!car_path_is_folder(path))
        return car_checkpoint_open(path, CAR_ONLY_MODEL, e);
    if (has_entry(path, BEST))
        return open_in(path, BEST, CAR_ONLY_MODEL, e);
    if (has_entry(path, LATEST))
        return open_in(path, LATEST, CAR_ONLY_MODEL, e);
    (void)car_error_set(e, CAR_EXIT_NO_INPUT, "%s: holds no model yet: neither " BEST " nor " LATEST, path);
    return NULL;
}
