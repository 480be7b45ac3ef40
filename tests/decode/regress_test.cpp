// Numbers that a model predicts: what they are of a network of one step, by hand; alone and among others, on
// any number of threads.
#include "decode/regress.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "searching.hpp"

namespace
{

using Model = support::Handle<car_model, car_model_free>;

constexpr int inputs = 3, outputs = 5, width = 6;

Model make_model(const car_cell *cell, car_direction direction, int depth)
{
    car_model_options options{};
    options.task = CAR_REGRESS;
    options.source_numbers = inputs;
    options.target_words = outputs;
    options.enc_cell = cell;
    options.enc_type = direction;
    options.enc_depth = depth;
    options.dim_rnn = width;
    car_error e;
    Model model(car_model_new(&options, CAR_TO_LEARN, &e));
    EXPECT_TRUE(model) << e.message;
    car_model_start(model.get(), 5);
    return model;
}

const car_parameter *tensor(const car_model *model, const std::string &name)
{
    for (ptrdiff_t i = 0; i < model->parameters->n_tensors; i++)
        if (name == model->parameters->tensor[i].name)
            return &model->parameters->tensor[i];
    ADD_FAILURE() << "no " << name;
    return &model->parameters->tensor[0];
}

double at(const car_parameter *t, int row, int column)
{
    return static_cast<double>(t->block->value[row * t->block->stride + t->column + column]);
}

// y = x . W + b, or with the rows of W as outputs x . W^T + b
std::vector<double> affine(const std::vector<double> &x, const car_parameter *w, const car_parameter *b, bool turned)
{
    const int n = turned ? w->block->rows : w->columns;
    std::vector<double> y;
    for (int j = 0; j < n; j++) {
        double sum = at(b, 0, j);
        for (int i = 0; i < static_cast<int>(x.size()); i++)
            sum += x[static_cast<size_t>(i)] * (turned ? at(w, j, i) : at(w, i, j));
        y.push_back(sum);
    }
    return y;
}

std::vector<float> draw(int n)
{
    std::mt19937 random(3);
    std::vector<float> numbers(static_cast<size_t>(n));
    for (float &number : numbers)
        number = static_cast<float>(random() % 2000) / 1000 - 1;
    return numbers;
}

// A vanilla RNN over one step is a feed-forward network: a hidden layer of tanh for each layer, then a linear one.
TEST(Regress, OneStepIsAFeedForwardNetwork)
{
    Model model = make_model(&carousel_plugin_rnn()->cells[0], CAR_FORWARDS, 2);
    for (const char *bias : {"encoder.0.forward.b.a", "encoder.1.forward.b.a", "output.b"})
        for (int j = 0; j < tensor(model.get(), bias)->columns; j++)
            tensor(model.get(), bias)->block->value[tensor(model.get(), bias)->column + j] = car_real(0.1 * (j + 1));
    car_parameters_pack(model->parameters);
    const std::vector<float> x = draw(inputs);
    const car_sentence source = {{reinterpret_cast<const int32_t *>(x.data())}, 1};
    float y[outputs];
    car_regress(model.get(), &source, 1, y);

    std::vector<double> h(x.begin(), x.end());
    for (const std::string layer : {"encoder.0.forward.", "encoder.1.forward."}) {
        h = affine(h, tensor(model.get(), layer + "x.a"), tensor(model.get(), layer + "b.a"), false);
        for (double &value : h)
            value = std::tanh(value);
    }
    h = affine(h, tensor(model.get(), "output.words"), tensor(model.get(), "output.b"), true);
    for (int j = 0; j < outputs; j++)
        EXPECT_NEAR(y[j], h[static_cast<size_t>(j)], 1e-5);
}

TEST(Regress, AloneAndAmongOthersOnAnyNumberOfThreads)
{
    Model model = make_model(&carousel_plugin_lstm()->cells[0], CAR_BIDIRECTIONAL, 2);
    constexpr int n = 37, longest = 9;
    const std::vector<float> x = draw(n * longest * inputs);
    std::vector<car_sentence> sources(n);
    for (int i = 0; i < n; i++) {
        sources[static_cast<size_t>(i)].numbers = x.data() + i * longest * inputs;
        sources[static_cast<size_t>(i)].length = 1 + i % longest;
    }
    std::vector<float> all(n * outputs), alone(outputs);
    car_parallel_set_threads(1);
    car_regress(model.get(), sources.data(), n, all.data());
    for (int i = 0; i < n; i++) {
        car_regress(model.get(), &sources[static_cast<size_t>(i)], 1, alone.data());
        EXPECT_EQ(std::memcmp(alone.data(), all.data() + i * outputs, sizeof(float) * outputs), 0) << i;
    }
    for (int threads : {2, 3, 4, 8}) {
        car_parallel_set_threads(threads);
        std::vector<float> again(n * outputs);
        car_regress(model.get(), sources.data(), n, again.data());
        EXPECT_EQ(again, all) << threads << " threads";
    }
    car_parallel_set_threads(1);
}

} // namespace
