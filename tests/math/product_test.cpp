// Products on every path this processor has: against three loops, against a chain
// of fused multiply-adds, and the same bits however rows and columns are divided.
#include "math/product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "support/random.hpp"

namespace
{

using support::Random;

// Each path, or a skip; the path before comes back afterwards.
class ProductPath : public ::testing::TestWithParam<const char *>
{
  protected:
    void SetUp() override
    {
        if (!car_product_choose(GetParam()))
            GTEST_SKIP() << "this processor or this build has no path " << GetParam();
    }
    void TearDown() override { car_product_choose(before_.c_str()); }

  private:
    std::string before_ = car_product_path();
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
    car_product(a.rows, a.memory.data(), a.row_stride, a.column_stride, &b, c.panel(), add);
}

// What the header promises of one element: c + a_0 b_0 + a_1 b_1 + ... in this order.
car_real chain(Matrix &a, Matrix &b, int i, int j, car_real c, bool fused)
{
    for (int k = 0; k < a.columns; k++) {
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
    const bool fused = std::string(GetParam()) != "portable";
    const double rounding = fused || !compiler_may_fuse ? 0 : 1e-4;
    Random random(1);
    int checked = 0;
    for (int m : row_counts)
        for (int n : column_counts)
            for (int k : depths) {
                if (int64_t(m) * n * k > 700000)
                    continue;
                const bool a_transposed = checked & 1, b_transposed = checked & 2, add = checked & 4;
                checked++;
                Matrix a(m, k, a_transposed, random), b(k, n, b_transposed, random), c(m, n, false, random), d = c;
                Packed packed(b);
                multiply(a, packed.packed, c, add);
                for (int i = 0; i < m; i++)
                    for (int j = 0; j < n; j++) {
                        const car_real expected = chain(a, b, i, j, add ? d(i, j) : 0, fused);
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
            EXPECT_NEAR(double(c(i, j)), sum, sizeof(car_real) == 8 ? 1e-12 : 5e-5);
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
            car_product(std::min(rows, m - i), &a(i, 0), a.row_stride, 1, &packed.packed,
                        {&parts(i, 0), parts.row_stride}, false);
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
            car_product(m, a.memory.data(), a.row_stride, 1, &part.packed, {&parts(0, j), parts.row_stride}, false);
        }
        EXPECT_EQ(parts.memory, whole.memory) << columns << " columns at a time";
    }
    Matrix steps(m, n, false, random); // the sum over k in two parts
    for (int from : {0, 200}) {
        const int depth = from == 0 ? 200 : k - 200;
        Matrix some(depth, n, false, random);
        for (int r = 0; r < depth; r++)
            for (int s = 0; s < n; s++)
                some(r, s) = b(from + r, s);
        Packed part(some);
        car_product(m, &a(0, from), a.row_stride, 1, &part.packed, steps.panel(), from > 0);
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

std::vector<const char *> paths()
{
    if (sizeof(car_real) == 8)
        return {"portable"};
    return {"portable", "avx2", "avx512"};
}

INSTANTIATE_TEST_SUITE_P(Paths, ProductPath, ::testing::ValuesIn(paths()),
                         [](const auto &path) { return std::string(path.param); });

#if CAR_REAL_BITS == 32
TEST(Product, FusedPathsAgreeBitForBit)
{
    const std::string before = car_product_path();
    std::vector<std::vector<car_real>> results;
    for (const char *path : {"avx2", "avx512"}) {
        if (!car_product_choose(path))
            GTEST_SKIP() << "no path " << path << " here";
        Random random(5);
        for (auto [m, n, k] : {std::tuple(64, 96, 300), std::tuple(7, 33, 1025), std::tuple(1, 1, 1)}) {
            Matrix a(m, k, true, random), b(k, n, false, random), c(m, n, false, random);
            Packed packed(b);
            multiply(a, packed.packed, c, true);
            results.push_back(c.memory);
        }
    }
    car_product_choose(before.c_str());
    for (size_t i = 0; i < results.size() / 2; i++)
        EXPECT_EQ(results[i], results[i + results.size() / 2]);
}
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
    car_product(0, nullptr, 1, 1, &packed.packed, c.panel(), false);
    EXPECT_EQ(c.memory, same.memory);
}

} // namespace
