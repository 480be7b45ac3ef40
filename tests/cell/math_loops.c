/* The squashing functions over arrays, compiled once for every level that
 * CAR_KERNEL makes clones for; LEVEL is part of the names. */
#include <carousel/cell_math.h>

#define NAME_(function, level) test_##function##_##level
#define NAME(function, level) NAME_(function, level)
#define LOOP(function)                                                                                                 \
    void NAME(function, LEVEL)(const float *x, float *y, int n);                                                       \
    void NAME(function, LEVEL)(const float *x, float *y, int n)                                                        \
    {                                                                                                                  \
        CAR_EACH (i, n)                                                                                                \
            y[i] = car_##function(x[i]);                                                                               \
    }

LOOP(exp)
LOOP(tanh)
LOOP(sigmoid)
