#include "model/dropout.h"

#include "math/vector.h"

car_panel car_dropout_take(const car_dropout *dropout, car_arena *arena, const char *site, int rows, int width)
{
    car_panel mask = {NULL, 0};
    if (dropout->rate <= 0)
        return mask;
    mask = car_panel_take(arena, rows, width);
    car_dropout_mask(car_stream_named(dropout->seed, site), dropout->update, (uint64_t)dropout->shard << 40,
                     rows * mask.stride, dropout->rate, mask.at);
    return mask;
}

void car_dropout_apply(car_panel mask, car_panel x, int first, int n, int width)
{
    if (mask.at != NULL)
        car_panel_multiply(car_panel_from_row(mask, first), car_panel_from_row(x, first), n, width);
}
