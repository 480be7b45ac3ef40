/* text.h - growing strings, reading lines and whole files, UTF-8 checking, blanks, numbers.
 *
 * Files are opened by input.h: plain or compressed, "-" is standard input.  A line
 * ends at LF alone; U+2028 and its like are characters.
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

/* A list of what there is: adds "N of_what", after a comma unless it is the first; nothing for n = 0. */
void car_string_list_count(car_string *string, int64_t n, const char *of_what);

/* Lines of a file, as they are: corpora/reader.h decides what text may hold. */
typedef struct car_lines car_lines;

#define CAR_LONGEST_LINE ((ptrdiff_t)1 << 20) /* bytes, unless car_lines_limit says so */
#define CAR_LARGEST_TEXT ((ptrdiff_t)1 << 26) /* bytes, of car_text_load               */

/* NULL and *e on failure (66, 77 or 74). */
car_lines *car_lines_open(const char *path, car_error *e);

/* Of `length` bytes in memory, borrowed, read as a file of that name would be. */
car_lines *car_lines_open_memory(const char *name, const char *bytes, ptrdiff_t length);

void car_lines_close(car_lines *lines);

/* How long a line may be; memory grows to two or three times that and no further. */
void car_lines_limit(car_lines *lines, ptrdiff_t bytes);

/* The next line without its LF (a final line may lack one).  Returns 1 with
 * *line borrowed until the next call, 0 at the end, -1 with *e on a read error,
 * damaged or truncated compressed data, or a line over the limit (74, 65). */
int car_lines_next(car_lines *lines, const char **line, ptrdiff_t *length, car_error *e);

/* The same, but of a line over the limit gives the start, so many bytes as the limit
 * is, with *whole false; its rest is passed over by the next call. */
int car_lines_next_start(car_lines *lines, const char **line, ptrdiff_t *length, bool *whole, car_error *e);

/* Would car_lines_next answer without waiting for more to be typed or sent?  Of a
 * compressed file that is not known; it is said to be ready. */
bool car_lines_ready(car_lines *lines);

/* Number of the line last returned, from 1; the path as opened. */
int64_t car_lines_number(const car_lines *lines);
const char *car_lines_path(const car_lines *lines);

/* Is there nothing but white space, of ASCII? */
bool car_text_is_blank(const char *text, ptrdiff_t length);

/* Is the whole text a finite decimal number?  Hexadecimal ones, "inf" and "nan" are none. */
bool car_number_parse(const char *text, double *number);

/* The same of `length` bytes of a longer text. */
bool car_number_parse_part(const char *text, ptrdiff_t length, double *number);

/* Offset of the first byte that is not part of well-formed UTF-8, or -1. */
ptrdiff_t car_utf8_check(const char *bytes, ptrdiff_t length);

/* Characters, that is code points, of well-formed UTF-8. */
ptrdiff_t car_utf8_count(const char *bytes, ptrdiff_t length);

/* Adds the text with U+FFFD for each maximal subpart of what is not well-formed, as
 * the Unicode standard (3.9, "U+FFFD substitution of maximal subparts") and the WHATWG
 * decoder have it.  Returns how many there were. */
int64_t car_utf8_repair(const char *bytes, ptrdiff_t length, car_string *text);

/* The whole file into *text (emptied first).  One of more than CAR_LARGEST_TEXT is
 * refused (65): for vocabularies, merges and the like, which compressed data could
 * otherwise make of any size. */
bool car_text_load(const char *path, car_string *text, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
