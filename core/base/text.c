#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "base/memory.h"

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

void car_string_list_count(car_string *string, int64_t n, const char *of_what)
{
    if (n != 0)
        car_string_format(string, "%s%" PRId64 " %s", string->length > 0 ? ", " : "", n, of_what);
}

/* ---- lines --------------------------------------------------------------------- */

struct car_lines {
    car_input *input;
    char *buffer;
    ptrdiff_t begin, end, capacity; /* buffer[begin .. end) is read and not handed out */
    ptrdiff_t limit;
    bool ended;
    bool inside; /* the rest of a line that was over the limit comes next */
    int64_t number;
};

static car_lines *new_lines(car_input *input)
{
    car_lines *lines = car_alloc(1, sizeof *lines);
    lines->input = input;
    lines->limit = CAR_LONGEST_LINE;
    lines->capacity = CAR_INPUT_BLOCK;
    lines->buffer = car_resize(NULL, lines->capacity, 1);
    return lines;
}

car_lines *car_lines_open(const char *path, car_error *e)
{
    car_input *input = car_input_open(path, e);
    return input != NULL ? new_lines(input) : NULL;
}

car_lines *car_lines_open_memory(const char *name, const char *bytes, ptrdiff_t length)
{
    return new_lines(car_input_open_memory(name, bytes, length));
}

void car_lines_close(car_lines *lines)
{
    if (lines == NULL)
        return;
    car_input_close(lines->input);
    car_free(lines->buffer);
    car_free(lines);
}

void car_lines_limit(car_lines *lines, ptrdiff_t bytes)
{
    CAR_REQUIRE(bytes > 0 && bytes < PTRDIFF_MAX / 4);
    lines->limit = bytes;
}

/* Adds what the input gives next to the buffer. */
static bool fill(car_lines *lines, car_error *e)
{
    lines->end -= lines->begin;
    memmove(lines->buffer, lines->buffer + lines->begin, (size_t)lines->end);
    lines->begin = 0;
    if (lines->end == lines->capacity) {
        lines->capacity *= 2;
        lines->buffer = car_resize(lines->buffer, lines->capacity, 1);
    }
    ptrdiff_t got = car_input_read(lines->input, lines->buffer + lines->end, lines->capacity - lines->end, e);
    if (got < 0)
        return false;
    lines->end += got;
    lines->ended = got == 0;
    return true;
}

/* Passes over what is left of a line, a buffer at a time. */
static bool skip_rest(car_lines *lines, car_error *e)
{
    while (lines->inside) {
        const char *from = lines->buffer + lines->begin;
        const char *newline = memchr(from, '\n', (size_t)(lines->end - lines->begin));
        lines->begin = newline != NULL ? newline + 1 - lines->buffer : lines->end;
        lines->inside = newline == NULL && !lines->ended;
        if (lines->inside && !fill(lines, e))
            return false;
    }
    return true;
}

int car_lines_next_start(car_lines *lines, const char **line, ptrdiff_t *length, bool *whole, car_error *e)
{
    ptrdiff_t searched = 0; /* of buffer[begin .. end), which may move */
    if (!skip_rest(lines, e))
        return -1;
    for (;;) {
        const char *from = lines->buffer + lines->begin;
        ptrdiff_t held = lines->end - lines->begin;
        const char *newline = memchr(from + searched, '\n', (size_t)(held - searched));
        ptrdiff_t found = newline != NULL ? newline - from : held;
        *whole = found <= lines->limit;
        if (newline != NULL || lines->ended || !*whole) {
            if (newline == NULL && held == 0)
                return 0;
            lines->inside = !*whole;
            *line = from;
            *length = *whole ? found : lines->limit;
            lines->begin += *whole ? found + (newline != NULL) : lines->limit;
            lines->number++;
            return 1;
        }
        searched = held;
        if (!fill(lines, e))
            return -1;
    }
}

int car_lines_next(car_lines *lines, const char **line, ptrdiff_t *length, car_error *e)
{
    bool whole = true;
    int got = car_lines_next_start(lines, line, length, &whole, e);
    if (whole)
        return got;
    (void)car_error_set(e, CAR_EXIT_DATA, "%s:%" PRId64 ": the line is longer than %td bytes; is this text?",
                        car_input_name_view(lines->input), lines->number, lines->limit);
    return -1;
}

bool car_lines_ready(car_lines *lines)
{
    ptrdiff_t searched = 0;
    for (;;) {
        const char *from = lines->buffer + lines->begin;
        ptrdiff_t held = lines->end - lines->begin;
        const char *newline = memchr(from + searched, '\n', (size_t)(held - searched));
        if (lines->inside) { /* pass over what is held of the rest */
            lines->begin = newline != NULL ? newline + 1 - lines->buffer : lines->end;
            lines->inside = newline == NULL && !lines->ended;
            searched = 0;
            if (newline != NULL)
                continue;
            held = 0;
        }
        if (newline != NULL || lines->ended || held > lines->limit)
            return true;
        searched = held;
        car_error e; /* which car_lines_next will meet again */
        if (!car_input_ready(lines->input))
            return false;
        if (!fill(lines, &e))
            return true;
    }
}

int64_t car_lines_number(const car_lines *lines) { return lines->number; }

const char *car_lines_path(const car_lines *lines) { return car_input_path_view(lines->input); }

/* ---- whole files ----------------------------------------------------------------- */

bool car_text_load(const char *path, car_string *text, car_error *e)
{
    car_string_empty(text);
    car_input *input = car_input_open(path, e);
    if (input == NULL)
        return false;
    ptrdiff_t got;
    do {
        reserve(text, CAR_INPUT_BLOCK);
        got = car_input_read(input, text->at + text->length, CAR_INPUT_BLOCK, e);
        if (got > 0)
            text->length += got;
    } while (got > 0 && text->length <= CAR_LARGEST_TEXT);
    text->at[text->length] = '\0';
    car_input_close(input);
    if (got > 0)
        return car_error_set(e, CAR_EXIT_DATA, "%s: holds more than %td MiB of text; is this the file you meant?", path,
                             CAR_LARGEST_TEXT >> 20);
    return got == 0;
}

bool car_text_is_blank(const char *text, ptrdiff_t length)
{
    ptrdiff_t i = 0;
    while (i < length && memchr(" \t\v\f\r", text[i], 5) != NULL)
        i++;
    return i == length;
}

/* ---- numbers ------------------------------------------------------------------- */

bool car_number_parse(const char *text, double *number)
{
    char *end;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && text[strspn(text, "0123456789+-.eE")] == '\0' && isfinite(*number);
}

bool car_number_parse_part(const char *text, ptrdiff_t length, double *number)
{
    char copy[1100]; /* more digits than any double has */
    if (length >= (ptrdiff_t)sizeof copy || memchr(text, '\0', (size_t)length) != NULL)
        return false;
    memcpy(copy, text, (size_t)length);
    copy[length] = '\0';
    return car_number_parse(copy, number);
}

/* ---- UTF-8 --------------------------------------------------------------------- */

/* What stands at p, of which `left` bytes are there: the bytes of a well-formed sequence;
 * or, negative, those of the maximal subpart of one that is broken off, 1 at least
 * (Unicode, D93b and table 3-7: the second byte's range depends on the first, which
 * keeps out overlong forms, surrogates and what is above U+10FFFF). */
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
        return -1;
    }
    if (left < 2 || p[1] < low || p[1] > high)
        return -1;
    for (int i = 2; i < length; i++) {
        if (i >= left || (p[i] & 0xc0) != 0x80)
            return -i;
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
        if (step < 0)
            return i;
        i += step;
    }
    return -1;
}

ptrdiff_t car_utf8_count(const char *bytes, ptrdiff_t length)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < length; i++)
        n += ((unsigned char)bytes[i] & 0xc0) != 0x80;
    return n;
}

int64_t car_utf8_repair(const char *bytes, ptrdiff_t length, car_string *text)
{
    int64_t n = 0;
    for (ptrdiff_t i = 0; i < length;) {
        ptrdiff_t bad = car_utf8_check(bytes + i, length - i), good = bad < 0 ? length - i : bad;
        car_string_add(text, bytes + i, good);
        i += good;
        if (bad >= 0) {
            car_string_add_text(text, "\xef\xbf\xbd");
            i -= sequence_length((const unsigned char *)bytes + i, length - i);
            n++;
        }
    }
    return n;
}
