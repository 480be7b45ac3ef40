/* pairs.hpp - small models and ragged minibatches of random sentence pairs. */
#ifndef CAROUSEL_TESTS_PAIRS_HPP
#define CAROUSEL_TESTS_PAIRS_HPP

#include <stdexcept>
#include <string>
#include <vector>

#include "support/cells.hpp"
#include "support/random.hpp"
#include "train/shards.h"

namespace support
{

using Model = Handle<car_model, car_model_free>;
using Shards = Handle<car_shards, car_shards_free>;

/* Widths that fill no vector register, vocabularies of unequal size. */
inline car_model_options small_model(const std::string &encoder = "lstm", const std::string &decoder = "lstm")
{
    car_model_options options = {};
    options.source_words = 11;
    options.target_words = 13;
    options.enc_cell = shipped_cell(encoder);
    options.dec_cell = shipped_cell(decoder);
    options.enc_type = CAR_BIDIRECTIONAL;
    options.enc_depth = options.dec_depth = 1;
    options.dim_emb = 5;
    options.dim_rnn = 6;
    return options;
}

/* Every parameter, biases too, moved by up to `noise` from where it starts. */
inline Model make_model(const car_model_options &options, uint64_t seed, double noise = 0.3)
{
    car_error e;
    Model model(car_model_new(&options, CAR_TO_LEARN, &e));
    if (model == nullptr)
        throw std::runtime_error(e.message);
    car_model_start(model.get(), seed);
    Random random(seed);
    for (ptrdiff_t i = 0; i < model->parameters->n_tensors; i++) {
        const car_parameter &tensor = model->parameters->tensor[i];
        for (int r = 0; r < tensor.block->rows; r++)
            for (int c = 0; c < tensor.columns; c++)
                tensor.block->value[r * tensor.block->stride + tensor.column + c] +=
                    static_cast<car_real>(random.uniform(-noise, noise));
    }
    car_parameters_pack(model->parameters);
    return model;
}

/* Sentences of 1 to `longest` words, CAR_END among them; to tag, of one length on both sides.
 * Of models that read or write numbers, numbers. */
class Pairs
{
  public:
    Pairs(int n, const car_model_options &options, int longest, uint64_t seed)
        : Pairs(n, options.source_words, options.target_words, longest, seed, options.task)
    {
        Random random(seed + 1);
        if (options.source_numbers > 0)
            become_numbers(random, source_, options.source_numbers);
        if (options.task == CAR_REGRESS)
            become_numbers(random, target_, options.target_words);
    }
    Pairs(int n, int source_words, int target_words, int longest, uint64_t seed, car_model_task task = CAR_TRANSLATE)
    {
        Random random(seed);
        for (int i = 0; i < n; i++) {
            const int length = 1 + random.below(longest);
            ids_.push_back(sentence(random, source_words, length));
            ids_.push_back(sentence(random, target_words, task == CAR_TAG ? length : 1 + random.below(longest)));
        }
        for (size_t i = 0; i < ids_.size(); i++)
            (i % 2 == 0 ? source_ : target_).push_back({ids_[i].data(), static_cast<int>(ids_[i].size())});
        batch = {n, source_.data(), target_.data(), nullptr, nullptr, false};
    }
    Pairs(const Pairs &) = delete;
    Pairs &operator=(const Pairs &) = delete;

    car_batch batch;

  private:
    static std::vector<int32_t> sentence(Random &random, int words, int length)
    {
        std::vector<int32_t> ids(static_cast<size_t>(length));
        for (int32_t &id : ids)
            id = 1 + random.below(words - 1);
        ids.back() = CAR_END;
        return ids;
    }

    void become_numbers(Random &random, std::vector<car_sentence> &side, int width)
    {
        for (car_sentence &sentence : side) {
            numbers_.emplace_back(static_cast<size_t>(sentence.length * width));
            for (float &number : numbers_.back())
                number = static_cast<float>(random.uniform(-2, 2));
            sentence.numbers = numbers_.back().data();
        }
    }

    std::vector<std::vector<float>> numbers_;
    std::vector<std::vector<int32_t>> ids_;
    std::vector<car_sentence> source_, target_;
};

/* The gradient under dropout of inputs, and of states. */
inline car_batch_loss gradient_of(car_shards *shards, const car_batch *batch, double inputs, uint64_t seed,
                                  uint64_t update, double states = 0)
{
    const car_dropout dropout = {inputs, states, seed, update, 0};
    return car_shards_gradient(shards, batch, &dropout);
}

} // namespace support
#endif
