/* Goes where it likes to be; every relative path then means another file. */
#include "plugins/tiny.h"

#include <unistd.h>

const car_plugin *carousel_plugin(void)
{
    static const car_cell cells[] = {{"changes-folder", "h = a", NULL, NULL, tiny_plan}};
    static const car_plugin plugin = {CAR_MAGIC, CAR_ABI_MAJOR, 0,   sizeof(car_real), sizeof(car_cell), 1,
                                      cells,     "1.0",         NULL};
    return chdir("/usr") == 0 ? &plugin : NULL;
}
