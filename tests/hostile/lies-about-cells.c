/* Says it has 200 cells and has one. */
#include "plugins/tiny.h"

const car_plugin *carousel_plugin(void)
{
    static const car_cell cells[] = {{"lies-about-cells", "h = a", NULL, NULL, tiny_plan}};
    static const car_plugin plugin = {CAR_MAGIC, CAR_ABI_MAJOR, 0,   sizeof(car_real), sizeof(car_cell), 200,
                                      cells,     "1.0",         NULL};
    return &plugin;
}
