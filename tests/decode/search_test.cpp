// Beam search against brute force, against teacher forcing and against itself in
// other batches, for models of every kind.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <vector>

#include "base/parallel.h"
#include "decode/searching.hpp"

using namespace searching;

namespace
{

class EveryModel : public ::testing::TestWithParam<Kind>
{
};

} // namespace

TEST_P(EveryModel, FindsWhatBruteForceFinds)
{
    const int words = 6, longest = 4;
    Model model(GetParam(), words);
    const Words source = {3, 5, 4, CAR_END};
    std::vector<Words> outputs; // all that end, and all that are cut
    std::function<void(Words)> write = [&](Words beginning) {
        for (int32_t word : {CAR_END + 0, CAR_UNKNOWN + 0, 3, 4, 5}) {
            Words longer = beginning;
            longer.push_back(word);
            if (word == CAR_END || longer.size() == longest)
                outputs.push_back(longer);
            else
                write(longer);
        }
    };
    write({});
    ASSERT_EQ(outputs.size(), 341u);
    std::vector<double> log_probability = model.log_probability(source, outputs);

    for (double normalize : {0.0, 0.6, 1.0}) {
        std::vector<double> score;
        std::vector<size_t> order;
        for (size_t i = 0; i < outputs.size(); i++) {
            score.push_back(log_probability[i] / std::pow(static_cast<double>(outputs[i].size()), normalize));
            order.push_back(i);
        }
        std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return score[a] > score[b]; });
        car_search_options o = options(400, 400);
        o.normalize = normalize;
        o.max_length = longest;
        o.allow_unknown = true;
        NBest found = search(model, o, {source})[0];
        ASSERT_EQ(found.size(), outputs.size());
        for (size_t i = 0; i < found.size(); i++) {
            ASSERT_EQ(found[i].output(), outputs[order[i]]) << "rank " << i << ", normalize " << normalize;
            ASSERT_NEAR(found[i].score, score[order[i]], 1e-5);
        }
        o.n_best = 1; // stops as soon as it may
        EXPECT_EQ(search(model, o, {source})[0][0], found[0]);
    }
}

TEST_P(EveryModel, GivesTheProbabilitiesOfTeacherForcing)
{
    Model model(GetParam(), 30);
    model.favour(CAR_END, 2);
    std::vector<Words> sources = random_sources(12, 30, 9);
    std::vector<NBest> found = search(model, options(5, 5), sources);
    int complete = 0;
    for (size_t i = 0; i < sources.size(); i++) {
        std::vector<Words> outputs;
        for (const Hypothesis &h : found[i])
            outputs.push_back(h.output());
        std::vector<double> expected = model.log_probability(sources[i], outputs);
        for (size_t k = 0; k < outputs.size(); k++) {
            EXPECT_NEAR(found[i][k].log_probability, expected[k], 1e-6 * (1 + std::fabs(expected[k])));
            EXPECT_DOUBLE_EQ(found[i][k].score,
                             found[i][k].log_probability / std::pow(static_cast<double>(outputs[k].size()), 0.6));
            complete += found[i][k].complete;
        }
    }
    EXPECT_GT(complete, 0);
}

TEST_P(EveryModel, WithABeamOfOneTakesTheLikeliestWordEachTime)
{
    const int words = 150;
    Model model(GetParam(), words);
    std::vector<Words> sources = random_sources(6, words, 7);
    car_search_options o = options(1, 1);
    o.max_length = 8;
    std::vector<NBest> found = search(model, o, sources);
    for (size_t i = 0; i < sources.size(); i++) {
        Words output;
        do {
            std::vector<Words> longer;
            for (int32_t word = 0; word < words; word++) {
                longer.push_back(output);
                longer.back().push_back(word);
            }
            std::vector<double> log_probability = model.log_probability(sources[i], longer);
            log_probability[CAR_UNKNOWN] = log_probability[CAR_START] = -std::numeric_limits<double>::infinity();
            output.push_back(static_cast<int32_t>(std::max_element(log_probability.begin(), log_probability.end()) -
                                                  log_probability.begin()));
        } while (output.back() != CAR_END && output.size() < 8);
        ASSERT_EQ(found[i].size(), 1u);
        EXPECT_EQ(found[i][0].output(), output);
    }
}

TEST_P(EveryModel, DoesNotDependOnBatchesOrThreads)
{
    Model model(GetParam(), 150); // of more than one block of words
    model.favour(CAR_END, 3);
    std::vector<Words> sources = random_sources(70, 150, 12);
    car_search_options o = options(4, 3);
    o.keep_attention = true;
    o.mini_batch = 64; // more rows than a slice of logits
    car_parallel_set_threads(1);
    std::vector<NBest> expected = search(model, o, sources);
    std::set<size_t> lengths;
    for (const NBest &list : expected)
        for (const Hypothesis &h : list)
            lengths.insert(h.ids.size());
    EXPECT_GT(lengths.size(), 2u);
    std::vector<NBest> alone;
    for (const Words &source : sources)
        alone.push_back(search(model, o, {source})[0]);
    EXPECT_EQ(alone, expected);
    for (int threads : {1, 2, 5}) {
        car_parallel_set_threads(threads);
        for (int mini_batch : {1, 7, 64}) {
            o.mini_batch = mini_batch;
            EXPECT_EQ(search(model, o, sources), expected) << mini_batch << " a batch, " << threads << " threads";
        }
    }
    car_parallel_set_threads(1);
}

TEST_P(EveryModel, SortsDistinctHypothesesWhateverTheirNumber)
{
    Model model(GetParam(), 20);
    model.favour(CAR_END, 2);
    std::vector<Words> sources = random_sources(10, 20, 8);
    std::vector<NBest> most = search(model, options(6, 6), sources);
    for (const NBest &list : most) {
        ASSERT_EQ(list.size(), 6u);
        std::set<Words> distinct;
        for (const Hypothesis &h : list)
            distinct.insert(h.output());
        EXPECT_EQ(distinct.size(), list.size());
        for (size_t k = 1; k < list.size(); k++)
            EXPECT_GE(list[k - 1].score, list[k].score);
    }
    for (int n_best : {1, 3}) { // a search that wants fewer stops earlier but finds the same
        std::vector<NBest> fewer = search(model, options(6, n_best), sources);
        for (size_t i = 0; i < most.size(); i++)
            EXPECT_EQ(fewer[i], NBest(most[i].begin(), most[i].begin() + n_best));
    }
}

TEST_P(EveryModel, TellsWhereEachWordLooked)
{
    Model model(GetParam(), 25);
    model.favour(CAR_END, 1);
    std::vector<Words> sources = random_sources(8, 25, 9);
    car_search_options o = options(4, 4);
    for (const NBest &list : search(model, o, sources))
        EXPECT_FALSE(list[0].attends);
    o.keep_attention = true;
    std::vector<NBest> found = search(model, o, sources);
    int compared = 0;
    for (size_t i = 0; i < sources.size(); i++)
        for (const Hypothesis &h : found[i]) {
            ASSERT_EQ(h.attends, GetParam().attention != CAR_ATTENTION_NONE);
            Words output = h.output();
            ASSERT_EQ(h.attention.size(), h.attends ? output.size() * sources[i].size() : 0);
            if (!h.attends)
                continue;
            car_sentence x{sources[i].data(), static_cast<int>(sources[i].size())};
            car_sentence y{output.data(), static_cast<int>(output.size())};
            int64_t line = 1;
            car_batch batch{1, &x, &y, &line, nullptr, false};
            const int pair = 0;
            car_shard shard;
            car_shard_init(&shard);
            car_shard_load(&shard, &model->options, &batch, &pair, 1);
            car_shard_forward(&shard, model.get(), nullptr);
            for (size_t t = 0; t < output.size(); t++)
                for (size_t k = 0; k < sources[i].size(); k++, compared++)
                    EXPECT_NEAR(h.attention[t * sources[i].size() + k],
                                car_row(shard.decoding.look.weights, static_cast<int>(t))[k], 1e-6);
            car_shard_clear(&shard);
        }
    EXPECT_EQ(compared > 0, GetParam().attention != CAR_ATTENTION_NONE);
}

TEST_P(EveryModel, GivesEachWordItsProbability)
{
    Model model(GetParam(), 25);
    model.favour(CAR_END, 1);
    std::vector<Words> sources = random_sources(5, 25, 9);
    std::vector<NBest> found = search(model, options(3, 3), sources);
    for (size_t i = 0; i < sources.size(); i++)
        for (const Hypothesis &h : found[i]) {
            Words output = h.output();
            ASSERT_EQ(h.each.size(), output.size());
            double sum = 0;
            for (size_t t = 0; t < output.size(); t++) {
                sum += h.each[t];
                Words beginning(output.begin(), output.begin() + static_cast<ptrdiff_t>(t) + 1);
                EXPECT_NEAR(sum, model.log_probability(sources[i], {beginning})[0], 1e-5);
            }
            EXPECT_NEAR(sum, h.log_probability, 1e-12);
        }
}

TEST(Search, OneMinibatchOnSeveralThreadsIsTheSame)
{
    Model first(kinds[0], 2500, 1), second(kinds[1], 2500, 2); /* words for several pieces of the output layer */
    std::vector<Input> inputs;
    for (const Words &source : random_sources(5, 2500, 6))
        inputs.push_back({source, {}, 1});
    car_model *models[] = {first.get(), second.get()};
    for (int n : {1, 2}) {
        const car_ensemble ensemble = {n, models, nullptr};
        std::vector<NBest> alone = search(ensemble, options(4, 4), inputs);
        for (int threads : {2, 3}) {
            car_parallel_set_threads(threads);
            EXPECT_EQ(search(ensemble, options(4, 4), inputs), alone) << n << " models, " << threads << " threads";
        }
        car_parallel_set_threads(1);
    }
}

INSTANTIATE_TEST_SUITE_P(Search, EveryModel, ::testing::ValuesIn(kinds),
                         [](const ::testing::TestParamInfo<Kind> &kind) { return std::string(kind.param.name); });

namespace
{

const Kind &attentive = kinds[3];

} // namespace

TEST(Search, WritesNoMoreThanItMay)
{
    Model model(attentive, 20);
    model.favour(CAR_END, -1000);
    std::vector<Words> sources = {{CAR_END}, {3, 4, 5, 6, 7, CAR_END}};
    car_search_options o = options(3, 3);
    o.max_length_factor = 2.5;
    auto lengths = [&] {
        std::set<size_t> all;
        std::vector<size_t> of_source;
        for (const NBest &list : search(model, o, sources)) {
            EXPECT_EQ(list.size(), 3u);
            for (const Hypothesis &h : list) {
                EXPECT_FALSE(h.complete);
                EXPECT_EQ(h.ids.size(), list[0].ids.size());
            }
            of_source.push_back(list[0].ids.size());
        }
        return of_source;
    };
    EXPECT_EQ(lengths(), (std::vector<size_t>{CAR_SEARCH_LEAST_LENGTH, 15}));
    o.max_length = 12;
    EXPECT_EQ(lengths(), (std::vector<size_t>{CAR_SEARCH_LEAST_LENGTH, 12}));
    o.max_length = 1;
    EXPECT_EQ(lengths(), (std::vector<size_t>{1, 1}));
    o.max_length = 0;
    o.max_length_factor = 100;
    EXPECT_EQ(lengths(), (std::vector<size_t>{100, 600}));
}

TEST(Search, EndsAtOnceWhenThatIsLikeliest)
{
    Model model(attentive, 20);
    model.favour(CAR_END, 1000);
    for (const NBest &list : search(model, options(4, 1), {{CAR_END}, {3, 4, CAR_END}})) {
        ASSERT_EQ(list.size(), 1u);
        EXPECT_TRUE(list[0].complete);
        EXPECT_TRUE(list[0].ids.empty());
        EXPECT_NEAR(list[0].log_probability, 0, 1e-6);
    }
    EXPECT_TRUE(search(model, options(4, 1), {}).empty());
}

TEST(Search, ProducesTheUnknownWordOnlyIfAskedAndStartNever)
{
    Model model(attentive, 20);
    model.favour(CAR_UNKNOWN, 8);
    model.favour(CAR_START, 9);
    std::vector<Words> sources = random_sources(10, 20, 6);
    car_search_options o = options(3, 3);
    for (bool allowed : {false, true}) {
        o.allow_unknown = allowed;
        int unknown = 0;
        for (const NBest &list : search(model, o, sources))
            for (const Hypothesis &h : list)
                for (int32_t id : h.ids) {
                    EXPECT_NE(id, CAR_START);
                    unknown += id == CAR_UNKNOWN;
                }
        EXPECT_EQ(unknown > 0, allowed);
    }
}

TEST(Search, TakesTheSmallerIdOfEquallyLikelyOnes)
{
    Model model(kinds[0], 200);
    for (int32_t word = 3; word < 200; word++) { // all words alike, and END out of the way
        car_block *matrix = model->output.matrix;
        std::memset(matrix->value + word * matrix->stride, 0, static_cast<size_t>(matrix->columns) * sizeof(car_real));
    }
    model.favour(CAR_END, -1000);
    car_parameters_pack(model->parameters);
    car_search_options o = options(3, 3);
    o.max_length = 1;
    NBest list = search(model, o, {{5, CAR_END}})[0];
    ASSERT_EQ(list.size(), 3u);
    EXPECT_EQ(list[0].ids, Words{3});
    EXPECT_EQ(list[1].ids, Words{4});
    EXPECT_EQ(list[2].ids, Words{5});
}

TEST(Search, AnswersEvenWhenTheModelHasNoNumbers)
{
    Model model(attentive, 20);
    std::fill_n(model->output.bias->value, 20, std::numeric_limits<car_real>::quiet_NaN());
    NBest list = search(model, options(4, 4), {{3, CAR_END}})[0];
    ASSERT_EQ(list.size(), 1u);
    EXPECT_TRUE(list[0].ids.empty());
    EXPECT_FALSE(list[0].complete);
}
