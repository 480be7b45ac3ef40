// What a search is told beside the model: prefixes, rules, coverage, random numbers, further
// models; against brute force over all outputs of tiny models.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "decode/searching.hpp"
#include "support/random.hpp"

using namespace searching;

namespace
{

const int tiny = 6, longest = 4;
const Words source = {3, 5, 4, CAR_END};

// Everything a tiny model can write: what ends, and what is cut.
std::vector<Words> all_outputs()
{
    std::vector<Words> outputs;
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
    return outputs;
}

std::vector<Words> outputs_that(const std::function<bool(const Words &)> &fit)
{
    std::vector<Words> all = all_outputs(), some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some), fit);
    return some;
}

// A search that leaves nothing out.
car_search_options exhaustive()
{
    car_search_options o = options(400, 400);
    o.max_length = longest;
    o.allow_unknown = true;
    return o;
}

// Does the search find these outputs and no others, in the order of their log p?
void expect_found(const NBest &found, const std::vector<Words> &outputs, const std::vector<double> &log_probability)
{
    std::vector<size_t> order;
    std::vector<double> score;
    for (size_t i = 0; i < outputs.size(); i++) {
        order.push_back(i);
        score.push_back(log_probability[i] / std::pow(static_cast<double>(outputs[i].size()), 0.6));
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return score[a] > score[b]; });
    ASSERT_EQ(found.size(), outputs.size());
    for (size_t i = 0; i < found.size(); i++) {
        ASSERT_EQ(found[i].output(), outputs[order[i]]) << "rank " << i;
        EXPECT_NEAR(found[i].log_probability, log_probability[order[i]], 1e-5);
        EXPECT_NEAR(found[i].score, score[order[i]], 1e-5);
    }
}

NBest search_one(const Model &model, const car_search_options &o, const Input &input)
{
    car_model *only = model.get();
    return search(car_ensemble{1, &only, nullptr}, o, {input})[0];
}

bool begins(const Words &output, const Words &prefix)
{
    return output.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), output.begin());
}

bool repeats(const Words &output, size_t n)
{
    std::set<Words> seen;
    for (size_t i = 0; i + n <= output.size(); i++)
        if (output[i + n - 1] != CAR_END && !seen.insert(Words(output.begin() + static_cast<ptrdiff_t>(i),
                                                               output.begin() + static_cast<ptrdiff_t>(i + n)))
                                                 .second)
            return true;
    return false;
}

class EveryRule : public ::testing::TestWithParam<Kind>
{
};

} // namespace

TEST_P(EveryRule, APrefixIsForcedAndTheRestIsTheBest)
{
    Model model(GetParam(), tiny);
    for (const Words &prefix : {Words{4}, Words{5, 3}, Words{CAR_UNKNOWN, 4, 4}}) {
        car_search_options o = exhaustive();
        o.allow_unknown = false; // but in the prefix
        std::vector<Words> outputs = outputs_that([&](const Words &output) {
            return begins(output, prefix) &&
                   std::count(output.begin() + static_cast<ptrdiff_t>(prefix.size()), output.end(), CAR_UNKNOWN) == 0;
        });
        expect_found(search_one(model, o, {source, prefix, 1}), outputs, model.log_probability(source, outputs));
    }
}

TEST_P(EveryRule, NGramsDoNotComeBack)
{
    Model model(GetParam(), tiny);
    for (int n : {1, 2, 3}) {
        car_search_options o = exhaustive();
        o.no_repeat_ngram = n;
        std::vector<Words> outputs =
            outputs_that([&](const Words &output) { return !repeats(output, static_cast<size_t>(n)); });
        ASSERT_LT(outputs.size(), 341u);
        expect_found(search_one(model, o, {source, {}, 1}), outputs, model.log_probability(source, outputs));
    }
}

TEST_P(EveryRule, NothingIsShorterThanTheLeast)
{
    Model model(GetParam(), tiny);
    for (int least : {1, 3}) {
        car_search_options o = exhaustive();
        o.min_length = least;
        std::vector<Words> outputs = outputs_that(
            [&](const Words &output) { return output.back() != CAR_END || static_cast<int>(output.size()) > least; });
        expect_found(search_one(model, o, {source, {}, 1}), outputs, model.log_probability(source, outputs));
    }
}

TEST_P(EveryRule, CoverageCountsForTheScore)
{
    if (GetParam().attention == CAR_ATTENTION_NONE)
        return;
    Model model(GetParam(), tiny);
    car_search_options o = exhaustive();
    o.keep_attention = true;
    o.normalize = 1;
    NBest plain = search_one(model, o, {source, {}, 1});
    std::map<Words, double> expected;
    for (const Hypothesis &h : plain) {
        double penalty = 0;
        for (size_t i = 0; i + 1 < source.size(); i++) {
            double covered = 0;
            for (size_t t = 0; t < h.output().size(); t++)
                covered += static_cast<double>(h.attention[t * source.size() + i]);
            penalty += std::log(std::min(1.0, std::max(covered, 1e-9)));
        }
        expected[h.output()] = h.score + 0.3 * penalty;
    }
    o.coverage_penalty = 0.3;
    NBest found = search_one(model, o, {source, {}, 1});
    ASSERT_EQ(found.size(), plain.size());
    bool other_order = false;
    for (size_t i = 0; i < found.size(); i++) {
        EXPECT_NEAR(found[i].score, expected[found[i].output()], 1e-5);
        EXPECT_TRUE(i == 0 || found[i - 1].score >= found[i].score);
        other_order = other_order || found[i].ids != plain[i].ids;
    }
    EXPECT_TRUE(other_order);
    o.n_best = 1; // stops as soon as it may
    EXPECT_EQ(search_one(model, o, {source, {}, 1})[0], found[0]);
}

TEST_P(EveryRule, DrawsEveryOutputAsOftenAsItIsLikely)
{
    Model model(GetParam(), tiny);
    model.favour(CAR_START, -1000); // else the others would share what it had
    car_search_options o = options(500, 500);
    o.max_length = 2;
    o.allow_unknown = true;
    o.sample = true;
    std::map<Words, double> times;
    const int rounds = 8, draws = 500 * rounds;
    for (int round = 0; round < rounds; round++)
        for (const Hypothesis &h : search_one(model, o, {source, {}, round}))
            times[h.output()]++;
    std::vector<Words> possible;
    for (const Words &output : all_outputs()) {
        Words two(output.begin(), output.begin() + std::min<ptrdiff_t>(2, static_cast<ptrdiff_t>(output.size())));
        if (std::find(possible.begin(), possible.end(), two) == possible.end())
            possible.push_back(two);
    }
    std::vector<double> log_probability = model.log_probability(source, possible);
    for (size_t i = 0; i < possible.size(); i++) {
        double expected = std::exp(log_probability[i]) * draws;
        EXPECT_NEAR(times[possible[i]], expected, 5 * std::sqrt(expected + 1));
    }
}

TEST_P(EveryRule, WhatIsDrawnDependsOnSeedNumberAndPlaceAlone)
{
    Model model(GetParam(), 150);
    model.favour(CAR_END, 3);
    std::vector<Words> sources = random_sources(20, 150, 12);
    std::vector<Input> inputs;
    for (size_t i = 0; i < sources.size(); i++)
        inputs.push_back({sources[i], i % 3 == 0 ? Words{7, 8} : Words{}, static_cast<int64_t>(i) + 1});
    car_search_options o = options(4, 4);
    o.sample = true;
    o.sampling = {1.3, 50, 0.9};
    o.no_repeat_ngram = 2;
    o.keep_attention = true;
    car_model *only = model.get();
    const car_ensemble ensemble{1, &only, nullptr};
    car_parallel_set_threads(1);
    std::vector<NBest> expected = search(ensemble, o, inputs);
    std::set<Words> distinct;
    for (const NBest &list : expected)
        for (const Hypothesis &h : list) {
            distinct.insert(h.ids);
            EXPECT_FALSE(repeats(h.ids, 2));
        }
    EXPECT_GT(distinct.size(), 40u);
    for (int threads : {1, 3})
        for (int mini_batch : {1, 7, 64}) {
            car_parallel_set_threads(threads);
            o.mini_batch = mini_batch;
            EXPECT_EQ(search(ensemble, o, inputs), expected) << mini_batch << " a batch, " << threads << " threads";
        }
    car_parallel_set_threads(1);
    std::vector<Input> backwards(inputs.rbegin(), inputs.rend());
    std::vector<NBest> found = search(ensemble, o, backwards);
    std::reverse(found.begin(), found.end());
    EXPECT_EQ(found, expected);

    o.beam = o.n_best = 2; // the first two of the four
    size_t i = 0;
    for (const NBest &list : search(ensemble, o, inputs)) {
        for (const Hypothesis &h : list)
            EXPECT_NE(std::find(expected[i].begin(), expected[i].end(), h), expected[i].end());
        i++;
    }
    o.beam = o.n_best = 4;
    o.seed = 2;
    EXPECT_NE(search(ensemble, o, inputs), expected);
    o.seed = 1;
    for (Input &input : inputs)
        input.number += 1000;
    EXPECT_NE(search(ensemble, o, inputs), expected);
}

INSTANTIATE_TEST_SUITE_P(Rules, EveryRule, ::testing::ValuesIn(kinds),
                         [](const ::testing::TestParamInfo<Kind> &kind) { return std::string(kind.param.name); });

TEST(Rules, APrefixMayBeLongerThanATranslation)
{
    Model model(kinds[3], 20);
    Words prefix(50, 7);
    car_search_options o = options(3, 3);
    o.no_repeat_ngram = 2; // from its end on
    for (const Hypothesis &h : search_one(model, o, {source, prefix, 1})) {
        EXPECT_TRUE(begins(h.ids, prefix));
        EXPECT_GT(h.output().size(), prefix.size());
        EXPECT_LE(h.output().size(), prefix.size() + CAR_SEARCH_LEAST_LENGTH);
        EXPECT_NE(h.output()[50], 7);
    }
    o.sample = true;
    for (const Hypothesis &h : search_one(model, o, {source, prefix, 1}))
        EXPECT_TRUE(begins(h.ids, prefix));
}

TEST(Rules, WhatCannotGoOnEnds)
{
    Model model(kinds[3], tiny); // of which three words are allowed, each once
    car_search_options o = options(3, 3);
    o.no_repeat_ngram = 1;
    o.min_length = 100;
    for (bool sample : {false, true}) {
        o.sample = sample;
        NBest found = search_one(model, o, {source, {}, 1});
        ASSERT_EQ(found.size(), 3u);
        for (const Hypothesis &h : found) {
            EXPECT_FALSE(h.complete);
            EXPECT_EQ(std::set<int32_t>(h.ids.begin(), h.ids.end()), (std::set<int32_t>{3, 4, 5}));
            EXPECT_EQ(h.ids.size(), 3u);
        }
    }
}

// ---- ensembles ------------------------------------------------------------------------

TEST(Ensemble, FindsWhatBruteForceFinds)
{
    Model a(kinds[0], tiny), b(kinds[3], tiny, 2), c(kinds[5], tiny, 3);
    car_model *models[] = {a.get(), b.get(), c.get()};
    std::vector<Words> outputs = all_outputs();
    std::vector<double> of_a = a.log_probability(source, outputs), of_b = b.log_probability(source, outputs),
                        of_c = c.log_probability(source, outputs);
    const double weights[] = {0.5, 0.2, 1.1};
    for (const double *w : {static_cast<const double *>(nullptr), weights}) {
        std::vector<double> mean;
        for (size_t i = 0; i < outputs.size(); i++)
            mean.push_back(w != nullptr ? w[0] * of_a[i] + w[1] * of_b[i] + w[2] * of_c[i]
                                        : (of_a[i] + of_b[i] + of_c[i]) / 3);
        expect_found(search(car_ensemble{3, models, w}, exhaustive(), {{source, {}, 1}})[0], outputs, mean);
    }
}

TEST(Ensemble, OfOneIsThatModel)
{
    Model model(kinds[3], 150);
    model.favour(CAR_END, 3);
    std::vector<Words> sources = random_sources(20, 150, 9);
    std::vector<Input> inputs;
    for (const Words &one : sources)
        inputs.push_back({one, {}, 1});
    car_model *one = model.get(), *twice[] = {one, one};
    car_search_options o = options(4, 4);
    o.keep_attention = true;
    std::vector<NBest> expected = search(model, o, sources);
    const double weight = 1;
    EXPECT_EQ(search(car_ensemble{1, &one, &weight}, o, inputs), expected);
    std::vector<NBest> found = search(car_ensemble{2, twice, nullptr}, o, inputs);
    for (size_t i = 0; i < found.size(); i++) {
        EXPECT_EQ(found[i][0].ids, expected[i][0].ids);
        EXPECT_NEAR(found[i][0].score, expected[i][0].score, 1e-4);
    }
    const double three = 3;
    found = search(car_ensemble{1, &one, &three}, o, inputs);
    for (size_t i = 0; i < found.size(); i++) {
        EXPECT_EQ(found[i][0].ids, expected[i][0].ids);
        EXPECT_NEAR(found[i][0].score, 3 * expected[i][0].score, 1e-3);
    }
}

TEST(Ensemble, AttentionIsTheMeanOfThoseThatHaveIt)
{
    Model a(kinds[0], 25), b(kinds[1], 25, 2), c(kinds[3], 25, 3);
    car_model *models[] = {a.get(), b.get(), c.get()}, *only_b = b.get(), *only_c = c.get();
    const double weights[] = {5, 1, 3};
    car_search_options o = options(1, 1);
    o.keep_attention = true;
    const Words prefix = {4, 8, 9, 10, 11};
    Input input{source, prefix, 1};
    Hypothesis all = search(car_ensemble{3, models, weights}, o, {input})[0][0];
    Hypothesis of_b = search(car_ensemble{1, &only_b, nullptr}, o, {input})[0][0];
    Hypothesis of_c = search(car_ensemble{1, &only_c, nullptr}, o, {input})[0][0];
    for (size_t i = 0; i < prefix.size() * source.size(); i++)
        EXPECT_NEAR(all.attention[i], 0.25f * of_b.attention[i] + 0.75f * of_c.attention[i], 1e-5);
    car_model *blind[] = {a.get(), a.get()};
    EXPECT_FALSE(search(car_ensemble{2, blind, nullptr}, o, {input})[0][0].attends);
}

TEST(Ensemble, DoesNotDependOnBatchesOrThreads)
{
    Model a(kinds[2], 150), b(kinds[5], 150, 2);
    a.favour(CAR_END, 3);
    b.favour(CAR_END, 3);
    car_model *models[] = {a.get(), b.get()};
    const car_ensemble ensemble{2, models, nullptr};
    std::vector<Input> inputs;
    for (const Words &one : random_sources(70, 150, 12))
        inputs.push_back({one, {}, 1});
    car_search_options o = options(4, 3);
    o.keep_attention = true;
    o.coverage_penalty = 0.2;
    car_parallel_set_threads(1);
    std::vector<NBest> expected = search(ensemble, o, inputs);
    for (int threads : {1, 3})
        for (int mini_batch : {1, 7, 64}) {
            car_parallel_set_threads(threads);
            o.mini_batch = mini_batch;
            EXPECT_EQ(search(ensemble, o, inputs), expected);
        }
    car_parallel_set_threads(1);
}

// ---- all at once ------------------------------------------------------------------------

TEST(Rules, HoldInAnyCombination)
{
    const uint64_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    support::Random random(seed);
    auto below = [&](int n) { return random.below(n); };
    std::vector<std::unique_ptr<Model>> models;
    for (const Kind &kind : kinds)
        models.push_back(std::make_unique<Model>(kind, 40, static_cast<uint64_t>(below(1000))));
    for (int round = 0; round < 40; round++) {
        SCOPED_TRACE("round " + std::to_string(round));
        car_model *chosen[3];
        double weights[3];
        int n_models = 1 + below(3);
        for (int k = 0; k < n_models; k++) {
            Model &model = *models[static_cast<size_t>(below(static_cast<int>(models.size())))];
            chosen[k] = model.get();
            weights[k] = 0.1 + below(20) / 10.0;
        }
        const car_ensemble ensemble{n_models, chosen, weights};
        car_search_options o = options(1 + below(6), 1);
        o.n_best = 1 + below(o.beam);
        o.normalize = below(3) * 0.6;
        o.mini_batch = 1 + below(9);
        o.max_length = below(3) * 7;
        o.min_length = below(2) * 5;
        o.no_repeat_ngram = below(4);
        o.allow_unknown = below(2) == 0;
        o.keep_attention = below(2) == 0;
        o.coverage_penalty = car_ensemble_attends(&ensemble) ? below(2) * 0.3 : 0;
        o.sample = below(2) == 0;
        o.sampling = {0.3 + below(20) / 10.0, below(2) * (1 + below(50)), below(2) == 0 ? 1 : 0.05 + below(19) / 20.0};
        std::vector<Input> inputs;
        for (const Words &one : random_sources(1 + below(12), 40, 9)) {
            Words prefix(static_cast<size_t>(below(2) * below(20)));
            for (int32_t &word : prefix)
                word = 3 + below(37);
            inputs.push_back({one, prefix, below(1000)});
        }
        car_parallel_set_threads(1 + below(3));
        std::vector<NBest> found = search(ensemble, o, inputs);
        ASSERT_EQ(found.size(), inputs.size());
        for (size_t i = 0; i < found.size(); i++) {
            const Input &input = inputs[i];
            ASSERT_TRUE(!found[i].empty() && found[i].size() <= static_cast<size_t>(o.n_best));
            for (const Hypothesis &h : found[i]) {
                Words rest = h.output();
                ASSERT_TRUE(begins(rest, input.prefix));
                rest.erase(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(input.prefix.size()));
                EXPECT_EQ(std::count(rest.begin(), rest.end(), CAR_START), 0);
                EXPECT_TRUE(o.allow_unknown || std::count(rest.begin(), rest.end(), CAR_UNKNOWN) == 0);
                EXPECT_TRUE(!h.complete || static_cast<int>(h.ids.size()) >= o.min_length);
                EXPECT_TRUE(o.no_repeat_ngram == 0 || !repeats(rest, static_cast<size_t>(o.no_repeat_ngram)));
                if (o.max_length > 0) {
                    EXPECT_LE(h.output().size(), std::max(static_cast<size_t>(o.max_length), input.prefix.size() + 1));
                }
                double sum = 0;
                for (double one : h.each)
                    sum += one;
                ASSERT_EQ(h.each.size(), h.output().size());
                EXPECT_NEAR(sum, h.log_probability, 1e-9);
                double plain = sum / std::pow(std::max<double>(1, static_cast<double>(h.each.size())), o.normalize);
                EXPECT_TRUE(o.coverage_penalty > 0 ? h.score <= plain + 1e-9 : std::fabs(h.score - plain) < 1e-9);
                ASSERT_EQ(h.attends, o.keep_attention && car_ensemble_attends(&ensemble) && !h.each.empty());
                for (size_t t = 0; h.attends && t < h.each.size(); t++) {
                    auto row = h.attention.begin() + static_cast<ptrdiff_t>(t * input.source.size());
                    EXPECT_NEAR(std::accumulate(row, row + static_cast<ptrdiff_t>(input.source.size()), 0.0), 1, 1e-4);
                }
            }
        }
        o.mini_batch = 64;
        car_parallel_set_threads(1);
        EXPECT_EQ(search(ensemble, o, inputs), found);
    }
}
