#include "cell/dropout.h"

#include "math/vector.h"

static car_panel draw(const car_dropout *dropout, double rate, car_arena *arena, const char *site, int rows, int width)
{
    car_panel mask = car_panel_take(arena, rows, width);
    car_dropout_mask(car_stream_named(dropout->seed, site), dropout->update, (uint64_t)dropout->shard << 40,
                     rows * mask.stride, rate, mask.at);
    return mask;
}

car_panel car_dropout_take_inputs(const car_dropout *dropout, car_arena *arena, const char *site, int rows, int width)
{
    if (dropout == NULL || dropout->inputs <= 0)
        return (car_panel){NULL, 0};
    return draw(dropout, dropout->inputs, arena, site, rows, width);
}

car_panel car_dropout_take_states(const car_dropout *dropout, car_arena *arena, const char *site, int rows, int width)
{
    if (dropout == NULL || dropout->states <= 0)
        return (car_panel){NULL, 0};
    return draw(dropout, dropout->states, arena, site, rows, width);
}

void car_dropout_apply(car_panel mask, car_panel x, int first, int n, int width)
{
    if (mask.at != NULL)
        car_panel_multiply(car_panel_from_row(mask, first), car_panel_from_row(x, first), n, width);
}

car_panel car_zoneout_take(const car_dropout *dropout, double rate, car_arena *arena, const char *site, int rows,
                           int width)
{
    if (rate <= 0)
        return (car_panel){NULL, 0};
    car_panel keep =
        dropout != NULL ? draw(dropout, rate, arena, site, rows, width) : car_panel_take(arena, rows, width);
    for (int i = 0; i < rows; i++) {
        car_real *row = car_row(keep, i);
        for (int j = 0; j < width; j++)
            row[j] = dropout == NULL ? (car_real)rate : row[j] == 0;
    }
    return keep;
}
