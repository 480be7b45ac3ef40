/* lines.h - single files of lines: how the options say they are read, what the log says
 * of them, and lines in memory for what has to look at all of a small file or at a
 * block of a large one.
 */
#ifndef CAROUSEL_TOOLS_LINES_H
#define CAROUSEL_TOOLS_LINES_H

#include <stddef.h>

#include "corpora/reader.h"
#include "tools/option_table.h"

/* From --utf8 and --max-line-bytes. */
car_reading car_reading_of_options(const car_options *options);

/* The file that --input names, "-" also where that is called stdin; borrowed from the options. */
const char *car_input_of_options(const car_options *options);

/* Warns of what was found, a line of the log for each line of the report. */
void car_reading_log(const car_reader *reader);
void car_report_log(const char *report);

/* car_reader_next for commands that answer line n with line n: warns of a line that was
 * left out, which is empty. */
int car_reader_next_or_empty(car_reader *reader, car_text_line *line, car_error *e);

/* One of the two above. */
typedef int (*car_next_line)(car_reader *reader, car_text_line *line, car_error *e);

/* Calls `take` with each line of a file, as `next` gives it, until it fails; *e then begins with the
 * place.  The log has what the reader found. */
typedef bool (*car_line_taker)(void *context, const char *line, ptrdiff_t length, car_error *e);
bool car_each_line(const char *path, const car_reading *reading, car_next_line next, car_line_taker take, void *context,
                   car_error *e);

/* Each line is terminated.  {0} is an empty list. */
typedef struct car_line_list {
    char **at; /* [n] */
    ptrdiff_t *length;
    ptrdiff_t n, capacity, length_capacity;
} car_line_list;

/* Adds all lines of a file (66, 65, ...).  A line that is left out is an empty one here,
 * so that line n stays line n; the log has what the reader found. */
bool car_line_list_load(car_line_list *list, const char *path, const car_reading *reading, car_error *e);

void car_line_list_add(car_line_list *list, const char *line, ptrdiff_t length);
void car_line_list_empty(car_line_list *list);
void car_line_list_clear(car_line_list *list);

#endif
