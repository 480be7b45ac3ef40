// The patterns of first values: ranges and variances, orthonormality, and that
// the stride plays no part.
#include "math/initialise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

namespace
{

const car_real untouched = car_real(-12345);

// A matrix with a stride of its own; what is beyond the columns must survive.
struct Matrix {
    int rows, columns;
    ptrdiff_t stride;
    std::vector<car_real> memory;

    Matrix(int n_rows, int n_columns, int pattern, double scale, uint64_t seed = 1, int padding = 0)
        : rows(n_rows), columns(n_columns), stride(n_columns + padding),
          memory(static_cast<size_t>(n_rows * stride), untouched)
    {
        car_initialise(car_panel{memory.data(), stride}, rows, columns, pattern, scale,
                       car_stream_named(seed, "matrix"));
    }
    double at(int i, int j) const { return double(memory[static_cast<size_t>(i * stride + j)]); }
    std::vector<double> values() const
    {
        std::vector<double> all;
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                all.push_back(at(i, j));
        return all;
    }
};

double variance(const std::vector<double> &values)
{
    double sum = 0, square = 0, n = static_cast<double>(values.size());
    for (double v : values) {
        sum += v;
        square += v * v;
    }
    return square / n - sum / n * (sum / n);
}

TEST(Initialise, ConstantAndIdentity)
{
    for (double v : Matrix(3, 4, CAR_INIT_CONSTANT, 2.5).values())
        EXPECT_EQ(v, 2.5);
    for (auto [rows, columns] : {std::pair(3, 3), std::pair(2, 4), std::pair(4, 2)}) {
        Matrix m(rows, columns, CAR_INIT_IDENTITY, 0.5);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                EXPECT_EQ(m.at(i, j), i == j ? 0.5 : 0.0);
    }
}

TEST(Initialise, UniformAndGlorotStayInTheirRange)
{
    const double glorot = 2 * std::sqrt(6.0 / (200 + 100));
    for (auto [pattern, scale, limit] :
         {std::tuple(CAR_INIT_UNIFORM, 0.08, 0.08), std::tuple(CAR_INIT_GLOROT, 2.0, glorot)}) {
        const std::vector<double> values = Matrix(200, 100, pattern, scale).values();
        auto [low, high] = std::minmax_element(values.begin(), values.end());
        EXPECT_GE(*low, -limit * 1.0000001);
        EXPECT_LE(*high, limit * 1.0000001);
        EXPECT_LT(*low, -0.99 * limit);
        EXPECT_GT(*high, 0.99 * limit);
        EXPECT_NEAR(variance(values), limit * limit / 3, 0.03 * limit * limit / 3);
    }
}

TEST(Initialise, HeKeepsTheVarianceOfInputsAlongTheRows)
{
    EXPECT_NEAR(variance(Matrix(200, 100, CAR_INIT_HE, 1).values()), 2.0 / 200, 0.05 * 2.0 / 200);
    EXPECT_NEAR(variance(Matrix(100, 200, CAR_INIT_HE, 3).values()), 9 * 2.0 / 100, 0.05 * 9 * 2.0 / 100);
}

TEST(Initialise, OrthogonalRowsOrColumnsWhicheverAreFewer)
{
    const double tolerance = sizeof(car_real) == 4 ? 3e-7 : 1e-14;
    for (auto [rows, columns] : {std::pair(1, 1), std::pair(7, 7), std::pair(5, 37), std::pair(37, 5),
                                 std::pair(100, 100), std::pair(1, 40), std::pair(64, 65)}) {
        Matrix m(rows, columns, CAR_INIT_ORTHOGONAL, 1.5);
        bool by_rows = rows < columns;
        int count = std::min(rows, columns), length = std::max(rows, columns);
        for (int a = 0; a < count; a++)
            for (int b = 0; b <= a; b++) {
                double dot = 0;
                for (int c = 0; c < length; c++)
                    dot += by_rows ? m.at(a, c) * m.at(b, c) : m.at(c, a) * m.at(c, b);
                ASSERT_NEAR(dot, a == b ? 1.5 * 1.5 : 0, 1.5 * 1.5 * tolerance) << rows << "x" << columns;
            }
    }
}

// Of many pairs of vectors some are nearly parallel; one removal leaves those
// 1e-13 off (seen in the 64-bit build).
TEST(Initialise, OrthogonalAlsoWhenTheDrawIsNearlyNot)
{
    const double tolerance = sizeof(car_real) == 4 ? 3e-7 : 2e-15;
    for (uint64_t draw = 0; draw < 20000; draw++) {
        Matrix m(2, 2, CAR_INIT_ORTHOGONAL, 1, draw);
        ASSERT_NEAR(m.at(0, 0) * m.at(0, 1) + m.at(1, 0) * m.at(1, 1), 0, tolerance) << "draw " << draw;
    }
}

// Drawn evenly from all orthogonal matrices, the trace of one has mean 0 and
// variance 1; without care for signs it would be far off.
TEST(Initialise, OrthogonalPrefersNoDirection)
{
    const int draws = 4000;
    double sum = 0, square = 0;
    for (int draw = 0; draw < draws; draw++) {
        Matrix m(4, 4, CAR_INIT_ORTHOGONAL, 1, static_cast<uint64_t>(draw));
        double trace = m.at(0, 0) + m.at(1, 1) + m.at(2, 2) + m.at(3, 3);
        sum += trace / draws;
        square += trace * trace / draws;
    }
    EXPECT_NEAR(sum, 0, 0.065);
    EXPECT_NEAR(square, 1, 0.1);
}

TEST(Initialise, StrideChangesNothingAndPaddingIsNotTouched)
{
    for (int pattern : {int(CAR_INIT_CONSTANT), int(CAR_INIT_UNIFORM), int(CAR_INIT_GLOROT), int(CAR_INIT_ORTHOGONAL),
                        int(CAR_INIT_IDENTITY), int(CAR_INIT_HE)}) {
        Matrix dense(6, 9, pattern, 0.7), padded(6, 9, pattern, 0.7, 1, 7);
        EXPECT_EQ(dense.values(), padded.values()) << pattern;
        for (int i = 0; i < 6; i++)
            for (int j = 9; j < 16; j++)
                EXPECT_EQ(padded.at(i, j), double(untouched));
    }
}

TEST(Initialise, StreamsGiveDifferentMatrices)
{
    for (int pattern : {int(CAR_INIT_UNIFORM), int(CAR_INIT_GLOROT), int(CAR_INIT_ORTHOGONAL), int(CAR_INIT_HE)})
        EXPECT_NE(Matrix(4, 4, pattern, 1, 1).values(), Matrix(4, 4, pattern, 1, 2).values()) << pattern;
}

// The first numbers, the same for 32-bit and 64-bit reals up to rounding.
TEST(Initialise, NumbersAreThoseOfTheStream)
{
    const car_stream stream = car_stream_named(1, "matrix");
    Matrix uniform(2, 3, CAR_INIT_UNIFORM, 0.5), he(2, 3, CAR_INIT_HE, 1);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++) {
            uint64_t index = static_cast<uint64_t>(i * 3 + j);
            EXPECT_EQ(uniform.at(i, j), double(car_real(car_random_uniform(stream, 0, index) - 0.5)));
            EXPECT_EQ(he.at(i, j), double(car_real(car_random_normal(stream, 0, index))));
        }
}

TEST(InitialiseDeathTest, UnknownPatternIsABug)
{
    EXPECT_DEATH(Matrix(2, 2, CAR_INIT_HE + 1, 1), "pattern");
}

} // namespace
