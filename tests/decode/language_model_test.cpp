// Searching and drawing by a language model: from nothing, and over ends of lines.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "decode/searching.hpp"

namespace
{

using searching::Words;

class Writer : public ::testing::TestWithParam<bool>
{
  protected:
    Writer()
    {
        car_model_options options{};
        options.task = CAR_LANGUAGE_MODEL;
        options.continuous = GetParam();
        options.target_words = words;
        options.dec_cell = &carousel_plugin_lstm()->cells[0];
        options.dec_depth = 2;
        options.dim_emb = 12;
        options.dim_rnn = 20;
        car_error e{};
        model.reset(car_model_new(&options, CAR_TO_DIFFERENTIATE, &e));
        car_model_start(model.get(), 3);
        for (ptrdiff_t i = 0; i < model->parameters->n; i++)
            model->parameters->value[i] *= 4;
        car_parameters_pack(model->parameters);
    }

    /* One text for each number of words that it may have, after this beginning. */
    std::vector<Words> write(const Words &beginning, const std::vector<int> &longest, bool through_ends, bool sample,
                             std::vector<double> *log_probability = nullptr)
    {
        car_search_options options = car_search_defaults();
        options.beam = 1;
        options.through_ends = through_ends;
        options.sample = sample;
        options.allow_unknown = true;
        std::vector<car_search_input> inputs;
        for (size_t i = 0; i < longest.size(); i++)
            inputs.push_back({{&end, 1},
                              beginning.data(),
                              static_cast<int>(beginning.size()),
                              static_cast<int64_t>(i + 1),
                              longest[i]});
        car_model *const models[] = {model.get()};
        const car_ensemble alone = {1, models, nullptr};
        car_search_results results;
        car_search(&alone, &options, inputs.data(), static_cast<int>(inputs.size()), &results);
        std::vector<Words> texts;
        for (int i = 0; i < results.n; i++) {
            const car_hypothesis &h = results.translation[i].hypothesis[0];
            texts.emplace_back(h.ids, h.ids + h.length + h.complete);
            if (log_probability != nullptr)
                log_probability->push_back(h.log_probability);
        }
        car_search_results_clear(&results);
        return texts;
    }

    /* log p of a text that begins as texts of this model do. */
    double score(const Words &text)
    {
        support::Handle<car_shards, car_shards_free> shards(car_shards_new(model.get(), 0));
        const car_sentence source{&end, 1}, target{text.data(), static_cast<int>(text.size())};
        const int32_t first = car_model_first_word(model.get());
        const car_batch batch{1, &source, &target, nullptr, &first, false};
        return -car_shards_score(shards.get(), &batch, nullptr).cross_entropy;
    }

    static constexpr int words = 25;
    const int32_t end = CAR_END;
    support::Handle<car_model, car_model_free> model;
};

TEST_P(Writer, TextsHaveTheProbabilityThatTheModelGivesThem)
{
    for (bool sample : {false, true}) {
        std::vector<double> log_probability;
        const std::vector<Words> texts = write({5, 7}, {4, 9, 30, 31}, false, sample, &log_probability);
        for (size_t i = 0; i < texts.size(); i++) {
            EXPECT_EQ(texts[i][0], 5);
            EXPECT_EQ(texts[i][1], 7);
            EXPECT_NEAR(log_probability[i], score(texts[i]), 1e-4 * std::abs(log_probability[i]));
        }
        EXPECT_LE(texts[0].size(), 4u);
    }
}

TEST_P(Writer, OverEndsATextIsAsLongAsAsked)
{
    model->output.bias->value[CAR_END] += 3; // often
    const std::vector<int> longest = {3, 17, 40};
    std::vector<double> log_probability;
    const std::vector<Words> through = write({5}, longest, true, true, &log_probability),
                             lines = write({5}, longest, false, true);
    bool ends_within = false;
    for (size_t i = 0; i < longest.size(); i++) {
        EXPECT_EQ(through[i].size(), static_cast<size_t>(longest[i]));
        EXPECT_NEAR(log_probability[i], score(through[i]), 1e-4 * std::abs(log_probability[i]));
        const auto first_end = std::find(through[i].begin(), through[i].end(), CAR_END);
        ends_within = ends_within || first_end + 1 < through[i].end();
        const Words line(through[i].begin(), first_end == through[i].end() ? first_end : first_end + 1);
        EXPECT_EQ(lines[i], line) << "up to its first end a text is the same";
    }
    EXPECT_TRUE(ends_within);
}

TEST_P(Writer, ABeginningLeavesRoomForOneWord) { EXPECT_EQ(write({5, 6, 7}, {2}, true, false)[0].size(), 4u); }

INSTANTIATE_TEST_SUITE_P(Texts, Writer, ::testing::Values(false, true),
                         [](const auto &test) { return test.param ? "Continuous" : "Lines"; });

} // namespace
