#include "check/differences.h"

#include <math.h>

bool car_gradients_agree(double analytic, double numeric)
{
    const double tolerance = 1e-6, least = 1e-4;
    return fabs(analytic - numeric) <= tolerance * fmax(least, fabs(analytic) + fabs(numeric));
}

static void take_slopes(car_moved function, void *context, int n, double h, double *slopes)
{
    double near[2][CAR_MOST_LOSSES], far[2][CAR_MOST_LOSSES];
    for (int side = 0; side < 2; side++) {
        function(context, side == 0 ? -h : h, near[side]);
        function(context, side == 0 ? -2 * h : 2 * h, far[side]);
    }
    for (int s = 0; s < n; s++)
        slopes[s] = (8 * (near[1][s] - near[0][s]) - (far[1][s] - far[0][s])) / (12 * h);
}

bool car_differentiate(car_moved function, void *context, int n, const double *analytic, double *numeric)
{
    const double step = 2e-4;
    double shorter[2][CAR_MOST_LOSSES];
    bool agree = true;
    take_slopes(function, context, n, step, numeric);
    for (int s = 0; s < n; s++)
        agree = agree && car_gradients_agree(analytic[s], numeric[s]);
    if (agree)
        return true;

    bool smooth = true;
    take_slopes(function, context, n, step / 8, shorter[0]);
    take_slopes(function, context, n, step / 64, shorter[1]);
    for (int s = 0; s < n; s++) {
        const double noise = 1e-5 * fmax(1, fabs(shorter[1][s]));
        if (fabs(shorter[0][s] - shorter[1][s]) > noise)
            smooth = false;
        else if (fabs(numeric[s] - shorter[0][s]) <= noise)
            continue; /* the longest step is the most exact */
        else if (fabs(shorter[1][s] - analytic[s]) <= noise)
            numeric[s] = analytic[s]; /* as near as so short a step can tell */
        else
            numeric[s] = shorter[1][s];
    }
    return smooth;
}
