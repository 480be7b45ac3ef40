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
    void differentiate(car_tape *tape)
    {
        car_tape_watch(tape, &arena);
        car_flow_back(tape, &arena, 1);
        car_flow_add(&flow, tape);
    }

    car_arena arena;
    support::Handle<car_parameters, car_parameters_free> parameters;
    car_layer layer = {};
    car_flow flow = {};
};

// h_t = rho P h_{t-1} + 1 with a permutation P, which ReLU leaves alone: every step multiplies gradients by rho.
// 0.5^100 is 8e-31, the square of which is no float.
TEST_F(Flow, OfALinearRecurrenceFallsAsItsRadius)
{
    make("rnn", "activation=relu");
    set("layer.h.a", [](int r, int c) { return static_cast<car_real>(c == (r + 1) % width ? 0.9 : 0); });
    set("layer.x.a", [](int, int) { return car_real(0); });
    set("layer.b.a", [](int, int) { return car_real(1); });
    const std::vector<int> lengths = {100, 100, 40, 3};
    for (double radius : {0.9, 0.5}) {
        if (radius < 0.9)
            set("layer.h.a", [](int r, int c) { return static_cast<car_real>(c == (r + 1) % width ? 0.5 : 0); });
        car_tape tape = run(lengths);
        EXPECT_NEAR(car_jacobian_size(&tape, 2, &arena), radius, 1e-5);
        car_flow_clear(&flow);
        car_flow_init(&flow, &layer);
        differentiate(&tape);
        ASSERT_EQ(flow.lags, 100);
        for (int lag = 1; lag <= 100; lag++) {
            EXPECT_NEAR(car_flow_size(&flow, 0, lag) / std::pow(radius, lag), 1, 1e-3) << lag;
            EXPECT_EQ(car_flow_count(&flow, lag), lag <= 3 ? 4 : lag <= 40 ? 3 : 2) << lag;
        }
    }
}

// A loss at every step: what arrives at a state is of the loss at its own step and all later ones.  Against
// differences of the steps that follow it.
TEST_F(Flow, OfALossAtEveryStepIsThatOfAllThatFollows)
{
    make("lstm", nullptr);
    car_tape tape = run({5, 3});
    const car_panel d_output = car_panel_take(&arena, tape.steps.total, width);
    support::Random random(2);
    random.fill(d_output, tape.steps.total, width);
    car_tape_watch(&tape, &arena);
    car_dues dues = {};
    dues.arena = &arena;
    car_layer_backward(&tape, &arena, d_output, nullptr, &dues);
    car_flow_add(&flow, &tape);
    ASSERT_EQ(flow.lags, 5);

    const car_real h = sizeof(car_real) == 8 ? car_real(1e-6) : car_real(1e-2);
    double sum[2][6] = {};
    for (int b = 0; b < 2; b++)
        for (int t = 0, length = b == 0 ? 5 : 3; t < length; t++) {
            const int left = length - t;
            const car_steps steps = car_steps_take(&arena, &left, 1);
            const car_panel x = car_panel_take(&arena, left, layer.plan->input);
            for (int i = 0; i < left; i++)
                std::copy_n(car_row(tape.x, tape.steps.first[t + i] + b), layer.plan->input, car_row(x, i));
            auto loss = [&](int state, int unit, car_real by) {
                car_panel initial[2];
                for (int k = 0; k < 2; k++) {
                    initial[k] = car_panel_take(&arena, 1, width);
                    std::copy_n(car_row(car_tape_before(&tape, k, t), b), width, initial[k].at);
                }
                initial[state].at[unit] += by;
                car_tape rest = car_tape_take(&arena, &layer, steps, x, nullptr);
                car_layer_forward(&rest, initial);
                double sum_of = 0;
                for (int j = 0; j < width; j++) {
                    if (t > 0) // the output of the step that made this state
                        sum_of +=
                            static_cast<double>(initial[0].at[j] * car_row(d_output, tape.steps.first[t - 1] + b)[j]);
                    for (int i = 0; i < left; i++)
                        sum_of += static_cast<double>(car_row(rest.next[0], i)[j] *
                                                      car_row(d_output, tape.steps.first[t + i] + b)[j]);
                }
                return sum_of;
            };
            for (int k = 0; k < 2; k++) {
                double squares = 0;
                for (int j = 0; j < width; j++)
                    squares += std::pow((loss(k, j, h) - loss(k, j, -h)) / (2 * static_cast<double>(h)), 2);
                sum[k][left] += std::sqrt(squares);
            }
        }
    for (int k = 0; k < 2; k++)
        for (int lag = 1; lag <= 5; lag++)
            EXPECT_NEAR(car_flow_size(&flow, k, lag) / (sum[k][lag] / (lag <= 3 ? 2 : 1)), 1, 2e-3)
                << "state " << k << ", lag " << lag;
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
                std::copy_n(car_row(car_tape_before(&tape, k, 1), 0), width, initial[k].at);
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
    differentiate(&lstm);
    const double carried = car_flow_size(&flow, 1, 81) / car_flow_size(&flow, 1, 1);
    EXPECT_GT(carried, 0.99);

    TearDown();
    SetUp();
    make("rnn", "activation=sigmoid");
    car_tape rnn = run({100});
    differentiate(&rnn);
    const double left = car_flow_size(&flow, 0, 81) / car_flow_size(&flow, 0, 1);
    EXPECT_LT(left, std::pow(0.26, 80) * 10);
    EXPECT_GT(carried / std::max(left, 1e-300), 1e3);
}

} // namespace
