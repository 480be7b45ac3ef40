// Drawing words: shares of the unit interval against the probabilities they stand for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "decode/sampling.h"
#include "support/random.hpp"

namespace
{

constexpr car_real none = -std::numeric_limits<car_real>::infinity();

// How much of [0, 1) stands for each word, to 1 in `places`.
std::vector<double> shares(const car_sampling &sampling, const std::vector<car_real> &x, int places = 20000)
{
    int n = static_cast<int>(x.size());
    std::vector<car_real> weight(x.size());
    std::vector<int32_t> ids(x.size());
    std::vector<double> share(x.size());
    for (int i = 0; i < places; i++) {
        int32_t id = car_sample(&sampling, n, x.data(), (i + 0.5) / places, weight.data(), ids.data());
        EXPECT_TRUE(id >= 0 && id < n);
        share[static_cast<size_t>(id)] += 1.0 / places;
    }
    return share;
}

void expect_shares(const car_sampling &sampling, const std::vector<car_real> &x, const std::vector<double> &expected)
{
    std::vector<double> share = shares(sampling, x);
    for (size_t i = 0; i < x.size(); i++)
        EXPECT_NEAR(share[i], expected[i], 2e-4) << "word " << i;
}

std::vector<car_real> logs(const std::vector<double> &p)
{
    std::vector<car_real> x;
    for (double one : p)
        x.push_back(static_cast<car_real>(std::log(one) + 7)); // a constant makes no difference
    return x;
}

const std::vector<double> p = {0.1, 0.4, 0.05, 0.25, 0.2};

} // namespace

TEST(Sampling, DrawsByTheProbabilitiesOfTheModel) { expect_shares({1, 0, 1}, logs(p), p); }

TEST(Sampling, ATemperatureIsAPower)
{
    for (double temperature : {0.5, 2.0}) {
        std::vector<double> expected = p;
        double sum = 0;
        for (double &one : expected)
            sum += one = std::pow(one, 1 / temperature);
        for (double &one : expected)
            one /= sum;
        expect_shares({temperature, 0, 1}, logs(p), expected);
    }
    expect_shares({0.01, 0, 1}, logs(p), {0, 1, 0, 0, 0});
}

TEST(Sampling, TopKAreTheLikeliest)
{
    expect_shares({1, 1, 1}, logs(p), {0, 1, 0, 0, 0});
    expect_shares({1, 3, 1}, logs(p), {0, 0.4 / 0.85, 0, 0.25 / 0.85, 0.2 / 0.85});
    expect_shares({1, 5, 1}, logs(p), p);
    expect_shares({1, 50, 1}, logs(p), p);
    expect_shares({1, 2, 1}, {3, 3, 3, 3}, {0.5, 0.5, 0, 0}); // of equals the smaller id
}

TEST(Sampling, TopPAreTheFewestThatTogetherHaveIt)
{
    expect_shares({1, 0, 0.39}, logs(p), {0, 1, 0, 0, 0});
    expect_shares({1, 0, 0.6}, logs(p), {0, 0.4 / 0.65, 0, 0.25 / 0.65, 0});
    expect_shares({1, 0, 0.66}, logs(p), {0, 0.4 / 0.85, 0, 0.25 / 0.85, 0.2 / 0.85});
    expect_shares({1, 0, 1e-9}, logs(p), {0, 1, 0, 0, 0});
    expect_shares({1, 3, 0.7}, logs(p), {0, 0.4 / 0.65, 0, 0.25 / 0.65, 0}); // 0.4 / 0.85 is less than 0.7
    expect_shares({0.5, 0, 0.7}, logs(p),
                  {0, 0.16 / 0.2225, 0, 0.0625 / 0.2225, 0}); // of the probabilities it draws by
}

TEST(Sampling, WhatIsBannedIsNeverDrawn)
{
    std::vector<car_real> x = logs(p);
    x[1] = none;
    expect_shares({1, 0, 1}, x, {0.1 / 0.6, 0, 0.05 / 0.6, 0.25 / 0.6, 0.2 / 0.6});
    expect_shares({1, 4, 1}, x, {0.1 / 0.6, 0, 0.05 / 0.6, 0.25 / 0.6, 0.2 / 0.6});
    expect_shares({1, 2, 1}, x, {0, 0, 0, 0.25 / 0.45, 0.2 / 0.45});
    expect_shares({100, 0, 1}, {none, none, 1, none}, {0, 0, 1, 0});
    std::vector<car_real> banned(5, none), unknown(5, std::numeric_limits<car_real>::quiet_NaN()), weight(5);
    std::vector<int32_t> ids(5);
    std::vector<car_real> some = {unknown[0], 1, unknown[0], 2, none};
    for (const car_sampling &sampling : {car_sampling{1, 0, 1}, car_sampling{1, 2, 0.5}}) {
        EXPECT_EQ(car_sample(&sampling, 5, banned.data(), 0.5, weight.data(), ids.data()), -1);
        EXPECT_EQ(car_sample(&sampling, 5, unknown.data(), 0.5, weight.data(), ids.data()), -1);
        int32_t drawn = car_sample(&sampling, 5, some.data(), 0.5, weight.data(), ids.data());
        EXPECT_TRUE(drawn == -1 || drawn == 1 || drawn == 3);
    }
}

// Against sorting.
TEST(Sampling, FindsTheLikeliestOfAnyWords)
{
    const uint64_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    support::Random random(seed);
    for (int round = 0; round < 200; round++) {
        size_t n = 1 + static_cast<size_t>(random.below(60));
        std::vector<car_real> x(n), weight(n);
        std::vector<int32_t> order(n), ids(n);
        bool coarse = random.below(2) == 0; // many equal ones
        for (size_t i = 0; i < n; i++) {
            x[i] =
                random.below(8) == 0 ? none : static_cast<car_real>(coarse ? random.below(4) : random.uniform(-9, 9));
            order[i] = static_cast<int32_t>(i);
        }
        std::stable_sort(order.begin(), order.end(),
                         [&](int32_t a, int32_t b) { return x[static_cast<size_t>(a)] > x[static_cast<size_t>(b)]; });
        car_sampling sampling{1, random.below(2) * (1 + random.below(20)),
                              random.below(2) == 0 ? 1 : random.uniform(0.01, 1)};
        auto weight_of = [&](size_t i) { return std::exp(static_cast<double>(x[static_cast<size_t>(order[i])])); };
        size_t possible = n, kept = 0;
        while (possible > 0 && weight_of(possible - 1) == 0)
            possible--;
        if (sampling.top_k > 0)
            possible = std::min(possible, static_cast<size_t>(sampling.top_k));
        double all = 0, sum = 0;
        for (size_t i = 0; i < possible; i++)
            all += weight_of(i);
        while (kept < possible && (kept == 0 || sum < sampling.top_p * all * (1 - 1e-9)))
            sum += weight_of(kept++);
        std::set<int32_t> expected(order.begin(), order.begin() + static_cast<ptrdiff_t>(kept)), drawn;
        for (int i = 0; i < 50; i++)
            drawn.insert(
                car_sample(&sampling, static_cast<int>(n), x.data(), (i + 0.5) / 50, weight.data(), ids.data()));
        if (possible == 0)
            expected = {-1};
        EXPECT_TRUE(std::includes(expected.begin(), expected.end(), drawn.begin(), drawn.end()));
        double heaviest = possible > 0 ? weight_of(0) / sum : 1;
        EXPECT_TRUE(heaviest < 0.05 || drawn.count(possible > 0 ? order[0] : -1) == 1);
    }
}

TEST(Sampling, KeepsTheTenOfAThousand)
{
    std::vector<car_real> x(1000);
    for (int i = 0; i < 1000; i++)
        x[static_cast<size_t>(i)] = static_cast<car_real>((i * 389 + 17) % 1000) / 100; // each value once
    std::vector<double> share = shares({1, 10, 1}, x, 10000);
    double sum = 0;
    for (int k = 0; k < 10; k++)
        sum += std::exp(-k / 100.0);
    for (size_t i = 0; i < x.size(); i++) {
        double below = 9.99 - static_cast<double>(x[i]);
        EXPECT_NEAR(share[i], below < 0.095 ? std::exp(-below) / sum : 0, 2e-4);
    }
}
