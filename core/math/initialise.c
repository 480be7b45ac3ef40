#include "math/initialise.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "carousel/cell_math.h"

/* Partial sums of a dot product: they are what lets it be computed in vectors. */
enum { LANES = 16 };

/* v <- v - (q . v) q, both [LANES groups]. */
CAR_INLINE void remove_component(const double *q, double *v, ptrdiff_t groups)
{
    double sum[LANES] = {0};
    for (ptrdiff_t i = 0; i < groups * LANES; i += LANES)
        for (int l = 0; l < LANES; l++)
            sum[l] += q[i + l] * v[i + l];
    double dot = 0;
    for (int l = 0; l < LANES; l++)
        dot += sum[l];
    for (ptrdiff_t i = 0; i < groups * LANES; i++)
        v[i] -= dot * q[i];
}

/* Makes `count` vectors of LANES `groups` doubles orthonormal, by Gram and
 * Schmidt with every component removed twice, which leaves errors of the order
 * of rounding (Giraud, Langou and Rozloznik, 2005).  Vectors are done PANEL at a
 * time, so that the finished ones are read from memory once for a panel. */
CAR_KERNEL
static void orthonormalise(double *vectors, ptrdiff_t count, ptrdiff_t groups)
{
    enum { PANEL = 16 };
    ptrdiff_t length = groups * LANES;
    for (ptrdiff_t start = 0; start < count; start += PANEL) {
        ptrdiff_t end = start + PANEL < count ? start + PANEL : count;
        for (int pass = 0; pass < 2; pass++)
            for (ptrdiff_t j = 0; j < start; j++)
                for (ptrdiff_t i = start; i < end; i++)
                    remove_component(vectors + j * length, vectors + i * length, groups);
        for (ptrdiff_t i = start; i < end; i++) {
            double *v = vectors + i * length, square = 0;
            for (int pass = 0; pass < 2; pass++)
                for (ptrdiff_t j = start; j < i; j++)
                    remove_component(vectors + j * length, v, groups);
            for (ptrdiff_t c = 0; c < length; c++)
                square += v[c] * v[c];
            for (ptrdiff_t c = 0; c < length; c++)
                v[c] /= sqrt(square);
        }
    }
}

/* Orthonormalised normal vectors are spread evenly over all orthonormal sets. */
static void orthogonal(car_panel matrix, int rows, int columns, double scale, car_stream stream)
{
    ptrdiff_t count = rows < columns ? rows : columns, length = rows < columns ? columns : rows;
    ptrdiff_t groups = (length + LANES - 1) / LANES;
    double *vectors = car_alloc(count * groups * LANES, sizeof(double));
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t c = 0; c < length; c++)
            vectors[i * groups * LANES + c] = car_random_normal(stream, 0, (uint64_t)(i * length + c));
    orthonormalise(vectors, count, groups);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            ptrdiff_t at = rows < columns ? i * groups * LANES + j : j * groups * LANES + i;
            car_row(matrix, i)[j] = (car_real)(scale * vectors[at]);
        }
    car_free(vectors);
}

static double element(int i, int j, int rows, int columns, int pattern, double scale, car_stream stream)
{
    uint64_t index = (uint64_t)i * (uint64_t)columns + (uint64_t)j;
    switch (pattern) {
    case CAR_INIT_CONSTANT:
        return scale;
    case CAR_INIT_UNIFORM:
        return scale * (2 * car_random_uniform(stream, 0, index) - 1);
    case CAR_INIT_GLOROT:
        return scale * sqrt(6.0 / ((double)rows + columns)) * (2 * car_random_uniform(stream, 0, index) - 1);
    case CAR_INIT_IDENTITY:
        return i == j ? scale : 0;
    default:
        CAR_REQUIRE(pattern == CAR_INIT_HE);
        return scale * sqrt(2.0 / rows) * car_random_normal(stream, 0, index);
    }
}

void car_initialise(car_panel matrix, int rows, int columns, int pattern, double scale, car_stream stream)
{
    CAR_REQUIRE(rows >= 1 && columns >= 1 && matrix.stride >= columns);
    if (pattern == CAR_INIT_ORTHOGONAL) {
        orthogonal(matrix, rows, columns, scale, stream);
        return;
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            car_row(matrix, i)[j] = (car_real)element(i, j, rows, columns, pattern, scale, stream);
}
