/* What the host makes of the shipped cells' plans, and of settings. */
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cell/plan.h"
#include "loading.hpp"

namespace
{

using Plan = support::Handle<car_cell_plan, car_cell_plan_free>;

class CellPlan : public ::testing::Test
{
  protected:
    Plan plan(const char *name, int input, int hidden, const char *settings = "")
    {
        const car_loaded_cell *found = car_cell_find(cells.get(), name, &e);
        EXPECT_NE(found, nullptr) << e.message;
        return Plan(found == nullptr ? nullptr : car_cell_plan_new(found->cell, input, hidden, settings, &e));
    }

    support::Cells cells = support::cells_in("");
    car_error e = {};
};

std::vector<std::string> columns(const car_cell_plan &plan)
{
    std::vector<std::string> names;
    for (int i = 0; i < plan.n_gates; i++)
        names.push_back(plan.gate[plan.order[i]].name);
    return names;
}

std::string links(const car_cell_plan &plan)
{
    std::string text;
    for (int i = 0; i < plan.n_links; i++) {
        const car_link &link = plan.link[i];
        text += std::to_string(link.stage) + ":" + car_cell_plan_feed_name(&plan, link.feed) + "[" +
                std::to_string(link.rows) + "," + std::to_string(link.columns) + "]@" + std::to_string(link.column) +
                " ";
    }
    return text;
}

TEST_F(CellPlan, OfLstmHasTwoProducts)
{
    Plan lstm = plan("lstm", 3, 4);
    ASSERT_TRUE(lstm) << e.message;
    EXPECT_EQ(columns(*lstm), (std::vector<std::string>{"i", "f", "g", "o"}));
    EXPECT_EQ(links(*lstm), "0:x[3,16]@0 0:h[4,16]@0 ");
    EXPECT_EQ(lstm->n_states, 2);
    EXPECT_EQ(lstm->output, 4);
    EXPECT_EQ(lstm->gate[1].bias, 1) << "the forget gate starts open";
    EXPECT_EQ(car_cell_plan_parameters(lstm.get()), 4 * (3 * 4 + 4 * 4 + 4));
    EXPECT_EQ(car_cell_plan_products(lstm.get()), 4 * (3 * 4 + 4 * 4));
    EXPECT_EQ(car_cell_plan_init(lstm.get(), 0, CAR_X).init, CAR_INIT_GLOROT);
    EXPECT_EQ(car_cell_plan_init(lstm.get(), 0, CAR_H).init, CAR_INIT_ORTHOGONAL);
}

TEST_F(CellPlan, OfGruOverlapsItsProducts)
{
    Plan gru = plan("gru", 3, 4);
    ASSERT_TRUE(gru) << e.message;
    EXPECT_EQ(columns(*gru), (std::vector<std::string>{"n.x", "r", "z", "n.h"}));
    EXPECT_EQ(links(*gru), "0:x[3,12]@0 0:h[4,12]@4 ");
}

TEST_F(CellPlan, OfTheFirstGruHasTwoStages)
{
    Plan gru = plan("gru-v1", 3, 4);
    ASSERT_TRUE(gru) << e.message;
    EXPECT_EQ(gru->n_stages, 2);
    EXPECT_EQ(links(*gru), "0:x[3,8]@0 0:h[4,8]@0 1:x[3,4]@8 1:r*h[4,4]@8 ");
}

TEST_F(CellPlan, OfPeepholeHasVectors)
{
    Plan peephole = plan("peephole", 3, 4);
    ASSERT_TRUE(peephole) << e.message;
    EXPECT_EQ(peephole->n_weights, 3);
    EXPECT_EQ(car_cell_plan_parameters(peephole.get()), 4 * (3 * 4 + 4 * 4 + 4) + 3 * 4);
}

TEST_F(CellPlan, OfRhnIsAsDeepAsAsked)
{
    for (int depth : {1, 3, 5, 10}) {
        Plan rhn = plan("rhn", 3, 4, ("depth=" + std::to_string(depth)).c_str());
        ASSERT_TRUE(rhn) << e.message;
        EXPECT_EQ(rhn->n_stages, depth);
        EXPECT_EQ(rhn->n_gates, 2 * depth);
        EXPECT_EQ(rhn->n_locals, depth - 1);
        EXPECT_EQ(rhn->n_links, 1 + depth);
        EXPECT_EQ(rhn->gate[2 * depth - 1].bias, -2);
    }
}

TEST_F(CellPlan, WithoutInputHasNoInputProducts)
{
    for (const std::string &name : support::shipped_cells) {
        Plan cell = plan(name.c_str(), 0, 4);
        ASSERT_TRUE(cell) << e.message;
        for (int i = 0; i < cell->n_links; i++)
            EXPECT_NE(cell->link[i].feed, CAR_X) << name;
    }
}

TEST_F(CellPlan, KeepsItsSettings)
{
    Plan rnn = plan("rnn", 3, 4, "activation=sigmoid");
    ASSERT_TRUE(rnn) << e.message;
    EXPECT_EQ(rnn->option[0], 2);
    support::String text;
    car_cell_plan_settings(rnn.get(), &text);
    EXPECT_EQ(text.text(), "activation=sigmoid");

    Plan rhn = plan("rhn", 3, 4, "transform_bias=-0.1,depth=2");
    ASSERT_TRUE(rhn) << e.message;
    support::String settings;
    car_cell_plan_settings(rhn.get(), &settings);
    Plan again = plan("rhn", 3, 4, settings.at);
    ASSERT_TRUE(again) << e.message;
    EXPECT_EQ(again->option[0], 2);
    EXPECT_EQ(again->option[1], -0.1);
}

TEST_F(CellPlan, RefusesBadSettings)
{
    const struct {
        const char *cell, *settings, *message;
    } cases[] = {{"rnn", "activation=swish", "activation is tanh|relu|sigmoid, not \"swish\""},
                 {"rnn", "activation", "not of the form option=value"},
                 {"rnn", "speed=1", "no option \"speed\""},
                 {"rhn", "depth=11", "depth lies between 1 and 10"},
                 {"rhn", "depth=0", "depth lies between 1 and 10"},
                 {"rhn", "depth=2.5", "whole number"},
                 {"lstm", "forget_bias=nan", "needs a number"},
                 {"lstm", "forget_bias=", "needs a number"},
                {"lstm", "forget_bias=0x1", "needs a number"},
                {"lstm", "forget_bias=true", "needs a number"},
                 {"gru", "forget_bias=1", "takes none"}};
    for (auto &c : cases) {
        EXPECT_FALSE(plan(c.cell, 3, 4, c.settings)) << c.settings;
        EXPECT_EQ(e.code, CAR_EXIT_USAGE);
        EXPECT_NE(std::string(e.message).find(c.message), std::string::npos) << e.message;
    }
}

TEST_F(CellPlan, DescribesItself)
{
    Plan gru = plan("gru-v1", 3, 4);
    ASSERT_TRUE(gru) << e.message;
    support::String text;
    car_cell_plan_describe(gru.get(), &text);
    for (const char *part :
         {"states    h [4]", "locals    r*h [4]", "r      [4] = W.x + W.h + b", "n      [4] = W.x + W.r*h + b"})
        EXPECT_NE(text.text().find(part), std::string::npos) << part << "\n" << text.text();
}

} // namespace
