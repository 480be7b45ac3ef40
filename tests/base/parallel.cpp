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

INSTANTIATE_TEST_SUITE_P(Threads, Parallel, testing::Values(1, 2, 3, 8));

TEST(ParallelThreads, ZeroIsAllThereAre)
{
    car_parallel_set_threads(0);
    EXPECT_GE(car_parallel_threads(), 1);
    car_parallel_set_threads(5);
    EXPECT_EQ(5, car_parallel_threads());
    car_parallel_set_threads(1);
}
