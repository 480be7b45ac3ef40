// The loops that measure the roof, on every path this processor has.
#include "math/roof.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "math/product.h"

namespace
{

struct Path {
    car_precision precision;
    const char *name;
    int chains, bytes; // of a vector
};

const Path paths[] = {{CAR_FP32, "avx512", 24, 64},  {CAR_FP32, "avx2", 12, 32},       {CAR_FP32, "portable", 12, 16},
                      {CAR_BF16, "avx512", 24, 64},  {CAR_BF16, "avx512bf16", 24, 64}, {CAR_BF16, "avx2", 12, 32},
                      {CAR_BF16, "portable", 12, 16}};

class Roof : public ::testing::Test
{
  protected:
    void TearDown() override { EXPECT_TRUE(car_product_set_precision(CAR_FP32)); }

    static bool choose(const Path &path)
    {
        return car_product_set_precision(path.precision) && car_product_choose(path.name);
    }
};

// Of every chain and lane a multiplication and an addition: x <- x / 2 + 1 from the number of the chain on.
TEST_F(Roof, ComputesWhatItCounts)
{
    for (const Path &path : paths)
        if (choose(path)) {
            const int lanes = path.bytes / static_cast<int>(sizeof(car_real));
            EXPECT_EQ(car_roof_operations(), 2 * path.chains * lanes) << path.name;
            double sum = 0;
            for (int chain = 0; chain < path.chains; chain++)
                sum += lanes * (2 + (chain - 2) / 1024.0);
            EXPECT_EQ(static_cast<double>(car_roof_compute(10)), sum) << path.name;
        }
}

// Nothing beyond the end is read: the sanitizer looks.
TEST_F(Roof, ReadsWhatIsThere)
{
    std::mt19937 random(1);
    for (const Path &path : paths)
        for (ptrdiff_t n : {0, 1, 127, 128, 129, 1000, 4096})
            if (choose(path)) {
                auto *memory = static_cast<car_real *>(car_alloc(n, sizeof(car_real)));
                for (ptrdiff_t i = 0; i < n; i++)
                    memory[i] = static_cast<car_real>(random());
                uint64_t word, all = 0;
                const ptrdiff_t read = n / CAR_ROOF_REALS * CAR_ROOF_REALS * static_cast<ptrdiff_t>(sizeof(car_real));
                for (ptrdiff_t at = 0; at < read; at += 8, all ^= word)
                    std::memcpy(&word, reinterpret_cast<const char *>(memory) + at, 8);
                EXPECT_EQ(car_roof_read(memory, n), all) << path.name << n;
                car_free(memory);
            }
}

} // namespace
