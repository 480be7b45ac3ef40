#include "base/memory.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "support/handles.hpp"

static bool is_aligned(const void *memory) { return reinterpret_cast<uintptr_t>(memory) % CAR_ALIGNMENT == 0; }

TEST(Memory, AllocationIsZeroedAndAligned)
{
    for (ptrdiff_t count : {0, 1, 15, 16, 17, 100000, 3000000}) {
        support::Handle<float, car_free> memory(static_cast<float *>(car_alloc(count, sizeof(float))));
        ASSERT_NE(nullptr, memory.get());
        EXPECT_TRUE(is_aligned(memory.get()));
        for (ptrdiff_t i = 0; i < count; i++)
            ASSERT_EQ(0.0f, memory.get()[i]);
    }
    car_free(nullptr);
}

TEST(Memory, ArraysGrowAndKeepWhatTheyHold)
{
    int *array = nullptr;
    ptrdiff_t capacity = 0;
    for (int i = 0; i < 10000; i++) {
        array = static_cast<int *>(car_grow(array, i, &capacity, sizeof *array));
        array[i] = i;
    }
    EXPECT_GE(capacity, 10000);
    EXPECT_LT(capacity, 20001);
    for (int i = 0; i < 10000; i++)
        ASSERT_EQ(i, array[i]);
    array = static_cast<int *>(car_resize(array, 3, sizeof *array));
    EXPECT_EQ(2, array[2]);
    car_free(array);
    char *copy = car_copy_text("text");
    EXPECT_STREQ("text", copy);
    car_free(copy);
}

TEST(MemoryDeathTest, WhatCannotBeHadEndsTheProgramWithItsCode)
{
    EXPECT_EXIT(car_alloc(PTRDIFF_MAX, 16), testing::ExitedWithCode(CAR_EXIT_MEMORY), "cannot hold");
    EXPECT_EXIT(car_resize(nullptr, PTRDIFF_MAX, 8), testing::ExitedWithCode(CAR_EXIT_MEMORY), "cannot hold");
    EXPECT_DEATH(car_alloc(-1, 1), "bug");
}

class Arena : public testing::Test
{
  protected:
    Arena() { car_arena_init(&arena); }
    ~Arena() override { car_arena_clear(&arena); }
    unsigned char *take(ptrdiff_t bytes) { return static_cast<unsigned char *>(car_arena_take(&arena, bytes, 1)); }
    car_arena arena;
};

TEST_F(Arena, PiecesAreAlignedAndDisjoint)
{
    std::vector<std::pair<unsigned char *, ptrdiff_t>> taken;
    for (int i = 0; i < 300; i++) {
        ptrdiff_t bytes = i * 7919 % 20011;
        unsigned char *memory = take(bytes);
        EXPECT_TRUE(is_aligned(memory));
        memset(memory, i % 256, static_cast<size_t>(bytes));
        taken.emplace_back(memory, bytes);
    }
    for (int i = 0; i < 300; i++) {
        for (ptrdiff_t k = 0; k < taken[static_cast<size_t>(i)].second; k++)
            ASSERT_EQ(i % 256, taken[static_cast<size_t>(i)].first[k]);
    }
}

TEST_F(Arena, AfterAResetTheSameRoundGetsTheSameMemory)
{
    std::vector<unsigned char *> rounds[3];
    for (auto &round : rounds) {
        car_arena_reset(&arena);
        for (int i = 0; i < 100; i++)
            round.push_back(take(100000)); /* several pieces at first, one afterwards */
    }
    EXPECT_EQ(rounds[1], rounds[2]);
    for (size_t i = 1; i < 100; i++) /* one piece: one after the other */
        EXPECT_EQ(100032, rounds[1][i] - rounds[1][i - 1]);
}

TEST_F(Arena, ALargeWishIsMetInASmallArena)
{
    take(1);
    unsigned char *large = take(10 << 20);
    large[(10 << 20) - 1] = 1;
    car_arena_reset(&arena);
    EXPECT_TRUE(is_aligned(take(5)));
}

TEST_F(Arena, PoisonIsNaNInBothWidths)
{
    arena.poison = true;
    for (int round = 0; round < 2; round++) {
        const float *narrow = static_cast<float *>(car_arena_take(&arena, 10, sizeof(float)));
        const double *wide = static_cast<double *>(car_arena_take(&arena, 10, sizeof(double)));
        for (int i = 0; i < 10; i++)
            EXPECT_TRUE(std::isnan(narrow[i]) && std::isnan(wide[i]));
        car_arena_reset(&arena);
    }
}

TEST_F(Arena, ClearedArenasMayBeUsedAgain)
{
    take(1000);
    car_arena_clear(&arena);
    EXPECT_TRUE(is_aligned(take(1000)));
}
