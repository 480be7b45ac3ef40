// Every gradient of every cell against central differences; for the 64-bit build.
#include <gtest/gtest.h>

#include "support/cell_tester.hpp"

namespace
{

using support::CellChoice;
using support::CellTester;

class EveryCell64 : public ::testing::TestWithParam<CellChoice>
{
};

TEST_P(EveryCell64, Gradients)
{
    for (int steps : {1, 2, 5}) {
        SCOPED_TRACE(std::to_string(steps) + " steps");
        CellTester(GetParam()).input(3).hidden(4).steps(steps).check_gradients();
    }
}

TEST_P(EveryCell64, RaggedGradients)
{
    CellTester(GetParam()).input(5).hidden(7).lengths({6, 6, 4, 1}).seed(2).check_gradients();
    CellTester(GetParam()).input(2).hidden(3).lengths({2, 1}).seed(3).check_gradients();
}

TEST_P(EveryCell64, GradientsArrivingAtEveryStateOfEveryStep)
{
    CellTester(GetParam()).input(2).hidden(3).lengths({5, 4, 4, 2}).seed(4).check_gradients_of_all_states();
}

INSTANTIATE_TEST_SUITE_P(Cells, EveryCell64, ::testing::ValuesIn(support::cell_choices()),
                         [](const auto &cell) { return cell.param.name(); });

} // namespace
