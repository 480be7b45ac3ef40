/* text.h - growing strings, reading lines and whole files, UTF-8 checking.
 *
 * Readers open plain and gzip-compressed files alike (told apart by their
 * first bytes) and "-" as standard input.  A line ends at LF alone; U+2028 and
 * its like are characters.
 */
#ifndef CAROUSEL_BASE_TEXT_H
#define CAROUSEL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A growing byte string; `at` is always terminated.  {0} is an empty one. */
typedef struct car_string {
    char *at; /* NULL while nothing was ever added */
    ptrdiff_t length, capacity;
} car_string;

void car_string_clear(car_string *string); /* frees */
void car_string_empty(car_string *string); /* keeps the memory; at is "" afterwards */
void car_string_add(car_string *string, const char *bytes, ptrdiff_t length);
void car_string_add_text(car_string *string, const char *text);
void car_string_format(car_string *string, const char *format, ...) CAR_PRINTF(2, 3); /* adds */

/* Lines of a file. */
typedef struct car_lines car_lines;

/* NULL and *e on failure (66, 77 or 74). */
car_lines *car_lines_open(const char *path, car_error *e);
void car_lines_close(car_lines *lines);

/* The next line without its LF (a final line may lack one).  Returns 1 with
 * *line borrowed until the next call, 0 at the end, -1 with *e on a read error,
 * a damaged or truncated .gz, or a line over 1 MiB (74, 65). */
int car_lines_next(car_lines *lines, const char **line, ptrdiff_t *length, car_error *e);

/* Would car_lines_next answer without waiting for more to be typed or sent?  Of a
 * compressed file that is not known; it is said to be ready. */
bool car_lines_ready(car_lines *lines);

/* Number of the line last returned, from 1; the path as opened. */
int64_t car_lines_number(const car_lines *lines);
const char *car_lines_path(const car_lines *lines);

/* Offset of the first byte that is not part of well-formed UTF-8, or -1. */
ptrdiff_t car_utf8_check(const char *bytes, ptrdiff_t length);

/* The whole file into *text (emptied first). */
bool car_text_load(const char *path, car_string *text, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
