/* A plugin without a cell. */
#include <carousel/cell.h>

const car_plugin *carousel_plugin(void)
{
    static const car_plugin plugin = {CAR_MAGIC, CAR_ABI_MAJOR, 0,   sizeof(car_real), sizeof(car_cell), 0,
                                      NULL,      "1.0",         NULL};
    return &plugin;
}
