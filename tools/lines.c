#include "tools/lines.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

car_reading car_reading_of_options(const car_options *options)
{
    return (car_reading){.utf8 = car_utf8_policy_of(car_options_text(options, "utf8")),
                         .max_line_bytes = (ptrdiff_t)car_options_count(options, "max-line-bytes")};
}

const char *car_input_of_options(const car_options *options)
{
    const char *input = car_options_text(options, "input");
    return strcmp(input, "stdin") == 0 ? "-" : input;
}

void car_report_log(const char *report)
{
    while (*report != '\0') {
        int length = (int)strcspn(report, "\n");
        car_log(CAR_LOG_WARN, "[data] %.*s", length, report);
        report += length + (report[length] == '\n');
    }
}

void car_reading_log(const car_reader *reader)
{
    car_string report = {0};
    car_string_empty(&report);
    car_reader_report(reader, &report);
    car_report_log(report.at);
    car_string_clear(&report);
}

int car_reader_next_or_empty(car_reader *reader, car_text_line *line, car_error *e)
{
    int got = car_reader_next(reader, line, e);
    if (got == 1 && line->skipped)
        car_log(CAR_LOG_WARN, "%s:%" PRId64 ": %s; the line of the output is empty", car_reader_path_view(reader),
                car_reader_number(reader), car_reader_why_view(reader));
    return got;
}

bool car_each_line(const char *path, const car_reading *reading, car_next_line next, car_line_taker take, void *context,
                   car_error *e)
{
    car_reader *reader = car_reader_open(path, reading, e);
    if (reader == NULL)
        return false;
    car_text_line line;
    int got;
    bool good = true;
    while (good && (got = next(reader, &line, e)) != 0)
        good = got == 1 && (take(context, line.at, line.length, e) ||
                            car_error_context(e, "%s:%" PRId64, path, car_reader_number(reader)));
    if (good)
        car_reading_log(reader);
    car_reader_close(reader);
    return good;
}

/* ---- lists ------------------------------------------------------------------------- */

void car_line_list_add(car_line_list *list, const char *line, ptrdiff_t length)
{
    list->at = car_grow(list->at, list->n, &list->capacity, sizeof *list->at);
    list->length = car_grow(list->length, list->n, &list->length_capacity, sizeof *list->length);
    char *copy = car_resize(NULL, length + 1, 1);
    if (length > 0)
        memcpy(copy, line, (size_t)length);
    copy[length] = '\0';
    list->at[list->n] = copy;
    list->length[list->n++] = length;
}

static bool add_line(void *list, const char *line, ptrdiff_t length, car_error *e)
{
    (void)e;
    car_line_list_add(list, line, length);
    return true;
}

bool car_line_list_load(car_line_list *list, const char *path, const car_reading *reading, car_error *e)
{
    return car_each_line(path, reading, car_reader_next, add_line, list, e);
}

void car_line_list_empty(car_line_list *list)
{
    for (ptrdiff_t i = 0; i < list->n; i++)
        car_free(list->at[i]);
    list->n = 0;
}

void car_line_list_clear(car_line_list *list)
{
    car_line_list_empty(list);
    car_free(list->at);
    car_free(list->length);
    *list = (car_line_list){0};
}
