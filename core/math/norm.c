#include "math/norm.h"

#include <math.h>

#include "math/vector.h"

static car_real inverse_of(double variance) { return (car_real)(1 / sqrt(variance + 1e-5)); }

void car_norm_rows(int rows, int width, car_panel x, const car_real *gain, car_panel inverse, car_panel y)
{
    for (int i = 0; i < rows; i++) {
        car_real *hat = car_row(x, i), *out = car_row(y, i);
        car_real mean = car_sum(width, hat) / (car_real)width;
        for (int j = 0; j < width; j++)
            hat[j] -= mean;
        car_real factor = inverse_of((double)(car_dot(width, hat, hat) / (car_real)width));
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

enum { COLUMNS = 32 }; /* of which sums are held at a time */

static int columns_from(int first, int width) { return width - first < COLUMNS ? width - first : COLUMNS; }

void car_norm_measure(int rows, int width, car_panel x, car_real *mean, car_real *variance)
{
    for (int first = 0; first < width; first += COLUMNS) {
        int n = columns_from(first, width);
        double sum[COLUMNS] = {0}, squares[COLUMNS] = {0};
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < n; j++)
                sum[j] += (double)car_row(x, i)[first + j];
        for (int j = 0; j < n; j++)
            sum[j] /= rows;
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < n; j++) {
                double off = (double)car_row(x, i)[first + j] - sum[j];
                squares[j] += off * off;
            }
        for (int j = 0; j < n; j++) {
            mean[first + j] = (car_real)sum[j];
            variance[first + j] = (car_real)(squares[j] / rows);
        }
    }
}

void car_norm_columns(int rows, int width, car_panel x, const car_real *mean, const car_real *variance,
                      const car_real *gain, car_real *inverse, car_panel y)
{
    for (int j = 0; j < width; j++)
        inverse[j] = inverse_of((double)variance[j]);
    for (int i = 0; i < rows; i++) {
        car_real *hat = car_row(x, i), *out = car_row(y, i);
        for (int j = 0; j < width; j++) {
            hat[j] = (hat[j] - mean[j]) * inverse[j];
            out[j] += gain[j] * hat[j];
        }
    }
}

void car_norm_back_columns(int rows, int width, car_panel d_y, const car_real *gain, const car_real *inverse,
                           bool measured, car_panel hat, car_panel d_x)
{
    for (int first = 0; first < width; first += COLUMNS) {
        int n = columns_from(first, width);
        double sum[COLUMNS] = {0}, along[COLUMNS] = {0};
        car_real mean[COLUMNS], mean_along[COLUMNS], factor[COLUMNS];
        for (int i = 0; measured && i < rows; i++) {
            const car_real *d = car_row(d_y, i) + first, *h = car_row(hat, i) + first;
            for (int j = 0; j < n; j++) {
                sum[j] += (double)d[j];
                along[j] += (double)d[j] * (double)h[j];
            }
        }
        for (int j = 0; j < n; j++) {
            mean[j] = (car_real)(sum[j] / rows);
            mean_along[j] = (car_real)(along[j] / rows);
            factor[j] = gain[first + j] * inverse[first + j];
        }
        for (int i = 0; i < rows; i++) {
            const car_real *d = car_row(d_y, i) + first;
            car_real *h = car_row(hat, i) + first, *e = car_row(d_x, i) + first;
            for (int j = 0; j < n; j++) {
                e[j] = factor[j] * (d[j] - mean[j] - h[j] * mean_along[j]);
                h[j] *= d[j];
            }
        }
    }
}
