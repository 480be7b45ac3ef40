/* Its descriptors are longer than the ABI it names knows. */
#include "tiny.h"

const car_plugin *carousel_plugin(void)
{
    static const struct {
        car_cell cell;
        void *more;
    } cell = {{"other-cell-size", "h = a", NULL, NULL, tiny_plan}, NULL};
    static const car_plugin plugin = {CAR_MAGIC,  CAR_ABI_MAJOR, 0,   sizeof(car_real), sizeof cell, 1,
                                      &cell.cell, "1.0",         NULL};
    return &plugin;
}
