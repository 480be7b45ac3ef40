/* Its name is no address. */
#include "plugins/tiny.h"

TINY((const char *)1, NULL, tiny_plan)
