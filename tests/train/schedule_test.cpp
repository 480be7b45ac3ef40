// Learning rates update by update, and the judge of validation scores.
#include "train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace
{

const double infinity = std::numeric_limits<double>::infinity();
const double nan = std::numeric_limits<double>::quiet_NaN();

car_schedule_options constant(double rate)
{
    return {rate, 0, 0, CAR_DECAY_NONE, 0, 0, 0};
}

car_schedule make(const car_schedule_options &options)
{
    car_schedule schedule;
    car_schedule_init(&schedule, &options);
    return schedule;
}

// The counts of 1 .. last at which the rate falls.
std::vector<int> falls(car_schedule *schedule, car_decay what, int last)
{
    std::vector<int> at;
    for (int count = 1; count <= last; count++)
        if (car_schedule_report(schedule, what, count))
            at.push_back(count);
    return at;
}

TEST(Schedule, ConstantIgnoresWhatHappens)
{
    car_schedule schedule = make(constant(0.25));
    for (car_decay what : {CAR_DECAY_EPOCHS, CAR_DECAY_UPDATES, CAR_DECAY_STALLED})
        EXPECT_TRUE(falls(&schedule, what, 20).empty());
    EXPECT_EQ(car_schedule_rate(&schedule, 1), 0.25);
    EXPECT_EQ(car_schedule_rate(&schedule, 1000000), 0.25);
}

TEST(Schedule, WarmsUpLinearly)
{
    car_schedule_options options = constant(0.8);
    options.warmup = 4;
    car_schedule schedule = make(options);
    const std::vector<double> expected = {0.2, 0.4, 0.6, 0.8, 0.8, 0.8};
    for (size_t i = 0; i < expected.size(); i++)
        EXPECT_DOUBLE_EQ(car_schedule_rate(&schedule, static_cast<int64_t>(i) + 1), expected[i]);
}

TEST(Schedule, InverseSquareRootStartsWhereItSays)
{
    car_schedule_options options = constant(0.8);
    options.warmup = 16;
    options.inverse_sqrt = 16;
    car_schedule schedule = make(options);
    EXPECT_DOUBLE_EQ(car_schedule_rate(&schedule, 8), 0.4);
    EXPECT_DOUBLE_EQ(car_schedule_rate(&schedule, 16), 0.8);
    EXPECT_DOUBLE_EQ(car_schedule_rate(&schedule, 17), 0.8 * std::sqrt(16.0 / 17));
    EXPECT_DOUBLE_EQ(car_schedule_rate(&schedule, 64), 0.4);
    EXPECT_DOUBLE_EQ(car_schedule_rate(&schedule, 1600), 0.08);
}

TEST(Schedule, DecaysByEpochs)
{
    car_schedule schedule = make({1, 0, 0, CAR_DECAY_EPOCHS, 0.5, 4, 2});
    EXPECT_TRUE(falls(&schedule, CAR_DECAY_UPDATES, 20).empty());
    EXPECT_TRUE(falls(&schedule, CAR_DECAY_STALLED, 20).empty());
    EXPECT_EQ(falls(&schedule, CAR_DECAY_EPOCHS, 9), (std::vector<int>{4, 6, 8}));
    EXPECT_EQ(car_schedule_rate(&schedule, 77), 0.125);
}

TEST(Schedule, DecaysByUpdatesDuringWarmUpToo)
{
    car_schedule schedule = make({1, 100, 0, CAR_DECAY_UPDATES, 0.5, 30, 50});
    EXPECT_EQ(falls(&schedule, CAR_DECAY_UPDATES, 129), (std::vector<int>{30, 80}));
    EXPECT_EQ(car_schedule_rate(&schedule, 50), 0.125);
    EXPECT_EQ(car_schedule_rate(&schedule, 200), 0.25);
}

// Stalls count up until a new best and then start again, as the judge counts them.
TEST(Schedule, DecaysOnAPlateau)
{
    car_schedule schedule = make({1, 0, 0, CAR_DECAY_STALLED, 0.5, 2, 0});
    car_judge judge;
    car_judge_init(&judge, false, 0, 0);
    std::vector<double> rates;
    for (double score : {9, 8, 8, 8, 8, 8, 7, 7, 6, 6, 6}) {
        (void)car_judge_take(&judge, score);
        car_schedule_report(&schedule, CAR_DECAY_STALLED, judge.stalls);
        rates.push_back(car_schedule_rate(&schedule, 1));
    }
    EXPECT_EQ(rates, (std::vector<double>{1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125}));
}

TEST(Schedule, StateTravelsThroughNumbers)
{
    const car_schedule_options options = {1, 0, 0, CAR_DECAY_UPDATES, 0.7, 1, 1};
    car_schedule first = make(options), second = make(options);
    falls(&first, CAR_DECAY_UPDATES, 5);
    car_named_number numbers[CAR_SCHEDULE_NUMBERS];
    car_schedule_export(&first, numbers);
    car_error e;
    ASSERT_TRUE(car_schedule_import(&second, numbers, CAR_SCHEDULE_NUMBERS, &e));
    for (int64_t t = 6; t < 10; t++) {
        car_schedule_report(&first, CAR_DECAY_UPDATES, t);
        car_schedule_report(&second, CAR_DECAY_UPDATES, t);
        EXPECT_EQ(car_schedule_rate(&first, t + 1), car_schedule_rate(&second, t + 1));
    }
}

TEST(Schedule, RefusesNumbersThatCannotBe)
{
    car_schedule schedule = make({1, 0, 0, CAR_DECAY_UPDATES, 0.5, 1, 1});
    car_error e;
    for (double bad : {-0.5, 1.5, nan, infinity}) {
        const car_named_number number = {"decayed", bad};
        EXPECT_FALSE(car_schedule_import(&schedule, &number, 1, &e)) << bad;
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
    }
    EXPECT_FALSE(car_schedule_import(&schedule, nullptr, 0, &e));
    EXPECT_NE(std::string(e.message).find("decayed"), std::string::npos) << e.message;
    EXPECT_EQ(car_schedule_rate(&schedule, 1), 1);
}

TEST(ScheduleDeathTest, OptionsOutOfRangeAreABug)
{
    EXPECT_DEATH(make(constant(0)), "rate");
    EXPECT_DEATH(make({1, 0, 0, CAR_DECAY_EPOCHS, 0, 1, 1}), "factor");
    EXPECT_DEATH(make({1, 0, 0, CAR_DECAY_EPOCHS, 0.5, 0, 1}), "start");
    EXPECT_DEATH(make({1, 0, 0, CAR_DECAY_UPDATES, 0.5, 1, 0}), "frequency");
}

// 'b' for a new best, '.' for a stall, '!' for one after which to stop.
std::string verdicts(car_judge *judge, const std::vector<double> &scores)
{
    std::string all;
    for (double score : scores) {
        bool best = car_judge_take(judge, score);
        all += best ? 'b' : car_judge_stops(judge) ? '!' : '.';
    }
    return all;
}

TEST(Judge, LowerIsBetter)
{
    car_judge judge;
    car_judge_init(&judge, false, 0, 3);
    EXPECT_EQ(verdicts(&judge, {5, 4, 4, 6, 3, 3, 3.5, 3, 9}), "bb..b..!!");
    EXPECT_EQ(judge.best, 3);
    EXPECT_EQ(judge.stalls, 4);
    EXPECT_EQ(judge.seen, 9);
}

TEST(Judge, HigherIsBetter)
{
    car_judge judge;
    car_judge_init(&judge, true, 0, 2);
    EXPECT_EQ(verdicts(&judge, {-5, 10, 9, 11, 11, 11}), "bb.b.!");
    EXPECT_EQ(judge.best, 11);
}

// Small gains do not count one by one, but their sum does in the end.
TEST(Judge, GainsMustExceedEpsilon)
{
    car_judge judge;
    car_judge_init(&judge, true, 0.5, 0);
    EXPECT_EQ(verdicts(&judge, {1, 1.25, 1.5, 1.75, 2, 2.25, 2.5}), "b..b..b");
    car_judge_init(&judge, false, 0.5, 0);
    EXPECT_EQ(verdicts(&judge, {2, 1.75, 1.5, 1.25, 1}), "b..b.");
}

TEST(Judge, WithoutPatienceNeverStops)
{
    car_judge judge;
    car_judge_init(&judge, true, 0, 0);
    EXPECT_EQ(verdicts(&judge, {1, 0, 0, 0, 0, 0, 0}), "b......");
}

TEST(Judge, AScoreThatIsNotFiniteIsAStall)
{
    car_judge judge;
    car_judge_init(&judge, false, 0, 3);
    EXPECT_EQ(verdicts(&judge, {nan, infinity, 7, nan, -infinity, nan}), "..b..!");
    EXPECT_EQ(judge.best, 7);
    car_judge_init(&judge, true, 0, 2);
    EXPECT_EQ(verdicts(&judge, {nan, nan, -3}), ".!b");
}

TEST(Judge, StateTravelsThroughNumbers)
{
    car_judge whole, first, second;
    for (car_judge *judge : {&whole, &first, &second})
        car_judge_init(judge, false, 0.1, 3);
    const std::string all = verdicts(&whole, {nan, 4, 5, 3.95, 3, 3, 3, 3});
    std::string parts = verdicts(&first, {nan, 4, 5, 3.95});
    car_named_number numbers[CAR_JUDGE_NUMBERS];
    car_judge_export(&first, numbers);
    car_error e;
    ASSERT_TRUE(car_judge_import(&second, numbers, CAR_JUDGE_NUMBERS, &e));
    parts += verdicts(&second, {3, 3, 3, 3});
    EXPECT_EQ(parts, all);
    EXPECT_EQ(all, ".b..b..!");
}

TEST(Judge, RefusesNumbersThatCannotBe)
{
    car_judge judge;
    car_judge_init(&judge, false, 0, 3);
    car_error e;
    auto import = [&](double best, double stalls, double seen) {
        const car_named_number numbers[] = {{"seen", seen}, {"other", 1}, {"best", best}, {"stalls", stalls}};
        return car_judge_import(&judge, numbers, 4, &e);
    };
    EXPECT_FALSE(import(nan, 1, 2));
    EXPECT_FALSE(import(1, 3, 2));
    EXPECT_FALSE(import(1, 0.5, 2));
    EXPECT_FALSE(import(1, -1, 2));
    EXPECT_FALSE(import(1, 0, 1e300));
    EXPECT_FALSE(import(1, nan, 2));
    EXPECT_EQ(e.code, CAR_EXIT_DATA);
    EXPECT_EQ(judge.seen, 0);
    EXPECT_TRUE(import(0, 3, 3)); // no score was finite yet
    EXPECT_TRUE(import(1, 1, 2));
    EXPECT_EQ(judge.seen, 2);
}

} // namespace
