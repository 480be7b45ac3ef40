// Which path is taken where there are tiles.
#include <gtest/gtest.h>

#include <string>

#include "math/product.h"

extern "C" bool soft_tiles_are_wrong;

namespace
{

class Tiles : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        if (!__builtin_cpu_supports("x86-64-v4"))
            GTEST_SKIP() << "the path with tiles packs with AVX-512";
    }
    void TearDown() override
    {
        soft_tiles_are_wrong = false;
        car_product_set_precision(CAR_FP32);
    }
};

TEST_F(Tiles, AreTakenFirst)
{
    ASSERT_TRUE(car_product_set_precision(CAR_BF16));
    EXPECT_EQ(std::string(car_product_path()), "avx512amx");
}

TEST_F(Tiles, ThatMultiplyWrongAreNotTaken)
{
    soft_tiles_are_wrong = true;
    ASSERT_TRUE(car_product_set_precision(CAR_BF16));
    EXPECT_NE(std::string(car_product_path()), "avx512amx");
    EXPECT_FALSE(car_product_choose("avx512amx"));
}

} // namespace
