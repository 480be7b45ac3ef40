// What every cell keeps to, whatever the width of its reals.
#include <gtest/gtest.h>

#include "support/cell_tester.hpp"

namespace
{

using support::CellChoice;
using support::CellTester;

class EveryCell : public ::testing::TestWithParam<CellChoice>
{
};

// 37: two vectors of the widest registers and a rest
TEST_P(EveryCell, WritesAllOfTheHostsPanelsAndNoPadding)
{
    CellTester(GetParam()).input(5).hidden(7).lengths({6, 6, 4, 1}).check_panels();
    CellTester(GetParam()).input(33).hidden(37).lengths({3, 2, 2}).check_panels();
    CellTester(GetParam()).input(16).hidden(32).steps(1).check_panels();
}

TEST_P(EveryCell, KernelsTouchWhatIsTheirsAndAddWhereTheyShould)
{
    CellTester(GetParam()).input(5).hidden(7).check_kernels();
    CellTester(GetParam()).input(3).hidden(37).check_kernels();
    CellTester(GetParam()).input(1).hidden(1).check_kernels();
}

TEST_P(EveryCell, FiniteFarOutAndAtZero) { CellTester(GetParam()).input(5).hidden(37).check_finite(); }

TEST_P(EveryCell, SameBitsTwice)
{
    CellTester(GetParam()).input(5).hidden(37).lengths({6, 6, 4, 1}).check_same_bits_twice();
}

TEST_P(EveryCell, RowsAreIndependent)
{
    CellTester(GetParam()).input(5).hidden(7).lengths({6, 6, 4, 1}).check_rows_independent();
    CellTester(GetParam())
        .input(19)
        .hidden(37)
        .lengths({4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 1})
        .check_rows_independent();
}

TEST_P(EveryCell, SequenceEqualsSteps)
{
    CellTester(GetParam()).input(5).hidden(7).lengths({6, 6, 4, 1}).check_sequence_equals_steps();
    CellTester(GetParam()).input(19).hidden(37).steps(5).check_sequence_equals_steps();
}

INSTANTIATE_TEST_SUITE_P(Cells, EveryCell, ::testing::ValuesIn(support::cell_choices()),
                         [](const auto &cell) { return cell.param.name(); });

} // namespace
