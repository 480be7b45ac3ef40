// What the host adds to the steps of a cell: normalisation of layers and batches, dropout of states,
// zoneout, clipping.  That their gradients are right is checked through whole models.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "cell/layer.h"
#include "support/handles.hpp"
#include "support/random.hpp"

extern "C" const car_plugin *carousel_plugin_lstm(void);

namespace
{

constexpr int input = 5, hidden = 24;

// An LSTM with random weights on a random ragged batch.
class HostOptions : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        car_arena_init(&arena);
        arena.poison = true;
    }
    void TearDown() override { car_arena_clear(&arena); }

    car_tape run(const car_layer_options &options, const car_dropout *dropout,
                 const std::vector<int> &lengths = {6, 6, 4, 1})
    {
        parameters.reset(car_parameters_new());
        car_error e;
        car_cell_plan *plan = car_cell_plan_new(&carousel_plugin_lstm()->cells[0], input, hidden, nullptr, &e);
        car_layer_init(&layer, plan, &options, parameters.get(), "layer");
        plan_.reset(plan);
        car_parameters_allocate(parameters.get(), CAR_TO_LEARN);
        car_layer_start(&layer, parameters.get(), 1, false);
        car_parameters_pack(parameters.get());
        support::Random random(1);
        steps = car_steps_take(&arena, lengths.data(), static_cast<int>(lengths.size()));
        const car_panel x = car_panel_take(&arena, steps.total, input);
        random.fill(x, steps.total, input);
        car_tape tape = car_tape_take(&arena, &layer, steps, x, dropout);
        car_layer_forward(&tape, nullptr);
        return tape;
    }

    car_real largest_d_gate(car_tape *tape)
    {
        support::Random random(2);
        const car_panel d_output = car_panel_take(&arena, steps.total, hidden);
        random.fill(d_output, steps.total, hidden);
        car_dues dues = {};
        dues.arena = &arena;
        car_layer_backward(tape, &arena, d_output, nullptr, &dues);
        car_real largest = 0;
        for (int i = 0; i < steps.total; i++)
            for (int j = 0; j < 4 * hidden; j++)
                largest = std::max(largest, std::abs(car_row(tape->d_gate, i)[j]));
        return largest;
    }

    double value(const std::string &name, int j, int row = 0) const
    {
        const car_parameter *tensor = car_parameters_find(parameters.get(), name.c_str());
        EXPECT_NE(tensor, nullptr) << name;
        return static_cast<double>(tensor->block->value[row * tensor->block->stride + tensor->column + j]);
    }

    // What the input gives unit j of the gate g, by hand from x and the matrix; its mean and variance over all rows.
    double product(const car_tape &tape, int row, int j) const
    {
        double sum = 0;
        for (int k = 0; k < input; k++)
            sum += static_cast<double>(car_row(tape.x, row)[k]) * value("layer.x.g", j, k);
        return sum;
    }
    std::pair<double, double> moments(const car_tape &tape, int j) const
    {
        double mean = 0, variance = 0;
        for (int row = 0; row < tape.steps.total; row++)
            mean += product(tape, row, j) / tape.steps.total;
        for (int row = 0; row < tape.steps.total; row++)
            variance += std::pow(product(tape, row, j) - mean, 2) / tape.steps.total;
        return {mean, variance};
    }

    car_arena arena;
    support::Handle<car_parameters, car_parameters_free> parameters;
    support::Handle<car_cell_plan, car_cell_plan_free> plan_;
    car_layer layer;
    car_steps steps;
    const car_dropout training = {0, 0, 7, 3, 0};
};

TEST_F(HostOptions, NormalisesEveryProductOfEveryGate)
{
    const car_tape tape = run({CAR_NORM_LAYER, {0, 0}, 0}, nullptr);
    const car_cell_plan *plan = layer.plan;
    for (int i = 0; i < plan->n_links; i++)
        for (int k = 0; k < plan->link[i].n_gates; k++) {
            const car_gate_plan &gate = plan->gate[plan->order[plan->link[i].first + k]];
            for (int row = plan->link[i].feed == CAR_X ? 0 : steps.rows[0]; row < steps.total; row++) {
                const car_real *hat = car_row(tape.hat[i], row) + (gate.column - plan->link[i].column);
                double sum = 0, squares = 0;
                for (int j = 0; j < gate.width; j++) {
                    sum += static_cast<double>(hat[j]);
                    squares += static_cast<double>(hat[j] * hat[j]);
                }
                EXPECT_NEAR(sum / gate.width, 0, 1e-5) << gate.name << ", row " << row;
                EXPECT_NEAR(squares / gate.width, 1, 0.02) << gate.name << ", row " << row;
            }
        }
    for (const char *name : {"layer.gain.x.i", "layer.gain.h.o"}) {
        const car_parameter *gain = car_parameters_find(parameters.get(), name);
        ASSERT_NE(gain, nullptr) << name;
        EXPECT_TRUE(gain->is_vector);
        EXPECT_EQ(gain->columns, hidden);
        EXPECT_EQ(gain->block->value[gain->column], 1);
    }
}

// The lines of a batch of 17 rows in 6 steps.
TEST_F(HostOptions, NormalisesTheInputsProductOverRowsAndSteps)
{
    const car_layer_options options = {CAR_NORM_BATCH, {0, 0}, 0};
    const car_tape trained = run(options, &training);
    EXPECT_EQ(steps.total, 17);
    for (int i = 0; i < layer.plan->n_links; i++)
        EXPECT_EQ(layer.gain[i] != nullptr, layer.plan->link[i].feed == CAR_X) << "only the input's product";
    const car_tape *tapes[] = {&trained};
    car_layer_update_statistics(&layer, tapes, 1);
    for (int j = 0; j < hidden; j++) {
        const auto [mean, variance] = moments(trained, j);
        EXPECT_NEAR(value("layer.mean.x.g", j), 0.1 * mean, 1e-6);
        EXPECT_NEAR(value("layer.variance.x.g", j), 0.9 + 0.1 * variance * 17 / 16, 1e-6);
        EXPECT_EQ(value("layer.gain.x.g", j), 1);
        // Before the first step the states are zeros, so the gate g is tanh of what the input gives.
        for (int row = 0; row < steps.rows[0]; row++)
            EXPECT_NEAR(static_cast<double>(car_row(trained.gate, row)[layer.plan->gate[2].column + j]),
                        std::tanh((product(trained, row, j) - mean) / std::sqrt(variance + 1e-5)), 1e-4);
    }

    // In use the running ones take their place, and one step after another gives the same.
    car_tape used = car_tape_take(&arena, &layer, steps, trained.x, nullptr);
    car_layer_begin(&used, nullptr);
    for (int t = 0; t < steps.steps; t++) {
        car_layer_feed(&used, t, t + 1);
        car_layer_step(&used, t);
    }
    for (int j = 0; j < hidden; j++)
        for (int row = 0; row < steps.rows[0]; row++)
            EXPECT_NEAR(static_cast<double>(car_row(used.gate, row)[layer.plan->gate[2].column + j]),
                        std::tanh((product(used, row, j) - value("layer.mean.x.g", j)) /
                                  std::sqrt(value("layer.variance.x.g", j) + 1e-5)),
                        1e-4);
}

// What two shards measured counts by their rows: 17, and 3.
TEST_F(HostOptions, TakesStatisticsOfAllShardsByTheirRows)
{
    const car_tape large = run({CAR_NORM_BATCH, {0, 0}, 0}, &training);
    const int lengths[] = {2, 1};
    const car_steps few = car_steps_take(&arena, lengths, 2);
    const car_panel x = car_panel_take(&arena, few.total, input);
    support::Random random(2);
    random.fill(x, few.total, input);
    car_tape small = car_tape_take(&arena, &layer, few, x, &training);
    car_layer_forward(&small, nullptr);
    const car_tape *tapes[] = {&large, &small};
    car_layer_update_statistics(&layer, tapes, 2);
    for (int j = 0; j < hidden; j++) {
        const auto [mean, variance] = moments(large, j);
        const auto [mean_of_small, variance_of_small] = moments(small, j);
        EXPECT_NEAR(value("layer.mean.x.g", j), 0.1 * (17 * mean + 3 * mean_of_small) / 20, 1e-6);
        EXPECT_NEAR(value("layer.variance.x.g", j),
                    0.9 + 0.1 * (17 * variance * 17 / 16 + 3 * variance_of_small * 3 / 2) / 20, 1e-6);
    }
}

// It has no variance: the running ones take the place of its own, which would make everything zero.
TEST_F(HostOptions, OneRowIsNormalisedByTheRunningStatistics)
{
    car_tape tape = run({CAR_NORM_BATCH, {0, 0}, 0}, &training, {1});
    EXPECT_EQ(steps.total, 1);
    const int from_x = layer.plan->link[0].feed == CAR_X ? 0 : 1;
    const int columns = layer.plan->link[from_x].columns;
    ASSERT_EQ(layer.plan->link[from_x].feed, CAR_X);
    ASSERT_EQ(columns, 4 * hidden);
    const std::vector<car_real> hat(tape.hat[from_x].at, tape.hat[from_x].at + columns);
    for (int j = 0; j < columns; j++) { // mean 0, variance 1
        const car_block *matrix = layer.matrix[from_x];
        double product = 0;
        for (int k = 0; k < input; k++)
            product += static_cast<double>(tape.x.at[k] * matrix->value[k * matrix->stride + j]);
        EXPECT_NEAR(static_cast<double>(hat[static_cast<size_t>(j)]), product, 1e-4) << "column " << j;
    }
    EXPECT_GT(largest_d_gate(&tape), 0);
    car_real largest = 0;
    for (int k = 0; k < input; k++)
        largest = std::max(largest, std::abs(tape.d_x.at[k]));
    EXPECT_GT(largest, 0) << "something arrives";

    const car_tape *alone[] = {&tape};
    car_layer_update_statistics(&layer, alone, 1);
    for (int j = 0; j < columns; j++) {
        EXPECT_EQ(layer.mean[from_x]->value[j], 0);
        EXPECT_EQ(layer.variance[from_x]->value[j], 1);
    }

    // Beside another tape it counts for nothing.
    const car_steps one = steps;
    const car_tape more = run({CAR_NORM_BATCH, {0, 0}, 0}, &training);
    tape = car_tape_take(&arena, &layer, one, more.x, &training);
    car_layer_forward(&tape, nullptr);
    const car_tape *both[] = {&tape, &more, &tape};
    car_layer_update_statistics(&layer, both, 3);
    const std::vector<car_real> mean(layer.mean[from_x]->value, layer.mean[from_x]->value + columns);
    const std::vector<car_real> variance(layer.variance[from_x]->value, layer.variance[from_x]->value + columns);
    const car_tape again = run({CAR_NORM_BATCH, {0, 0}, 0}, &training);
    const car_tape *single[] = {&again};
    car_layer_update_statistics(&layer, single, 1);
    for (int j = 0; j < columns; j++) {
        EXPECT_EQ(layer.mean[from_x]->value[j], mean[static_cast<size_t>(j)]);
        EXPECT_EQ(layer.variance[from_x]->value[j], variance[static_cast<size_t>(j)]);
    }
}

TEST_F(HostOptions, RunningStatisticsAreNotLearnt)
{
    run({CAR_NORM_BATCH, {0, 0}, 0}, nullptr);
    const int64_t batch = car_parameters_count(parameters.get());
    run({}, nullptr);
    EXPECT_EQ(batch, car_parameters_count(parameters.get()) + 4 * hidden) << "gains";
}

TEST_F(HostOptions, DropsTheSameUnitsOfAStateAtAllSteps)
{
    car_dropout dropout = training;
    dropout.states = 0.5;
    const car_tape tape = run({}, &dropout);
    int dropped = 0;
    for (int b = 0; b < 4; b++)
        for (int j = 0; j < hidden; j++) {
            const car_real factor = car_row(tape.mask[0], b)[j];
            EXPECT_TRUE(factor == 0 || factor == 2) << factor;
            dropped += factor == 0;
            for (int t = 0; t < steps.steps && b < steps.rows[t]; t++) {
                const int row = steps.first[t] + b;
                EXPECT_EQ(car_row(tape.fed[0], row)[j], factor * car_row(car_tape_before(&tape, 0, t), b)[j]);
            }
        }
    EXPECT_GT(dropped, 24); // of 96, half of which are expected
    EXPECT_LT(dropped, 72);
    EXPECT_EQ(run({}, nullptr).mask[0].at, nullptr) << "nothing is dropped in use";
}

// A state before the step of a packed row.
const car_real *before_row(const car_tape &tape, int state, int row)
{
    int t = 0;
    while (t + 1 < tape.steps.steps && tape.steps.first[t + 1] <= row)
        t++;
    return car_row(car_tape_before(&tape, state, t), row - tape.steps.first[t]);
}

TEST_F(HostOptions, ZoneoutKeepsUnitsInTrainingAndTheirShareInUse)
{
    const car_layer_options options = {CAR_NORM_NONE, {0.3, 0.6}, 0};
    const car_tape trained = run(options, &training);
    for (int k = 0; k < 2; k++) {
        int kept = 0, units = 0;
        for (int row = steps.rows[0]; row < steps.total; row++)
            for (int j = 0; j < hidden; j++, units++) {
                const car_real before = before_row(trained, k, row)[j], made = car_row(trained.made[k], row)[j],
                               after = car_row(trained.next[k], row)[j];
                EXPECT_TRUE(after == before || after == made) << "state " << k << ", row " << row << ", unit " << j;
                kept += after == before;
            }
        EXPECT_NEAR(static_cast<double>(kept) / units, options.zoneout[k], 0.1) << "state " << k;
    }
    const car_tape used = run(options, nullptr);
    for (int k = 0; k < 2; k++)
        for (int row = 0; row < steps.total; row++)
            for (int j = 0; j < hidden; j++) {
                const auto rate = static_cast<car_real>(options.zoneout[k]);
                EXPECT_NEAR(car_row(used.next[k], row)[j],
                            rate * before_row(used, k, row)[j] + (1 - rate) * car_row(used.made[k], row)[j], 1e-6);
            }
}

TEST_F(HostOptions, ClipsTheGradientAtTheGates)
{
    car_tape free = run({}, &training);
    const car_real largest = largest_d_gate(&free);
    car_tape loose = run({CAR_NORM_NONE, {0, 0}, 2.0 * static_cast<double>(largest)}, &training);
    EXPECT_EQ(largest_d_gate(&loose), largest);
    for (int i = 0; i < steps.total; i++)
        EXPECT_EQ(std::memcmp(car_row(free.d_gate, i), car_row(loose.d_gate, i), 4 * hidden * sizeof(car_real)), 0);
    car_tape tight = run({CAR_NORM_NONE, {0, 0}, 0.25 * static_cast<double>(largest)}, &training);
    EXPECT_EQ(largest_d_gate(&tight), largest / 4);
}

} // namespace
