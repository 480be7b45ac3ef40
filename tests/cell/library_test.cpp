/* What tells the shipped cells from each other: for each the property it was
 * described for, which its neighbours do not have. */
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "cell/layer.h"
#include "math/vector.h"
#include "support/cells.hpp"
#include "support/random.hpp"

namespace
{

constexpr int WIDTH = 8;

/* One sequence through an untrained layer whose input is as wide as its output. */
class Trial
{
  public:
    explicit Trial(const std::string &cell, const std::string &settings = "", int steps = 1)
    {
        car_arena_init(&arena_);
        car_error e;
        car_cell_plan *made = car_cell_plan_new(support::shipped_cell(cell), WIDTH, WIDTH, settings.c_str(), &e);
        if (made == nullptr)
            throw std::runtime_error(e.message);
        const car_layer_options options = {};
        car_layer_init(&layer_, made, &options, parameters_.get(), "cell");
        car_parameters_allocate(parameters_.get(), CAR_TO_LEARN);
        car_layer_start(&layer_, parameters_.get(), 1, false);
        car_parameters_pack(parameters_.get());
        const std::vector<int> lengths = {steps};
        steps_ = car_steps_take(&arena_, lengths.data(), 1);
        support::Random random(7);
        x = car_panel_take(&arena_, steps, WIDTH);
        random.fill(x, steps, WIDTH);
        for (int k = 0; k < plan().n_states; k++) {
            initial.push_back(car_panel_take(&arena_, 1, plan().state[k].width));
            random.fill(initial.back(), 1, plan().state[k].width);
        }
    }
    Trial(const Trial &) = delete;
    Trial &operator=(const Trial &) = delete;
    ~Trial()
    {
        car_layer_clear(&layer_);
        car_arena_clear(&arena_);
    }

    car_panel x;
    std::vector<car_panel> initial;

    const car_cell_plan &plan() const { return *layer_.plan; }
    Trial &without_input()
    {
        for (int t = 0; t < steps_.steps; t++)
            std::fill_n(car_row(x, t), WIDTH, car_real(0));
        return *this;
    }
    Trial &forward()
    {
        tape = car_tape_take(&arena_, &layer_, steps_, x, nullptr);
        car_layer_forward(&tape, initial.data());
        return *this;
    }
    /* dL/d initial states, where L is <weights, the last output>. */
    const car_panel *backward(car_panel weights)
    {
        std::vector<car_panel> d_final = {weights};
        for (int k = 1; k < plan().n_states; k++) {
            d_final.push_back(car_panel_take(&arena_, 1, plan().state[k].width));
            car_panel_zero(d_final.back(), 1, plan().state[k].width);
        }
        car_dues dues = {};
        dues.arena = &arena_;
        car_layer_backward(&tape, &arena_, {nullptr, 0}, d_final.data(), &dues);
        return tape.d_state;
    }

    using Row = std::vector<car_real>;
    static Row row(car_panel panel, int t, int width = WIDTH) { return {car_row(panel, t), car_row(panel, t) + width}; }
    Row state(int k = 0, int t = 0) const { return row(tape.next[k], t, plan().state[k].width); }
    Row local(int k) const { return row(tape.local[k], 0, plan().local[k].width); }
    Row gate(const std::string &name, int t = 0) const
    {
        for (int g = 0; g < plan().n_gates; g++)
            if (plan().gate[g].name == name)
                return row({tape.gate.at + plan().gate[g].column, tape.gate.stride}, t, plan().gate[g].width);
        throw std::out_of_range(name);
    }
    int gates_fed_by(uint32_t feed) const
    {
        return static_cast<int>(std::count_if(plan().gate, plan().gate + plan().n_gates,
                                              [&](const car_gate_plan &gate) { return (gate.feeds & feed) != 0; }));
    }
    car_tape tape;

  private:
    support::Handle<car_parameters, car_parameters_free> parameters_{car_parameters_new()};
    car_arena arena_;
    car_layer layer_;
    car_steps steps_;
};

double largest(const Trial::Row &row)
{
    return std::abs(static_cast<double>(
        *std::max_element(row.begin(), row.end(), [](car_real a, car_real b) { return std::abs(a) < std::abs(b); })));
}

/* Which outputs change when the first unit of a state before the step does. */
std::vector<int> moved_by(
    const std::string &cell, int state, const std::function<void(Trial &)> &prepare = [](Trial &) {})
{
    Trial before(cell), after(cell);
    prepare(before);
    prepare(after);
    car_row(after.initial[static_cast<size_t>(state)], 0)[0] += car_real(0.5);
    const Trial::Row a = before.forward().state(), b = after.forward().state();
    std::vector<int> moved;
    for (size_t j = 0; j < a.size(); j++)
        if (a[j] != b[j])
            moved.push_back(static_cast<int>(j));
    return moved;
}

int64_t parameters(const std::string &cell) { return car_cell_plan_parameters(&Trial(cell).plan()); }

TEST(Irnn, KeepsItsStateAndItsGradientWithoutInput)
{
    Trial irnn("irnn", "", 30);
    irnn.without_input();
    for (int j = 0; j < WIDTH; j++)
        car_row(irnn.initial[0], 0)[j] = static_cast<car_real>(j + 1) / WIDTH;
    irnn.forward();
    const Trial::Row first = Trial::row(irnn.initial[0], 0);
    EXPECT_EQ(irnn.state(0, 29), first);
    EXPECT_EQ(Trial::row(irnn.backward(irnn.initial[0])[0], 0), first);
    Trial rnn("rnn", "activation=relu", 30);
    rnn.without_input().initial[0] = irnn.initial[0];
    EXPECT_NE(rnn.forward().state(0, 29), first);
}

TEST(Indrnn, AUnitSeesItselfAlone)
{
    EXPECT_EQ(
        moved_by("indrnn", 0, [](Trial &run) { std::fill_n(car_row(run.initial[0], 0), WIDTH, car_real(5)); }).size(),
        1u);
    EXPECT_GT(moved_by("rnn", 0).size(), 1u);
    EXPECT_LT(parameters("indrnn"), parameters("rnn"));
}

TEST(Indrnn, StartsWithinTheRangeForItsSteps)
{
    for (int steps : {1, 10, 1000}) {
        Trial run("indrnn", "steps=" + std::to_string(steps));
        EXPECT_EQ(run.plan().weight[0].scale, std::pow(2.0, 1.0 / steps));
    }
}

TEST(Janet, MixesMemoryAndCandidateByOneGate)
{
    Trial even("janet", "beta=0"), more("janet");
    EXPECT_EQ(even.plan().n_states, 1);
    EXPECT_EQ(even.plan().n_gates, 2);
    const Trial::Row h = even.forward().state(), f = even.gate("f"), g = even.gate("g");
    const Trial::Row f1 = more.forward().gate("f"), h1 = more.state();
    for (int j = 0; j < WIDTH; j++) {
        const size_t i = static_cast<size_t>(j);
        const car_real before = car_row(even.initial[0], 0)[j];
        EXPECT_NEAR(h[i], f[i] * before + (1 - f[i]) * g[i], 1e-6);
        EXPECT_EQ(f1[i], f[i]) << "what is forgotten does not depend on beta";
        EXPECT_GT(h1[i] * g[i], h[i] * g[i]) << "beta lets more of the candidate in";
    }
}

TEST(Lstmp, TheOutputIsNarrowAndTheMemoryIsNot)
{
    Trial half("lstmp"), third("lstmp", "projection=0.3"), least("lstmp", "projection=0.01");
    EXPECT_EQ(half.plan().output, WIDTH / 2);
    EXPECT_EQ(third.plan().output, 3);
    EXPECT_EQ(least.plan().output, 1);
    EXPECT_EQ(half.plan().state[1].width, WIDTH);
    EXPECT_LT(parameters("lstmp"), parameters("peephole"));
}

TEST(LnLstm, TheMemoryIsSeenNormalised)
{
    Trial run("ln-lstm");
    for (int j = 0; j < WIDTH; j++)
        car_row(run.initial[1], 0)[j] = static_cast<car_real>(1000 + 100 * j);
    const Trial::Row normal = run.forward().local(0);
    double mean = 0, square = 0;
    for (car_real n : normal) {
        mean += static_cast<double>(n) / WIDTH;
        square += static_cast<double>(n) * static_cast<double>(n) / WIDTH;
    }
    EXPECT_NEAR(mean, 0, 1e-5);
    EXPECT_NEAR(square, 1, 1e-4);
    EXPECT_LT(largest(normal), 3);
    EXPECT_GT(largest(run.state(1)), 500);
}

TEST(Mlstm, TheInputChoosesTheRecurrentMatrix)
{
    const auto no_input = [](Trial &run) { run.without_input(); };
    EXPECT_EQ(moved_by("mlstm", 0, no_input).size(), 0u) << "a factor of 0";
    EXPECT_EQ(moved_by("mlstm", 0).size(), size_t(WIDTH));
    EXPECT_EQ(moved_by("lstm", 0, no_input).size(), size_t(WIDTH));
}

TEST(NestedLstm, TheMemoryIsAnLstmsOutput)
{
    Trial nested("nested-lstm", "forget_bias=10", 60), lstm("lstm", "forget_bias=10", 60);
    for (Trial *run : {&nested, &lstm}) {
        for (int t = 1; t < 60; t++)
            std::copy_n(car_row(run->x, 0), WIDTH, car_row(run->x, t));
        run->forward();
    }
    EXPECT_LT(largest(nested.state(1, 59)), 1);
    EXPECT_GT(largest(nested.state(2, 59)), 1) << "the inner memory counts";
    EXPECT_GT(largest(lstm.state(1, 59)), 1);
}

TEST(Mgu, OneGateLessThanTheGru)
{
    EXPECT_EQ(parameters("mgu") * 3, parameters("gru-v1") * 2);
    EXPECT_EQ(Trial("mgu").gates_fed_by(CAR_H), 1);
    EXPECT_EQ(Trial("mgu").gates_fed_by(CAR_X), 2);
    EXPECT_EQ(Trial("mgu", "gate=state").gates_fed_by(CAR_X), 1);
    EXPECT_FALSE(Trial("mgu", "gate=state-only").plan().gate[0].has_bias);
}

/* The gate that does not see the state has the same bits whatever the state is. */
void expect_gates(const std::string &cell, const std::vector<std::string> &blind,
                  const std::vector<std::string> &seeing)
{
    Trial before(cell), after(cell);
    car_row(after.initial[0], 0)[0] += car_real(0.5);
    before.forward();
    after.forward();
    for (const std::string &gate : blind)
        EXPECT_EQ(before.gate(gate), after.gate(gate)) << gate;
    for (const std::string &gate : seeing)
        EXPECT_NE(before.gate(gate), after.gate(gate)) << gate;
}

TEST(MinimalRnn, TheCandidateSeesTheInputAlone) { expect_gates("minimal-rnn", {"in"}, {"u"}); }
TEST(Mut1, TheUpdateGateSeesTheInputAlone) { expect_gates("mut1", {"z"}, {"r", "n"}); }
TEST(Gru, AllItsGatesSeeTheState) { expect_gates("gru", {}, {"r", "z", "n.x"}); }

TEST(Mut1, TheInputGoesStraightToTheCandidate)
{
    Trial run("mut1");
    EXPECT_TRUE(run.plan().reads_x);
    const Trial::Row t = run.forward().local(1);
    for (int j = 0; j < WIDTH; j++)
        EXPECT_NEAR(t[static_cast<size_t>(j)], std::tanh(car_row(run.x, 0)[j]), 1e-6);
}

TEST(Cfn, WithoutInputEveryStateDecays)
{
    Trial cfn("cfn", "", 300);
    cfn.without_input();
    std::fill_n(car_row(cfn.initial[0], 0), WIDTH, car_real(3));
    cfn.forward();
    for (int t = 1; t < 300; t++)
        EXPECT_LT(largest(cfn.state(0, t)), largest(cfn.state(0, t - 1))) << t;
    EXPECT_LT(largest(cfn.state(0, 299)), 1e-6);
}

TEST(Sru, NoProductWaitsForTheStepBefore)
{
    Trial sru("sru", "", 5);
    for (int i = 0; i < sru.plan().n_links; i++)
        EXPECT_EQ(sru.plan().link[i].feed, CAR_X);
    EXPECT_EQ(moved_by("sru", 0).size(), 0u) << "the output before is not seen";
    EXPECT_EQ(moved_by("sru", 1).size(), 1u) << "and of the memory a unit sees itself";
}

TEST(Sru, TheHighwayIsTheInputItself)
{
    Trial open("sru", "reset_bias=-10", 1);
    const Trial::Row h = open.forward().state();
    for (int j = 0; j < WIDTH; j++)
        EXPECT_NEAR(h[static_cast<size_t>(j)], car_row(open.x, 0)[j], 0.01);
}

} // namespace
