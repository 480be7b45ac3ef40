/* probe.h - tries a plugin in a process of its own before it is loaded into this one.
 *
 * The process is another program, lib/carousel/probe, and not a copy of this one: a
 * copy made while other threads run (OpenMP's, say) may not call dlopen or malloc,
 * while posix_spawn is safe at any time; nothing of this process can be harmed or
 * seen; and a program of little size starts in a millisecond.  It has limits on
 * processor time, memory and files, and a session of its own that is ended with it.
 */
#ifndef CAROUSEL_CELL_PROBE_H
#define CAROUSEL_CELL_PROBE_H

#include <stdbool.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_verdict {
    bool accepted;
    bool passing;      /* not to be remembered: a library was missing, or another ABI is easily seen again */
    char reason[1600]; /* of a refusal: "crashed (signal 11, SIGSEGV) while it was loaded" */
} car_verdict;

/* The program that tries plugins: beside this program or where Carousel was configured
 * to go; freed with car_free.  NULL if there is none. */
char *car_probe_program(void);

/* Tries the plugin at `path` with that program.  False with *e (69) if that could not
 * be done. */
bool car_probe(const char *program, const char *path, car_verdict *verdict, car_error *e);

#ifdef __cplusplus
}
#endif
#endif
