#include "math/vector.h"

#include <math.h>
#include <string.h>

#include "carousel/cell_math.h"

/* Partial sums of a reduction: as many as a 512-bit register holds, on every
 * processor, so that the order of summation is the same everywhere. */
enum { LANES = 64 / (int)sizeof(car_real) };
typedef car_real lanes __attribute__((vector_size(64)));
typedef car_real lanes_in_memory __attribute__((vector_size(64), aligned(sizeof(car_real)), may_alias));

/* (0 + 8) + (4 + 12) + ... : halves added to halves */
CAR_INLINE car_real add_lanes(const lanes *sums)
{
    car_real part[LANES];
    memcpy(part, sums, sizeof part);
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            part[i] += part[i + width];
    return part[0];
}

/* The last n < LANES numbers, zeros behind them. */
CAR_INLINE void take_tail(int n, const car_real *a, lanes *tail)
{
    car_real part[LANES] = {0};
    for (int i = 0; i < n; i++)
        part[i] = a[i];
    memcpy(tail, part, sizeof part);
}

CAR_KERNEL car_real car_dot(int n, const car_real *a, const car_real *b)
{
    lanes sums = {0}, x, y;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        sums += *(const lanes_in_memory *)(a + i) * *(const lanes_in_memory *)(b + i);
    if (i < n) {
        take_tail(n - i, a + i, &x);
        take_tail(n - i, b + i, &y);
        sums += x * y;
    }
    return add_lanes(&sums);
}

CAR_KERNEL car_real car_sum(int n, const car_real *a)
{
    lanes sums = {0}, x;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        sums += *(const lanes_in_memory *)(a + i);
    if (i < n) {
        take_tail(n - i, a + i, &x);
        sums += x;
    }
    return add_lanes(&sums);
}

CAR_KERNEL car_real car_largest(int n, const car_real *a)
{
    car_real most[LANES], largest;
    for (int i = 0; i < LANES; i++)
        most[i] = a[i < n ? i : 0];
    for (int i = LANES; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            most[j] = a[i + j] > most[j] ? a[i + j] : most[j];
    for (int i = n / LANES * LANES; i < n; i++)
        most[0] = a[i] > most[0] ? a[i] : most[0];
    largest = most[0];
    for (int i = 1; i < LANES; i++)
        largest = most[i] > largest ? most[i] : largest;
    return largest;
}

CAR_KERNEL void car_add_scaled(int n, car_real factor, const car_real *x, car_real *y)
{
    CAR_EACH(j, n)
        y[j] += factor * x[j];
}

CAR_KERNEL void car_add(int n, const car_real *x, car_real *y)
{
    CAR_EACH(j, n)
        y[j] += x[j];
}

CAR_KERNEL void car_multiply(int n, const car_real *x, car_real *y)
{
    CAR_EACH(j, n)
        y[j] *= x[j];
}

CAR_KERNEL void car_scale(int n, car_real factor, car_real *y)
{
    CAR_EACH(j, n)
        y[j] *= factor;
}

void car_zero(int n, car_real *y) { memset(y, 0, (size_t)n * sizeof *y); }

void car_copy(int n, const car_real *x, car_real *y) { memcpy(y, x, (size_t)n * sizeof *y); }

CAR_KERNEL void car_tanh_row(int n, car_real *y)
{
    CAR_EACH(j, n)
        y[j] = car_tanh(y[j]);
}

CAR_KERNEL void car_tanh_back_row(int n, const car_real *y, car_real *d)
{
    CAR_EACH(j, n)
        d[j] *= car_d_tanh(y[j]);
}

CAR_KERNEL car_real car_additive_score(int n, const car_real *v, const car_real *q, const car_real *k)
{
    car_real y[LANES];
    lanes sums = {0}, part;
    for (int i = 0; i < n; i += LANES) {
        int live = n - i < LANES ? n - i : LANES;
        for (int j = 0; j < LANES; j++)
            y[j] = 0;
        CAR_EACH(j, live)
            y[j] = v[i + j] * car_tanh(q[i + j] + k[i + j]);
        memcpy(&part, y, sizeof part);
        sums += part;
    }
    return add_lanes(&sums);
}

CAR_KERNEL void car_additive_score_back(int n, car_real d, const car_real *v, const car_real *q, const car_real *k,
                                        car_real *d_sum, car_real *d_v)
{
    CAR_EACH(j, n) {
        car_real y = car_tanh(q[j] + k[j]);
        d_sum[j] = d * v[j] * car_d_tanh(y);
        d_v[j] += d * y;
    }
}

CAR_KERNEL static void exp_of_difference(int n, car_real largest, car_real *x)
{
    CAR_EACH(j, n)
        x[j] = car_exp(x[j] - largest);
}

void car_softmax(int n, car_real *x)
{
    exp_of_difference(n, car_largest(n, x), x);
    car_scale(n, 1 / car_sum(n, x), x);
}

CAR_KERNEL static void gradient_of_softmax(int n, car_real factor, car_real spread, car_real *x)
{
    CAR_EACH(j, n)
        x[j] = x[j] * factor - spread;
}

car_row_loss car_softmax_loss(int n, car_real *x, int label, double smoothing, car_real scale)
{
    car_real largest = car_largest(n, x), at_label = x[label];
    double mean = smoothing > 0 ? (double)car_sum(n, x) / n : 0;
    exp_of_difference(n, largest, x);
    car_real sum = car_sum(n, x);
    double log_sum = (double)largest + log((double)sum);

    car_row_loss loss;
    loss.cross_entropy = log_sum - (double)at_label;
    loss.loss = log_sum - (1 - smoothing) * (double)at_label - smoothing * mean;
    loss.correct = at_label >= largest;

    gradient_of_softmax(n, scale / sum, scale * (car_real)(smoothing / n), x);
    x[label] -= scale * (car_real)(1 - smoothing);
    return loss;
}

car_row_loss car_squared_loss(int n, car_real *x, const car_real *wanted, car_real scale)
{
    double sum = 0;
    for (int j = 0; j < n; j++) {
        car_real off = x[j] - wanted[j];
        sum += (double)off * (double)off;
        x[j] = scale * 2 / (car_real)n * off;
    }
    return (car_row_loss){sum / n, sum / n, 0};
}

void car_panel_zero(car_panel y, int rows, int width)
{
    for (int b = 0; b < rows; b++)
        car_zero(width, car_row(y, b));
}

void car_panel_copy(car_panel x, car_panel y, int rows, int width)
{
    for (int b = 0; b < rows; b++)
        car_copy(width, car_row(x, b), car_row(y, b));
}

void car_panel_add(car_panel x, car_panel y, int rows, int width)
{
    for (int b = 0; b < rows; b++)
        car_add(width, car_row(x, b), car_row(y, b));
}

void car_panel_multiply(car_panel x, car_panel y, int rows, int width)
{
    for (int b = 0; b < rows; b++)
        car_multiply(width, car_row(x, b), car_row(y, b));
}

void car_panel_fill(const car_real *row, car_panel y, int rows, int width)
{
    for (int b = 0; b < rows; b++)
        car_copy(width, row, car_row(y, b));
}

/* sum += a, then b, then c, then d */
CAR_KERNEL static void add_four(int n, const car_real *a, const car_real *b, const car_real *c, const car_real *d,
                                car_real *sum)
{
    CAR_EACH(j, n)
        sum[j] = sum[j] + a[j] + b[j] + c[j] + d[j];
}

void car_panel_sum(car_panel x, car_real *sum, int rows, int width)
{
    int b = 0;
    for (; b + 4 <= rows; b += 4)
        add_four(width, car_row(x, b), car_row(x, b + 1), car_row(x, b + 2), car_row(x, b + 3), sum);
    for (; b < rows; b++)
        car_add(width, car_row(x, b), sum);
}
