// The packed rows of a ragged batch.
#include <gtest/gtest.h>

#include <vector>

#include "cell/layer.h"

namespace
{

class Steps : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        car_arena_init(&arena);
        arena.poison = true;
    }
    void TearDown() override { car_arena_clear(&arena); }

    car_steps take(const std::vector<int> &lengths)
    {
        return car_steps_take(&arena, lengths.data(), static_cast<int>(lengths.size()));
    }
    car_arena arena;
};

TEST_F(Steps, Layout)
{
    const car_steps steps = take({6, 6, 4, 1});
    EXPECT_EQ(steps.batch, 4);
    ASSERT_EQ(steps.steps, 6);
    EXPECT_EQ(steps.total, 17);
    EXPECT_EQ(std::vector<int>(steps.rows, steps.rows + 6), (std::vector<int>{4, 3, 3, 3, 2, 2}));
    EXPECT_EQ(std::vector<int>(steps.first, steps.first + 6), (std::vector<int>{0, 4, 7, 10, 13, 15}));
}

TEST_F(Steps, OrderIsByFallingLengthAndStable)
{
    const std::vector<int> lengths = {2, 5, 2, 7, 5, 1, 7};
    const int *order = car_order_by_length(&arena, lengths.data(), 7);
    EXPECT_EQ(std::vector<int>(order, order + 7), (std::vector<int>{3, 6, 1, 4, 0, 2, 5}));
}

TEST_F(Steps, OneOfOne)
{
    const car_steps steps = take({1});
    EXPECT_EQ(steps.batch, 1);
    EXPECT_EQ(steps.steps, 1);
    EXPECT_EQ(steps.total, 1);
    EXPECT_EQ(steps.rows[0], 1);
    EXPECT_EQ(steps.first[0], 0);
}

// Every word of every sequence has a packed row of its own, and they fill 0 .. N-1.
TEST_F(Steps, RowsAreABijection)
{
    for (const std::vector<int> &lengths :
         {std::vector<int>{5, 5, 5}, std::vector<int>{9, 4, 4, 3, 1, 1}, std::vector<int>{7}, std::vector<int>{1, 1}}) {
        const car_steps steps = take(lengths);
        std::vector<int> seen(static_cast<size_t>(steps.total), 0);
        for (int t = 0; t < steps.steps; t++)
            for (int b = 0; b < steps.rows[t]; b++) {
                EXPECT_LT(t, lengths[static_cast<size_t>(b)]);
                seen[static_cast<size_t>(steps.first[t] + b)]++;
            }
        EXPECT_EQ(seen, std::vector<int>(seen.size(), 1));
    }
}

TEST_F(Steps, ReversalReadsEachSequenceFromItsOtherEnd)
{
    const std::vector<int> lengths = {5, 3, 3, 1};
    const car_steps steps = take(lengths);
    const int *map = car_steps_reversal(&arena, &steps, lengths.data());
    for (int t = 0; t < steps.steps; t++)
        for (int b = 0; b < steps.rows[t]; b++) {
            const int row = steps.first[t] + b, other = lengths[static_cast<size_t>(b)] - 1 - t;
            EXPECT_EQ(map[row], steps.first[other] + b);
            EXPECT_EQ(map[map[row]], row);
        }
}

using StepsDeathTest = Steps;

TEST_F(StepsDeathTest, MistakesAbort)
{
    EXPECT_DEATH(take({3, 0}), "lengths");
    EXPECT_DEATH(take({4, 2, 3}), "lengths");
}

} // namespace
