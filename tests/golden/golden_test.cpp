// Cells and a whole model in 32-bit reals against PyTorch in 64, to 1e-5, which for
// gradients is less than a hundredth of the largest of every tensor.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cell/layer.h"
#include "golden/reference.hpp"
#include "support/cells.hpp"
#include "train/shards.h"

namespace
{

using golden::Reference;
using golden::Table;
using support::Handle;

constexpr double tolerance = 1e-5;

void fill(car_panel panel, const Table &table)
{
    for (int i = 0; i < table.rows; i++)
        for (int j = 0; j < table.columns; j++)
            car_row(panel, i)[j] = static_cast<car_real>(table.at(i, j));
}

void expect_near(car_panel panel, const Table &table, const std::string &name)
{
    for (int i = 0; i < table.rows; i++)
        for (int j = 0; j < table.columns; j++)
            EXPECT_NEAR(static_cast<double>(car_row(panel, i)[j]), table.at(i, j), tolerance)
                << name << "[" << i << ", " << j << "]";
}

// All tensors of the reference into the parameters; none may be left out.
void fill_parameters(car_parameters *parameters, const Reference &reference, const std::string &prefix)
{
    for (ptrdiff_t i = 0; i < parameters->n_tensors; i++) {
        const car_parameter &tensor = parameters->tensor[i];
        const Table &table = reference.value.at(std::string(tensor.name).substr(prefix.size()));
        ASSERT_EQ(table.rows, tensor.block->rows) << tensor.name;
        ASSERT_EQ(table.columns, tensor.columns) << tensor.name;
        fill({tensor.block->value + tensor.column, tensor.block->stride}, table);
    }
    car_parameters_pack(parameters);
}

void expect_gradients(const car_parameters *parameters, const Reference &reference, const std::string &prefix)
{
    for (ptrdiff_t i = 0; i < parameters->n_tensors; i++) {
        const car_parameter &tensor = parameters->tensor[i];
        const std::string name = std::string(tensor.name).substr(prefix.size());
        const Table &expected = reference.expect.at("d_" + name);
        double largest = 0;
        for (double number : expected.numbers)
            largest = std::max(largest, std::abs(number));
        EXPECT_GT(largest, 100 * tolerance) << "the reference is too small to tell anything of " << name;
        expect_near({tensor.block->gradient + tensor.column, tensor.block->stride}, expected, "d_" + name);
    }
}

// ---- cells ------------------------------------------------------------------------

// PyTorch's own cells, and those that are written out there.
std::vector<Reference> cell_references()
{
    std::vector<Reference> all = golden::read_references("cells.txt");
    for (Reference &reference : golden::read_references("plugins.txt"))
        all.push_back(std::move(reference));
    return all;
}

class GoldenCell : public ::testing::TestWithParam<size_t>
{
};

// The file has sequences in padded rows, a layer packs them.
struct Packing {
    const car_steps &steps;
    const std::vector<int> &lengths;
    int row(int b, int t) const { return steps.first[t] + b; }
    template <class Each> void each(const Each &action) const // (packed row, row of the file)
    {
        for (int b = 0; b < steps.batch; b++)
            for (int t = 0; t < lengths[static_cast<size_t>(b)]; t++)
                action(row(b, t), b * steps.steps + t);
    }
};

TEST_P(GoldenCell, LikePyTorch)
{
    const Reference reference = cell_references().at(GetParam());
    const std::vector<std::string> &header = reference.lines.at("case").front();
    SCOPED_TRACE(header.at(0));
    const std::string settings = header.at(2) == "-" ? "" : header.at(2);
    std::vector<int> lengths;
    for (const std::string &length : reference.lines.at("lengths").front())
        lengths.push_back(std::stoi(length));
    const int input = reference.value.at("x").columns, hidden = std::stoi(reference.lines.at("hidden").at(0).at(0));

    car_error e;
    car_arena arena;
    car_arena_init(&arena);
    Handle<car_parameters, car_parameters_free> parameters(car_parameters_new());
    car_cell_plan *plan = car_cell_plan_new(support::shipped_cell(header.at(1)), input, hidden, settings.c_str(), &e);
    ASSERT_NE(plan, nullptr) << e.message;
    const car_layer_options no_options = {};
    car_layer layer;
    car_layer_init(&layer, plan, &no_options, parameters.get(), "cell");
    car_parameters_allocate(parameters.get(), CAR_TO_LEARN);
    ASSERT_NO_FATAL_FAILURE(fill_parameters(parameters.get(), reference, "cell."));

    const car_steps steps = car_steps_take(&arena, lengths.data(), static_cast<int>(lengths.size()));
    const Packing packing = {steps, lengths};
    auto packed = [&](const std::string &name) {
        const Table &table = reference.value.at(name);
        car_panel panel = car_panel_take(&arena, steps.total, table.columns);
        packing.each([&](int row, int from) {
            for (int j = 0; j < table.columns; j++)
                car_row(panel, row)[j] = static_cast<car_real>(table.at(from, j));
        });
        return panel;
    };
    auto expect_packed = [&](car_panel panel, const std::string &name) {
        const Table &table = reference.expect.at(name);
        packing.each([&](int row, int from) {
            for (int j = 0; j < table.columns; j++)
                EXPECT_NEAR(static_cast<double>(car_row(panel, row)[j]), table.at(from, j), tolerance)
                    << name << "[" << from << ", " << j << "]";
        });
    };
    std::vector<car_panel> initial, d_final, final;
    for (int k = 0; k < plan->n_states; k++) {
        for (std::vector<car_panel> *panels : {&initial, &d_final, &final})
            panels->push_back(car_panel_take(&arena, steps.batch, plan->state[k].width));
        fill(initial.back(), reference.value.at(std::string("initial_") + plan->state[k].name));
        fill(d_final.back(), reference.value.at(std::string("weight_final_") + plan->state[k].name));
    }

    car_tape tape = car_tape_take(&arena, &layer, steps, packed("x"), nullptr);
    car_layer_forward(&tape, initial.data());
    car_layer_final(&tape, final.data());
    expect_packed(tape.next[0], "output");
    for (size_t k = 0; k < final.size(); k++) {
        const std::string name = std::string("final_") + plan->state[k].name;
        expect_near(final[k], reference.expect.at(name), name);
    }

    car_dues dues = {};
    dues.arena = &arena;
    car_layer_backward(&tape, &arena, packed("weight_output"), d_final.data(), &dues);
    const car_dues *all[] = {&dues};
    car_dues_settle(all, 1, nullptr, 0, &arena);
    expect_gradients(parameters.get(), reference, "cell.");
    expect_packed(tape.d_x, "d_x");
    for (size_t k = 0; k < final.size(); k++) {
        const std::string name = std::string("d_initial_") + plan->state[k].name;
        expect_near(tape.d_state[k], reference.expect.at(name), name);
    }
    car_layer_clear(&layer);
    car_arena_clear(&arena);
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenCell, ::testing::Range<size_t>(0, cell_references().size()),
                         [](const auto &index) { return cell_references().at(index.param).lines.at("case")[0].at(0); });

// ---- a whole model ------------------------------------------------------------------

TEST(GoldenModel, LikePyTorch)
{
    const Reference reference = golden::read_references("seq2seq.txt").at(0);
    car_model_options options = {};
    options.source_words = reference.value.at("embedding.source").rows;
    options.target_words = reference.value.at("embedding.target").rows;
    options.enc_cell = options.dec_cell = support::shipped_cell("lstm");
    options.enc_type = CAR_BIDIRECTIONAL;
    options.enc_depth = options.dec_depth = 1;
    options.dim_emb = reference.value.at("embedding.source").columns;
    options.dim_rnn = reference.value.at("readout.b").columns;
    options.attention = CAR_ATTENTION_GENERAL;
    car_error e;
    Handle<car_model, car_model_free> model(car_model_new(&options, CAR_TO_LEARN, &e));
    ASSERT_NE(model, nullptr) << e.message;
    ASSERT_NO_FATAL_FAILURE(fill_parameters(model->parameters, reference, ""));
    ASSERT_EQ(static_cast<size_t>(model->parameters->n_tensors), reference.value.size());

    auto sentences = [&](const std::string &side) {
        std::vector<std::vector<int32_t>> ids;
        for (const std::vector<std::string> &line : reference.lines.at(side)) {
            ids.emplace_back();
            for (const std::string &id : line)
                ids.back().push_back(std::stoi(id));
        }
        return ids;
    };
    auto views = [](const std::vector<std::vector<int32_t>> &ids) {
        std::vector<car_sentence> all;
        for (const std::vector<int32_t> &sentence : ids)
            all.push_back({sentence.data(), static_cast<int>(sentence.size())});
        return all;
    };
    const auto source_ids = sentences("source"), target_ids = sentences("target");
    const std::vector<car_sentence> source = views(source_ids), target = views(target_ids);
    const int pairs = static_cast<int>(source.size());
    ASSERT_GT(pairs, 16) << "more than one shard";
    const car_batch batch = {pairs, source.data(), target.data(), nullptr, nullptr, false};

    Handle<car_shards, car_shards_free> shards(car_shards_new(model.get(), 0.1));
    std::vector<double> of_pair(source.size());
    car_shards_score(shards.get(), &batch, of_pair.data());
    for (int i = 0; i < pairs; i++)
        EXPECT_NEAR(of_pair[static_cast<size_t>(i)], reference.expect.at("cross_entropy_of_pair").at(0, i), tolerance)
            << "pair " << i;
    const car_dropout no_dropout = {};
    const car_batch_loss sum = car_shards_gradient(shards.get(), &batch, &no_dropout);
    EXPECT_NEAR(sum.loss / static_cast<double>(sum.words), reference.expect.at("loss").at(0, 0), tolerance);
    expect_gradients(model->parameters, reference, "");
}

} // namespace
