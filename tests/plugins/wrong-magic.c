/* Some other program's plugin that happens to export the same symbol. */
#include "tiny.h"

#undef CAR_MAGIC
#define CAR_MAGIC 0x21222324u
TINY("wrong-magic", NULL, tiny_plan)
