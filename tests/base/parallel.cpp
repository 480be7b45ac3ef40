#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

class Parallel : public testing::TestWithParam<int>
{
  protected:
    Parallel() { car_parallel_set_threads(GetParam()); }
    ~Parallel() override { car_parallel_set_threads(1); }
};

TEST_P(Parallel, RunsEveryTaskOnce)
{
    for (int n : {0, 1, 2, 7, 1000}) {
        std::vector<int> runs(static_cast<size_t>(n) + 1);
        car_parallel(
            n, [](void *context, int task) { static_cast<int *>(context)[task]++; }, runs.data());
        for (int i = 0; i < n; i++)
            ASSERT_EQ(1, runs[static_cast<size_t>(i)]);
        EXPECT_EQ(0, runs.back());
    }
}

TEST_P(Parallel, InnerJobsRunWithinTheirTask)
{
    std::atomic<int> sum(0);
    car_parallel(
        8,
        [](void *outer, int) {
            int local = 0; /* unprotected: the inner tasks must not run at the same time */
            car_parallel(
                100, [](void *inner, int i) { *static_cast<int *>(inner) += i; }, &local);
            *static_cast<std::atomic<int> *>(outer) += local;
        },
        &sum);
    EXPECT_EQ(8 * 4950, sum);
}

TEST_P(Parallel, TheFirstTaskThatFailsIsReported)
{
    car_failure failure{};
    car_error e{};
    EXPECT_TRUE(car_failure_pass(&failure, &e));
    car_parallel(
        100,
        [](void *context, int task) {
            car_error own{};
            if (task % 10 == 7 && !car_error_set(&own, task, "task %d", task))
                car_failure_note(static_cast<car_failure *>(context), task, &own);
        },
        &failure);
    EXPECT_FALSE(car_failure_pass(&failure, &e));
    EXPECT_EQ(7, e.code);
    EXPECT_STREQ("task 7", e.message);
    failure = car_failure{};
    for (int task : {3, 2, 5}) {
        e.code = task;
        car_failure_note(&failure, task, &e);
    }
    EXPECT_FALSE(car_failure_pass(&failure, &e));
    EXPECT_EQ(2, e.code);
}

INSTANTIATE_TEST_SUITE_P(Threads, Parallel, testing::Values(1, 2, 3, 8));

TEST(ParallelThreads, ZeroIsAllThereAre)
{
    car_parallel_set_threads(0);
    EXPECT_GE(car_parallel_threads(), 1);
    car_parallel_set_threads(5);
    EXPECT_EQ(5, car_parallel_threads());
    car_parallel_set_threads(1);
}
