// Every cell that comes with the toolkit passes every check of `carousel cell check`: those
// of its plugin in the 32-bit build, those of its twin in the 64-bit build.
#include <gtest/gtest.h>

#include <cstdlib>

#include "carousel/cell.h"

#include "check/checking.hpp"
#include "support/shipped_cells.hpp"

namespace
{

using checking::Report;
using checking::Result;

constexpr bool is_twin = sizeof(car_real) == 8;

std::string plugin(const std::string &name, bool twin)
{
    for (const std::string start : {"one-stage", "two-stage", "options", "weights"})
        if (name == start)
            return std::string(CAR_STARTS) + (twin ? "64/" : "/") + name + ".so";
    return std::string(CAR_BINARY_DIR "/lib/carousel/cells") + (twin ? "64/" : "/") + name + ".so";
}

std::vector<std::string> names()
{
    std::vector<std::string> all = support::shipped_cells;
    all.insert(all.end(), {"one-stage", "two-stage", "options", "weights"});
    return all;
}

/* All is well; but how fast something is under a sanitizer, nobody promises. */
void expect_passed(const std::string &name, uint64_t seed, const std::vector<std::string> &only)
{
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Report report(plugin(name, is_twin), seed, only, 60, is_twin ? "" : plugin(name, true));
    EXPECT_FALSE(report.results.empty());
    for (const Result &result : report.results)
        EXPECT_TRUE(result.verdict == CAR_VERDICT_PASSED ||
                    (result.verdict == CAR_VERDICT_WARNED && result.id.rfind("speed.", 0) == 0))
            << result;
}

class EveryCell : public ::testing::TestWithParam<std::string>
{
};

TEST_P(EveryCell, PassesAllChecks) { expect_passed(GetParam(), 1, {}); }

// No correct cell is blamed, whatever is drawn.  CAR_SEEDS=100 tries a hundred seeds; one
// will do under the sanitizer, where every process takes its time.
TEST_P(EveryCell, PassesWithOtherNumbers)
{
    const char *said = std::getenv("CAR_SEEDS");
#if defined(__SANITIZE_ADDRESS__)
    const int usual = 1;
#else
    const int usual = 2;
#endif
    const int seeds = said != nullptr ? std::atoi(said) : usual;
    for (int seed = 2; seed <= seeds; seed++)
        expect_passed(GetParam(), static_cast<uint64_t>(seed), {});
}

INSTANTIATE_TEST_SUITE_P(Cells, EveryCell, ::testing::ValuesIn(names()), [](const auto &cell) {
    std::string name = cell.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

} // namespace
