#include "math/norm.h"

#include <math.h>

#include "math/vector.h"

void car_norm_rows(int rows, int width, car_panel x, const car_real *gain, car_panel inverse, car_panel y)
{
    for (int i = 0; i < rows; i++) {
        car_real *hat = car_row(x, i), *out = car_row(y, i);
        car_real mean = car_sum(width, hat) / (car_real)width;
        for (int j = 0; j < width; j++)
            hat[j] -= mean;
        car_real factor = (car_real)(1 / sqrt((double)(car_dot(width, hat, hat) / (car_real)width) + 1e-5));
        for (int j = 0; j < width; j++) {
            hat[j] *= factor;
            out[j] += gain[j] * hat[j];
        }
        *car_row(inverse, i) = factor;
    }
}

void car_norm_back_rows(int rows, int width, car_panel d_y, const car_real *gain, car_panel hat, car_panel inverse,
                        car_panel d_x)
{
    for (int i = 0; i < rows; i++) {
        const car_real *d = car_row(d_y, i);
        car_real *h = car_row(hat, i), *e = car_row(d_x, i), factor = *car_row(inverse, i);
        for (int j = 0; j < width; j++)
            e[j] = gain[j] * d[j];
        car_real mean = car_sum(width, e) / (car_real)width, along = car_dot(width, e, h) / (car_real)width;
        for (int j = 0; j < width; j++) {
            e[j] = factor * (e[j] - mean - h[j] * along);
            h[j] *= d[j];
        }
    }
}
