// The loops that measure the roof, on every path this processor has.
#include "math/roof.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "math/product.h"

namespace
{

TEST(Roof, CountsTheOperationsOfEachPath)
{
    const std::string before = car_product_path();
    // chains x lanes x (one multiplication, one addition)
    const std::map<std::string, int> operations = {
        {"avx512", 24 * 16 * 2}, {"avx2", 12 * 8 * 2}, {"portable", 12 * 16 / static_cast<int>(sizeof(car_real)) * 2}};
    for (const auto &[name, expected] : operations)
        if (car_product_choose(name.c_str())) {
            EXPECT_EQ(car_roof_operations(), expected) << name;
            car_roof_compute(10);
        }
    EXPECT_TRUE(car_product_choose(before.c_str()));
}

// Nothing beyond the end is read: the sanitizer looks.
TEST(Roof, ReadsWhatIsThere)
{
    const std::string before = car_product_path();
    for (const char *name : {"avx512", "avx2", "portable"})
        for (ptrdiff_t n : {0, 1, 127, 128, 129, 1000, 4096})
            if (car_product_choose(name)) {
                auto *memory = static_cast<car_real *>(car_alloc(n, sizeof(car_real)));
                car_roof_read(memory, n);
                car_free(memory);
            }
    EXPECT_TRUE(car_product_choose(before.c_str()));
}

} // namespace
