#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

#define BUFFER ((ptrdiff_t)1 << 16)

static int code_of_creating(int errno_value)
{
    return errno_value == EACCES || errno_value == EPERM ? CAR_EXIT_PERMISSION : CAR_EXIT_CREATE;
}

/* ---- paths ------------------------------------------------------------------------ */

char *car_path_join(const char *folder, const char *name)
{
    car_string path = {0};
    if (name[0] != '/' && folder[0] != '\0') {
        car_string_add_text(&path, folder);
        if (path.at[path.length - 1] != '/')
            car_string_add_text(&path, "/");
    }
    car_string_add_text(&path, name);
    return path.at;
}

char *car_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return car_copy_text(".");
    car_string folder = {0};
    car_string_add(&folder, path, slash == path ? 1 : slash - path);
    return folder.at;
}

char *car_program_folder(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    return car_path_folder(path);
}

/* ---- folders ---------------------------------------------------------------------- */

bool car_path_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

bool car_path_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool car_folder_make(const char *path, car_error *e)
{
    char *partial = car_copy_text(path);
    bool made = true;
    for (char *end = partial; made && *end != '\0';) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        char saved = *end;
        *end = '\0';
        if (mkdir(partial, 0777) != 0 && !car_path_is_folder(partial)) {
            int why = errno == EEXIST ? ENOTDIR : errno;
            made = car_error_set(e, code_of_creating(why), "%s: the folder cannot be made: %s", partial, strerror(why));
        }
        *end = saved;
    }
    car_free(partial);
    return made;
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

bool car_listing_load(const char *folder, const char *suffix, car_listing *listing, car_error *e)
{
    DIR *open_folder = opendir(folder);
    if (open_folder == NULL)
        return car_error_set(e, car_error_code_of_errno(errno), "%s: cannot be listed: %s", folder, strerror(errno));
    car_listing found = {0};
    ptrdiff_t capacity = 0;
    size_t end = strlen(suffix);
    const struct dirent *item;
    while (errno = 0, (item = readdir(open_folder)) != NULL) {
        size_t length = strlen(item->d_name);
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 || length < end ||
            strcmp(item->d_name + length - end, suffix) != 0)
            continue;
        found.names = car_grow(found.names, found.count, &capacity, sizeof *found.names);
        found.names[found.count++] = car_copy_text(item->d_name);
    }
    int why = errno;
    (void)closedir(open_folder);
    if (why != 0) {
        car_listing_clear(&found);
        return car_error_set(e, CAR_EXIT_IO, "%s: cannot be listed: %s", folder, strerror(why));
    }
    if (found.count > 1)
        qsort(found.names, (size_t)found.count, sizeof *found.names, compare_names);
    *listing = found;
    return true;
}

void car_listing_clear(car_listing *listing)
{
    for (int i = 0; i < listing->count; i++)
        car_free(listing->names[i]);
    car_free(listing->names);
    *listing = (car_listing){0};
}

/* Is it NAME.tmp.PID of no living process but this one? */
static bool is_stale(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot - name < 5 || strncmp(dot - 4, ".tmp", 4) != 0)
        return false;
    char *end;
    errno = 0;
    long pid = strtol(dot + 1, &end, 10);
    if (dot[1] < '1' || dot[1] > '9' || *end != '\0' || errno != 0 || pid > INT_MAX)
        return false;
    return pid == (long)getpid() || (kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

int car_folder_remove_stale(const char *folder)
{
    car_listing listing = {0};
    car_error ignored;
    int removed = 0;
    if (!car_listing_load(folder, "", &listing, &ignored))
        return 0;
    for (int i = 0; i < listing.count; i++) {
        if (!is_stale(listing.names[i]))
            continue;
        char *path = car_path_join(folder, listing.names[i]);
        removed += unlink(path) == 0;
        car_free(path);
    }
    car_listing_clear(&listing);
    return removed;
}

/* ---- writing ---------------------------------------------------------------------- */

struct car_file_writer {
    int fd;
    char *path, *temporary;
    ptrdiff_t used; /* bytes in the buffer */
    bool failed;
    car_error error; /* the first one */
    char buffer[BUFFER];
};

static char *temporary_of(const char *path)
{
    car_string name = {0};
    car_string_format(&name, "%s.tmp.%ld", path, (long)getpid());
    return name.at;
}

car_file_writer *car_file_writer_open(const char *path, car_error *e)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    char *temporary = temporary_of(path);
    int fd = open(temporary, flags, 0666);
    if (fd < 0 && errno == EEXIST && unlink(temporary) == 0) /* of a dead process that had our number */
        fd = open(temporary, flags, 0666);
    if (fd < 0) {
        (void)car_error_set(e, code_of_creating(errno), "%s: cannot be written: %s", path, strerror(errno));
        car_free(temporary);
        return NULL;
    }
    car_file_writer *writer = car_alloc(1, sizeof *writer);
    writer->fd = fd;
    writer->path = car_copy_text(path);
    writer->temporary = temporary;
    return writer;
}

static void fail(car_file_writer *writer, int code, int why)
{
    if (!writer->failed)
        (void)car_error_set(&writer->error, code, "%s: cannot be written: %s; what was there before is untouched",
                            writer->path, strerror(why));
    writer->failed = true;
}

static void write_all(car_file_writer *writer, const char *bytes, ptrdiff_t length)
{
    while (length > 0 && !writer->failed) {
        ssize_t written = write(writer->fd, bytes, (size_t)length);
        if (written < 0 && errno != EINTR)
            fail(writer, CAR_EXIT_IO, errno);
        if (written > 0) {
            bytes += written;
            length -= written;
        }
    }
}

void car_file_writer_write(car_file_writer *writer, const void *bytes, ptrdiff_t length)
{
    CAR_REQUIRE(length >= 0);
    if (length > BUFFER - writer->used) {
        write_all(writer, writer->buffer, writer->used);
        writer->used = 0;
    }
    if (length >= BUFFER) {
        write_all(writer, bytes, length);
    } else if (length > 0) {
        memcpy(writer->buffer + writer->used, bytes, (size_t)length);
        writer->used += length;
    }
}

static void release(car_file_writer *writer)
{
    car_free(writer->path);
    car_free(writer->temporary);
    car_free(writer);
}

/* The new name itself must reach the disk.  Some file systems cannot sync a
 * folder (EINVAL); there the rename is as safe as they make it. */
static bool sync_folder(const char *path, car_error *e)
{
    char *folder = car_path_folder(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int why = fd < 0 || (fsync(fd) != 0 && errno != EINVAL) ? errno : 0;
    if (fd >= 0)
        (void)close(fd);
    if (why != 0)
        (void)car_error_set(e, CAR_EXIT_IO, "%s: cannot be brought to the disk: %s", folder, strerror(why));
    car_free(folder);
    return why == 0;
}

bool car_file_writer_commit(car_file_writer *writer, car_error *e)
{
    write_all(writer, writer->buffer, writer->used);
    if (!writer->failed && fsync(writer->fd) != 0)
        fail(writer, CAR_EXIT_IO, errno);
    if (close(writer->fd) != 0)
        fail(writer, CAR_EXIT_IO, errno);
    if (!writer->failed && rename(writer->temporary, writer->path) != 0)
        fail(writer, code_of_creating(errno), errno);
    bool saved = !writer->failed;
    if (saved) {
        saved = sync_folder(writer->path, e);
    } else {
        (void)unlink(writer->temporary);
        *e = writer->error;
    }
    release(writer);
    return saved;
}

void car_file_writer_abandon(car_file_writer *writer)
{
    if (writer == NULL)
        return;
    (void)close(writer->fd);
    (void)unlink(writer->temporary);
    release(writer);
}

bool car_file_save(const char *path, const char *bytes, ptrdiff_t length, car_error *e)
{
    car_file_writer *writer = car_file_writer_open(path, e);
    if (writer == NULL)
        return false;
    car_file_writer_write(writer, bytes, length);
    return car_file_writer_commit(writer, e);
}

bool car_link_replace(const char *target, const char *path, car_error *e)
{
    char *temporary = temporary_of(path);
    (void)unlink(temporary);
    int why = symlink(target, temporary) != 0 || rename(temporary, path) != 0 ? errno : 0;
    if (why != 0) {
        (void)unlink(temporary);
        (void)car_error_set(e, code_of_creating(why), "%s: the link cannot be made: %s", path, strerror(why));
    }
    car_free(temporary);
    return why == 0 && sync_folder(path, e);
}
