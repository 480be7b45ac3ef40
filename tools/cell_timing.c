#include "tools/cell_timing.h"

#include "base/clock.h"
#include "base/memory.h"
#include "math/random.h"
#include "tools/cell_jobs.h"

static void draw(car_panel panel, int rows, int width, const char *name)
{
    car_stream stream = car_stream_named(1, name);
    for (int b = 0; b < rows; b++)
        for (int j = 0; j < width; j++)
            car_row(panel, b)[j] = (car_real)car_random_uniform(stream, (uint64_t)b, (uint64_t)j) - (car_real)0.5;
}

bool car_cell_timer_init(car_cell_timer *timer, car_cells *cells, const char *spec, const car_cell_shape *shape,
                         car_error *e)
{
    car_cell_plan *plan = car_cell_spec_plan(cells, spec, shape->input, shape->hidden, &timer->loaded, e);
    if (plan == NULL)
        return false;
    timer->parameters = car_parameters_new();
    car_layer_init(&timer->layer, plan, &(car_layer_options){0}, timer->parameters, "cell");
    car_parameters_allocate(timer->parameters, CAR_TO_LEARN);
    car_layer_start(&timer->layer, timer->parameters, 1, false);
    car_parameters_pack(timer->parameters);
    car_arena_init(&timer->data);
    car_arena_init(&timer->run);
    int *lengths = car_alloc(shape->rows, sizeof *lengths);
    for (int i = 0; i < shape->rows; i++)
        lengths[i] = shape->steps;
    timer->steps = car_steps_take(&timer->data, lengths, shape->rows);
    car_free(lengths);
    timer->x = car_panel_take(&timer->data, timer->steps.total, plan->input);
    timer->d_output = car_panel_take(&timer->data, timer->steps.total, plan->output);
    draw(timer->x, timer->steps.total, plan->input, "x");
    draw(timer->d_output, timer->steps.total, plan->output, "d_output");
    return true;
}

void car_cell_timer_clear(car_cell_timer *timer)
{
    if (timer->parameters == NULL)
        return;
    car_arena_clear(&timer->run);
    car_arena_clear(&timer->data);
    car_layer_clear(&timer->layer);
    car_parameters_free(timer->parameters);
}

void car_cell_timer_run(car_cell_timer *timer)
{
    car_arena_reset(&timer->run);
    double start = car_clock_of_thread();
    car_tape tape = car_tape_take(&timer->run, &timer->layer, timer->steps, timer->x, NULL);
    car_layer_forward(&tape, NULL);
    double between = car_clock_of_thread();
    car_dues dues = {.arena = &timer->run};
    const car_dues *list = &dues;
    car_layer_backward(&tape, &timer->run, timer->d_output, NULL, &dues);
    car_dues_settle(&list, 1, NULL, 0, &timer->run);
    double end = car_clock_of_thread();
    timer->seconds[CAR_CELL_FORWARD] = between - start;
    timer->seconds[CAR_CELL_BACKWARD] = end - between;
    timer->seconds[CAR_CELL_BOTH] = end - start;
}

double car_cell_timer_operations(const car_cell_timer *timer, car_cell_part part)
{
    static const int products[CAR_CELL_PARTS] = {1, 2, 3};
    return 2.0 * products[part] * (double)car_cell_plan_products(timer->layer.plan) * timer->steps.total;
}
