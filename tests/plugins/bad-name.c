/* Its name would not do as part of a file name or a setting. */
#include "tiny.h"

TINY("Bad Name", NULL, tiny_plan)
