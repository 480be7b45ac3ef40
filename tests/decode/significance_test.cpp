// Resampling, on scores simple enough to know what must come out.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "decode/bleu.h"
#include "decode/significance.h"

namespace
{

// Rows are one number and a 1; the score is the mean of the numbers.
double mean_score(const void *, const double *sums) { return sums[0] / sums[1]; }

struct System {
    explicit System(const std::vector<double> &values)
    {
        for (double value : values) {
            rows.push_back(value);
            rows.push_back(1);
        }
    }
    car_scored_lines view() const
    {
        return {rows.data(), static_cast<ptrdiff_t>(rows.size() / 2), 2, mean_score, nullptr};
    }
    std::vector<double> rows;
};

std::vector<double> values(int n, double base, double swing)
{
    std::vector<double> out;
    for (int i = 0; i < n; i++)
        out.push_back(base + swing * std::sin(i * i));
    return out;
}

} // namespace

TEST(Significance, ScoresLinesTogether)
{
    System s({1, 2, 6});
    car_scored_lines lines = s.view();
    EXPECT_EQ(car_score_lines(&lines, nullptr, 0), 3);
    ptrdiff_t wanted[] = {2, 0, 2};
    EXPECT_EQ(car_score_lines(&lines, wanted, 2), 3.5);
    EXPECT_DOUBLE_EQ(car_score_lines(&lines, wanted, 3), 13.0 / 3);
}

TEST(Significance, IntervalIsThatOfTheMean)
{
    // 400 lines of variance 25/2: the mean's standard deviation is 5 / sqrt(800).
    System s(values(400, 50, 5));
    car_scored_lines lines = s.view();
    car_interval interval;
    car_bootstrap(&lines, 2000, 1, &interval);
    double score = car_score_lines(&lines, nullptr, 0), half = 1.96 * 5 / std::sqrt(800.0);
    EXPECT_NEAR(interval.mean, score, 0.03);
    EXPECT_NEAR(interval.low, score - half, 0.05);
    EXPECT_NEAR(interval.high, score + half, 0.05);
}

TEST(Significance, SameSeedSameResult)
{
    System a(values(50, 50, 5)), b(values(50, 51, 4));
    car_scored_lines x = a.view(), y = b.view();
    car_interval first, again, other;
    double p = car_paired_bootstrap(&x, &y, 100, 7, &first);
    EXPECT_EQ(car_paired_bootstrap(&x, &y, 100, 7, &again), p);
    EXPECT_EQ(first.mean, again.mean);
    (void)car_paired_bootstrap(&x, &y, 100, 8, &other);
    EXPECT_NE(first.mean, other.mean);
    car_bootstrap(&y, 100, 7, &again); // draws the same lines
    EXPECT_EQ(first.low, again.low);
    EXPECT_EQ(car_paired_randomisation(&x, &y, 100, 7), car_paired_randomisation(&x, &y, 100, 7));
}

TEST(Significance, FindsADifferenceOnEveryLine)
{
    System a(values(200, 50, 5)), b(values(200, 51, 5));
    car_scored_lines x = a.view(), y = b.view();
    car_interval interval;
    EXPECT_DOUBLE_EQ(car_paired_bootstrap(&x, &y, 999, 1, &interval), 1.0 / 1000);
    EXPECT_DOUBLE_EQ(car_paired_randomisation(&x, &y, 999, 1), 1.0 / 1000);
}

TEST(Significance, FindsNoneWhereThereIsNone)
{
    // The same numbers on other lines, one a little larger.
    std::vector<double> one = values(200, 50, 5), two(one.rbegin(), one.rend());
    two[0] += 1;
    System a(one), b(two);
    car_scored_lines x = a.view(), y = b.view();
    car_interval interval;
    EXPECT_GT(car_paired_randomisation(&x, &y, 1000, 1), 0.5);
    EXPECT_GT(car_paired_bootstrap(&x, &y, 1000, 1, &interval), 0.2);
    EXPECT_EQ(car_paired_bootstrap(&x, &x, 100, 1, &interval), 1);
    EXPECT_EQ(car_paired_randomisation(&x, &x, 100, 1), 1);
}

TEST(Significance, RandomisationCountsTrialsAboveWhatWasSeen)
{
    // Half of the trials give back the systems, or each the other; the other half put
    // both better lines on one side.
    System a({0, 1}), b({2, 0});
    car_scored_lines x = a.view(), y = b.view();
    double p = car_paired_randomisation(&x, &y, 4000, 1);
    EXPECT_NEAR(p, 0.5, 0.03);
}

TEST(Significance, IsFast)
{
    std::vector<double> rows;
    car_bleu_options options = car_bleu_defaults();
    for (int i = 0; i < 1000; i++)
        for (double value : {20.0, 21.0, 15.0, 9.0, 5.0, 3.0 + i % 2, 20.0, 19.0, 18.0, 17.0})
            rows.push_back(value);
    car_scored_lines lines = {rows.data(), 1000, car_bleu_width(&options),
                              [](const void *o, const double *sums) {
                                  car_bleu_score score;
                                  car_bleu_of_sums(static_cast<const car_bleu_options *>(o), sums, 1, &score);
                                  return score.score;
                              },
                              &options};
    car_interval interval;
    auto start = std::chrono::steady_clock::now();
    car_bootstrap(&lines, 1000, 1, &interval);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    RecordProperty("seconds", std::to_string(seconds));
    EXPECT_LT(seconds, 5) << "a tenth of a second without sanitizers";
    EXPECT_LT(interval.low, interval.mean);
}
