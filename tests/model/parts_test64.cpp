// Attention, encoder and output layer on their own against central differences,
// all coordinates of parameters and inputs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "math/vector.h"
#include "model/attention.h"
#include "model/encoder.h"
#include "model/output.h"
#include "support/cells.hpp"
#include "support/differences.hpp"
#include "support/random.hpp"

namespace
{

using support::Differences;
using support::Random;

double inner(car_panel a, car_panel b, int rows, int width)
{
    double sum = 0;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < width; j++)
            sum += car_row(a, i)[j] * car_row(b, i)[j];
    return sum;
}

// Parameters, and memory full of NaN: one arena that stays, one for every run.
class Part : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        car_arena_init(&arena);
        car_arena_init(&scratch);
        arena.poison = scratch.poison = true;
        parameters = car_parameters_new();
    }
    void TearDown() override
    {
        car_parameters_free(parameters);
        car_arena_clear(&arena);
        car_arena_clear(&scratch);
    }
    // After all blocks.
    void draw_parameters()
    {
        car_parameters_allocate(parameters, CAR_TO_LEARN);
        for (ptrdiff_t i = 0; i < parameters->n_blocks; i++)
            random.fill({parameters->block[i]->value, parameters->block[i]->stride}, parameters->block[i]->rows,
                        parameters->block[i]->columns, -0.7, 0.7);
        car_parameters_pack(parameters);
    }
    car_panel draw(int rows, int width)
    {
        car_panel panel = car_panel_take(&arena, rows, width);
        random.fill(panel, rows, width);
        return panel;
    }
    car_panel copy(car_panel from, int rows, int width, car_arena *to)
    {
        car_panel panel = car_panel_take(to, rows, width);
        car_panel_copy(from, panel, rows, width);
        return panel;
    }
    void settle(const car_dues &dues)
    {
        const car_dues *one[] = {&dues};
        car_dues_settle(one, 1, nullptr, 0, &arena);
    }
    Differences differences(const std::function<double()> &loss)
    {
        return Differences(
            [this, loss] {
                car_arena_reset(&scratch);
                car_parameters_pack(parameters);
                return loss();
            },
            seed);
    }
    void check_parameters(Differences &differences)
    {
        for (ptrdiff_t i = 0; i < parameters->n_tensors; i++) {
            const car_parameter &tensor = parameters->tensor[i];
            differences.check(tensor.name, {tensor.block->value + tensor.column, tensor.block->stride},
                              {tensor.block->gradient + tensor.column, tensor.block->stride}, tensor.block->rows,
                              tensor.columns);
        }
    }

    static constexpr uint64_t seed = 1;
    car_arena arena, scratch;
    car_parameters *parameters = nullptr;
    Random random{seed};
    car_error e = {};
};

// ---- attention -----------------------------------------------------------------------

// Queries of a ragged target, sentences in another order than their own; rows go
// forward and backward in two parts; gradients are added to what is there.
class Attention : public Part
{
  protected:
    void check(car_attention_kind kind, int query, int value)
    {
        const std::vector<int> lengths = {5, 3, 3, 1}, sentence = {2, 0, 0, 3, 1, 2, 0};
        const int n = static_cast<int>(sentence.size()), half = 3;
        car_attention attention;
        ASSERT_TRUE(car_attention_init(&attention, kind, query, value, parameters, &e)) << e.message;
        draw_parameters();
        const car_steps steps = car_steps_take(&arena, lengths.data(), 4);
        const car_panel output = draw(steps.total, value), q = draw(n, query), weight = draw(n, value);
        auto forward = [&](car_arena *memory_arena, car_memory *memory) {
            *memory = car_memory_take(&attention, memory_arena, &steps, lengths.data(), output);
            car_look look = car_look_take(&attention, memory_arena, memory, q, n);
            car_attention_forward(&attention, memory, &look, sentence.data(), 0, half);
            car_attention_forward(&attention, memory, &look, sentence.data() + half, half, n - half);
            return look;
        };

        car_memory memory;
        const car_look look = forward(&arena, &memory);
        for (int i = 0; i < n; i++) { // weights are a distribution over the words of the sentence
            const int words = lengths[static_cast<size_t>(sentence[static_cast<size_t>(i)])];
            EXPECT_NEAR(car_sum(words, car_row(look.weights, i)), 1, 1e-12);
        }
        const car_panel base_query = draw(n, query), base_output = draw(steps.total, value);
        car_panel d_query = copy(base_query, n, query, &arena);
        car_panel d_output = copy(base_output, steps.total, value, &arena);
        car_memory_back_take(&attention, &arena, &memory);
        car_look_back back = car_look_back_take(&attention, &arena, &memory, n, d_query);
        car_panel_copy(weight, back.d_context, n, value);
        car_attention_backward(&attention, &memory, &look, &back, sentence.data() + half, half, n - half);
        car_attention_backward(&attention, &memory, &look, &back, sentence.data(), 0, half);
        car_dues dues = {};
        dues.arena = &arena;
        car_attention_back_finish(&attention, &memory, &look, &back, n, d_output, &dues);
        settle(dues);
        for (int i = 0; i < n; i++)
            car_add_scaled(query, -1, car_row(base_query, i), car_row(d_query, i));
        for (int i = 0; i < steps.total; i++)
            car_add_scaled(value, -1, car_row(base_output, i), car_row(d_output, i));

        Differences differences = this->differences([&] {
            car_memory anew;
            return inner(forward(&scratch, &anew).context, weight, n, value);
        });
        check_parameters(differences);
        differences.check("query", q, d_query, n, query);
        differences.check("value", output, d_output, steps.total, value);
        differences.report();
    }
};

TEST_F(Attention, Dot) { check(CAR_ATTENTION_DOT, 6, 6); }
TEST_F(Attention, General) { check(CAR_ATTENTION_GENERAL, 5, 7); }
TEST_F(Attention, Additive) { check(CAR_ATTENTION_ADDITIVE, 5, 7); }

TEST_F(Attention, DotNeedsEqualWidths)
{
    car_attention attention;
    EXPECT_FALSE(car_attention_init(&attention, CAR_ATTENTION_DOT, 5, 7, parameters, &e));
    EXPECT_EQ(e.code, CAR_EXIT_CONFIG);
    EXPECT_NE(std::string(e.message).find("general"), std::string::npos) << e.message;
}

// ---- encoder -------------------------------------------------------------------------

struct EncoderCase {
    const char *name, *cell;
    car_direction direction;
    int depth;
    bool skip;
    double dropout;
};

std::ostream &operator<<(std::ostream &out, const EncoderCase &test) { return out << test.name; }

class Encoder : public Part, public ::testing::WithParamInterface<EncoderCase>
{
};

// The gradient arrives at all outputs and at all final states of all layers.
TEST_P(Encoder, Gradients)
{
    const EncoderCase &test = GetParam();
    const int input = 3, width = 4;
    const std::vector<int> lengths = {4, 4, 2, 1};
    const car_encoder_options options = {
        support::shipped_cell(test.cell), nullptr, test.direction, test.depth, test.skip, input, width, {}};
    car_encoder encoder;
    ASSERT_TRUE(car_encoder_init(&encoder, &options, parameters, &e)) << e.message;
    draw_parameters();
    const car_dropout dropout = {test.dropout, 0, seed, 2, 1};
    const car_steps steps = car_steps_take(&arena, lengths.data(), 4);
    const car_panel x = draw(steps.total, input), weight = draw(steps.total, encoder.width);
    const int states = encoder.layer[0][0].plan->n_states;
    std::vector<car_panel> final_weight; // [depth * states]
    for (int i = 0; i < test.depth * states; i++)
        final_weight.push_back(draw(4, encoder.width));
    auto forward = [&](car_arena *memory) {
        return car_encoder_forward(&encoder, memory, steps, lengths.data(), copy(x, steps.total, input, memory),
                                   &dropout);
    };

    car_encoding encoding = forward(&arena);
    car_encoder_back back = car_encoder_back_take(&encoding);
    car_panel_add(weight, back.d_output, steps.total, encoder.width);
    for (int l = 0; l < test.depth; l++)
        for (int k = 0; k < states; k++) {
            ASSERT_EQ(car_encoder_state_width(&encoder, l, k), encoder.width);
            car_panel_add(final_weight[static_cast<size_t>(l * states + k)], back.d_final[l][k], 4, encoder.width);
        }
    car_dues dues = {};
    dues.arena = &arena;
    const car_panel d_x = car_encoder_backward(&encoding, back, &dues);
    settle(dues);

    Differences differences = this->differences([&] {
        const car_encoding anew = forward(&scratch);
        double sum = inner(anew.output, weight, steps.total, encoder.width);
        for (int l = 0; l < test.depth; l++)
            for (int k = 0; k < states; k++) {
                car_panel final = car_panel_take(&scratch, 4, encoder.width);
                car_encoder_final(&anew, l, k, final);
                sum += inner(final, final_weight[static_cast<size_t>(l * states + k)], 4, encoder.width);
            }
        return sum;
    });
    check_parameters(differences);
    differences.check("x", x, d_x, steps.total, input);
    differences.report();
    car_encoder_clear(&encoder);
}

INSTANTIATE_TEST_SUITE_P(Encoders, Encoder,
                         ::testing::Values(EncoderCase{"Forwards", "lstm", CAR_FORWARDS, 1, false, 0},
                                           EncoderCase{"Backwards", "lstm", CAR_BACKWARDS, 1, false, 0},
                                           EncoderCase{"Bidirectional", "lstm", CAR_BIDIRECTIONAL, 1, false, 0},
                                           EncoderCase{"ForwardsDeep", "gru", CAR_FORWARDS, 2, false, 0},
                                           EncoderCase{"BackwardsSkip", "gru", CAR_BACKWARDS, 2, true, 0},
                                           EncoderCase{"BidirectionalDeep", "gru-v1", CAR_BIDIRECTIONAL, 2, false, 0},
                                           EncoderCase{"BidirectionalSkip", "peephole", CAR_BIDIRECTIONAL, 2, true, 0},
                                           EncoderCase{"Dropout", "gru", CAR_BIDIRECTIONAL, 2, false, 0.3},
                                           EncoderCase{"DropoutSkip", "lstm", CAR_FORWARDS, 2, true, 0.3}),
                         [](const auto &test) { return std::string(test.param.name); });

// ---- output layer --------------------------------------------------------------------

// Two shards, the first longer than a slice of logits; more words than one task
// takes.  All of the bias and of the short shard, every seventh of the rest.
TEST_F(Part, OutputLayerWithSmoothing)
{
    const int words = 200, width = 3, rows[2] = {259, 2};
    const double scale = 1.0 / 261;
    car_output output = {words, width, false, car_parameters_add(parameters, words, width, CAR_TIMES_TRANSPOSED),
                         car_parameters_add(parameters, 1, words, CAR_READ)};
    draw_parameters();
    car_output_rows shards[2] = {};
    std::vector<std::vector<int32_t>> labels(2);
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < rows[s]; i++)
            labels[static_cast<size_t>(s)].push_back(random.below(words));
        shards[s].n = rows[s];
        shards[s].readout = draw(rows[s], width);
        shards[s].label = labels[static_cast<size_t>(s)].data();
        shards[s].d_readout = car_panel_take(&arena, rows[s], width);
        shards[s].loss = static_cast<double *>(car_arena_take(&arena, rows[s], sizeof(double)));
        shards[s].cross_entropy = static_cast<double *>(car_arena_take(&arena, rows[s], sizeof(double)));
        shards[s].correct = static_cast<uint8_t *>(car_arena_take(&arena, rows[s], 1));
    }
    auto fill_with_nan = [](car_block *block) {
        for (int r = 0; r < block->rows; r++)
            std::fill_n(block->gradient + r * block->stride, block->columns, NAN);
    };
    fill_with_nan(output.matrix);
    fill_with_nan(output.bias);
    car_output_loss(&output, shards, 2, 0.1, scale, &arena);

    // The same where d_readout takes the place of readout.
    const std::vector<double> gradient(output.matrix->gradient,
                                       output.matrix->gradient + words * output.matrix->stride);
    car_output_rows taken[2] = {shards[0], shards[1]};
    for (int s = 0; s < 2; s++)
        taken[s].d_readout = taken[s].readout = copy(shards[s].readout, rows[s], width, &arena);
    car_output_loss(&output, taken, 2, 0.1, scale, &arena);
    for (int v = 0; v < words; v++)
        for (int j = 0; j < width; j++)
            ASSERT_EQ(output.matrix->gradient[v * output.matrix->stride + j],
                      gradient[static_cast<size_t>(v * output.matrix->stride + j)]);
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < rows[s]; i++)
            for (int j = 0; j < width; j++)
                ASSERT_EQ(car_row(taken[s].d_readout, i)[j], car_row(shards[s].d_readout, i)[j]);

    car_output_rows quiet[2] = {shards[0], shards[1]}; // losses only
    quiet[0].d_readout = quiet[1].d_readout = {nullptr, 0};
    Differences differences = this->differences([&] {
        car_output_loss(&output, quiet, 2, 0.1, scale, &scratch);
        double sum = 0;
        for (const car_output_rows &shard : quiet)
            for (int i = 0; i < shard.n; i++)
                sum += shard.loss[i];
        return sum * scale;
    });
    for (int v = 0; v < words; v += 7)
        for (int j = 0; j < width; j++) {
            const ptrdiff_t at = v * output.matrix->stride + j;
            differences.check("matrix", v, j, output.matrix->value + at, output.matrix->gradient[at]);
        }
    for (int v = 0; v < words; v += 3)
        differences.check("bias", 0, v, output.bias->value + v, output.bias->gradient[v]);
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < rows[s]; i += s == 0 ? 7 : 1)
            for (int j = 0; j < width; j++)
                differences.check("readout", i, j, &car_row(shards[s].readout, i)[j],
                                  car_row(shards[s].d_readout, i)[j]);
    differences.report();
}

TEST_F(Part, SoftmaxLossOfARow)
{
    for (double smoothing : {0.0, 0.1}) {
        const int n = 21, label = 4;
        const car_panel x = draw(1, n), d = copy(x, 1, n, &arena);
        car_softmax_loss(n, d.at, label, smoothing, 1);
        Differences differences = this->differences([&] {
            const car_panel anew = copy(x, 1, n, &scratch);
            return car_softmax_loss(n, anew.at, label, smoothing, 1).loss;
        });
        differences.check("logits", x, d, 1, n);
        differences.report();
    }
}

} // namespace
