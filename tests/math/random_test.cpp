// Known answers of Philox, statistics of what is made from it, and that a mask
// is a function of the place alone.
#include "math/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace
{

using Block = std::array<uint32_t, 4>;

Block block(uint64_t key, uint64_t high, uint64_t low)
{
    Block out;
    car_random_block(car_stream{key}, high, low, out.data());
    return out;
}

// The vectors published with the paper (Random123, philox4x32, 10 rounds).
TEST(Random, PhiloxKnownAnswers)
{
    EXPECT_EQ(block(0, 0, 0), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(block(~0ull, ~0ull, ~0ull), (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(block(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88),
              (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, StreamsDifferBySeedAndName)
{
    EXPECT_EQ(car_stream_named(1, "dropout.x").key, 0xf3ccf39e957b4f48u); // computed with Python's integers
    EXPECT_EQ(car_stream_named(0, "").key, 0xe220a8397b1dcdafu);          // SplitMix64's first number for seed 0
    std::set<uint64_t> keys;
    for (uint64_t seed = 0; seed < 100; seed++)
        for (int name = 0; name < 100; name++)
            keys.insert(car_stream_named(seed, ("w" + std::to_string(name)).c_str()).key);
    EXPECT_EQ(keys.size(), 10000u);
}

TEST(Random, UniformFillsTheUnitIntervalEvenly)
{
    const car_stream stream = car_stream_named(1, "uniform");
    const int n = 100000, bins = 100;
    std::vector<int> count(bins);
    for (int i = 0; i < n; i++) {
        double u = car_random_uniform(stream, 7, static_cast<uint64_t>(i));
        ASSERT_GE(u, 0);
        ASSERT_LT(u, 1);
        count[static_cast<size_t>(u * bins)]++;
    }
    double chi2 = 0;
    for (int c : count)
        chi2 += (c - n / bins) * (c - n / bins) / double(n / bins);
    EXPECT_GT(chi2, 50); // 99 degrees of freedom: outside [50, 160] once in 10^4
    EXPECT_LT(chi2, 160);
}

TEST(Random, NormalHasTheMomentsOfTheNormal)
{
    const car_stream stream = car_stream_named(1, "normal");
    const int n = 200000;
    double sum[5] = {0}, successive = 0, last = 0;
    int beyond2 = 0;
    for (int i = 0; i < n; i++) {
        double x = car_random_normal(stream, 0, static_cast<uint64_t>(i));
        for (int k = 1; k <= 4; k++)
            sum[k] += std::pow(x, k) / n;
        successive += x * last / n;
        last = x;
        beyond2 += std::fabs(x) > 2;
    }
    EXPECT_NEAR(sum[1], 0, 0.01); // 4 standard errors
    EXPECT_NEAR(sum[2], 1, 0.013);
    EXPECT_NEAR(sum[3], 0, 0.035);
    EXPECT_NEAR(sum[4], 3, 0.09);
    EXPECT_NEAR(successive, 0, 0.01);
    EXPECT_NEAR(beyond2 / double(n), 0.0455, 0.002);
}

TEST(Random, BelowIsEvenAlsoWhereRejectionIsFrequent)
{
    const car_stream stream = car_stream_named(3, "below");
    std::vector<int> count(7);
    for (uint64_t i = 0; i < 70000; i++)
        count.at(car_random_below(stream, 0, i, 7))++;
    for (int c : count)
        EXPECT_NEAR(c, 10000, 400);
    EXPECT_EQ(car_random_below(stream, 0, 5, 1), 0u);

    // Of n = 3 x 2^62, without rejection every third value would come twice as often.
    const uint64_t n = 3ull << 62;
    int thirds[3] = {0, 0, 0};
    for (uint64_t i = 0; i < 30000; i++) {
        uint64_t value = car_random_below(stream, 1, i, n);
        ASSERT_LT(value, n);
        thirds[value % 3]++;
    }
    for (int c : thirds)
        EXPECT_NEAR(c, 10000, 350);
}

TEST(Random, ShuffleIsAPermutationAndEveryOrderIsAsLikely)
{
    const car_stream stream = car_stream_named(1, "shuffle");
    std::vector<int32_t> many(1000), again, other;
    std::iota(many.begin(), many.end(), 0);
    const std::vector<int32_t> sorted = again = other = many;
    car_random_shuffle(stream, 1, many.data(), 1000);
    car_random_shuffle(stream, 1, again.data(), 1000);
    car_random_shuffle(stream, 2, other.data(), 1000);
    EXPECT_EQ(many, again);
    EXPECT_NE(many, other);
    EXPECT_NE(many, sorted);
    std::sort(many.begin(), many.end());
    EXPECT_EQ(many, sorted);

    std::map<std::array<int32_t, 4>, int> orders;
    for (uint64_t high = 0; high < 24000; high++) {
        std::array<int32_t, 4> four = {0, 1, 2, 3};
        car_random_shuffle(stream, high, four.data(), 4);
        orders[four]++;
    }
    EXPECT_EQ(orders.size(), 24u);
    for (const auto &[order, c] : orders)
        EXPECT_NEAR(c, 1000, 130);
    car_random_shuffle(stream, 0, nullptr, 0);
}

std::vector<car_real> mask_of(uint64_t key, uint64_t high, uint64_t first, ptrdiff_t n, double rate)
{
    std::vector<car_real> mask(static_cast<size_t>(n));
    car_dropout_mask(car_stream{key}, high, first, n, rate, mask.data());
    return mask;
}

TEST(Dropout, MaskDoesNotDependOnHowARangeIsSplit)
{
    const ptrdiff_t n = 1500;
    const std::vector<car_real> whole = mask_of(42, 9, 1000, n, 0.3);
    for (ptrdiff_t piece : {1, 7, 64, 100, 128, 129, 640}) {
        std::vector<car_real> parts;
        for (ptrdiff_t at = 0; at < n; at += piece) {
            auto part = mask_of(42, 9, 1000 + static_cast<uint64_t>(at), std::min(piece, n - at), 0.3);
            parts.insert(parts.end(), part.begin(), part.end());
        }
        EXPECT_EQ(parts, whole) << "pieces of " << piece;
    }
}

// The layout that random.c describes, spelled out with single blocks; also
// across the place where the lower 32 bits of the counter overflow.
TEST(Dropout, MaskFollowsTheBlocks)
{
    const double rate = 0.3;
    const uint32_t threshold = 19661; // 0.3 x 65536 = 19660.8
    const uint64_t n = 300000;        // enough for some bits to equal threshold - 1
    for (uint64_t first : {uint64_t(0), uint64_t(128) * 5 + 3, (uint64_t(1) << 35) - 200}) {
        auto mask = mask_of(0x123456789abcdef0, 77, first, static_cast<ptrdiff_t>(n), rate);
        for (uint64_t i = 0; i < n; i++) {
            uint64_t group = (first + i) / 128, place = (first + i) % 128;
            uint32_t word = block(0x123456789abcdef0, 77, group * 16 + place % 16)[place / 32];
            uint32_t bits = place / 16 % 2 == 0 ? word & 0xffff : word >> 16;
            ASSERT_EQ(mask[i] == 0, bits < threshold) << "element " << first + i;
        }
    }
}

TEST(Dropout, KeepsTheMean)
{
    const ptrdiff_t n = 1 << 20;
    for (double rate : {0.0, 0.1, 0.5, 0.9}) {
        auto mask = mask_of(5, 1, 0, n, rate);
        double kept = 0, sum = 0;
        for (car_real value : mask) {
            kept += value != 0;
            sum += double(value);
            if (value != 0) {
                ASSERT_NEAR(double(value), 1 / (1 - rate), 1e-4 / (1 - rate));
            }
        }
        double n_real = static_cast<double>(n);
        EXPECT_NEAR(kept / n_real, 1 - rate, 4 * std::sqrt(rate * (1 - rate) / n_real) + 1e-5) << rate;
        EXPECT_NEAR(sum / n_real, 1, 4 * std::sqrt(rate / (1 - rate) / n_real) + 1e-6) << rate;
    }
}

TEST(Dropout, MasksOfDifferentUpdatesAreIndependent)
{
    const ptrdiff_t n = 1 << 18;
    auto a = mask_of(5, 1, 0, n, 0.5), b = mask_of(5, 2, 0, n, 0.5), c = mask_of(6, 1, 0, n, 0.5);
    double same_ab = 0, same_ac = 0, same_next = 0;
    for (size_t i = 0; i + 1 < a.size(); i++) {
        same_ab += a[i] == b[i];
        same_ac += a[i] == c[i];
        same_next += a[i] == a[i + 1];
    }
    for (double same : {same_ab, same_ac, same_next})
        EXPECT_NEAR(same / static_cast<double>(n), 0.5, 0.004);
}

TEST(DropoutDeathTest, RateOutsideTheRangeIsABug)
{
    car_real value;
    EXPECT_DEATH(car_dropout_mask(car_stream{1}, 0, 0, 1, 1.0, &value), "rate");
    EXPECT_DEATH(car_dropout_mask(car_stream{1}, 0, 0, 1, -0.1, &value), "rate");
}

} // namespace
