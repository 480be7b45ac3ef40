#include "check/layer_bench.h"

#include <stdio.h>
#include <string.h>

#include "math/vector.h"

void car_layer_bench_draw(const car_layer_bench *bench, const char *name, car_panel panel, int rows, int width)
{
    car_stream stream = car_case_stream(bench->c, name);
    for (int b = 0; b < rows; b++)
        for (int j = 0; j < width; j++)
            car_row(panel, b)[j] = (car_real)(2 * car_random_uniform(stream, (uint64_t)b, (uint64_t)j) - 1);
}

static void draw_parameters(car_layer_bench *bench)
{
    car_layer_start(&bench->layer, bench->parameters, bench->c->seed, false);
    for (ptrdiff_t i = 0; i < bench->parameters->n_tensors; i++) {
        const car_parameter *tensor = &bench->parameters->tensor[i];
        car_stream stream = car_case_stream(bench->c, tensor->name);
        for (int r = 0; r < tensor->block->rows; r++)
            for (int k = 0; k < tensor->columns; k++)
                tensor->block->value[r * tensor->block->stride + tensor->column + k] +=
                    (car_real)(0.6 * car_random_uniform(stream, (uint64_t)r + 1, (uint64_t)k) - 0.3);
    }
    car_parameters_pack(bench->parameters);
}

car_layer_bench *car_layer_bench_new(car_case *c, int input, int hidden, const int *lengths, int batch)
{
    car_cell_plan *plan = car_case_plan(c, input, hidden);
    if (plan == NULL)
        return NULL;
    const car_layer_options options = {0};
    car_layer_bench *bench = car_alloc(1, sizeof *bench);
    bench->c = c;
    bench->plan = plan;
    bench->lengths = lengths;
    car_arena_init(&bench->arena);
    car_arena_init(&bench->scratch);
    bench->arena.poison = bench->scratch.poison = true;
    bench->parameters = car_parameters_new();
    car_layer_init(&bench->layer, plan, &options, bench->parameters, "cell");
    car_parameters_allocate(bench->parameters, CAR_TO_LEARN);
    bench->steps = car_steps_take(&bench->arena, lengths, batch);
    bench->x = car_panel_take(&bench->arena, bench->steps.total, input);
    bench->d_output = car_panel_take(&bench->arena, bench->steps.total, plan->output);
    draw_parameters(bench);
    car_layer_bench_draw(bench, "x", bench->x, bench->steps.total, input);
    car_layer_bench_draw(bench, "d_output", bench->d_output, bench->steps.total, plan->output);
    for (int k = 0; k < plan->n_states; k++) {
        char name[32];
        int width = plan->state[k].width;
        bench->initial[k] = car_panel_take(&bench->arena, batch, width);
        bench->d_final[k] = car_panel_take(&bench->arena, batch, width);
        (void)snprintf(name, sizeof name, "initial %d", k);
        car_layer_bench_draw(bench, name, bench->initial[k], batch, width);
        (void)snprintf(name, sizeof name, "d_final %d", k);
        car_layer_bench_draw(bench, name, bench->d_final[k], batch, width);
    }
    car_case_doing(c, "a sequence (input %d, width %d, %d rows, %d steps)", input, hidden, batch, bench->steps.steps);
    return bench;
}

void car_layer_bench_free(car_layer_bench *bench)
{
    if (bench == NULL)
        return;
    car_layer_clear(&bench->layer);
    car_parameters_free(bench->parameters);
    car_arena_clear(&bench->arena);
    car_arena_clear(&bench->scratch);
    car_free(bench);
}

car_tape car_layer_bench_forward(car_layer_bench *bench, car_arena *memory)
{
    car_tape tape = car_tape_take(memory, &bench->layer, bench->steps, bench->x, NULL);
    car_layer_forward(&tape, bench->initial);
    return tape;
}

void car_layer_bench_backward(car_layer_bench *bench, car_tape *tape, car_arena *memory)
{
    car_dues dues = {.arena = memory};
    const car_dues *list = &dues;
    car_layer_backward(tape, memory, bench->d_output, bench->d_final, &dues);
    car_dues_settle(&list, 1, NULL, 0, memory);
}

double car_panel_inner(car_panel a, car_panel b, int rows, int width)
{
    double sum = 0;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < width; j++)
            sum += (double)car_row(a, i)[j] * (double)car_row(b, i)[j];
    return sum;
}

double car_layer_bench_loss(const car_layer_bench *bench, const car_tape *tape, car_arena *memory)
{
    const car_cell_plan *plan = bench->plan;
    car_panel final[CAR_MAX_STATES];
    double sum = car_panel_inner(tape->next[0], bench->d_output, bench->steps.total, plan->output);
    for (int k = 0; k < plan->n_states; k++)
        final[k] = car_panel_take(memory, bench->steps.batch, plan->state[k].width);
    car_layer_final(tape, final);
    for (int k = 0; k < plan->n_states; k++)
        sum += car_panel_inner(final[k], bench->d_final[k], bench->steps.batch, plan->state[k].width);
    return sum;
}

/* ---- step by step ------------------------------------------------------------------------------------ */

car_tape *car_layer_bench_chain(car_layer_bench *bench, car_arena *memory)
{
    const car_steps *steps = &bench->steps;
    car_tape *chain = car_arena_take(memory, steps->steps, sizeof *chain);
    const car_panel *states = bench->initial;
    for (int t = 0; t < steps->steps; t++) {
        int *ones = car_arena_take(memory, steps->rows[t], sizeof *ones);
        for (int b = 0; b < steps->rows[t]; b++)
            ones[b] = 1;
        chain[t] = car_tape_take(memory, &bench->layer, car_steps_take(memory, ones, steps->rows[t]),
                                 car_panel_from_row(bench->x, steps->first[t]), NULL);
        car_layer_forward(&chain[t], states);
        states = chain[t].next;
    }
    return chain;
}

void car_layer_bench_chain_back(car_layer_bench *bench, car_tape *chain, const car_panel *arriving, car_arena *memory)
{
    const car_cell_plan *plan = bench->plan;
    const car_steps *steps = &bench->steps;
    const car_panel nothing = {NULL, 0};
    car_dues *dues = car_arena_take(memory, steps->steps, sizeof *dues);
    const car_dues **lists = car_arena_take(memory, steps->steps, sizeof *lists);
    for (int t = steps->steps - 1; t >= 0; t--) {
        car_panel *d_final = car_arena_take(memory, plan->n_states, sizeof *d_final); /* the tape borrows it */
        int goes_on = t + 1 < steps->steps ? steps->rows[t + 1] : 0;
        for (int k = 0; k < plan->n_states; k++) {
            int width = plan->state[k].width;
            d_final[k] = car_panel_take(memory, steps->rows[t], width);
            car_panel_copy(car_panel_from_row(arriving[k], steps->first[t]), d_final[k], steps->rows[t], width);
            if (goes_on > 0)
                car_panel_add(chain[t + 1].d_state[k], d_final[k], goes_on, width);
        }
        dues[t] = (car_dues){.arena = memory};
        lists[t] = &dues[t];
        car_layer_backward(&chain[t], memory, nothing, d_final, &dues[t]);
    }
    car_dues_settle(lists, steps->steps, NULL, 0, memory);
}
