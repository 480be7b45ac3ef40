#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"

#define LONGEST_LINE ((ptrdiff_t)1 << 20)
#define BLOCK ((ptrdiff_t)1 << 16)

/* ---- strings --------------------------------------------------------------- */

static void reserve(car_string *string, ptrdiff_t more)
{
    ptrdiff_t needed;
    CAR_REQUIRE(more >= 0 && !__builtin_add_overflow(string->length, more + 1, &needed));
    if (needed <= string->capacity)
        return;
    ptrdiff_t wish = string->capacity < 32 ? 64 : 2 * string->capacity;
    string->capacity = wish > needed ? wish : needed;
    string->at = car_resize(string->at, string->capacity, 1);
}

void car_string_clear(car_string *string)
{
    car_free(string->at);
    *string = (car_string){0};
}

void car_string_empty(car_string *string)
{
    reserve(string, 0);
    string->length = 0;
    string->at[0] = '\0';
}

void car_string_add(car_string *string, const char *bytes, ptrdiff_t length)
{
    reserve(string, length);
    if (length > 0)
        memcpy(string->at + string->length, bytes, (size_t)length);
    string->length += length;
    string->at[string->length] = '\0';
}

void car_string_add_text(car_string *string, const char *text)
{
    car_string_add(string, text, (ptrdiff_t)strlen(text));
}

void car_string_format(car_string *string, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    CAR_REQUIRE(length >= 0);
    reserve(string, length);
    (void)vsnprintf(string->at + string->length, (size_t)length + 1, format, again);
    string->length += length;
    va_end(again);
    va_end(arguments);
}

/* ---- bytes of a file, plain or compressed ------------------------------------- */

/* zlib's own gzread takes a damaged header of a later member for the end of the
 * file and drops the rest without a word; hence inflate by hand. */
typedef struct stream {
    int fd;
    char *path;
    bool begun, ended;         /* the first bytes were looked at; the file gave its last byte */
    bool compressed, complete; /* a gzip file; between two of its members                     */
    z_stream z;                /* also holds what was read of a plain file and not handed out */
    unsigned char input[BLOCK];
} stream;

static const char *name_of(const stream *s) { return strcmp(s->path, "-") == 0 ? "standard input" : s->path; }

static stream *stream_open(const char *path, car_error *e)
{
    int fd = STDIN_FILENO;
    if (strcmp(path, "-") != 0) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            (void)car_error_set(e, car_error_code_of_errno(errno), "%s: cannot be opened: %s", path, strerror(errno));
            return NULL;
        }
    }
    stream *s = car_alloc(1, sizeof *s);
    s->fd = fd;
    s->path = car_copy_text(path);
    return s;
}

static void stream_close(stream *s)
{
    if (s == NULL)
        return;
    if (s->compressed)
        (void)inflateEnd(&s->z);
    if (s->fd != STDIN_FILENO)
        (void)close(s->fd);
    car_free(s->path);
    car_free(s);
}

/* Up to `wanted` bytes as they lie in the file; 0 at the end, -1 with *e. */
static ptrdiff_t read_raw(stream *s, void *bytes, ptrdiff_t wanted, car_error *e)
{
    ssize_t got;
    do
        got = read(s->fd, bytes, (size_t)wanted);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        (void)car_error_set(e, CAR_EXIT_IO, "%s: cannot be read: %s", name_of(s), strerror(errno));
    s->ended = got == 0;
    return got;
}

/* Looks at the first two bytes.  The second is waited for only if the first is
 * gzip's, so that an empty line typed at a terminal is answered at once. */
static bool begin(stream *s, car_error *e)
{
    ptrdiff_t have = 0;
    s->z.next_in = s->input;
    while (!s->ended && (have == 0 || (have == 1 && s->input[0] == 0x1f))) {
        ptrdiff_t got = read_raw(s, s->input + have, BLOCK - have, e);
        if (got < 0)
            return false;
        have += got;
    }
    s->begun = true;
    s->z.avail_in = (uInt)have;
    if (have < 2 || s->input[0] != 0x1f || s->input[1] != 0x8b)
        return true;
    s->compressed = inflateInit2(&s->z, 15 + 16) == Z_OK;
    return s->compressed || car_error_set(e, CAR_EXIT_MEMORY, "%s: no memory to decompress it", name_of(s));
}

static ptrdiff_t read_plain(stream *s, char *bytes, ptrdiff_t wanted, car_error *e)
{
    if (s->z.avail_in == 0)
        return s->ended ? 0 : read_raw(s, bytes, wanted, e);
    ptrdiff_t held = s->z.avail_in < wanted ? (ptrdiff_t)s->z.avail_in : wanted;
    memcpy(bytes, s->z.next_in, (size_t)held);
    s->z.next_in += held;
    s->z.avail_in -= (uInt)held;
    return held;
}

static ptrdiff_t read_compressed(stream *s, char *bytes, ptrdiff_t wanted, car_error *e)
{
    s->z.next_out = (Bytef *)bytes;
    s->z.avail_out = (uInt)wanted;
    while (s->z.avail_out == (uInt)wanted) {
        if (s->z.avail_in == 0 && !s->ended) {
            ptrdiff_t got = read_raw(s, s->input, BLOCK, e);
            if (got < 0)
                return -1;
            s->z.next_in = s->input;
            s->z.avail_in = (uInt)got;
        }
        if (s->z.avail_in == 0) {
            if (s->complete)
                return 0;
            (void)car_error_set(e, CAR_EXIT_DATA, "%s: ends in the middle of compressed data; copy it again",
                                name_of(s));
            return -1;
        }
        if (s->complete && *s->z.next_in == 0) { /* padding, as tapes leave it */
            s->z.next_in++;
            s->z.avail_in--;
            continue;
        }
        if (s->complete)
            (void)inflateReset(&s->z);
        int state = inflate(&s->z, Z_NO_FLUSH);
        s->complete = state == Z_STREAM_END;
        if (state != Z_OK && state != Z_STREAM_END) {
            (void)car_error_set(e, CAR_EXIT_DATA, "%s: compressed data is damaged: %s; copy it again", name_of(s),
                                s->z.msg != NULL ? s->z.msg : "not gzip");
            return -1;
        }
    }
    return wanted - (ptrdiff_t)s->z.avail_out;
}

/* Up to `wanted` bytes of text, at least 1; 0 at the end, -1 with *e. */
static ptrdiff_t stream_read(stream *s, char *bytes, ptrdiff_t wanted, car_error *e)
{
    if (!s->begun && !begin(s, e))
        return -1;
    return s->compressed ? read_compressed(s, bytes, wanted, e) : read_plain(s, bytes, wanted, e);
}

/* ---- lines --------------------------------------------------------------------- */

struct car_lines {
    stream *stream;
    char *buffer;
    ptrdiff_t begin, end, capacity; /* buffer[begin .. end) is read and not handed out */
    bool ended;
    int64_t number;
};

car_lines *car_lines_open(const char *path, car_error *e)
{
    stream *s = stream_open(path, e);
    if (s == NULL)
        return NULL;
    car_lines *lines = car_alloc(1, sizeof *lines);
    lines->stream = s;
    lines->capacity = BLOCK;
    lines->buffer = car_resize(NULL, lines->capacity, 1);
    return lines;
}

void car_lines_close(car_lines *lines)
{
    if (lines == NULL)
        return;
    stream_close(lines->stream);
    car_free(lines->buffer);
    car_free(lines);
}

/* Adds what the stream gives next to the buffer. */
static bool fill(car_lines *lines, car_error *e)
{
    lines->end -= lines->begin;
    memmove(lines->buffer, lines->buffer + lines->begin, (size_t)lines->end);
    lines->begin = 0;
    if (lines->end == lines->capacity) {
        lines->capacity *= 2;
        lines->buffer = car_resize(lines->buffer, lines->capacity, 1);
    }
    ptrdiff_t got = stream_read(lines->stream, lines->buffer + lines->end, lines->capacity - lines->end, e);
    if (got < 0)
        return false;
    lines->end += got;
    lines->ended = got == 0;
    return true;
}

int car_lines_next(car_lines *lines, const char **line, ptrdiff_t *length, car_error *e)
{
    ptrdiff_t searched = 0; /* of buffer[begin .. end), which may move */
    const char *newline = NULL;
    for (;;) {
        const char *from = lines->buffer + lines->begin;
        ptrdiff_t held = lines->end - lines->begin;
        newline = memchr(from + searched, '\n', (size_t)(held - searched));
        ptrdiff_t found = newline != NULL ? newline - from : held;
        if (found > LONGEST_LINE) {
            (void)car_error_set(e, CAR_EXIT_DATA, "%s:%lld: the line is longer than 1 MiB; is this text?",
                                name_of(lines->stream), (long long)lines->number + 1);
            return -1;
        }
        if (newline != NULL || lines->ended) {
            if (newline == NULL && held == 0)
                return 0;
            *line = from;
            *length = found;
            lines->begin += found + (newline != NULL);
            lines->number++;
            return 1;
        }
        searched = held;
        if (!fill(lines, e))
            return -1;
    }
}

bool car_lines_ready(car_lines *lines)
{
    ptrdiff_t searched = 0;
    for (;;) {
        ptrdiff_t held = lines->end - lines->begin;
        if (lines->ended || lines->stream->compressed || held > LONGEST_LINE ||
            memchr(lines->buffer + lines->begin + searched, '\n', (size_t)(held - searched)) != NULL)
            return true;
        searched = held;
        struct pollfd input = {.fd = lines->stream->fd, .events = POLLIN};
        if (lines->stream->z.avail_in == 0 && poll(&input, 1, 0) == 0)
            return false;
        car_error e; /* which car_lines_next will meet again */
        if (!fill(lines, &e))
            return true;
    }
}

int64_t car_lines_number(const car_lines *lines) { return lines->number; }

const char *car_lines_path(const car_lines *lines) { return lines->stream->path; }

bool car_text_load(const char *path, car_string *text, car_error *e)
{
    car_string_empty(text);
    stream *s = stream_open(path, e);
    if (s == NULL)
        return false;
    ptrdiff_t got;
    do {
        reserve(text, BLOCK);
        got = stream_read(s, text->at + text->length, BLOCK, e);
        if (got > 0)
            text->length += got;
    } while (got > 0);
    text->at[text->length] = '\0';
    stream_close(s);
    return got == 0;
}

/* ---- UTF-8 --------------------------------------------------------------------- */

/* Bytes of the well-formed sequence at p, of which `left` bytes are there; 0 if
 * there is none (Unicode, table 3-7: the second byte's range depends on the
 * first, which keeps out overlong forms, surrogates and what is above U+10FFFF). */
static int sequence_length(const unsigned char *p, ptrdiff_t left)
{
    unsigned char first = p[0], low = 0x80, high = 0xbf;
    int length;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf) {
        length = 2;
    } else if ((first & 0xf0) == 0xe0) {
        length = 3;
        low = first == 0xe0 ? 0xa0 : low;
        high = first == 0xed ? 0x9f : high;
    } else if (first >= 0xf0 && first <= 0xf4) {
        length = 4;
        low = first == 0xf0 ? 0x90 : low;
        high = first == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (left < length || p[1] < low || p[1] > high)
        return 0;
    for (int i = 2; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

ptrdiff_t car_utf8_check(const char *bytes, ptrdiff_t length)
{
    ptrdiff_t i = 0;
    while (i < length) {
        uint64_t eight;
        if (length - i >= (ptrdiff_t)sizeof eight) {
            memcpy(&eight, bytes + i, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i += (ptrdiff_t)sizeof eight;
                continue;
            }
        }
        int step = sequence_length((const unsigned char *)bytes + i, length - i);
        if (step == 0)
            return i;
        i += step;
    }
    return -1;
}
