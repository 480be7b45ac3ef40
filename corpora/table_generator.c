#include "corpora/table_generator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/text.h"
#include "math/random.h"

static const double pi = 3.14159265358979323846;

/* ---- series: what a town draws from the grid, hour by hour, and its weather --------------- */

static const char *const series_columns[] = {"load", "temperature", "sun"};

/* Morning and evening rise above the night; of weekends less, and later. */
static double habits(int hour, bool weekend)
{
    double morning = exp(-pow(hour - (weekend ? 11 : 8), 2) / 12.0), evening = exp(-pow(hour - 19, 2) / 10.0);
    return (weekend ? 60 : 110) * morning + 130 * evening;
}

static void make_series(uint64_t seed, int64_t rows, double *value)
{
    car_stream weather_stream = car_stream_named(seed, "series.weather"),
               cloud_stream = car_stream_named(seed, "series.clouds");
    car_stream noise_stream = car_stream_named(seed, "series.noise");
    double weather = 0, clouds = 0, noise = 0, felt = 10;
    for (int64_t t = 0; t < rows; t++) {
        int hour = (int)(t % 24);
        uint64_t at = (uint64_t)t;
        weather = 0.985 * weather + 0.7 * car_random_normal(weather_stream, 0, at);
        clouds = 0.95 * clouds + 0.3 * car_random_normal(cloud_stream, 0, at);
        noise = 0.6 * noise + 5 * car_random_normal(noise_stream, 0, at);
        double sun = fmax(0, sin(2 * pi * (hour - 6) / 24)) * 100 / (1 + exp(2 * clouds));
        double temperature = 10 + 4 * sin(2 * pi * (hour - 9) / 24) + weather + 0.03 * sun;
        felt = 0.8 * felt + 0.2 * temperature; /* houses cool slowly */
        double load =
            400 + 0.01 * (double)t + habits(hour, t / 24 % 7 >= 5) + 9 * fmax(0, 16 - felt) - 0.4 * sun + noise;
        double *row = value + t * 3;
        row[0] = load;
        row[1] = temperature;
        row[2] = sun;
    }
}

static const car_table_generator series_generator = {
    .name = "series",
    .summary = "what a town draws from the grid by the hour, with days, weeks, weather and a trend",
    .column = series_columns,
    .columns = 3,
    .make = make_series};

/* ---- throws: how far a stone flies, and how long ------------------------------------------- */

static const char *const throws_columns[] = {"speed", "angle", "height", "distance", "duration"};

/* Without the air's resistance, measured with some error. */
static void make_throws(uint64_t seed, int64_t rows, double *value)
{
    static const double gravity = 9.81;
    car_stream stream = car_stream_named(seed, "throws"), noise = car_stream_named(seed, "throws.noise");
    for (int64_t r = 0; r < rows; r++) {
        uint64_t at = (uint64_t)r;
        double speed = 2 + 18 * car_random_uniform(stream, 0, at), angle = 80 * car_random_uniform(stream, 1, at);
        double height = 3 * car_random_uniform(stream, 2, at), up = speed * sin(angle * pi / 180);
        double duration = (up + sqrt(up * up + 2 * gravity * height)) / gravity;
        double *row = value + r * 5;
        row[0] = speed;
        row[1] = angle;
        row[2] = height;
        row[3] = speed * cos(angle * pi / 180) * duration + 0.2 * car_random_normal(noise, 0, at);
        row[4] = duration + 0.02 * car_random_normal(noise, 1, at);
    }
}

static const car_table_generator throws_generator = {
    .name = "throws",
    .summary = "speed, angle and height of throws, and how far and how long they go: rows by themselves",
    .column = throws_columns,
    .columns = 5,
    .make = make_throws};

/* ---- all ------------------------------------------------------------------------------------ */

static const car_table_generator *const generators[] = {&series_generator, &throws_generator, NULL};

const car_table_generator *const *car_table_generators(void) { return generators; }

const car_table_generator *car_table_generator_find(const char *name)
{
    for (const car_table_generator *const *g = generators; *g != NULL; g++)
        if (strcmp((*g)->name, name) == 0)
            return *g;
    return NULL;
}

static bool write_part(const car_table_generator *g, const char *folder, const char *name, const double *value,
                       int64_t rows, car_error *e)
{
    car_string text = {0};
    for (int i = 0; i < g->columns; i++)
        car_string_format(&text, "%s%c", g->column[i], i + 1 < g->columns ? ',' : '\n');
    for (int64_t k = 0; k < rows * g->columns; k++)
        car_string_format(&text, "%.2f%c", value[k], (k + 1) % g->columns != 0 ? ',' : '\n');
    char *path = car_path_join(folder, name);
    bool good = car_file_save(path, text.at, text.length, e);
    car_free(path);
    car_string_clear(&text);
    return good;
}

bool car_table_generator_write(const car_table_generator *g, uint64_t seed, const char *folder, car_parts parts,
                               car_error *e)
{
    if (parts.train < 1 || parts.valid < 1 || parts.test < 1)
        return car_error_set(e, CAR_EXIT_USAGE,
                             "a generated table needs at least one row each for --train, --valid and --test");
    double *value = car_alloc((parts.train + parts.valid + parts.test) * g->columns, sizeof *value);
    g->make(seed, parts.train + parts.valid + parts.test, value);
    const double *valid = value + parts.train * g->columns, *test = valid + parts.valid * g->columns;
    bool good = car_folder_make(folder, e) && write_part(g, folder, "train.csv", value, parts.train, e) &&
                write_part(g, folder, "valid.csv", valid, parts.valid, e) &&
                write_part(g, folder, "test.csv", test, parts.test, e);
    car_free(value);
    return good;
}
