// Products on every path this processor has: against three loops, against a chain
// of fused multiply-adds, and the same bits however rows and columns are divided.
#include "math/product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "base/parallel.h"
#include "support/random.hpp"

namespace
{

using support::Random;

struct Path {
    car_precision precision;
    const char *name;
};

// Each path, or a skip; fp32 comes back afterwards.
class ProductPath : public ::testing::TestWithParam<Path>
{
  protected:
    void SetUp() override
    {
        ASSERT_TRUE(car_product_set_precision(GetParam().precision));
        if (!car_product_choose(GetParam().name))
            GTEST_SKIP() << "this processor or this build has no path " << GetParam().name;
    }
    void TearDown() override { car_product_set_precision(CAR_FP32); }
};

size_t at(ptrdiff_t i) { return static_cast<size_t>(i); }

// A matrix with a guard behind every row, stored by rows or by columns.
struct Matrix {
    int rows, columns;
    ptrdiff_t row_stride, column_stride;
    std::vector<car_real> memory;

    Matrix(int n_rows, int n_columns, bool transposed, Random &random)
        : rows(n_rows), columns(n_columns), row_stride(transposed ? 1 : n_columns + 3),
          column_stride(transposed ? n_rows + 5 : 1),
          memory(at(transposed ? n_columns * column_stride : n_rows * row_stride) + 1, guard)
    {
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                (*this)(i, j) = car_real(random.uniform(-1, 1));
    }
    car_real &operator()(int i, int j) { return memory[at(i * row_stride + j * column_stride)]; }
    car_panel panel() { return {memory.data(), row_stride}; }

    static constexpr car_real guard = car_real(-777.5);
};

class Packed
{
  public:
    explicit Packed(Matrix &b)
    {
        car_arena_init(&arena_);
        arena_.poison = true;
        packed = {b.rows, b.columns, nullptr};
        packed.at =
            static_cast<car_real *>(car_arena_take(&arena_, car_packed_reals(b.rows, b.columns), sizeof(car_real)));
        car_pack(&packed, b.memory.data(), b.row_stride, b.column_stride, 0, car_packed_panels(&packed));
    }
    Packed(const Packed &) = delete;
    Packed &operator=(const Packed &) = delete;
    ~Packed() { car_arena_clear(&arena_); }

    car_packed packed;

  private:
    car_arena arena_;
};

const int row_counts[] = {1, 2, 3, 5, 6, 7, 11, 12, 13, 96, 97, 203};
const int column_counts[] = {1, 7, 8, 15, 16, 17, 31, 32, 33, 70};
const int depths[] = {0, 1, 2, 17, 511, 512, 513, 900};

void multiply(Matrix &a, const car_packed &b, Matrix &c, bool add)
{
    const car_panel start = c.panel();
    car_product(a.rows, a.memory.data(), a.row_stride, a.column_stride, &b, add ? &start : nullptr, start);
}

// The nearest number of 8 bits, ties to even.
car_real rounded(car_real x)
{
    int exponent;
    const double mantissa = std::frexp(double(x), &exponent);
    return car_real(std::ldexp(std::nearbyint(std::ldexp(mantissa, 8)), exponent - 8));
}

// The factors as a path multiplies them.
Matrix factors(Matrix m, const Path &path)
{
    if (path.precision == CAR_BF16)
        for (car_real &x : m.memory)
            x = rounded(x);
    return m;
}

// What the header promises of one element: c + a_0 b_0 + a_1 b_1 + ... in this order,
// in bf16 c + a_1 b_1 + a_0 b_0 + a_3 b_3 + ..., in tiles c + (even + odd) of every 32
car_real chain(Matrix &a, Matrix &b, int i, int j, car_real c, const Path &path)
{
    if (std::string(path.name) == "avx512amx") {
        for (int first = 0; first < a.columns; first += 32) {
            car_real sum[2] = {0, 0};
            for (int k = first; k < std::min(first + 32, a.columns); k++)
                sum[k % 2] = std::fma(a(i, k), b(k, j), sum[k % 2]);
            c += sum[0] + sum[1];
        }
        return c;
    }
    const bool bf16 = path.precision == CAR_BF16, fused = std::string(path.name) != "portable";
    for (int n = 0; n < (bf16 ? (a.columns + 1) / 2 * 2 : a.columns); n++) {
        const int k = bf16 ? n ^ 1 : n;
        if (k >= a.columns)
            continue;
        if (fused) {
            c = std::fma(a(i, k), b(k, j), c);
        } else {
            volatile car_real product = a(i, k) * b(k, j);
            c += product;
        }
    }
    return c;
}

// Then the portable path is not known to the bit.
#if defined(__x86_64__) && !defined(__FMA__)
const bool compiler_may_fuse = false;
#else
const bool compiler_may_fuse = true;
#endif

TEST_P(ProductPath, EveryElementIsOneChain)
{
    const bool known = GetParam().precision == CAR_BF16 || std::string(GetParam().name) != "portable";
    const double rounding = known || !compiler_may_fuse ? 0 : 1e-4;
    Random random(1);
    int checked = 0;
    for (int m : row_counts)
        for (int n : column_counts)
            for (int k : depths) {
                if (int64_t(m) * n * k > 300000)
                    continue;
                const bool a_transposed = checked & 1, b_transposed = checked & 2;
                const int sums_from = checked / 4 % 4; // zeros, C, another panel, a row for all
                checked++;
                Matrix a(m, k, a_transposed, random), b(k, n, b_transposed, random), c(m, n, false, random),
                    d = c, row(1, n, false, random);
                Packed packed(b);
                const car_panel start = sums_from == 1   ? c.panel()
                                        : sums_from == 2 ? d.panel()
                                                         : car_panel{row.memory.data(), 0};
                car_product(m, a.memory.data(), a.row_stride, a.column_stride, &packed.packed,
                            sums_from == 0 ? nullptr : &start, c.panel());
                Matrix x = factors(a, GetParam()), y = factors(b, GetParam());
                for (int i = 0; i < m; i++)
                    for (int j = 0; j < n; j++) {
                        const car_real expected = chain(x, y, i, j,
                                                        sums_from == 0   ? 0
                                                        : sums_from == 3 ? row(0, j)
                                                                         : d(i, j),
                                                        GetParam());
                        ASSERT_NEAR(c(i, j), expected, rounding)
                            << m << " x " << n << " x " << k << " at " << i << ", " << j;
                    }
                for (size_t i = 0; i < c.memory.size(); i++) { // what is not of c is as before
                    const bool outside = ptrdiff_t(i) % c.row_stride >= n || i + 1 == c.memory.size();
                    ASSERT_TRUE(!outside || c.memory[i] == Matrix::guard)
                        << "behind row " << ptrdiff_t(i) / c.row_stride;
                }
            }
    EXPECT_GT(checked, 500);
}

TEST_P(ProductPath, AgreesWithDouble)
{
    Random random(2);
    Matrix a(37, 600, false, random), b(600, 45, false, random), c(37, 45, false, random);
    Packed packed(b);
    multiply(a, packed.packed, c, false);
    for (int i = 0; i < 37; i++)
        for (int j = 0; j < 45; j++) {
            double sum = 0;
            for (int k = 0; k < 600; k++)
                sum += double(a(i, k)) * double(b(k, j));
            EXPECT_NEAR(double(c(i, j)), sum,
                        GetParam().precision == CAR_BF16 ? 0.15
                        : sizeof(car_real) == 8          ? 1e-12
                                                         : 5e-5);
        }
}

// Rows one by one and columns by panel give the bits of the whole.
TEST_P(ProductPath, TheSameBitsHoweverDivided)
{
    Random random(3);
    const int m = 101, k = 530, n = 70;
    Matrix a(m, k, false, random), b(k, n, false, random), whole(m, n, false, random);
    Packed packed(b);
    multiply(a, packed.packed, whole, false);
    for (int rows : {1, 2, 5, 50}) {
        Matrix parts(m, n, false, random);
        for (int i = 0; i < m; i += rows)
            car_product(std::min(rows, m - i), &a(i, 0), a.row_stride, 1, &packed.packed, nullptr,
                        {&parts(i, 0), parts.row_stride});
        EXPECT_EQ(parts.memory, whole.memory) << rows << " rows at a time";
    }
    for (int columns : {1, 16, 33}) {
        Matrix parts(m, n, false, random);
        for (int j = 0; j < n; j += columns) {
            Matrix some(k, std::min(columns, n - j), false, random);
            for (int r = 0; r < k; r++)
                for (int s = 0; s < some.columns; s++)
                    some(r, s) = b(r, j + s);
            Packed part(some);
            car_product(m, a.memory.data(), a.row_stride, 1, &part.packed, nullptr, {&parts(0, j), parts.row_stride});
        }
        EXPECT_EQ(parts.memory, whole.memory) << columns << " columns at a time";
    }
    Matrix steps(m, n, false, random); // the sum over k in two parts
    for (int from : {0, 192}) {        // a place where tiles part it too
        const int depth = from == 0 ? 192 : k - 192;
        Matrix some(depth, n, false, random);
        for (int r = 0; r < depth; r++)
            for (int s = 0; s < n; s++)
                some(r, s) = b(from + r, s);
        Packed part(some);
        const car_panel sum = steps.panel();
        car_product(m, &a(0, from), a.row_stride, 1, &part.packed, from > 0 ? &sum : nullptr, sum);
    }
    EXPECT_EQ(steps.memory, whole.memory);
}

TEST_P(ProductPath, PanelsMayBePackedInAnyOrder)
{
    Random random(4);
    Matrix a(9, 21, false, random), b(21, 100, true, random), c(9, 100, false, random), d(9, 100, false, random);
    Packed once(b), apart(b);
    std::fill_n(apart.packed.at, car_packed_reals(21, 100), car_real(0));
    const int panels = car_packed_panels(&once.packed);
    EXPECT_EQ(panels, (100 + car_product_width() - 1) / car_product_width());
    for (int p = panels - 1; p >= 0; p--)
        car_pack(&apart.packed, b.memory.data(), b.row_stride, b.column_stride, p, p + 1);
    multiply(a, once.packed, c, false);
    multiply(a, apart.packed, d, false);
    EXPECT_EQ(c.memory, d.memory);
}

// A large B goes to free threads in pieces.
TEST_P(ProductPath, TheSameBitsOnAllThreads)
{
    Random random(6);
    Matrix a(5, 301, false, random), b(301, 1003, false, random), one(5, 1003, false, random), all = one;
    Packed packed(b);
    for (bool add : {false, true}) {
        car_parallel_set_threads(1);
        multiply(a, packed.packed, one, add);
        car_parallel_set_threads(3);
        multiply(a, packed.packed, all, add);
        EXPECT_EQ(all.memory, one.memory) << (add ? "added" : "set");
    }
    car_parallel_set_threads(1);
}

std::vector<Path> paths()
{
    if (sizeof(car_real) == 8)
        return {{CAR_FP32, "portable"}};
    return {{CAR_FP32, "portable"}, {CAR_FP32, "avx2"},   {CAR_FP32, "avx512"},     {CAR_BF16, "portable"},
            {CAR_BF16, "avx2"},     {CAR_BF16, "avx512"}, {CAR_BF16, "avx512bf16"}, {CAR_BF16, "avx512amx"}};
}

TEST_P(ProductPath, ColumnsOfPackedOnesArePackedAsTheyWouldBe)
{
    Random random(11);
    for (int depth : {1, 2, 17, 64}) {
        Matrix whole(depth, 70, true, random);
        Packed from(whole);
        for (int n : {1, 7, 32, 33, 70}) {
            Matrix some(depth, n, false, random);
            std::vector<int32_t> column;
            for (int j = 0; j < n; j++) {
                column.push_back((j * 41 + 69) % 70);
                for (int k = 0; k < depth; k++)
                    some(k, j) = whole(k, column.back());
            }
            Packed wanted(some), found(some);
            const size_t reals = at(car_packed_reals(depth, n));
            std::fill_n(found.packed.at, reals, car_real(-1));
            car_pack_columns(&found.packed, &from.packed, column.data());
            EXPECT_EQ(0, memcmp(wanted.packed.at, found.packed.at, reals * sizeof(car_real))) << depth << ", " << n;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Paths, ProductPath, ::testing::ValuesIn(paths()), [](const auto &path) {
    return std::string(path.param.precision == CAR_BF16 ? "bf16_" : "fp32_") + path.param.name;
});

#if CAR_REAL_BITS == 32
// Inputs of every size that occurs, those that round up to the next power of two among them.
TEST(Product, FusedPathsAgreeBitForBit)
{
    for (car_precision precision : {CAR_FP32, CAR_BF16}) {
        std::vector<std::vector<car_real>> results;
        for (const char *path : {"avx2", "avx512", "avx512bf16"}) {
            ASSERT_TRUE(car_product_set_precision(precision));
            if (!car_product_choose(path))
                continue;
            Random random(5);
            std::vector<car_real> all;
            for (auto [m, n, k] : {std::tuple(64, 96, 300), std::tuple(7, 33, 1025), std::tuple(1, 1, 1)}) {
                Matrix a(m, k, true, random), b(k, n, false, random), c(m, n, false, random);
                for (car_real &x : a.memory)
                    x *= std::exp2(car_real(random.uniform(-30, 30)));
                Packed packed(b);
                multiply(a, packed.packed, c, true);
                all.insert(all.end(), c.memory.begin(), c.memory.end());
            }
            results.push_back(all);
        }
        car_product_set_precision(CAR_FP32);
        if (results.size() < 2)
            GTEST_SKIP() << "this processor has no two such paths";
        for (const std::vector<car_real> &result : results)
            EXPECT_EQ(result, results[0]);
    }
}

// Ties to even, overflow, what is not finite, and subnormal numbers, which are 0.
TEST(Product, RoundingToBf16)
{
    const float tiny = std::ldexp(1.0F, -140), huge = std::numeric_limits<float>::max();
    const std::pair<float, float> cases[] = {{1 + 1 / 256.0F, 1},
                                             {1 + 3 / 256.0F, 1 + 4 / 256.0F},
                                             {-(1 + 1 / 255.0F), -(1 + 2 / 256.0F)},
                                             {2 - 1 / 1024.0F, 2},
                                             {huge, INFINITY},
                                             {-INFINITY, -INFINITY},
                                             {tiny, 0},
                                             {-tiny, 0}};
    for (const Path &path : paths()) {
        if (path.precision != CAR_BF16 || !car_product_set_precision(CAR_BF16) || !car_product_choose(path.name))
            continue;
        Random random(7);
        Matrix a(1, 1, false, random), b(1, 1, false, random), c(1, 1, false, random);
        for (auto [x, wanted] : cases)
            for (bool packed_one : {false, true}) {
                a(0, 0) = packed_one ? 1 : x;
                b(0, 0) = packed_one ? x : 1;
                Packed packed(b);
                multiply(a, packed.packed, c, false);
                EXPECT_EQ(c(0, 0), wanted) << x << " by " << path.name;
            }
        a(0, 0) = NAN;
        Packed packed(b);
        multiply(a, packed.packed, c, false);
        EXPECT_TRUE(std::isnan(c(0, 0))) << path.name;
    }
    car_product_set_precision(CAR_FP32);
}
#else
TEST(Product, NoBf16InDouble) { EXPECT_FALSE(car_product_set_precision(CAR_BF16)); }
#endif

TEST(Product, UnknownPathIsRefusedAndNothingChanges)
{
    const std::string before = car_product_path();
    EXPECT_FALSE(car_product_choose("abacus"));
    EXPECT_EQ(car_product_path(), before);
}

TEST(Product, NoRows)
{
    Random random(6);
    Matrix b(3, 4, false, random), c(1, 4, false, random), same = c;
    Packed packed(b);
    car_product(0, nullptr, 1, 1, &packed.packed, nullptr, c.panel());
    EXPECT_EQ(c.memory, same.memory);
}

} // namespace
