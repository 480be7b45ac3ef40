#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#ifdef CAR_ZSTD
#include <zstd.h>
#endif

#include "base/memory.h"

typedef enum form { UNKNOWN, PLAIN, GZIP, ZSTD } form;

static const unsigned char gzip_magic[] = {0x1f, 0x8b}, zstd_magic[] = {0x28, 0xb5, 0x2f, 0xfd};

struct car_input {
    int fd; /* -1: memory */
    const char *memory;
    ptrdiff_t memory_left;
    char *path;
    form form;
    bool ended;    /* the file gave its last byte                      */
    bool complete; /* of compressed data: between two members or frames */
    unsigned char held[CAR_INPUT_BLOCK];
    ptrdiff_t next, end; /* held[next .. end) was read and not handed out */
    z_stream z;
#ifdef CAR_ZSTD
    ZSTD_DStream *zstd;
#endif
};

static car_input *new_input(const char *path)
{
    car_input *input = car_alloc(1, sizeof *input);
    input->fd = -1;
    input->path = car_copy_text(path);
    return input;
}

car_input *car_input_open(const char *path, car_error *e)
{
    int fd = STDIN_FILENO;
    if (strcmp(path, "-") != 0) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            (void)car_error_set(e, car_error_code_of_errno(errno), "%s: cannot be opened: %s", path, strerror(errno));
            return NULL;
        }
    }
    car_input *input = new_input(path);
    input->fd = fd;
    return input;
}

car_input *car_input_open_memory(const char *name, const char *bytes, ptrdiff_t length)
{
    car_input *input = new_input(name);
    input->memory = bytes;
    input->memory_left = length;
    return input;
}

void car_input_close(car_input *input)
{
    if (input == NULL)
        return;
    if (input->form == GZIP)
        (void)inflateEnd(&input->z);
#ifdef CAR_ZSTD
    (void)ZSTD_freeDStream(input->zstd);
#endif
    if (input->fd > STDIN_FILENO)
        (void)close(input->fd);
    car_free(input->path);
    car_free(input);
}

const char *car_input_path_view(const car_input *input) { return input->path; }

const char *car_input_name_view(const car_input *input)
{
    return strcmp(input->path, "-") == 0 ? "standard input" : input->path;
}

/* Up to `wanted` bytes as they lie in the file; 0 at the end, -1 with *e. */
static ptrdiff_t read_raw(car_input *input, void *bytes, ptrdiff_t wanted, car_error *e)
{
    ssize_t got;
    if (input->fd < 0) {
        got = input->memory_left < wanted ? input->memory_left : wanted;
        if (got > 0)
            memcpy(bytes, input->memory, (size_t)got);
        input->memory += got;
        input->memory_left -= got;
    } else {
        do
            got = read(input->fd, bytes, (size_t)wanted);
        while (got < 0 && errno == EINTR);
    }
    if (got < 0)
        (void)car_error_set(e, CAR_EXIT_IO, "%s: cannot be read: %s", car_input_name_view(input), strerror(errno));
    input->ended = got == 0;
    return got;
}

/* Reads into `held`, which is empty. */
static bool refill(car_input *input, car_error *e)
{
    ptrdiff_t got = read_raw(input, input->held, CAR_INPUT_BLOCK, e);
    input->next = 0;
    input->end = got > 0 ? got : 0;
    return got >= 0;
}

static bool may_be(const car_input *input, const unsigned char *magic, ptrdiff_t length)
{
    ptrdiff_t have = input->end < length ? input->end : length;
    return memcmp(input->held, magic, (size_t)have) == 0;
}

/* Looks at the first bytes.  More than one is waited for only while they are those of
 * a compressed file, so that an empty line typed at a terminal is answered at once. */
static bool begin(car_input *input, car_error *e)
{
    const ptrdiff_t longest = (ptrdiff_t)sizeof zstd_magic;
    while (!input->ended && input->end < longest &&
           ((input->end < (ptrdiff_t)sizeof gzip_magic && may_be(input, gzip_magic, sizeof gzip_magic)) ||
            may_be(input, zstd_magic, sizeof zstd_magic))) {
        ptrdiff_t got = read_raw(input, input->held + input->end, CAR_INPUT_BLOCK - input->end, e);
        if (got < 0)
            return false;
        input->end += got;
    }
    input->form = PLAIN;
    if (input->end >= (ptrdiff_t)sizeof gzip_magic && may_be(input, gzip_magic, sizeof gzip_magic)) {
        if (inflateInit2(&input->z, 15 + 16) != Z_OK)
            return car_error_set(e, CAR_EXIT_MEMORY, "%s: no memory to decompress it", car_input_name_view(input));
        input->form = GZIP;
    } else if (input->end >= longest && may_be(input, zstd_magic, sizeof zstd_magic)) {
        input->form = ZSTD;
#ifdef CAR_ZSTD
        input->zstd = ZSTD_createDStream();
        if (input->zstd == NULL)
            return car_error_set(e, CAR_EXIT_MEMORY, "%s: no memory to decompress it", car_input_name_view(input));
#else
        return car_error_set(e, CAR_EXIT_DATA,
                             "%s: is compressed with zstd, which this program was built without; decompress it with "
                             "zstd -d",
                             car_input_name_view(input));
#endif
    }
    return true;
}

static ptrdiff_t read_plain(car_input *input, char *bytes, ptrdiff_t wanted, car_error *e)
{
    if (input->next == input->end)
        return input->ended ? 0 : read_raw(input, bytes, wanted, e);
    ptrdiff_t held = input->end - input->next;
    held = held < wanted ? held : wanted;
    memcpy(bytes, input->held + input->next, (size_t)held);
    input->next += held;
    return held;
}

/* zlib's own gzread takes a damaged header of a later member for the end of the file
 * and drops the rest without a word; hence inflate by hand. */
static bool inflate_held(car_input *input, char *bytes, ptrdiff_t wanted, ptrdiff_t *made, car_error *e)
{
    if (input->complete && input->held[input->next] == 0) { /* padding, as tapes leave it */
        input->next++;
        return true;
    }
    z_stream *z = &input->z;
    if (input->complete)
        (void)inflateReset(z);
    z->next_in = input->held + input->next;
    z->avail_in = (uInt)(input->end - input->next);
    z->next_out = (Bytef *)bytes;
    z->avail_out = (uInt)wanted;
    int state = inflate(z, Z_NO_FLUSH);
    input->complete = state == Z_STREAM_END;
    input->next = input->end - (ptrdiff_t)z->avail_in;
    *made = wanted - (ptrdiff_t)z->avail_out;
    return state == Z_OK || state == Z_STREAM_END || state == Z_BUF_ERROR || /* the last: nothing to do */
           car_error_set(e, CAR_EXIT_DATA, "%s: compressed data is damaged: %s; copy it again",
                         car_input_name_view(input), z->msg != NULL ? z->msg : "not gzip");
}

#ifdef CAR_ZSTD
static bool unzstd_held(car_input *input, char *bytes, ptrdiff_t wanted, ptrdiff_t *made, car_error *e)
{
    ZSTD_inBuffer in = {input->held, (size_t)input->end, (size_t)input->next};
    ZSTD_outBuffer out = {bytes, (size_t)wanted, 0};
    size_t left = ZSTD_decompressStream(input->zstd, &out, &in);
    input->complete = left == 0;
    input->next = (ptrdiff_t)in.pos;
    *made = (ptrdiff_t)out.pos;
    return !ZSTD_isError(left) || car_error_set(e, CAR_EXIT_DATA, "%s: compressed data is damaged: %s; copy it again",
                                                car_input_name_view(input), ZSTD_getErrorName(left));
}
#endif

static bool decompress(car_input *input, char *bytes, ptrdiff_t wanted, ptrdiff_t *made, car_error *e)
{
#ifdef CAR_ZSTD
    if (input->form == ZSTD)
        return unzstd_held(input, bytes, wanted, made, e);
#endif
    return inflate_held(input, bytes, wanted, made, e);
}

/* At the end of the file the decompressor is asked once more before it is taken for
 * cut short: it may have kept something back for want of room. */
static ptrdiff_t read_compressed(car_input *input, char *bytes, ptrdiff_t wanted, car_error *e)
{
    ptrdiff_t made = 0;
    while (made == 0) {
        if (input->next == input->end && !input->ended && !refill(input, e))
            return -1;
        if (input->next == input->end && input->complete)
            return 0;
        ptrdiff_t before = input->next;
        if (!decompress(input, bytes, wanted, &made, e))
            return -1;
        if (made == 0 && input->next == before) {
            (void)car_error_set(e, CAR_EXIT_DATA, "%s: ends in the middle of compressed data; copy it again",
                                car_input_name_view(input));
            return -1;
        }
    }
    return made;
}

bool car_input_ready(const car_input *input)
{
    struct pollfd file = {.fd = input->fd, .events = POLLIN};
    return input->form == GZIP || input->form == ZSTD || input->next < input->end || input->fd < 0 ||
           poll(&file, 1, 0) != 0;
}

ptrdiff_t car_input_read(car_input *input, char *bytes, ptrdiff_t wanted, car_error *e)
{
    if (input->form == UNKNOWN && !begin(input, e))
        return -1;
    return input->form == PLAIN ? read_plain(input, bytes, wanted, e) : read_compressed(input, bytes, wanted, e);
}
