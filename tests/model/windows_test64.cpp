// Text read in windows, with states carried from one to the next: truncated
// backpropagation through time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "model/pairs.hpp"
#include "support/differences.hpp"

namespace
{

using support::Model;
using support::Shards;

constexpr int words = 13;

// Streams of random text, and windows of it as minibatches.
class Text
{
  public:
    Text(int streams, int length, uint64_t seed) : ids_(static_cast<size_t>(streams))
    {
        support::Random random(seed);
        for (std::vector<int32_t> &stream : ids_)
            for (int i = 0; i < length; i++)
                stream.push_back(random.below(words)); // CAR_END anywhere
    }

    // Ids from .. to-1 of each stream.
    car_batch window(int from, int to)
    {
        target_.clear();
        before_.clear();
        source_.assign(ids_.size(), {&end_, 1});
        for (const std::vector<int32_t> &stream : ids_) {
            target_.push_back({stream.data() + from, to - from});
            before_.push_back(from > 0 ? stream[static_cast<size_t>(from - 1)] : CAR_END);
        }
        return {static_cast<int>(ids_.size()), source_.data(), target_.data(), nullptr, before_.data(), from > 0};
    }

  private:
    const int32_t end_ = CAR_END;
    std::vector<std::vector<int32_t>> ids_;
    std::vector<car_sentence> source_, target_;
    std::vector<int32_t> before_;
};

class Windows : public ::testing::TestWithParam<std::string>
{
  protected:
    Windows() : model(support::make_model(shape(GetParam()), 1)), shards(car_shards_new(model.get(), 0)) {}
    ~Windows() override { car_parallel_set_threads(1); }

    static car_model_options shape(const std::string &cell)
    {
        car_model_options options = support::small_model("rnn", cell);
        options.task = CAR_LANGUAGE_MODEL;
        options.enc_cell = nullptr;
        options.target_words = words;
        options.dec_depth = 2;
        options.continuous = true;
        return options;
    }

    std::vector<car_real> gradient(const car_batch &batch) const
    {
        support::gradient_of(shards.get(), &batch, 0, 1, 1);
        return {model->parameters->gradient, model->parameters->gradient + model->parameters->n};
    }

    std::vector<car_real> states() const
    {
        std::vector<car_real> all;
        const car_carried *carried = car_shards_carried(shards.get());
        for (int i = 0; i < carried->n; i++)
            for (int b = 0; b < carried->rows; b++)
                for (int j = 0; j < carried->state[i].width; j++)
                    all.push_back(car_row(carried->state[i].at, b)[j]);
        return all;
    }

    void set_states(const std::vector<car_real> &all) const
    {
        const car_carried *carried = car_shards_carried(shards.get());
        size_t next = 0;
        for (int i = 0; i < carried->n; i++)
            for (int b = 0; b < carried->rows; b++)
                for (int j = 0; j < carried->state[i].width; j++)
                    car_row(carried->state[i].at, b)[j] = all[next++];
    }

    Model model;
    Shards shards;
};

// Of the second window, whose first states are constants.
TEST_P(Windows, GradientsAreThoseOfTheWindowAlone)
{
    Text text(19, 10, 1); // more than 16: more than one shard
    const car_batch first = text.window(0, 5);
    car_shards_score(shards.get(), &first, nullptr);
    const std::vector<car_real> begin = states();
    const car_batch second = text.window(5, 10);
    const std::vector<car_real> analytic = gradient(second);
    auto loss = [&] {
        set_states(begin);
        car_parameters_pack(model->parameters);
        const car_batch_loss sum = car_shards_score(shards.get(), &second, nullptr);
        return sum.loss / static_cast<double>(sum.words);
    };
    support::Differences differences(loss, 1);
    for (ptrdiff_t i = 0; i < model->parameters->n_tensors; i++) {
        const car_parameter &tensor = model->parameters->tensor[i];
        for (int row = 0; row < tensor.block->rows; row += 3)
            for (int column = row % 2; column < tensor.columns; column += 5) {
                const ptrdiff_t at = row * tensor.block->stride + tensor.column + column;
                differences.check(tensor.name, row, column, tensor.block->value + at,
                                  analytic[static_cast<size_t>(tensor.block->offset + at)]);
            }
    }
    differences.report();
}

TEST_P(Windows, AWindowAsLongAsTheTextIsAllOfIt)
{
    Text text(3, 12, 2);
    car_batch all = text.window(0, 12);
    const std::vector<car_real> windowed = gradient(all);
    const std::vector<int32_t> first(3, CAR_START);
    all.before = first.data();
    const std::vector<car_real> begun_otherwise = gradient(all);
    all.before = nullptr; // as lines that know nothing of each other
    EXPECT_EQ(gradient(all), begun_otherwise);
    EXPECT_NE(windowed, begun_otherwise);
}

TEST_P(Windows, WhatIsSaidOfATextDoesNotDependOnWindows)
{
    Text text(5, 12, 3);
    car_batch batch = text.window(0, 12);
    const double whole = car_shards_score(shards.get(), &batch, nullptr).loss;
    for (int window : {1, 4, 5}) {
        double sum = 0;
        for (int from = 0; from < 12; from += window) {
            batch = text.window(from, std::min(12, from + window));
            sum += car_shards_score(shards.get(), &batch, nullptr).loss;
        }
        EXPECT_NEAR(sum, whole, 1e-9 * whole) << "windows of " << window;
    }
    double forgetful = 0;
    for (int from = 0; from < 12; from += 4) {
        batch = text.window(from, from + 4);
        batch.follows = false;
        forgetful += car_shards_score(shards.get(), &batch, nullptr).loss;
    }
    EXPECT_GT(std::abs(forgetful - whole), 1e-3) << "states matter";
}

TEST_P(Windows, TheSameBitsOnAnyNumberOfThreads)
{
    Text text(53, 8, 4); // four shards
    std::vector<car_real> expected_states, expected;
    for (int threads : {1, 2, 3, 4, 8}) {
        car_parallel_set_threads(threads);
        (void)gradient(text.window(0, 4));
        const std::vector<car_real> found = gradient(text.window(4, 8));
        if (threads == 1) {
            expected = found;
            expected_states = states();
        }
        EXPECT_EQ(found, expected) << threads << " threads";
        EXPECT_EQ(states(), expected_states) << threads << " threads";
    }
}

// Streams that are at their end leave; a state that is not finite begins anew.
TEST_P(Windows, RowsMayLeave)
{
    Text text(6, 8, 5);
    (void)gradient(text.window(0, 4));
    std::vector<car_real> begin = states();
    car_batch rest = text.window(4, 8);
    rest.rows = 2;
    const double loss = car_shards_score(shards.get(), &rest, nullptr).loss;
    EXPECT_TRUE(std::isfinite(loss));
    begin[0] = NAN;
    set_states(begin);
    EXPECT_FALSE(std::isfinite(car_shards_score(shards.get(), &rest, nullptr).loss));
    EXPECT_TRUE(std::isfinite(car_shards_score(shards.get(), &rest, nullptr).loss));
}

INSTANTIATE_TEST_SUITE_P(Cells, Windows, ::testing::Values("rnn", "lstm", "gru", "rhn", "nested-lstm"),
                         [](const auto &test) {
                             std::string name = test.param;
                             name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
                             return name;
                         });

} // namespace
