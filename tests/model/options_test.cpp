// Options that do not fit together are refused with what to do instead; names and
// sizes of what is learnt.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>

#include "model/pairs.hpp"

namespace
{

using support::Model;

void expect_refused(const std::function<void(car_model_options &)> &set, int code, const char *what)
{
    car_model_options options = support::small_model();
    set(options);
    car_error e = {};
    Model model(car_model_new(&options, CAR_TO_LEARN, &e));
    EXPECT_EQ(model, nullptr);
    EXPECT_EQ(e.code, code);
    EXPECT_NE(std::string(e.message).find(what), std::string::npos) << e.message;
}

TEST(ModelOptions, ThatDoNotFitTogether)
{
    expect_refused([](auto &o) { o.dim_rnn = 7; }, CAR_EXIT_CONFIG, "even");
    expect_refused([](auto &o) { o.input_feeding = true; }, CAR_EXIT_CONFIG, "attention");
    expect_refused([](auto &o) { o.tied = CAR_TIED_SOURCE; }, CAR_EXIT_CONFIG, "11");
    expect_refused([](auto &o) { o.tied = CAR_TIED_ALL; }, CAR_EXIT_CONFIG, "13");
    expect_refused([](auto &o) { o.enc_settings = "forget_bias=many"; }, CAR_EXIT_USAGE, "encoder layer 0");
    expect_refused([](auto &o) { o.dec_settings = "colour=red"; }, CAR_EXIT_USAGE, "decoder layer 0");
}

TEST(ModelOptions, NamesOfTensors)
{
    car_model_options options = support::small_model("gru", "lstm");
    options.attention = CAR_ATTENTION_GENERAL;
    const Model model = support::make_model(options, 1);
    const struct {
        const char *name;
        int rows, columns;
    } expected[] = {{"embedding.source", 11, 5},
                    {"embedding.target", 13, 5},
                    {"output.words", 13, 6},
                    {"output.b", 1, 13},
                    {"encoder.0.forward.x.r", 5, 3},
                    {"encoder.0.backward.h.n.h", 3, 3},
                    {"encoder.0.backward.b.n.x", 1, 3},
                    {"decoder.0.x.i", 5, 6},
                    {"decoder.0.h.o", 6, 6},
                    {"attention.key", 6, 6},
                    {"readout.state", 6, 6},
                    {"readout.context", 6, 6},
                    {"readout.b", 1, 6},
                    {"bridge.0.c", 6, 6},
                    {"bridge.0.b.c", 1, 6}};
    for (const auto &tensor : expected) {
        const car_parameter *found = car_parameters_find(model->parameters, tensor.name);
        ASSERT_NE(found, nullptr) << tensor.name;
        EXPECT_EQ(found->block->rows, tensor.rows) << tensor.name;
        EXPECT_EQ(found->columns, tensor.columns) << tensor.name;
    }
    EXPECT_EQ(car_parameters_find(model->parameters, "bridge.0.h"), nullptr) << "h is copied";
    int64_t count = 0;
    for (ptrdiff_t i = 0; i < model->parameters->n_tensors; i++)
        count += int64_t(model->parameters->tensor[i].block->rows) * model->parameters->tensor[i].columns;
    EXPECT_EQ(car_parameters_count(model->parameters), count);
    //        embeddings and output       encoder: 2 x 3 gates + n.h        decoder               attention, readout,
    //        bridge
    EXPECT_EQ(count, 55 + 65 + 78 + 13 + 2 * (3 * 15 + 3 * 9 + 4 * 3) + 4 * (30 + 36 + 6) + 36 + 72 + 6 + 36 + 6);
}

// Starting values depend on the seed and on nothing else.
TEST(ModelOptions, StartIsAFunctionOfTheSeed)
{
    const car_model_options options = support::small_model("peephole", "rhn");
    const Model a = support::make_model(options, 5, 0), b = support::make_model(options, 5, 0),
                c = support::make_model(options, 6, 0);
    const size_t bytes = static_cast<size_t>(a->parameters->n) * sizeof(car_real);
    EXPECT_EQ(std::memcmp(a->parameters->value, b->parameters->value, bytes), 0);
    EXPECT_NE(std::memcmp(a->parameters->value, c->parameters->value, bytes), 0);
}

} // namespace
