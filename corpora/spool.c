#include "corpora/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"

struct car_spool {
    int fd;
    int64_t size;
    char *folder;
};

/* Without a name from the start where the file system can do that. */
static int open_nameless(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    char *path = car_path_join(folder, "carousel-XXXXXX");
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    car_free(path);
    return fd;
}

car_spool *car_spool_new(const char *folder, car_error *e)
{
    int fd = open_nameless(folder);
    if (fd < 0) {
        (void)car_error_set(e, errno == EACCES ? CAR_EXIT_PERMISSION : CAR_EXIT_CREATE,
                            "%s: no temporary file can be made there: %s; name another folder with --tempdir", folder,
                            strerror(errno));
        return NULL;
    }
    car_spool *spool = car_alloc(1, sizeof *spool);
    spool->fd = fd;
    spool->folder = car_copy_text(folder);
    return spool;
}

void car_spool_free(car_spool *spool)
{
    if (spool == NULL)
        return;
    (void)close(spool->fd);
    car_free(spool->folder);
    car_free(spool);
}

bool car_spool_add(car_spool *spool, const void *bytes, ptrdiff_t length, car_error *e)
{
    const char *at = bytes;
    for (ptrdiff_t done = 0; done < length;) {
        ssize_t n = pwrite(spool->fd, at + done, (size_t)(length - done), spool->size + done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return car_error_set(e, CAR_EXIT_IO,
                                 "the temporary file in %s cannot be written: %s; name another folder with --tempdir",
                                 spool->folder, n < 0 ? strerror(errno) : "no space");
        done += n;
    }
    spool->size += length;
    return true;
}

int64_t car_spool_size(const car_spool *spool) { return spool->size; }

bool car_spool_read(const car_spool *spool, int64_t place, void *bytes, ptrdiff_t length, car_error *e)
{
    CAR_REQUIRE(place >= 0 && length >= 0 && length <= spool->size - place);
    char *at = bytes;
    for (ptrdiff_t done = 0; done < length;) {
        ssize_t n = pread(spool->fd, at + done, (size_t)(length - done), place + done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return car_error_set(e, CAR_EXIT_IO, "the temporary file in %s cannot be read: %s", spool->folder,
                                 n < 0 ? strerror(errno) : "it has become shorter");
        done += n;
    }
    return true;
}
