/* What kernels read and write, found by trying: against what their files say. */
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "cell/flow.h"
#include "support/cells.hpp"

namespace
{

enum { H = 1, C = 2, E = 4 }; /* states */

class Flow
{
  public:
    explicit Flow(const std::string &cell, int input = 8, const std::string &settings = "")
    {
        car_error e;
        plan_.reset(car_cell_plan_new(support::shipped_cell(cell), input, 8, settings.c_str(), &e));
        if (!plan_)
            throw std::runtime_error(e.message);
        stages.resize(static_cast<size_t>(plan_->n_stages));
        car_cell_flow_find(plan_.get(), stages.data());
    }
    std::vector<car_stage_flow> stages;

  private:
    support::Handle<car_cell_plan, car_cell_plan_free> plan_;
};

void expect(const car_stage_flow &flow, car_stage_flow is)
{
    EXPECT_EQ(flow.states, is.states);
    EXPECT_EQ(flow.locals, is.locals);
    EXPECT_EQ(flow.weights, is.weights);
    EXPECT_EQ(flow.gates, is.gates);
    EXPECT_EQ(flow.x, is.x);
    EXPECT_EQ(flow.next, is.next);
    EXPECT_EQ(flow.made, is.made);
}

/*                                                            states  locals weights gates  x      next  made */
TEST(CellFlow, OneStage)
{
    expect(Flow("rnn").stages.at(0), car_stage_flow{0, 0, 0, 0, false, H, 0});
    expect(Flow("lstm").stages.at(0), car_stage_flow{C, 0, 0, 0, false, H | C, 0});
    expect(Flow("gru").stages.at(0), car_stage_flow{H, 0, 0, 0, false, H, 0});
    expect(Flow("peephole").stages.at(0), car_stage_flow{C, 0, 7, 0, false, H | C, 0});
    expect(Flow("indrnn").stages.at(0), car_stage_flow{H, 0, 1, 0, false, H, 0});
    expect(Flow("janet").stages.at(0), car_stage_flow{H, 0, 0, 0, false, H, 1});
    expect(Flow("ln-lstm").stages.at(0), car_stage_flow{C, 0, 3, 0, false, H | C, 3});
}

TEST(CellFlow, SeveralStages)
{
    const Flow gru("gru-v1"), nested("nested-lstm"), rhn("rhn", 8, "depth=3");
    expect(gru.stages.at(0), car_stage_flow{H, 0, 0, 0, false, 0, 1});
    expect(gru.stages.at(1), car_stage_flow{H, 0, 0, 2, false, H, 0});
    expect(nested.stages.at(0), car_stage_flow{C, 0, 0, 0, false, 0, 3});
    expect(nested.stages.at(1), car_stage_flow{E, 0, 0, 8, false, H | C | E, 0});
    expect(rhn.stages.at(0), car_stage_flow{H, 0, 0, 0, false, 0, 1});
    expect(rhn.stages.at(1), car_stage_flow{0, 1, 0, 0, false, 0, 2});
    expect(rhn.stages.at(2), car_stage_flow{0, 2, 0, 0, false, H, 0});
}

TEST(CellFlow, TheInputItself)
{
    expect(Flow("sru", 8).stages.at(0), car_stage_flow{C, 0, 3, 0, true, H | C, 0});
    expect(Flow("sru", 5).stages.at(0), car_stage_flow{C, 0, 3, 0, false, H | C, 0});
}

} // namespace
