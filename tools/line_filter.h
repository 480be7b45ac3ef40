/* line_filter.h - lines in, lines out, on all threads and in order: what bpe apply, tokenize
 * and detokenize share.
 *
 * Lines are gathered into blocks; a block is shared out between workers, one for each
 * thread, which know nothing of one another.  What a line becomes may depend on its number
 * but not on its worker.
 */
#ifndef CAROUSEL_TOOLS_LINE_FILTER_H
#define CAROUSEL_TOOLS_LINE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* Adds to *out what the line becomes, without LF.  Lines are numbered from 0. */
typedef bool (*car_line_function)(void *worker, const char *line, ptrdiff_t length, int64_t number, car_string *out,
                                  car_error *e);

typedef struct car_line_filter car_line_filter;

/* `workers`, [n] of them, are borrowed. */
car_line_filter *car_line_filter_new(car_line_function function, void *const *workers, int n);
void car_line_filter_free(car_line_filter *filter);

/* Takes the next line, which is the `line_number`th of `path`, borrowed; they are not looked at
 * if the function cannot fail.  When a line fails, those before it have been written to standard
 * output, and *e says where it stands. */
bool car_line_filter_add(car_line_filter *filter, const char *line, ptrdiff_t length, const char *path,
                         int64_t line_number, car_error *e);

/* Writes what is left. */
bool car_line_filter_finish(car_line_filter *filter, car_error *e);

#endif
