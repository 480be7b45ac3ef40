/* Accuracy of carousel/cell_math.h against the C library in double precision, at
 * every level that kernels are compiled for.
 *
 * Every 97th float by default.  All of them, in about five minutes:
 *     CAROUSEL_TEST_STRIDE=1 test_cell --gtest_filter='CellMath.*' */
#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

extern "C" {
#define LOOPS(level)                                                                                                   \
    void test_exp_##level(const float *x, float *y, int n);                                                            \
    void test_tanh_##level(const float *x, float *y, int n);                                                           \
    void test_sigmoid_##level(const float *x, float *y, int n)
LOOPS(baseline);
#if defined(__x86_64__)
LOOPS(x86_64_v3);
LOOPS(x86_64_v4);
#endif
}

namespace
{

using Loop = void (*)(const float *, float *, int);

struct Level {
    const char *name;
    Loop exp, tanh, sigmoid;
};

/* The levels that this processor can run. */
std::vector<Level> levels()
{
    std::vector<Level> all = {{"baseline", test_exp_baseline, test_tanh_baseline, test_sigmoid_baseline}};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        all.push_back({"x86-64-v3", test_exp_x86_64_v3, test_tanh_x86_64_v3, test_sigmoid_x86_64_v3});
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
        all.push_back({"x86-64-v4", test_exp_x86_64_v4, test_tanh_x86_64_v4, test_sigmoid_x86_64_v4});
#endif
    return all;
}

float float_of(uint32_t bits)
{
    float x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

uint32_t bits_of(float x)
{
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits;
}

double true_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/* Distance in units of the last place of a float near `truth`, which is normal. */
double ulps(float got, double truth) { return std::fabs(got - truth) / std::ldexp(1.0, std::ilogb(truth) - 23); }

uint32_t stride()
{
    const char *text = std::getenv("CAROUSEL_TEST_STRIDE");
#if defined(__SANITIZE_ADDRESS__)
    return text != nullptr ? static_cast<uint32_t>(std::atoi(text)) : 1201;
#else
    return text != nullptr ? static_cast<uint32_t>(std::atoi(text)) : 97;
#endif
}

/* Worst error over the floats from `low` to `high` where the truth is a normal
 * number; where it is not, the result must still be finite. */
void check(Loop Level::*function, double (*truth)(double), double low, double high, double bound)
{
    enum { BLOCK = 4096 };
    const std::vector<Level> all = levels();
    std::vector<float> x(BLOCK), y(BLOCK);
    std::vector<double> t(BLOCK);
    std::vector<double> worst(all.size());
    std::vector<float> worst_at(all.size());
    uint64_t step = stride();
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32);) {
        int n = 0;
        for (; n < BLOCK && bits < (uint64_t{1} << 32); bits += step) {
            float value = float_of(static_cast<uint32_t>(bits));
            if (std::isfinite(value)) {
                x[static_cast<size_t>(n)] = value;
                t[static_cast<size_t>(n++)] = truth(value);
            }
        }
        for (size_t level = 0; level < all.size(); level++) {
            (all[level].*function)(x.data(), y.data(), n);
            for (size_t i = 0; i < static_cast<size_t>(n); i++) {
                ASSERT_TRUE(std::isfinite(y[i])) << all[level].name << " at " << x[i];
                if (x[i] < low || x[i] > high || std::fabs(t[i]) < FLT_MIN)
                    continue;
                double error = ulps(y[i], t[i]);
                if (error > worst[level]) {
                    worst[level] = error;
                    worst_at[level] = x[i];
                }
            }
        }
    }
    for (size_t level = 0; level < all.size(); level++) {
        EXPECT_LE(worst[level], bound) << all[level].name << " at " << worst_at[level];
        ::testing::Test::RecordProperty(std::string("worst_") + all[level].name, std::to_string(worst[level]));
        std::printf("    %-10s %.3f ulp at %.9g\n", all[level].name, worst[level],
                    static_cast<double>(worst_at[level]));
    }
}

TEST(CellMath, ExpIsWithin2Ulp) { check(&Level::exp, std::exp, -87.33654, 88.72283, 2); }

TEST(CellMath, TanhIsWithin4Ulp) { check(&Level::tanh, std::tanh, -INFINITY, INFINITY, 4); }

TEST(CellMath, SigmoidIsWithin4Ulp) { check(&Level::sigmoid, true_sigmoid, -INFINITY, INFINITY, 4); }

TEST(CellMath, KnowsTheEnds)
{
    const float infinity = std::numeric_limits<float>::infinity();
    for (const Level &level : levels()) {
        auto at = [](Loop loop, float x) {
            float y;
            loop(&x, &y, 1);
            return y;
        };
        EXPECT_EQ(at(level.exp, 0), 1);
        EXPECT_EQ(at(level.exp, -infinity), at(level.exp, -87.3365402f));
        EXPECT_GE(at(level.exp, -infinity), FLT_MIN);
        EXPECT_EQ(at(level.exp, infinity), at(level.exp, 88.7228317f));
        EXPECT_EQ(at(level.tanh, infinity), 1);
        EXPECT_EQ(at(level.tanh, -infinity), -1);
        EXPECT_EQ(bits_of(at(level.tanh, -0.0f)), bits_of(-0.0f));
        EXPECT_EQ(at(level.sigmoid, 0), 0.5f);
        EXPECT_EQ(at(level.sigmoid, infinity), 1);
        EXPECT_LE(at(level.sigmoid, -infinity), FLT_MIN);
        EXPECT_GE(at(level.sigmoid, -infinity), 0);
        for (uint32_t bits : {0x7fc00000u, 0xffc00000u, 0x7f800001u, 0x7fffffffu, 0xffc12345u})
            for (Loop loop : {level.exp, level.tanh, level.sigmoid})
                EXPECT_TRUE(std::isnan(at(loop, float_of(bits)))) << level.name << " " << bits;
    }
}

TEST(CellMath, TanhIsOddAndNeverBeyond1)
{
    for (const Level &level : levels())
        for (uint32_t bits = 0; bits < 0x7f800000u; bits += 99991) {
            float x[2] = {float_of(bits), -float_of(bits)}, y[2];
            level.tanh(x, y, 2);
            ASSERT_EQ(y[0], -y[1]) << x[0];
            ASSERT_LE(y[0], 1) << x[0];
        }
}

/* Vector body, epilogue and scalar tail of a loop give the same bits. */
TEST(CellMath, BitsDoNotDependOnThePlaceInTheRow)
{
    enum { N = 100 };
    std::vector<float> x(N), alone(N), together(N);
    for (int round = 0; round < 50; round++)
        for (const Level &level : levels())
            for (Loop loop : {level.exp, level.tanh, level.sigmoid}) {
                for (int i = 0; i < N; i++) {
                    x[static_cast<size_t>(i)] = static_cast<float>(std::sin(i * 12.9898 + round * 78.233) * 12);
                    loop(&x[static_cast<size_t>(i)], &alone[static_cast<size_t>(i)], 1);
                }
                for (int n = 1; n <= N; n++) {
                    loop(x.data(), together.data(), n);
                    ASSERT_EQ(std::memcmp(together.data(), alone.data(), static_cast<size_t>(n) * sizeof(float)), 0)
                        << level.name << ", " << n << " at once";
                }
            }
}

} // namespace
