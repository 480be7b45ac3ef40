// Sums, products and squashing of rows against plain loops in double, at every
// length around the widths of registers; the softmax loss against its definition
// and against differences.
#include "math/vector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "support/random.hpp"

namespace
{

using support::Random;
using Vector = std::vector<car_real>;

const bool wide = sizeof(car_real) == 8;
const double tolerance = wide ? 1e-13 : 2e-5;

Vector random_vector(int n, uint64_t seed, double size = 1)
{
    Random random(seed);
    Vector v(static_cast<size_t>(n));
    for (car_real &x : v)
        x = car_real(random.uniform(-size, size));
    return v;
}

const int lengths[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 130, 1000};

// The order the header lays down: 64 bytes of partial sums, then halves to halves.
car_real sum_in_order(const Vector &terms)
{
    const size_t lanes = 64 / sizeof(car_real);
    Vector part(lanes, 0);
    for (size_t i = 0; i < terms.size(); i++)
        part[i % lanes] += terms[i];
    for (size_t width = lanes / 2; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++)
            part[i] += part[i + width];
    return part[0];
}

TEST(Vector, SumDotLargest)
{
    for (int n : lengths) {
        SCOPED_TRACE(n);
        const Vector a = random_vector(n, 1), b = random_vector(n, 2);
        double sum = 0, dot = 0;
        for (size_t i = 0; i < a.size(); i++) {
            sum += double(a[i]);
            dot += double(a[i]) * double(b[i]);
        }
        EXPECT_NEAR(double(car_sum(n, a.data())), sum, tolerance);
        EXPECT_EQ(car_sum(n, a.data()), sum_in_order(a));
        EXPECT_NEAR(double(car_dot(n, a.data(), b.data())), dot, tolerance);
        EXPECT_EQ(car_largest(n, a.data()), *std::max_element(a.begin(), a.end()));
    }
}

// The largest at every place, so that none is left out.
TEST(Vector, LargestAtEveryPlace)
{
    for (int n : lengths)
        for (int place = 0; place < n; place++) {
            Vector a(static_cast<size_t>(n), -2);
            a[static_cast<size_t>(place)] = -1;
            ASSERT_EQ(car_largest(n, a.data()), -1) << n << ", " << place;
        }
}

// A function of rows in place, element by element, and nothing behind the row.
void expect_elementwise(const std::function<void(int, const car_real *, car_real *)> &function,
                        const std::function<double(double, double)> &definition)
{
    for (int n : lengths) {
        SCOPED_TRACE(n);
        const Vector x = random_vector(n + 3, 3, 3), y = random_vector(n + 3, 4, 3);
        Vector out = y;
        function(n, x.data(), out.data());
        for (size_t i = 0; i < y.size(); i++)
            if (i < static_cast<size_t>(n)) {
                EXPECT_NEAR(double(out[i]), definition(double(x[i]), double(y[i])), wide ? 1e-14 : 3e-6);
            } else {
                EXPECT_EQ(out[i], y[i]);
            }
    }
}

TEST(Vector, ElementByElement)
{
    using In = const car_real *;
    expect_elementwise([](int n, In x, car_real *y) { car_add_scaled(n, car_real(0.5), x, y); },
                       [](double x, double y) { return y + 0.5 * x; });
    expect_elementwise([](int n, In x, car_real *y) { car_add(n, x, y); }, [](double x, double y) { return x + y; });
    expect_elementwise([](int n, In x, car_real *y) { car_multiply(n, x, y); },
                       [](double x, double y) { return x * y; });
    expect_elementwise([](int n, In, car_real *y) { car_scale(n, car_real(0.25), y); },
                       [](double, double y) { return y / 4; });
    expect_elementwise([](int n, In, car_real *y) { car_zero(n, y); }, [](double, double) { return 0.0; });
    expect_elementwise([](int n, In x, car_real *y) { car_copy(n, x, y); }, [](double x, double) { return x; });
    expect_elementwise([](int n, In, car_real *y) { car_tanh_row(n, y); },
                       [](double, double y) { return std::tanh(y); });
    expect_elementwise([](int n, In x, car_real *y) { car_tanh_back_row(n, x, y); },
                       [](double x, double y) { return y * (1 - x * x); });
}

TEST(Vector, AdditiveScoreAndItsGradients)
{
    for (int n : lengths) {
        SCOPED_TRACE(n);
        const Vector v = random_vector(n, 5), q = random_vector(n, 6), k = random_vector(n, 7);
        double score = 0;
        for (size_t i = 0; i < v.size(); i++)
            score += double(v[i]) * std::tanh(double(q[i]) + double(k[i]));
        EXPECT_NEAR(double(car_additive_score(n, v.data(), q.data(), k.data())), score, tolerance);

        Vector d_sum(v.size(), NAN), d_v(v.size(), 2);
        car_additive_score_back(n, car_real(0.5), v.data(), q.data(), k.data(), d_sum.data(), d_v.data());
        for (size_t i = 0; i < v.size(); i++) {
            const double y = std::tanh(double(q[i]) + double(k[i]));
            EXPECT_NEAR(double(d_sum[i]), 0.5 * double(v[i]) * (1 - y * y), tolerance);
            EXPECT_NEAR(double(d_v[i]), 2 + 0.5 * y, tolerance);
        }
    }
}

std::vector<double> softmax_of(const Vector &x)
{
    const double largest = double(*std::max_element(x.begin(), x.end()));
    std::vector<double> p;
    for (car_real v : x)
        p.push_back(std::exp(double(v) - largest));
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double &v : p)
        v /= sum;
    return p;
}

TEST(Vector, Softmax)
{
    for (int n : lengths)
        for (double size : {1.0, 30.0, 2000.0}) {
            SCOPED_TRACE(testing::Message() << n << " numbers up to " << size);
            const Vector x = random_vector(n, 8, size);
            const std::vector<double> p = softmax_of(x);
            Vector y = x;
            car_softmax(n, y.data());
            double sum = 0;
            for (size_t i = 0; i < x.size(); i++) {
                EXPECT_NEAR(double(y[i]), p[i], wide ? 1e-13 : 1e-6);
                sum += double(y[i]);
            }
            EXPECT_NEAR(sum, 1, wide ? 1e-13 : 1e-5);
        }
}

double smoothed_loss(const Vector &x, int label, double smoothing)
{
    const std::vector<double> p = softmax_of(x);
    double loss = 0;
    for (size_t v = 0; v < x.size(); v++)
        loss -= std::log(p[v]) * ((v == size_t(label) ? 1 - smoothing : 0) + smoothing / double(x.size()));
    return loss;
}

TEST(SoftmaxLoss, IsItsDefinition)
{
    for (int n : lengths)
        for (double smoothing : {0.0, 0.1, 0.9}) {
            SCOPED_TRACE(testing::Message() << n << " words, smoothing " << smoothing);
            const Vector x = random_vector(n, 9, 4);
            const std::vector<double> p = softmax_of(x);
            const int label = n / 2;
            Vector d = x;
            const double scale = 0.125;
            car_row_loss loss = car_softmax_loss(n, d.data(), label, smoothing, car_real(scale));
            EXPECT_NEAR(loss.loss, smoothed_loss(x, label, smoothing), wide ? 1e-12 : 1e-5);
            EXPECT_NEAR(loss.cross_entropy, -std::log(p[size_t(label)]), wide ? 1e-12 : 1e-5);
            EXPECT_EQ(loss.correct, x[size_t(label)] == *std::max_element(x.begin(), x.end()));
            for (size_t v = 0; v < x.size(); v++) {
                const double target = (v == size_t(label) ? 1 - smoothing : 0) + smoothing / n;
                EXPECT_NEAR(double(d[v]), scale * (p[v] - target), wide ? 1e-14 : 1e-7) << v;
            }
        }
}

TEST(SoftmaxLoss, StaysFiniteForLargeLogits)
{
    Vector x = {1000, -1000, 0, 500};
    car_row_loss loss = car_softmax_loss(4, x.data(), 1, 0.1, 1);
    EXPECT_NEAR(loss.cross_entropy, 2000, 1e-3);
    EXPECT_EQ(loss.correct, 0);
    EXPECT_NEAR(double(x[0]), 1 - 0.025, 1e-6);
    EXPECT_NEAR(double(x[1]), -0.9 - 0.025, 1e-6);
}

TEST(Panel, OperationsKeepToTheirRowsAndColumns)
{
    const int rows = 3, width = 5;
    Vector in = random_vector(4 * 9, 10), memory = random_vector(4 * 8, 11);
    const car_panel x = {in.data(), 9};
    const Vector before = memory;
    using Definition = std::function<double(double, double)>;
    auto expect = [&](const std::function<void(car_panel)> &operation, const Definition &definition) {
        memory = before;
        operation({memory.data(), 8});
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 8; j++) {
                const size_t at = size_t(i * 8 + j);
                if (i < rows && j < width)
                    EXPECT_NEAR(double(memory[at]), definition(double(in[size_t(i * 9 + j)]), double(before[at])),
                                1e-6);
                else
                    EXPECT_EQ(memory[at], before[at]) << i << ", " << j;
            }
    };
    expect([&](car_panel y) { car_panel_zero(y, rows, width); }, [](double, double) { return 0.0; });
    expect([&](car_panel y) { car_panel_copy(x, y, rows, width); }, [](double a, double) { return a; });
    expect([&](car_panel y) { car_panel_add(x, y, rows, width); }, [](double a, double b) { return a + b; });
    expect([&](car_panel y) { car_panel_multiply(x, y, rows, width); }, [](double a, double b) { return a * b; });

    const Vector row = random_vector(width, 12);
    memory = before;
    car_panel_fill(row.data(), {memory.data(), 8}, rows, width);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 8; j++)
            EXPECT_EQ(memory[size_t(i * 8 + j)], i < rows && j < width ? row[size_t(j)] : before[size_t(i * 8 + j)]);

    Vector sum = row; // row by row: one addition after the other
    car_panel_sum(x, sum.data(), rows, width);
    for (int j = 0; j < width; j++) {
        car_real expected = row[size_t(j)];
        for (int i = 0; i < rows; i++)
            expected += in[size_t(i * 9 + j)];
        EXPECT_EQ(sum[size_t(j)], expected);
    }
}

} // namespace
