/* Products with the weights of a layer whose gates are four times as wide as its states. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "cell/parameters.h"
#include "tools/speeds.h"

enum { GATES = 4, SHARD = 16 };

/* As training uses the weights W [H, 4H]:
 *
 *   forward         C [M, 4H] += A [M, H] . W       each thread has M rows of its own
 *   to the feeds    A [M, H]   = C [M, 4H] . W^T    likewise
 *   to the weights  W [H, 4H]  = A^T . C            of all rows and steps, by all threads together
 */
typedef enum product_role { FORWARD, FEEDS, WEIGHTS, ROLES } product_role;
static const char *const role_names[ROLES] = {"forward", "to the feeds", "to the weights"};

typedef struct product {
    product_role role;
    int width, rows;
    car_parameters *parameters;
    car_block *weights;
    car_arena data, run;
    car_panel *a, *c; /* [threads] of [rows, width], [rows, 4 width] */
} product;

static void fill(car_panel panel, int rows, int width)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < width; j++)
            car_row(panel, i)[j] = (car_real)0.001 * (car_real)((7 * i + 3 * j) % 17 - 8);
}

static void product_init(product *p, product_role role, int width, int rows, int threads)
{
    *p = (product){.role = role, .width = width, .rows = rows, .parameters = car_parameters_new()};
    p->weights = car_parameters_add(p->parameters, width, GATES * width, CAR_TIMES);
    car_parameters_name(p->parameters, p->weights, 0, GATES * width, "w");
    car_parameters_allocate(p->parameters, CAR_TO_LEARN);
    fill((car_panel){p->weights->value, p->weights->stride}, width, GATES * width);
    car_parameters_pack(p->parameters);
    car_arena_init(&p->data);
    car_arena_init(&p->run);
    p->a = car_arena_take(&p->data, threads, sizeof *p->a);
    p->c = car_arena_take(&p->data, threads, sizeof *p->c);
    for (int thread = 0; thread < threads; thread++) {
        p->a[thread] = car_panel_take(&p->data, rows, width);
        p->c[thread] = car_panel_take(&p->data, rows, GATES * width);
        fill(p->a[thread], rows, width);
        fill(p->c[thread], rows, GATES * width);
    }
}

static void product_clear(product *p)
{
    car_arena_clear(&p->data);
    car_arena_clear(&p->run);
    car_parameters_free(p->parameters);
}

static void multiply(void *context, int thread, int64_t times)
{
    const product *p = context;
    car_panel a = p->a[thread], c = p->c[thread];
    for (int64_t i = 0; i < times; i++)
        if (p->role == FORWARD)
            car_product(p->rows, a.at, a.stride, 1, &p->weights->forward, &c, c);
        else
            car_product(p->rows, c.at, c.stride, 1, &p->weights->backward, NULL, a);
}

static void settle(void *context, int64_t times)
{
    product *p = context;
    for (int64_t i = 0; i < times; i++) {
        car_arena_reset(&p->run);
        car_dues dues = {.arena = &p->run};
        const car_dues *list = &dues;
        car_dues_product(&dues, p->weights, 0, GATES * p->width, p->a[0], p->c[0], p->rows);
        car_dues_settle(&list, 1, NULL, 0, &p->run);
    }
}

static json_t *time_product(const car_speeds *speeds, product *p, int threads)
{
    car_timing timing;
    if (p->role == WEIGHTS) {
        car_parallel_set_threads(1);
        int64_t times = car_timing_times(settle, p, car_speeds_least(speeds, threads));
        car_parallel_set_threads(threads);
        timing = car_timing_take(settle, p, times, car_speeds_clock(threads), speeds->seconds);
        car_parallel_set_threads(speeds->threads);
    } else {
        timing = car_speeds_time(speeds, threads, multiply, p);
    }
    double operations = 2.0 * p->rows * p->width * GATES * p->width * (p->role == WEIGHTS ? 1 : threads);
    return car_speeds_json(speeds, threads, &timing, operations);
}

/* Operations for each byte of A, W and C that is read or written, were each but once. */
static double intensity(const product *p)
{
    double a = (double)p->rows * p->width, c = GATES * a, w = (double)GATES * p->width * p->width;
    double numbers = a + w + (p->role == FORWARD ? 2 * c : c);
    return 2 * a * GATES * p->width / (numbers * (double)sizeof(car_real));
}

static json_t *measure(const car_speeds *speeds, product_role role, int width, int rows)
{
    product p;
    json_t *timings = json_array();
    product_init(&p, role, width, rows, role == WEIGHTS ? 1 : speeds->threads);
    (void)json_array_append_new(timings, time_product(speeds, &p, 1));
    if (speeds->threads > 1)
        (void)json_array_append_new(timings, time_product(speeds, &p, speeds->threads));
    json_t *object = json_pack("{s:s, s:i, s:i, s:f, s:o}", "role", role_names[role], "width", width, "rows", rows,
                               "operations_per_byte", intensity(&p), "timings", timings);
    product_clear(&p);
    return object;
}

json_t *car_speeds_products(const car_speeds *speeds)
{
    const car_options *options = speeds->options;
    int steps = (int)car_options_count(options, "steps"), all = (int)car_options_count(options, "rows") * steps;
    const int rows[] = {SHARD, 2 * SHARD, 4 * SHARD, SHARD * steps};
    json_t *list = json_array();
    for (product_role role = FORWARD; role < ROLES; role++)
        for (int i = 0; i < car_options_texts_count(options, "dims"); i++) {
            int width = (int)car_options_counts(options, "dims", i);
            if (role == WEIGHTS)
                (void)json_array_append_new(list, measure(speeds, role, width, all));
            else
                for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
                    (void)json_array_append_new(list, measure(speeds, role, width, rows[k]));
        }
    return list;
}

void car_speeds_print_products(const json_t *products)
{
    const json_t *timings = json_object_get(json_array_get(products, 0), "timings");
    (void)printf("%-16s%16s", "Products", "");
    for (size_t k = 0; k < json_array_size(timings); k++)
        (void)printf("%12.0f %-12s", car_speeds_number(json_array_get(timings, k), "threads"),
                     k > 0 ? "threads" : "thread");
    (void)printf("\n%-16s%8s%8s", "", "width", "rows");
    for (size_t k = 0; k < json_array_size(timings); k++)
        (void)printf("%12s%7s%6s", "GFLOP/s", "share", "+-");
    (void)puts("");
    for (size_t i = 0; i < json_array_size(products); i++) {
        const json_t *line = json_array_get(products, i);
        (void)printf("%-16s%8.0f%8.0f", json_string_value(json_object_get(line, "role")),
                     car_speeds_number(line, "width"), car_speeds_number(line, "rows"));
        timings = json_object_get(line, "timings");
        for (size_t k = 0; k < json_array_size(timings); k++)
            car_speeds_print_rate(json_array_get(timings, k));
        (void)puts("");
    }
}
