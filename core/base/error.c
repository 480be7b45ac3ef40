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
    char message[sizeof e->message];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    size_t used = strlen(message);
    (void)snprintf(message + used, sizeof message - used, ": %s", e->message);
    memcpy(e->message, message, sizeof message);
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
