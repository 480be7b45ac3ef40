/* check64 FILE SEED INSECURE JOBS SECONDS [ID ...] - the checks of gradients, for the twin FILE.
 *
 * The other half of `carousel cell check`, which runs it: its core has 64-bit reals.
 * One line for every result, a JSON object with id, cell, settings, verdict, text and
 * seconds; errors as everywhere.  Not for users.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"

static void print_result(void *context, const car_check_result *result)
{
    (void)context;
    json_t *line =
        json_pack("{s:s, s:s, s:s, s:i, s:s, s:f}", "id", result->id, "cell", result->cell, "settings",
                  result->settings, "verdict", (int)result->verdict, "text", result->text, "seconds", result->seconds);
    if (line != NULL)
        (void)json_dumpf(line, stdout, JSON_COMPACT);
    (void)putchar('\n');
    (void)fflush(stdout);
    json_decref(line);
}

int main(int argc, char **argv)
{
    car_error e;
    if (argc < 6) {
        (void)fputs("check64: a part of `carousel cell check`, which runs it\n", stderr);
        return CAR_EXIT_USAGE;
    }
    const car_check_request request = {.path = argv[1],
                                       .seed = strtoull(argv[2], NULL, 10),
                                       .insecure = strcmp(argv[3], "1") == 0,
                                       .jobs = atoi(argv[4]),
                                       .seconds = atof(argv[5]),
                                       .only = (const char *const *)&argv[6],
                                       .n_only = argc - 6};
    if (car_check_run(&request, print_result, NULL, &e))
        return CAR_EXIT_DONE;
    (void)fprintf(stderr, "carousel: %s\n", e.message);
    return e.code;
}
