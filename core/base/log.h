/* log.h - lines for people: on standard error and, if wanted, in a file.
 *
 * A line is "[2026-01-31 12:00:00] text" in local time, as Marian writes it, and
 * is never wrapped.  Results go to standard output and are not written here; nor
 * are the metrics that programs read.  Any thread may write; settings are made
 * before there are several.
 */
#ifndef CAROUSEL_BASE_LOG_H
#define CAROUSEL_BASE_LOG_H

#include <stdbool.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum car_log_level { CAR_LOG_DEBUG, CAR_LOG_INFO, CAR_LOG_WARN, CAR_LOG_ERROR } car_log_level;

/* For an option's choices, in the order of the levels. */
#define CAR_LOG_LEVELS "debug|info|warn|error"

/* One of the choices above; anything else is a mistake in the program. */
car_log_level car_log_level_of(const char *name);

/* What is below `least` is left out (info at first); with `quiet` nothing goes to
 * standard error, but all to the file. */
void car_log_set(car_log_level least, bool quiet);

/* Adds to the end of a file from now on (73, 77).  Close accepts that none is open. */
bool car_log_open(const char *path, car_error *e);
void car_log_close(void);

/* Adds time, the level if it is not info, and the end of the line. */
void car_log(car_log_level level, const char *format, ...) CAR_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif
#endif
