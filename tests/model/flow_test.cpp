// How far back gradients reach, where theory says how far.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "model/flow.h"
#include "support/cells.hpp"
#include "support/random.hpp"

namespace
{

constexpr int width = 6;

class Flow : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        car_arena_init(&arena);
        arena.poison = true;
        parameters.reset(car_parameters_new());
    }
    void TearDown() override
    {
        car_flow_clear(&flow);
        car_arena_clear(&arena);
        car_layer_clear(&layer);
    }

    void make(const std::string &cell, const char *settings, int input = 3)
    {
        car_error e;
        const car_layer_options none = {};
        car_cell_plan *plan = car_cell_plan_new(support::shipped_cell(cell), input, width, settings, &e);
        ASSERT_NE(plan, nullptr) << e.message;
        car_layer_init(&layer, plan, &none, parameters.get(), "layer");
        car_parameters_allocate(parameters.get(), CAR_TO_LEARN);
        car_layer_start(&layer, parameters.get(), 1, false);
        car_flow_init(&flow, &layer);
    }
    void set(const char *name, car_real (*value)(int row, int column))
    {
        const car_parameter *tensor = car_parameters_find(parameters.get(), name);
        ASSERT_NE(tensor, nullptr) << name;
        for (int r = 0; r < tensor->block->rows; r++)
            for (int c = 0; c < tensor->columns; c++)
                tensor->block->value[r * tensor->block->stride + tensor->column + c] = value(r, c);
    }
    car_tape run(const std::vector<int> &lengths)
    {
        car_parameters_pack(parameters.get());
        const car_steps steps = car_steps_take(&arena, lengths.data(), static_cast<int>(lengths.size()));
        const car_panel x = car_panel_take(&arena, steps.total, layer.plan->input);
        support::Random random(1);
        random.fill(x, steps.total, layer.plan->input);
        car_tape tape = car_tape_take(&arena, &layer, steps, x, nullptr);
        car_layer_forward(&tape, nullptr);
        return tape;
    }

    car_arena arena;
    support::Handle<car_parameters, car_parameters_free> parameters;
    car_layer layer = {};
    car_flow flow = {};
};

// h_t = 0.9 P h_{t-1} + 1 with a permutation P, which ReLU leaves alone: every step
// multiplies gradients by 0.9.
TEST_F(Flow, OfALinearRecurrenceFallsAsItsRadius)
{
    make("rnn", "activation=relu");
    set("layer.h.a", [](int r, int c) { return static_cast<car_real>(c == (r + 1) % width ? 0.9 : 0); });
    set("layer.x.a", [](int, int) { return car_real(0); });
    set("layer.b.a", [](int, int) { return car_real(1); });
    const std::vector<int> lengths = {100, 100, 40, 3};
    car_tape tape = run(lengths);
    EXPECT_NEAR(car_jacobian_size(&tape, 2, &arena), 0.9, 1e-5);
    car_flow_add(&flow, &tape, &arena, 1);
    ASSERT_EQ(flow.lags, 100);
    for (int lag = 1; lag <= 100; lag++) {
        EXPECT_NEAR(car_flow_size(&flow, 0, lag) / std::pow(0.9, lag), 1, 1e-3) << lag;
        EXPECT_EQ(car_flow_count(&flow, lag), lag <= 3 ? 4 : lag <= 40 ? 3 : 2) << lag;
    }
}

// Against differences of the layer's own forward run.
TEST_F(Flow, JacobianOfAStepIsThatOfItsStates)
{
    make("lstm", nullptr);
    car_tape tape = run({4, 2});
    const int row = 2;
    const car_real h = sizeof(car_real) == 8 ? car_real(1e-6) : car_real(1e-2);
    std::vector<std::vector<double>> jacobian(2 * width, std::vector<double>(2 * width));
    for (int from = 0; from < 2 * width; from++) {
        for (int sign : {-1, 1}) {
            car_panel initial[2];
            const int one = 1;
            const car_steps steps = car_steps_take(&arena, &one, 1);
            for (int k = 0; k < 2; k++) {
                initial[k] = car_panel_take(&arena, 1, width);
                std::copy_n(car_row(tape.prev[k], row), width, initial[k].at);
            }
            initial[from / width].at[from % width] += static_cast<car_real>(sign) * h;
            car_tape step = car_tape_take(&arena, &layer, steps, car_panel_from_row(tape.x, row), nullptr);
            car_layer_forward(&step, initial);
            for (int to = 0; to < 2 * width; to++)
                jacobian[static_cast<size_t>(to)][static_cast<size_t>(from)] +=
                    sign * static_cast<double>(step.next[to / width].at[to % width]) / (2 * static_cast<double>(h));
        }
    }
    std::vector<double> v(2 * width, 1), u(2 * width);
    double size = 0;
    for (int round = 0; round < 500; round++) {
        double norm = 0;
        for (int i = 0; i < 2 * width; i++) {
            u[static_cast<size_t>(i)] = 0;
            for (int j = 0; j < 2 * width; j++)
                u[static_cast<size_t>(i)] +=
                    jacobian[static_cast<size_t>(i)][static_cast<size_t>(j)] * v[static_cast<size_t>(j)];
        }
        for (int j = 0; j < 2 * width; j++) {
            v[static_cast<size_t>(j)] = 0;
            for (int i = 0; i < 2 * width; i++)
                v[static_cast<size_t>(j)] +=
                    jacobian[static_cast<size_t>(i)][static_cast<size_t>(j)] * u[static_cast<size_t>(i)];
            norm += v[static_cast<size_t>(j)] * v[static_cast<size_t>(j)];
        }
        for (double &value : v)
            value /= std::sqrt(norm);
        size = std::sqrt(std::sqrt(norm));
    }
    EXPECT_NEAR(car_jacobian_size(&tape, row, &arena) / size, 1, 1e-3);
}

// A cell state behind an open forget gate carries a gradient as it is; a sigmoid
// recurrence takes three quarters of it in every step at least.
TEST_F(Flow, TellsAnOpenGateFromAVanishingGradient)
{
    make("lstm", "forget_bias=10");
    set("layer.h.f", [](int, int) { return car_real(0); });
    set("layer.h.i", [](int, int) { return car_real(0); });
    set("layer.h.g", [](int, int) { return car_real(0); });
    set("layer.h.o", [](int, int) { return car_real(0); });
    car_tape lstm = run({100});
    car_flow_add(&flow, &lstm, &arena, 1);
    const double carried = car_flow_size(&flow, 1, 81) / car_flow_size(&flow, 1, 1);
    EXPECT_GT(carried, 0.99);

    TearDown();
    SetUp();
    make("rnn", "activation=sigmoid");
    car_tape rnn = run({100});
    car_flow_add(&flow, &rnn, &arena, 1);
    const double left = car_flow_size(&flow, 0, 81) / car_flow_size(&flow, 0, 1);
    EXPECT_LT(left, std::pow(0.26, 80) * 10);
    EXPECT_GT(carried / std::max(left, 1e-300), 1e3);
}

} // namespace
