#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/text.h"

static const char *const names[] = {"debug", "info", "warn", "error"};

/* The only settings of the process that are not handed from hand to hand: every
 * part of the program talks to the same people. */
static struct {
    car_log_level least;
    bool quiet;
    FILE *file;
} settings = {CAR_LOG_INFO, false, NULL};

car_log_level car_log_level_of(const char *name)
{
    int level = CAR_LOG_DEBUG;
    while (level < CAR_LOG_ERROR && strcmp(names[level], name) != 0)
        level++;
    CAR_REQUIRE(strcmp(names[level], name) == 0);
    return (car_log_level)level;
}

void car_log_set(car_log_level least, bool quiet)
{
    settings.least = least;
    settings.quiet = quiet;
}

bool car_log_open(const char *path, car_error *e)
{
    FILE *file = fopen(path, "ae");
    if (file == NULL)
        return car_error_set(e, errno == EACCES || errno == EPERM ? CAR_EXIT_PERMISSION : CAR_EXIT_CREATE,
                             "%s: the log cannot be written: %s", path, strerror(errno));
    car_log_close();
    settings.file = file;
    return true;
}

void car_log_close(void)
{
    if (settings.file != NULL)
        (void)fclose(settings.file);
    settings.file = NULL;
}

void car_log(car_log_level level, const char *format, ...)
{
    if (level < settings.least)
        return;
    time_t now = time(NULL);
    struct tm local = {0};
    char when[32];
    (void)localtime_r(&now, &local);
    (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);

    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;

    /* One call a line and file: lines of several threads do not mix. */
    car_string line = {0};
    car_string_format(&line, "[%s] ", when);
    if (level != CAR_LOG_INFO)
        car_string_format(&line, "[%s] ", names[level]);
    car_string_add(&line, text, length);
    car_string_add(&line, "\n", 1);
    if (!settings.quiet)
        (void)fwrite(line.at, 1, (size_t)line.length, stderr);
    if (settings.file != NULL) {
        (void)fwrite(line.at, 1, (size_t)line.length, settings.file);
        (void)fflush(settings.file);
    }
    car_string_clear(&line);
    car_free(text);
}
