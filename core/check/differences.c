#include "check/differences.h"

#include <math.h>
#include <stddef.h>

bool car_gradients_agree(double analytic, double numeric)
{
    const double tolerance = 1e-6, least = 1e-4;
    return fabs(analytic - numeric) <= tolerance * fmax(least, fabs(analytic) + fabs(numeric));
}

/* Slopes with one step, how far rounding may have put them off, and by how much the slope
 * to the right differs from that to the left: less for a shorter step, but at a kink. */
typedef struct slopes {
    double at[CAR_MOST_LOSSES], noise[CAR_MOST_LOSSES], bend[CAR_MOST_LOSSES];
} slopes;

/* `middle` are the losses where nothing is moved; NULL: there is no need for bends. */
static void take_slopes(car_moved function, void *context, int n, double h, const double *middle, slopes *found)
{
    double near[2][CAR_MOST_LOSSES], far[2][CAR_MOST_LOSSES];
    for (int side = 0; side < 2; side++) {
        function(context, side == 0 ? -h : h, near[side]);
        function(context, side == 0 ? -2 * h : 2 * h, far[side]);
    }
    for (int s = 0; s < n; s++) {
        found->at[s] = (8 * (near[1][s] - near[0][s]) - (far[1][s] - far[0][s])) / (12 * h);
        found->noise[s] = 1e-15 * fmax(fabs(near[0][s]), fabs(near[1][s])) / h;
        found->bend[s] = middle != NULL ? fabs(near[1][s] - 2 * middle[s] + near[0][s]) / h : 0;
    }
}

/* Decides between steps, the second and third each an eighth of the one before.  False if
 * they say nothing. */
static bool settle(double analytic, const slopes by[3], int s, double *numeric)
{
    const double off = fabs(analytic - by[0].at[s]), blur = 1e-7 * fmax(1, fabs(analytic));
    const bool kink = by[2].bend[s] > 0.25 * by[1].bend[s] && by[2].bend[s] > 0.2 * off;
    *numeric = by[0].at[s];
    if (off <= by[0].noise[s]) {
        *numeric = analytic;
        return true;
    }
    if (fabs(by[0].at[s] - by[1].at[s]) <= 0.2 * off) /* the difference is none of the step's length */
        return !kink && fabs(by[1].at[s] - by[2].at[s]) <= 0.2 * off + by[2].noise[s];
    for (int k = 1; k < 3; k++)
        if (fabs(analytic - by[k].at[s]) <= fmax(blur, by[k].noise[s])) {
            *numeric = analytic; /* as near as so short a step can tell */
            return true;
        }
    *numeric = by[1].at[s];
    return !kink && fabs(by[1].at[s] - by[2].at[s]) <= 0.2 * fabs(analytic - by[1].at[s]);
}

bool car_differentiate(car_moved function, void *context, int n, const double *analytic, double *numeric)
{
    const double step = 2e-4;
    slopes by[3];
    bool agree = true, smooth = true;
    take_slopes(function, context, n, step, NULL, &by[0]);
    for (int s = 0; s < n; s++) {
        numeric[s] = by[0].at[s];
        agree = agree && car_gradients_agree(analytic[s], numeric[s]);
    }
    if (agree)
        return true;
    double middle[CAR_MOST_LOSSES];
    function(context, 0, middle);
    take_slopes(function, context, n, step / 8, middle, &by[1]);
    take_slopes(function, context, n, step / 64, middle, &by[2]);
    for (int s = 0; s < n; s++)
        if (!car_gradients_agree(analytic[s], numeric[s]) && !settle(analytic[s], by, s, &numeric[s]))
            smooth = false;
    return smooth;
}
