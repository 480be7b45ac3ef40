// Drawing words: shares of the unit interval against the probabilities they stand for.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "decode/sampling.h"

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
    for (const car_sampling &sampling : {car_sampling{1, 0, 1}, car_sampling{1, 2, 0.5}}) {
        EXPECT_EQ(car_sample(&sampling, 5, banned.data(), 0.5, weight.data(), ids.data()), -1);
        EXPECT_EQ(car_sample(&sampling, 5, unknown.data(), 0.5, weight.data(), ids.data()), -1);
    }
}

TEST(Sampling, SortsManyWords)
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
