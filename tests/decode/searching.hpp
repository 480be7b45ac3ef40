/* searching.hpp - tiny models of every kind, and searches over them as values that can be
 * compared. */
#ifndef CAROUSEL_TESTS_DECODE_SEARCHING_HPP
#define CAROUSEL_TESTS_DECODE_SEARCHING_HPP

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "decode/search.h"
#include "support/handles.hpp"
#include "train/shards.h"

extern "C" {
const car_plugin *carousel_plugin_rnn(void);
const car_plugin *carousel_plugin_lstm(void);
const car_plugin *carousel_plugin_gru(void);
const car_plugin *carousel_plugin_gru_v1(void);
}

namespace searching
{

using Words = std::vector<int32_t>;

struct Kind {
    const char *name;
    const car_plugin *(*encoder)();
    const car_plugin *(*decoder)();
    car_direction direction = CAR_BIDIRECTIONAL;
    int depth = 1;
    car_attention_kind attention = CAR_ATTENTION_NONE;
    bool input_feeding = false, context_every = false;
    car_tying tied = CAR_TIED_NONE;
    car_layer_options layer = {};
};

inline const Kind kinds[] = {
    {"Plain", carousel_plugin_rnn, carousel_plugin_rnn, CAR_FORWARDS},
    {"LstmDotFeeding", carousel_plugin_lstm, carousel_plugin_lstm, CAR_BIDIRECTIONAL, 1, CAR_ATTENTION_DOT, true},
    {"GruGeneralTied", carousel_plugin_gru, carousel_plugin_gru, CAR_BIDIRECTIONAL, 1, CAR_ATTENTION_GENERAL, false,
     false, CAR_TIED_ALL},
    {"MixedAdditiveDeep", carousel_plugin_gru_v1, carousel_plugin_lstm, CAR_BACKWARDS, 2, CAR_ATTENTION_ADDITIVE},
    {"DeepContextTied", carousel_plugin_gru, carousel_plugin_gru_v1, CAR_BIDIRECTIONAL, 2, CAR_ATTENTION_NONE, false,
     true, CAR_TIED_TARGET},
    {"Everything", carousel_plugin_gru, carousel_plugin_lstm, CAR_BIDIRECTIONAL, 2, CAR_ATTENTION_ADDITIVE, true, true,
     CAR_TIED_ALL},
    {"NormZoneout",
     carousel_plugin_lstm,
     carousel_plugin_gru_v1,
     CAR_BIDIRECTIONAL,
     2,
     CAR_ATTENTION_GENERAL,
     true,
     false,
     CAR_TIED_NONE,
     {CAR_NORM_LAYER, {0.2, 0.3}, 0}},
};

// A model of random weights, large enough that some words are much likelier than others.
class Model
{
  public:
    Model(const Kind &kind, int words, uint64_t seed = 1)
    {
        car_model_options options{};
        options.source_words = options.target_words = words;
        options.enc_cell = &kind.encoder()->cells[0];
        options.dec_cell = &kind.decoder()->cells[0];
        options.enc_type = kind.direction;
        options.enc_depth = options.dec_depth = kind.depth;
        options.dim_emb = 12;
        options.dim_rnn = 20;
        options.skip = kind.depth > 1;
        options.attention = kind.attention;
        options.input_feeding = kind.input_feeding;
        options.context_every = kind.context_every;
        options.tied = kind.tied;
        options.layer = kind.layer;
        car_error e{};
        model_.reset(car_model_new(&options, CAR_TO_DIFFERENTIATE, &e));
        if (model_ == nullptr)
            throw std::runtime_error(e.message);
        car_model_start(model_.get(), seed);
        for (ptrdiff_t i = 0; i < model_->parameters->n; i++)
            model_->parameters->value[i] *= 4;
        car_parameters_pack(model_->parameters);
        shards_.reset(car_shards_new(model_.get(), 0));
    }
    car_model *operator->() const { return model_.get(); }
    car_model *get() const { return model_.get(); }

    // log p(target | source), the target ending as it does.
    std::vector<double> log_probability(const Words &source, const std::vector<Words> &targets) const
    {
        std::vector<car_sentence> x(targets.size(), {source.data(), static_cast<int>(source.size())}), y;
        for (const Words &target : targets)
            y.push_back({target.data(), static_cast<int>(target.size())});
        std::vector<int64_t> line(targets.size(), 1);
        car_batch batch{static_cast<int>(targets.size()), x.data(), y.data(), line.data(), nullptr, false};
        std::vector<double> result(targets.size());
        car_shards_score(shards_.get(), &batch, result.data());
        for (double &value : result)
            value = -value;
        return result;
    }

    // Makes one word this much likelier.
    void favour(int word, double by) { model_->output.bias->value[word] += static_cast<car_real>(by); }

  private:
    support::Handle<car_model, car_model_free> model_;
    support::Handle<car_shards, car_shards_free> shards_;
};

struct Hypothesis {
    Words ids;
    std::vector<double> each; // log probabilities of the words, and of END if there is one
    std::vector<float> attention;
    bool attends;
    double log_probability, score;
    bool complete;

    bool operator==(const Hypothesis &o) const // bit for bit
    {
        return ids == o.ids && each == o.each && attention == o.attention && attends == o.attends &&
               complete == o.complete && std::memcmp(&log_probability, &o.log_probability, sizeof score) == 0 &&
               std::memcmp(&score, &o.score, sizeof score) == 0;
    }
    Words output() const // with END if it has one
    {
        Words all = ids;
        if (complete)
            all.push_back(CAR_END);
        return all;
    }
};

using NBest = std::vector<Hypothesis>;

// What is to be translated, beside a source.
struct Input {
    Words source, prefix;
    int64_t number;
};

inline std::vector<NBest> search(const car_ensemble &ensemble, const car_search_options &options,
                                 const std::vector<Input> &inputs)
{
    std::vector<car_search_input> x;
    for (const Input &input : inputs)
        x.push_back({{input.source.data(), static_cast<int>(input.source.size())},
                     input.prefix.data(),
                     static_cast<int>(input.prefix.size()),
                     input.number,
                     0});
    car_search_results results;
    car_search(&ensemble, &options, x.data(), static_cast<int>(x.size()), &results);
    EXPECT_EQ(results.n, static_cast<int>(x.size()));
    std::vector<NBest> all;
    for (int i = 0; i < results.n; i++) {
        NBest list;
        for (int k = 0; k < results.translation[i].n; k++) {
            const car_hypothesis &h = results.translation[i].hypothesis[k];
            int outputs = h.length + h.complete;
            std::vector<float> attention;
            if (h.attention != nullptr)
                attention.assign(h.attention, h.attention + outputs * x[static_cast<size_t>(i)].source.length);
            list.push_back({Words(h.ids, h.ids + h.length),
                            std::vector<double>(h.log_probabilities, h.log_probabilities + outputs), attention,
                            h.attention != nullptr, h.log_probability, h.score, h.complete});
        }
        all.push_back(list);
    }
    car_search_results_clear(&results);
    EXPECT_EQ(results.translation, nullptr);
    return all;
}

inline std::vector<NBest> search(const Model &model, const car_search_options &options,
                                 const std::vector<Words> &sources)
{
    std::vector<Input> inputs;
    for (const Words &source : sources)
        inputs.push_back({source, {}, 1});
    car_model *only = model.get();
    return search(car_ensemble{1, &only, nullptr}, options, inputs);
}

// Lengths 1 (only END) to `longest`, in no order.
inline std::vector<Words> random_sources(int n, int words, int longest)
{
    std::mt19937 random(7);
    std::vector<Words> sources;
    for (int i = 0; i < n; i++) {
        Words source;
        for (int length = static_cast<int>(random() % static_cast<unsigned>(longest)); length > 0; length--)
            source.push_back(CAR_SPECIALS +
                             static_cast<int32_t>(random() % static_cast<unsigned>(words - CAR_SPECIALS)));
        source.push_back(CAR_END);
        sources.push_back(source);
    }
    return sources;
}

inline car_search_options options(int beam, int n_best)
{
    car_search_options o = car_search_defaults();
    o.beam = beam;
    o.n_best = n_best;
    return o;
}

} // namespace searching
#endif
