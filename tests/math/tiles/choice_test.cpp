// Which path is taken where there are tiles.
#include <gtest/gtest.h>

#include <string>

#include "math/product.h"

extern "C" bool soft_tiles_are_wrong;
extern "C" bool soft_tiles_are_taken();

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

// A product takes them, as every product test shows, and gives them back.
TEST_F(Tiles, AreGivenBack)
{
    ASSERT_TRUE(car_product_set_precision(CAR_BF16)); // multiplies, to see that they do it right
    ASSERT_EQ(std::string(car_product_path()), "avx512amx");
    EXPECT_FALSE(soft_tiles_are_taken());
}

TEST_F(Tiles, ThatMultiplyWrongAreNotTaken)
{
    soft_tiles_are_wrong = true;
    ASSERT_TRUE(car_product_set_precision(CAR_BF16));
    EXPECT_NE(std::string(car_product_path()), "avx512amx");
    EXPECT_FALSE(car_product_choose("avx512amx"));
}

} // namespace
