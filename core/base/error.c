#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool car_error_set(car_error *e, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    e->code = code;
    (void)vsnprintf(e->message, sizeof e->message, format, arguments);
    va_end(arguments);
    return false;
}

bool car_error_context(car_error *e, const char *format, ...)
{
    char inner[sizeof e->message];
    memcpy(inner, e->message, sizeof inner);

    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(e->message, sizeof e->message - 2, format, arguments);
    va_end(arguments);
    size_t at = strnlen(e->message, used < 0 ? 0 : sizeof e->message - 3);
    memcpy(e->message + at, ": ", 3);
    strncat(e->message, inner, sizeof e->message - at - 3);
    return false;
}

int car_error_code_of_errno(int errno_value)
{
    switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
        return CAR_EXIT_NO_INPUT;
    case EACCES:
    case EPERM:
        return CAR_EXIT_PERMISSION;
    default:
        return CAR_EXIT_IO;
    }
}

void car_require_failed(const char *condition, const char *file, int line, const char *function)
{
    (void)fprintf(stderr, "carousel: bug: %s does not hold in %s (%s:%d); please report it\n", condition, function,
                  file, line);
    abort();
}
