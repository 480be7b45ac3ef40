/* error.h - what went wrong, in words the user knows, and the exit code for it.
 *
 * Three kinds of trouble and no more:
 *   mistakes in the program   CAR_REQUIRE: prints condition and place, aborts
 *   mistakes of the world     bool f(..., car_error *e): false, with e filled
 *   out of memory             memory.h: reports size and place, exits with 71
 *
 * A function that returns false has filled *e and has left its outputs as they
 * were.  The message is built where the facts are; callers put context in
 * front on the way up.  No logging-and-returning, no errno games.
 */
#ifndef CAROUSEL_BASE_ERROR_H
#define CAROUSEL_BASE_ERROR_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The documented exit codes of the program (docs/exit-codes.md). */
enum car_exit {
    CAR_EXIT_DONE = 0,
    CAR_EXIT_NO = 1,         /* the answer is "no"                        */
    CAR_EXIT_USAGE = 2,      /* wrong usage                               */
    CAR_EXIT_DATA = 65,      /* bad data: corpus, model, vocabulary       */
    CAR_EXIT_NO_INPUT = 66,  /* input not found                           */
    CAR_EXIT_PLUGIN = 69,    /* plugin missing or refused                 */
    CAR_EXIT_BUG = 70,       /* bug in us                                 */
    CAR_EXIT_MEMORY = 71,    /* out of memory or threads                  */
    CAR_EXIT_CREATE = 73,    /* cannot create output                      */
    CAR_EXIT_IO = 74,        /* read, write or disk-full error            */
    CAR_EXIT_TIME = 75,      /* time limit of ours, state saved           */
    CAR_EXIT_DIVERGED = 76,  /* training diverged                         */
    CAR_EXIT_PERMISSION = 77,/* permission denied                         */
    CAR_EXIT_CONFIG = 78     /* configuration error                       */
};

typedef struct car_error {
    int code; /* one of car_exit */
    char message[2048];
} car_error;

#if defined(__GNUC__)
#define CAR_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CAR_PRINTF(text, first)
#endif

/* Fill *e.  Always returns false, so that a failing function can end with
 * `return car_error_set(...)`. */
bool car_error_set(car_error *e, int code, const char *format, ...) CAR_PRINTF(3, 4);

/* Put "context: " in front of the message.  Always returns false. */
bool car_error_context(car_error *e, const char *format, ...) CAR_PRINTF(2, 3);

/* The exit code that fits an errno met while opening or reading `file`:
 * 66 not found, 77 no permission, 74 otherwise. */
int car_error_code_of_errno(int errno_value);

/* A condition that only a mistake in this program can break.  Always on. */
#define CAR_REQUIRE(condition) \
    ((condition) ? (void)0 : car_require_failed(#condition, __FILE__, __LINE__, __func__))

#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void car_require_failed(const char *condition, const char *file, int line, const char *function);

#ifdef __cplusplus
}
#endif
#endif
