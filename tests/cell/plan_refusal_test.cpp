/* Plans that look well and are not: each is refused by a message that names the item. */
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "cell/plan.h"

namespace
{

void kernel(const car_step *) {}

using Declare = void (*)(car_plan *);

Declare declare_more; /* a plan function has no room for arguments of its own */

/* One state and one stage with a gate "i" fed by x and h; `more` declares what is wrong. */
std::string refusal(Declare more, int input = 3)
{
    declare_more = more;
    car_cell cell = {"odd", "a cell for tests", nullptr, nullptr, [](car_plan *p) {
                         car_state(p, 0, "h");
                         car_stage(p, kernel, kernel);
                         car_gate(p, 0, "i", CAR_X | CAR_H, 0);
                         declare_more(p);
                     }};
    car_error e = {};
    car_cell_plan *plan = car_cell_plan_new(&cell, input, 4, nullptr, &e);
    EXPECT_TRUE(plan != nullptr || e.code == CAR_EXIT_PLUGIN);
    car_cell_plan_free(plan);
    return plan != nullptr ? "accepted" : e.message;
}

TEST(PlanRefusal, AWeightNamedAsAMatrix)
{
    EXPECT_NE(refusal([](car_plan *p) { car_weight(p, 0, "h.i", CAR_INIT_CONSTANT, 0); }).find("\"h.i\""),
              std::string::npos);
    EXPECT_NE(refusal([](car_plan *p) { car_weight(p, 0, "b.i", CAR_INIT_CONSTANT, 0); }).find("\"b.i\""),
              std::string::npos);
    EXPECT_EQ(refusal([](car_plan *p) { car_weight(p, 0, "p.i", CAR_INIT_CONSTANT, 0); }), "accepted");
}

TEST(PlanRefusal, StartsThatAreNoNumbers)
{
    EXPECT_NE(refusal([](car_plan *p) { car_weight(p, 0, "p", CAR_INIT_UNIFORM, NAN); }).find("\"p\""),
              std::string::npos);
    EXPECT_NE(refusal([](car_plan *p) { p->init(p, 0, CAR_X, CAR_INIT_GLOROT, INFINITY); }).find("\"i\""),
              std::string::npos);
    EXPECT_NE(refusal([](car_plan *p) { p->init(p, 0, CAR_X, (car_init)7, 1); }).find("pattern 7"), std::string::npos);
}

TEST(PlanRefusal, AStartForAFeedTheGateDoesNotHave)
{
    EXPECT_NE(refusal([](car_plan *p) { p->init(p, 0, CAR_STATE(1), CAR_INIT_GLOROT, 1); }).find("feed"),
              std::string::npos);
    EXPECT_EQ(refusal([](car_plan *p) { p->init(p, 0, CAR_X, CAR_INIT_GLOROT, 1); }, 0), "accepted")
        << "a layer without input has no x, and the cell need not know";
}

TEST(PlanRefusal, AnEmptyConfiguration)
{
    EXPECT_NE(refusal([](car_plan *p) { car_config(p, nullptr, 0); }).find("configuration"), std::string::npos);
}

} // namespace
