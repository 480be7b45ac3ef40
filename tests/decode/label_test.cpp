// Labels of words and of sentences, against what scoring says of every label.
#include "decode/label.h"

#include <cmath>

#include "base/parallel.h"
#include "searching.hpp"

namespace
{

using searching::Words;

constexpr int words = 9;

support::Handle<car_model, car_model_free> make_model(car_model_task task)
{
    car_model_options options{};
    options.task = task;
    options.source_words = 30;
    options.target_words = words;
    options.enc_cell = &carousel_plugin_lstm()->cells[0];
    options.enc_type = CAR_BIDIRECTIONAL;
    options.enc_depth = 2;
    options.dim_emb = 12;
    options.dim_rnn = 20;
    car_error e;
    support::Handle<car_model, car_model_free> model(car_model_new(&options, CAR_TO_LEARN, &e));
    EXPECT_TRUE(model) << e.message;
    car_model_start(model.get(), 5);
    return model;
}

std::vector<Words> sentences(int n)
{
    std::mt19937 random(7);
    std::vector<Words> all(static_cast<size_t>(n));
    for (Words &ids : all) {
        for (size_t i = 0, length = random() % 8; i < length; i++)
            ids.push_back(static_cast<int32_t>(CAR_SPECIALS + random() % 27));
        ids.push_back(CAR_END);
    }
    return all;
}

std::vector<car_search_input> inputs_of(const std::vector<Words> &sources)
{
    std::vector<car_search_input> inputs;
    for (const Words &ids : sources)
        inputs.push_back({{ids.data(), static_cast<int>(ids.size())}, nullptr, 0, 1, 0});
    return inputs;
}

// The results, cleared at the end.
struct Labels {
    Labels(car_model *model, const std::vector<Words> &sources, int n_best = 1, int mini_batch = 4,
           bool allow_unknown = false)
    {
        car_search_options options = car_search_defaults();
        options.n_best = n_best;
        options.mini_batch = mini_batch;
        options.allow_unknown = allow_unknown;
        const auto inputs = inputs_of(sources);
        car_label(model, &options, inputs.data(), static_cast<int>(inputs.size()), &results);
    }
    ~Labels() { car_search_results_clear(&results); }
    Labels(const Labels &) = delete;
    Labels &operator=(const Labels &) = delete;

    const car_translation &operator[](size_t i) const { return results.translation[i]; }

    car_search_results results;
};

// log p of a target as training scores it.
double scored(car_model *model, const Words &source, const Words &target)
{
    support::Handle<car_shards, car_shards_free> shards(car_shards_new(model, 0));
    const car_sentence from = {source.data(), static_cast<int>(source.size())};
    const car_sentence to = {target.data(), static_cast<int>(target.size())};
    const car_batch batch = {1, &from, &to, nullptr, nullptr, false};
    return -car_shards_score(shards.get(), &batch, nullptr).cross_entropy;
}

TEST(Label, ATagIsTheLikeliestLabelOfItsWord)
{
    auto model = make_model(CAR_TAG);
    const auto sources = sentences(23);
    const Labels labels(model.get(), sources);
    for (size_t i = 0; i < sources.size(); i++) {
        ASSERT_EQ(labels[i].n, 1);
        const car_hypothesis &h = labels[i].hypothesis[0];
        ASSERT_EQ(h.length, static_cast<int>(sources[i].size()) - 1);
        EXPECT_TRUE(h.complete);
        Words tags(h.ids, h.ids + h.length);
        tags.push_back(CAR_END);
        const double best = scored(model.get(), sources[i], tags);
        double sum = 0;
        for (size_t t = 0; t + 1 < tags.size(); t++) {
            double all = 0; // of the probabilities at this word
            for (int32_t other = 0; other < words; other++) {
                Words changed = tags;
                changed[t] = other;
                const double score = scored(model.get(), sources[i], changed);
                EXPECT_TRUE(other < CAR_SPECIALS || score <= best + 1e-5);
                all += std::exp(h.log_probabilities[t] + score - best);
            }
            EXPECT_NEAR(all, 1, 1e-4);
            sum += h.log_probabilities[t];
        }
        EXPECT_NEAR(h.log_probability, sum, 1e-9);
        EXPECT_LE(best, sum + 1e-5); // which leaves END out
    }
}

TEST(Label, ClassesComeInTheOrderOfTheirProbabilities)
{
    auto model = make_model(CAR_CLASSIFY);
    const auto sources = sentences(23);
    const Labels labels(model.get(), sources, 100);
    for (size_t i = 0; i < sources.size(); i++) {
        ASSERT_EQ(labels[i].n, words - CAR_SPECIALS);
        double before = 0;
        std::vector<bool> seen(words);
        for (int k = 0; k < labels[i].n; k++) {
            const car_hypothesis &h = labels[i].hypothesis[k];
            ASSERT_EQ(h.length, 1);
            ASSERT_GE(h.ids[0], CAR_SPECIALS);
            EXPECT_FALSE(seen[static_cast<size_t>(h.ids[0])]);
            seen[static_cast<size_t>(h.ids[0])] = true;
            EXPECT_LE(h.log_probability, before);
            before = h.log_probability;
            EXPECT_NEAR(h.log_probability, scored(model.get(), sources[i], {h.ids[0], CAR_END}), 1e-5);
        }
    }
    EXPECT_EQ(Labels(model.get(), sources, 2)[0].n, 2);
    EXPECT_EQ(Labels(model.get(), sources, 100, 4, true)[0].n, words - CAR_SPECIALS + 1);
}

// A model whose training went astray; what is decoded with it is labels all the same.
TEST(Label, LogitsThatAreNoNumbersComeLast)
{
    const auto sources = sentences(5);
    for (int32_t lost : {CAR_SPECIALS + 0, CAR_SPECIALS + 2, words - 1}) {
        auto classes = make_model(CAR_CLASSIFY), tags = make_model(CAR_TAG);
        classes->output.bias->value[lost] = tags->output.bias->value[lost] = NAN;
        const Labels ranked(classes.get(), sources, 100), tagged(tags.get(), sources);
        for (size_t i = 0; i < sources.size(); i++) {
            ASSERT_EQ(ranked[i].n, words - CAR_SPECIALS);
            std::vector<bool> seen(words);
            for (int k = 0; k < ranked[i].n; k++) {
                const int32_t label = ranked[i].hypothesis[k].ids[0];
                ASSERT_TRUE(label >= CAR_SPECIALS && label < words && !seen[static_cast<size_t>(label)]) << label;
                seen[static_cast<size_t>(label)] = true;
                EXPECT_EQ(label == lost, k + 1 == ranked[i].n);
            }
            const car_hypothesis &h = tagged[i].hypothesis[0];
            for (int t = 0; t < h.length; t++)
                EXPECT_TRUE(h.ids[t] >= CAR_SPECIALS && h.ids[t] != lost) << h.ids[t];
        }
    }
}

TEST(Label, NeitherMinibatchNorThreadsChangeABit)
{
    for (car_model_task task : {CAR_TAG, CAR_CLASSIFY}) {
        auto model = make_model(task);
        const auto sources = sentences(200);
        car_parallel_set_threads(1);
        const Labels one(model.get(), sources, 3, 1);
        for (int threads : {1, 2, 3, 8}) {
            car_parallel_set_threads(threads);
            for (int mini_batch : {3, 64}) {
                const Labels many(model.get(), sources, 3, mini_batch);
                for (size_t i = 0; i < sources.size(); i++) {
                    ASSERT_EQ(one[i].n, many[i].n);
                    for (int k = 0; k < one[i].n; k++) {
                        const car_hypothesis &a = one[i].hypothesis[k], &b = many[i].hypothesis[k];
                        EXPECT_EQ(Words(a.ids, a.ids + a.length), Words(b.ids, b.ids + b.length));
                        EXPECT_EQ(a.log_probability, b.log_probability) << threads << " threads, " << mini_batch;
                    }
                }
            }
        }
        car_parallel_set_threads(1);
    }
}

} // namespace
