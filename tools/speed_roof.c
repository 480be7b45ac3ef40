/* The roof of a machine: arithmetic in registers, and reading from caches and memory. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "math/roof.h"
#include "tools/speeds.h"

enum { LEVELS = 4, MIB = 1 << 20 };

/* MiB that all threads read at most; and where five runs have to do. */
enum { MOST = 1024, MOST_IN_PASSING = 64 };

/* Where what is read lies: so many bytes for each thread. */
typedef struct level {
    const char *name;
    ptrdiff_t bytes;
} level;

/* What each thread reads over and over, aligned. */
typedef struct reading {
    car_real **memory; /* [threads][n] */
    ptrdiff_t n;
} reading;

/* One of the numbers or words that Linux has for a cache of the first processor. */
static bool ask(int index, const char *what, const char *format, void *value)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, what);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    bool good = fscanf(file, format, value) == 1;
#pragma GCC diagnostic pop
    (void)fclose(file);
    return good;
}

/* Bytes of the data caches of level 1, 2 and 3; 0 of one that there is not. */
static void find_caches(ptrdiff_t bytes[3])
{
    char type[16];
    int number;
    long kib;
    for (int i = 0; ask(i, "type", "%15s", type) && ask(i, "level", "%d", &number); i++)
        if (strcmp(type, "Instruction") != 0 && number >= 1 && number <= 3 && ask(i, "size", "%ldK", &kib))
            bytes[number - 1] = kib << 10;
}

/* Half of what a cache holds, so that it does stay there; of the third level, which threads
 * share, each its part; of memory four times as much as that level has. */
static int find_levels(const car_speeds *speeds, level levels[LEVELS])
{
    ptrdiff_t bytes[3] = {32 << 10, MIB, 0}; /* where nobody says */
    find_caches(bytes);
    ptrdiff_t memory = bytes[2] > 0 ? 4 * bytes[2] : 64 * bytes[1];
    int n = 0, threads = speeds->threads;
    ptrdiff_t most = (ptrdiff_t)(speeds->seconds > 0 ? MOST : MOST_IN_PASSING) * MIB / threads;
    levels[n++] = (level){"L1", bytes[0] / 2};
    levels[n++] = (level){"L2", bytes[1] / 2};
    if (bytes[2] / 2 / threads > bytes[1])
        levels[n++] = (level){"L3", bytes[2] / 2 / threads};
    levels[n++] = (level){"memory", memory / threads};
    for (int i = 0; i < n; i++)
        levels[i].bytes = levels[i].bytes < most ? levels[i].bytes : most;
    return n;
}

static void read_on(void *context, int thread, int64_t times)
{
    const reading *r = context;
    for (int64_t i = 0; i < times; i++)
        (void)car_roof_read(r->memory[thread], r->n);
}

static json_t *read_level(const car_speeds *speeds, const reading *r, int threads)
{
    car_timing timing = car_speeds_time(speeds, threads, read_on, (void *)(uintptr_t)r);
    double bytes = (double)r->n * (double)sizeof(car_real) * threads;
    json_t *object = car_speeds_json(speeds, threads, &timing, 0);
    (void)json_object_set_new(object, "bytes", json_real(bytes));
    (void)json_object_set_new(object, "gb_per_second", json_real(1e-9 * bytes / timing.median));
    return object;
}

json_t *car_speeds_roof(const car_speeds *speeds)
{
    level levels[LEVELS];
    int n = find_levels(speeds, levels);
    json_t *list = json_array();
    reading r = {.memory = car_alloc(speeds->threads, sizeof *r.memory)};
    for (int i = 0; i < n; i++) {
        json_t *timings = json_array();
        r.n = levels[i].bytes / (ptrdiff_t)sizeof(car_real) / CAR_ROOF_REALS * CAR_ROOF_REALS;
        for (int thread = 0; thread < speeds->threads; thread++) {
            r.memory[thread] = car_alloc(r.n, sizeof **r.memory);
            for (ptrdiff_t at = 0; at < r.n; at++) /* pages of its own: those of zeros may be one and the same */
                r.memory[thread][at] = 1;
        }
        (void)json_array_append_new(timings, read_level(speeds, &r, 1));
        if (speeds->threads > 1)
            (void)json_array_append_new(timings, read_level(speeds, &r, speeds->threads));
        for (int thread = 0; thread < speeds->threads; thread++)
            car_free(r.memory[thread]);
        (void)json_array_append_new(list, json_pack("{s:s, s:f, s:o}", "from", levels[i].name, "kib",
                                                    (double)levels[i].bytes / 1024, "timings", timings));
    }
    car_free(r.memory);
    return json_pack("{s:O, s:o}", "multiply_adds", speeds->multiply_adds, "reading", list);
}

static void print_line(const char *name, const json_t *timings, const char *what)
{
    (void)printf("%-40s", name);
    for (size_t k = 0; k < json_array_size(timings); k++) {
        const json_t *timing = json_array_get(timings, k);
        (void)printf("%12.1f%5.0f%%", car_speeds_number(timing, what), car_speeds_spread(timing));
    }
    (void)puts("");
}

void car_speeds_print_roof(const json_t *roof)
{
    const json_t *multiply_adds = json_object_get(roof, "multiply_adds"), *readings = json_object_get(roof, "reading");
    (void)printf("%-40s", "The roof, with its spread");
    for (size_t k = 0; k < json_array_size(multiply_adds); k++)
        (void)printf("%9.0f %-8s", car_speeds_number(json_array_get(multiply_adds, k), "threads"),
                     k > 0 ? "threads" : "thread");
    (void)puts("");
    print_line("multiply-adds, GFLOP/s", multiply_adds, "gflops");
    for (size_t i = 0; i < json_array_size(readings); i++) {
        const json_t *line = json_array_get(readings, i);
        char name[64];
        (void)snprintf(name, sizeof name, "read from %s (%.0f KiB a thread), GB/s",
                       json_string_value(json_object_get(line, "from")), car_speeds_number(line, "kib"));
        print_line(name, json_object_get(line, "timings"), "gb_per_second");
    }
}
