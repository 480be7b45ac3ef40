/* What the shipped cells keep to beyond the contract, which tests/conformance checks: an
 * element has the same bits wherever in its row it stands. */
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/memory.h"
#include "cell/plan.h"
#include "loading.hpp"

namespace
{

using Plan = support::Handle<car_cell_plan, car_cell_plan_free>;

/* A number that depends on nothing but its arguments, between -2 and 2. */
car_real sample(int panel, int row, int column)
{
    return static_cast<car_real>(2 * std::sin(panel * 37.7 + row * 5.13 + column * 12.9898));
}

/* Memory for one step of a cell with `rows` rows of `width` live columns. */
class Step
{
  public:
    Step(const car_cell_plan &plan, int rows, int width) : plan_(plan), rows_(rows), width_(width)
    {
        for (std::vector<car_panel> *panels : {&prev, &next, &gate, &local, &d_next, &d_prev, &d_gate, &d_local})
            add(*panels, 64);
        add(weight_panels, 32);
        add(d_weight_panels, 32);
        for (int i = 0; i < 32; i++) {
            weight.push_back(car_row(weight_panels[static_cast<size_t>(i)], 0));
            d_weight.push_back(car_row(d_weight_panels[static_cast<size_t>(i)], 0));
        }
    }
    Step(const Step &) = delete;
    Step &operator=(const Step &) = delete;

    void run()
    {
        car_step s = {};
        s.size = sizeof s;
        s.rows = rows_;
        s.input = s.hidden = width_;
        s.config = plan_.config;
        s.weight = weight.data();
        s.prev = prev.data();
        s.next = next.data();
        s.gate = gate.data();
        s.local = local.data();
        for (s.stage = 0; s.stage < plan_.n_stages; s.stage++)
            plan_.stage[s.stage].forward(&s);
        s.d_next = d_next.data();
        s.d_prev = d_prev.data();
        s.d_gate = d_gate.data();
        s.d_local = d_local.data();
        s.d_weight = d_weight.data();
        for (s.stage = plan_.n_stages - 1; s.stage >= 0; s.stage--)
            plan_.stage[s.stage].backward(&s);
    }

    /* All memory, row by row, by panel; d_weight apart, as it sums over rows. */
    car_real at(size_t panel, int row, int column) const { return memory[panel][index(row, column)]; }
    size_t n_panels() const { return memory.size() - 32; }

    static constexpr int STRIDE = 96;
    static constexpr car_real UNTOUCHED = 12345;

  private:
    size_t index(int row, int column) const { return static_cast<size_t>(row * STRIDE + column); }

    void add(std::vector<car_panel> &panels, int n)
    {
        for (int i = 0; i < n; i++) {
            int number = static_cast<int>(memory.size());
            memory.emplace_back(static_cast<size_t>((rows_ + 1) * STRIDE), UNTOUCHED);
            for (int row = 0; row < rows_; row++)
                for (int column = 0; column < width_; column++)
                    memory.back()[index(row, column)] = sample(number, row, column);
            panels.push_back({memory.back().data(), STRIDE});
        }
    }

    const car_cell_plan &plan_;
    int rows_, width_;
    std::vector<std::vector<car_real>> memory;
    std::vector<car_panel> prev, next, gate, local, d_next, d_prev, d_gate, d_local, weight_panels, d_weight_panels;
    std::vector<const car_real *> weight;
    std::vector<car_real *> d_weight;
};

class EveryCell : public ::testing::TestWithParam<const char *>
{
  protected:
    void SetUp() override
    {
        const char *settings;
        char *name = car_cell_spec_split(GetParam(), &settings);
        const car_loaded_cell *found = car_cell_find(cells.get(), name, &e);
        car_free(name);
        ASSERT_NE(found, nullptr) << e.message;
        plan.reset(car_cell_plan_new(found->cell, 64, 64, settings, &e));
        ASSERT_TRUE(plan) << e.message;
    }

    car_error e = {};
    support::Cells cells = support::cells_in("");
    Plan plan;
};

TEST_P(EveryCell, BitsDoNotDependOnThePlaceInTheRow)
{
    Step wide(*plan, 3, 80);
    wide.run();
    for (int width = 1; width < 80; width++) {
        Step narrow(*plan, 3, width);
        narrow.run();
        for (size_t panel = 0; panel < wide.n_panels(); panel++)
            for (int row = 0; row < 3; row++)
                for (int column = 0; column < Step::STRIDE; column++) {
                    car_real expected = column < width ? wide.at(panel, row, column) : Step::UNTOUCHED;
                    ASSERT_EQ(narrow.at(panel, row, column), expected)
                        << "width " << width << ", panel " << panel << ", row " << row << ", column " << column;
                }
    }
}

INSTANTIATE_TEST_SUITE_P(Shipped, EveryCell,
                         ::testing::Values("rnn", "rnn:activation=relu", "rnn:activation=sigmoid", "lstm", "peephole",
                                           "coupled", "gru", "gru-v1", "rhn", "rhn:depth=1"));

} // namespace
