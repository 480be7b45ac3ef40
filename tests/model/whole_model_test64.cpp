// The gradient of the mean loss per word, through everything: embeddings, encoder,
// bridge, attention, decoder, output layer, dropout, shards.  Coordinates of every
// tensor of every model below against central differences.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "model/pairs.hpp"
#include "support/differences.hpp"

namespace
{

using support::Model;
using support::Pairs;
using support::Random;
using support::Shards;

struct Case {
    std::string name;
    std::string encoder, decoder; // cells
    std::function<void(car_model_options &)> set;
    int pairs = 20; // more than 16: more than one shard
    double dropout = 0, dropout_states = 0;
};

std::ostream &operator<<(std::ostream &out, const Case &test) { return out << test.name; }

const std::function<void(car_model_options &)> as_it_is = [](car_model_options &) {};

std::function<void(car_model_options &)> attention(car_attention_kind kind, bool feeding = false, bool every = false)
{
    return [=](car_model_options &o) {
        o.attention = kind;
        o.input_feeding = feeding;
        o.context_every = every;
    };
}

std::function<void(car_model_options &)> tied(car_tying kind, car_attention_kind look, bool feeding = false)
{
    return [=](car_model_options &o) {
        o.tied = kind;
        o.source_words = o.target_words;
        o.attention = look;
        o.input_feeding = feeding;
    };
}

std::function<void(car_model_options &)> stack(car_direction direction, int enc_depth, int dec_depth, bool skip)
{
    return [=](car_model_options &o) {
        o.enc_type = direction;
        o.enc_depth = enc_depth;
        o.dec_depth = dec_depth;
        o.skip = skip;
    };
}

std::function<void(car_model_options &)> both(std::function<void(car_model_options &)> first,
                                              std::function<void(car_model_options &)> second)
{
    return [=](car_model_options &o) {
        first(o);
        second(o);
    };
}

std::function<void(car_model_options &)> task(car_model_task task)
{
    return [=](car_model_options &o) {
        o.task = task;
        o.dec_cell = nullptr;
    };
}

std::function<void(car_model_options &)> numbers(car_model_task task, int source)
{
    return [=](car_model_options &o) {
        o.task = task;
        o.source_numbers = source;
    };
}
// Nothing but a decoder.
const std::function<void(car_model_options &)> alone = [](car_model_options &o) {
    o.task = CAR_LANGUAGE_MODEL;
    o.enc_cell = nullptr;
};

std::function<void(car_model_options &)> layer(car_norm norm, double output, double states)
{
    return [=](car_model_options &o) {
        o.layer = {norm, {output, states}, 0};
        if (norm != CAR_NORM_NONE)
            o.dim_rnn = 16; // the variance of few units can be next to nothing
    };
}

std::string cell_name(std::string cell)
{
    std::replace(cell.begin(), cell.end(), '-', '_');
    return cell;
}

std::vector<Case> cases()
{
    const auto dot = CAR_ATTENTION_DOT, general = CAR_ATTENTION_GENERAL, additive = CAR_ATTENTION_ADDITIVE;
    const auto none = CAR_ATTENTION_NONE;
    std::vector<Case> all = {
        {"Plain", "lstm", "lstm", as_it_is},
        {"OnePair", "lstm", "lstm", attention(general), 1},
        {"Dot", "gru", "gru", attention(dot)},
        {"General", "lstm", "lstm", attention(general), 37},
        {"Additive", "gru", "gru", attention(additive)},
        {"DotFeeding", "gru", "gru", attention(dot, true)},
        {"GeneralFeeding", "lstm", "lstm", attention(general, true)},
        {"AdditiveFeeding", "gru-v1", "gru-v1", attention(additive, true)},
        {"ContextEvery", "gru", "gru", attention(none, false, true)},
        {"ContextEveryAttention", "coupled", "coupled", attention(general, false, true)},
        {"ContextEveryFeeding", "lstm", "lstm", attention(additive, true, true)},
        {"TiedTarget", "gru", "gru", tied(CAR_TIED_TARGET, none)},
        {"TiedTargetAttention", "lstm", "gru", tied(CAR_TIED_TARGET, general, true)},
        {"TiedSource", "gru", "gru", tied(CAR_TIED_SOURCE, dot)},
        {"TiedAll", "lstm", "lstm", tied(CAR_TIED_ALL, additive), 37},
        {"BridgeCopiesOneProjectsOther", "gru", "lstm", attention(general)},
        {"BridgeCopiesToAllHeights", "lstm", "lstm", stack(CAR_BIDIRECTIONAL, 1, 3, false)},
        {"BridgeProjectsAndContextEvery", "rnn", "peephole", attention(none, false, true)},
        {"BridgeFromDeeperEncoder", "lstm", "rnn", stack(CAR_BIDIRECTIONAL, 3, 1, false)},
        {"Forwards", "lstm", "lstm", both(stack(CAR_FORWARDS, 2, 1, false), attention(general))},
        {"Backwards", "lstm", "lstm", both(stack(CAR_BACKWARDS, 2, 1, false), attention(general))},
        {"Residual", "gru", "gru", both(stack(CAR_BIDIRECTIONAL, 2, 2, true), attention(additive))},
        {"ResidualForwardsFeeding", "gru", "gru", both(stack(CAR_FORWARDS, 3, 3, true), attention(general, true))},
        {"Dropout", "lstm", "lstm", attention(general), 20, 0.3},
        {"DropoutResidualFeeding", "gru", "gru", both(stack(CAR_BIDIRECTIONAL, 2, 2, true), attention(dot, true)), 20,
         0.2},
        {"Norm", "lstm", "rhn", both(layer(CAR_NORM_LAYER, 0, 0), attention(general))},
        {"BatchNorm", "lstm", "rhn", both(layer(CAR_NORM_BATCH, 0, 0), attention(general))},
        {"BatchNormZoneoutAllDropout", "gru-v1", "mlstm",
         both(layer(CAR_NORM_BATCH, 0.3, 0.5), both(stack(CAR_BIDIRECTIONAL, 2, 2, true), attention(dot))), 4, 0.2,
         0.3},
        {"BatchNormLanguageModel", "rnn", "lstm", both(layer(CAR_NORM_BATCH, 0, 0), alone), 37},
        {"BatchNormClassifyReadsX", "sru", "", both(layer(CAR_NORM_BATCH, 0, 0), task(CAR_CLASSIFY))},
        {"StateDropout", "lstm", "rhn", attention(general), 20, 0, 0.4},
        {"Zoneout", "lstm", "rhn", both(layer(CAR_NORM_NONE, 0.4, 0.2), attention(general))},
        {"NormZoneoutAllDropoutFeeding", "lstm", "gru-v1",
         both(layer(CAR_NORM_LAYER, 0.3, 0.5), both(stack(CAR_BIDIRECTIONAL, 2, 2, true), attention(dot, true))), 4,
         0.2, 0.3},
        {"DropoutTiedContextEvery", "gru", "gru", both(tied(CAR_TIED_ALL, none), attention(none, false, true)), 20,
         0.5},
        {"Tag", "lstm", "", task(CAR_TAG)},
        {"TagForwardsDeepDropout", "gru", "", both(stack(CAR_FORWARDS, 3, 1, true), task(CAR_TAG)), 20, 0.3},
        {"Classify", "lstm", "", task(CAR_CLASSIFY)},
        {"ClassifyBackwardsDropoutStates", "rhn", "", both(stack(CAR_BACKWARDS, 2, 1, false), task(CAR_CLASSIFY)), 37,
         0.2, 0.3},
        {"Regress", "lstm", "", numbers(CAR_REGRESS, 3)},
        {"RegressDeepDropoutStates", "gru", "", both(stack(CAR_FORWARDS, 3, 1, true), numbers(CAR_REGRESS, 1)), 37, 0.2,
         0.3},
        {"RegressBothWaysNorm", "peephole", "",
         both(stack(CAR_BIDIRECTIONAL, 2, 1, false), both(layer(CAR_NORM_LAYER, 0.1, 0.2), numbers(CAR_REGRESS, 7)))},
        {"RegressOnWords", "coupled", "", task(CAR_REGRESS)},
        {"ClassifyNumbers", "rnn", "", numbers(CAR_CLASSIFY, 4)},
        {"ClassifyWithNarrowOutputs", "lstmp", "", task(CAR_CLASSIFY)},
        {"TagNumbers", "gru", "", numbers(CAR_TAG, 4)},
        {"TranslateNumbers", "gru", "lstm", both(attention(general, true, true), numbers(CAR_TRANSLATE, 4))},
    };
    all.push_back({"LanguageModel", "rnn", "lstm", alone, 37});
    all.push_back({"LanguageModelDeepTied", "rnn", "gru",
                   both(both(stack(CAR_FORWARDS, 1, 3, true), tied(CAR_TIED_TARGET, none)), alone), 20, 0.3, 0.2});
    all.push_back({"LanguageModelNormZoneout", "rnn", "rhn", both(layer(CAR_NORM_LAYER, 0.3, 0.2), alone)});
    for (const std::string &cell : support::shipped_cells) {
        const std::string name = "Both_" + cell_name(cell);
        all.push_back({name, cell, cell, both(stack(CAR_BIDIRECTIONAL, 2, 2, false), attention(general))});
        all.push_back({"Regress_" + cell_name(cell), cell, "", numbers(CAR_REGRESS, 3), 4});
        all.push_back(
            {"Regularised_" + name, cell, cell, both(layer(CAR_NORM_LAYER, 0.1, 0.2), attention(general)), 4, 0, 0.3});
    }
    return all;
}

// Of every tensor; with over 30 models of at least 11 tensors well over 10 000 in all.
constexpr int coordinates_of_tensor = 16;

/* Coordinates of every tensor of the model, whose gradients are filled in, against differences of `loss`. */
template <class Loss> void compare(const Model &model, const Loss &loss, uint64_t seed)
{
    const std::vector<car_real> analytic(model->parameters->gradient,
                                         model->parameters->gradient + model->parameters->n);
    // A product of a state that is nearly zero has next to no variance to divide by.
    support::Differences differences(loss, seed,
                                     model->options.layer.norm != CAR_NORM_NONE ? support::difference_step / 4
                                                                                : support::difference_step);
    Random random(seed);
    for (ptrdiff_t i = 0; i < model->parameters->n_tensors; i++) {
        const car_parameter &tensor = model->parameters->tensor[i];
        if (tensor.block->running) // a constant to the program, not to differences in use
            continue;
        const int size = tensor.block->rows * tensor.columns;
        std::set<int> chosen;
        while (static_cast<int>(chosen.size()) < std::min(size, coordinates_of_tensor))
            chosen.insert(random.below(size));
        for (int place : chosen) {
            const int row = place / tensor.columns, column = place % tensor.columns;
            const ptrdiff_t at = row * tensor.block->stride + tensor.column + column;
            differences.check(tensor.name, row, column, tensor.block->value + at,
                              analytic[static_cast<size_t>(tensor.block->offset + at)]);
        }
    }
    differences.report();
}

class WholeModel : public ::testing::TestWithParam<Case>
{
};

TEST_P(WholeModel, Gradients)
{
    const Case &test = GetParam();
    const uint64_t seed = 1;
    car_model_options options = support::small_model(test.encoder, test.decoder.empty() ? "rnn" : test.decoder);
    test.set(options);
    Model model = support::make_model(options, seed);
    Shards shards(car_shards_new(model.get(), 0.1));
    Pairs pairs(test.pairs, options, 6, seed);
    auto gradient = [&] {
        return support::gradient_of(shards.get(), &pairs.batch, test.dropout, seed, 3, test.dropout_states);
    };
    auto loss = [&] {
        car_parameters_pack(model->parameters);
        const bool trains = options.layer.norm == CAR_NORM_BATCH; // its loss in use is another
        const bool draws = test.dropout + test.dropout_states + options.layer.zoneout[0] + options.layer.zoneout[1] > 0;
        const car_batch_loss sum = draws || trains ? gradient() : car_shards_score(shards.get(), &pairs.batch, nullptr);
        return sum.loss / static_cast<double>(sum.words);
    };
    gradient();
    compare(model, loss, seed);
}

// Backward through a model in use: zoneout and batch normalisation are other functions then.
TEST(ModelInUse, Gradients)
{
    const uint64_t seed = 1;
    const auto general = attention(CAR_ATTENTION_GENERAL);
    for (const auto &set :
         {both(layer(CAR_NORM_BATCH, 0, 0), general), both(layer(CAR_NORM_LAYER, 0.3, 0.2), general),
          both(layer(CAR_NORM_BATCH, 0.2, 0.1), task(CAR_TAG)), both(layer(CAR_NORM_BATCH, 0, 0), alone)}) {
        car_model_options options = support::small_model("lstm", "gru");
        set(options);
        Model model = support::make_model(options, seed);
        Shards shards(car_shards_new(model.get(), 0));
        Pairs pairs(4, options, 6, seed);
        auto loss = [&] {
            car_parameters_pack(model->parameters);
            return car_shards_score(shards.get(), &pairs.batch, nullptr).loss;
        };
        const int all[] = {0, 1, 2, 3};
        car_shard shard;
        car_shard_init(&shard);
        car_shard_load(&shard, &options, &pairs.batch, all, 4);
        car_shard_forward(&shard, model.get(), nullptr);
        shard.rows.d_readout = car_panel_take(&shard.arena, shard.rows.n, model->output.readout);
        car_output_loss(&model->output, &shard.rows, 1, 0, 1, &shard.arena);
        car_shard_backward(&shard, model.get());
        const car_dues *dues[] = {&shard.dues};
        car_block *started[] = {model->output.matrix};
        car_dues_settle(dues, 1, started, 1, &shard.arena);
        car_shard_clear(&shard);
        compare(model, loss, seed);
    }
}

INSTANTIATE_TEST_SUITE_P(Models, WholeModel, ::testing::ValuesIn(cases()),
                         [](const auto &test) { return test.param.name; });

} // namespace
