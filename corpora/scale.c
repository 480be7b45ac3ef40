#include "corpora/scale.h"

#include <float.h>
#include <math.h>

double car_scale_deviation(double squares, int64_t n, double mean)
{
    double deviation = sqrt(squares / (double)n);
    return deviation > 1e-12 * fabs(mean) ? deviation : 1;
}

bool car_scale_is_valid(double mean, double deviation)
{
    return isfinite(mean) && isfinite(deviation) && deviation > 0;
}

bool car_scale_apply(double number, double mean, double deviation, float *scaled)
{
    double wide = (number - mean) / deviation;
    if (fabs(wide) > FLT_MAX)
        return false;
    *scaled = (float)wide;
    return true;
}
