// One minibatch through the whole model: the same bits on any number of threads and
// in any state of the buffers; losses agree with each other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "model/pairs.hpp"

namespace
{

using support::Model;
using support::Pairs;
using support::Shards;

// A model of this cell with all there is, and gradients of one minibatch.
class Training : public ::testing::TestWithParam<std::string>
{
  protected:
    Training()
        : options_(rich_model(GetParam())), model(support::make_model(options_, 1)),
          shards(car_shards_new(model.get(), 0.1)),
          pairs(53, options_.source_words, options_.target_words, 9, 1) // four shards
    {
    }
    ~Training() override { car_parallel_set_threads(1); }

    static car_model_options rich_model(const std::string &cell)
    {
        car_model_options options = support::small_model(cell, cell);
        options.source_words = options.target_words = 301;
        options.dim_emb = 19;
        options.dim_rnn = 34;
        options.enc_depth = options.dec_depth = 2;
        options.attention = CAR_ATTENTION_ADDITIVE;
        options.input_feeding = options.skip = true;
        options.tied = CAR_TIED_ALL;
        return options;
    }
    std::vector<car_real> gradient() const
    {
        return {model->parameters->gradient, model->parameters->gradient + model->parameters->n};
    }

    car_model_options options_;
    Model model;
    Shards shards;
    Pairs pairs;
};

bool same_bits(const std::vector<car_real> &a, const std::vector<car_real> &b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(car_real)) == 0;
}

TEST_P(Training, TheSameBitsOnAnyNumberOfThreads)
{
    car_parallel_set_threads(1);
    const car_batch_loss first = support::gradient_of(shards.get(), &pairs.batch, 0.2, 7, 3);
    const std::vector<car_real> expected = gradient();
    for (car_real g : expected)
        ASSERT_TRUE(std::isfinite(g));
    for (int threads : {2, 3, 4, 8}) {
        car_parallel_set_threads(threads);
        Shards fresh(car_shards_new(model.get(), 0.1));
        const car_batch_loss loss = support::gradient_of(fresh.get(), &pairs.batch, 0.2, 7, 3);
        EXPECT_TRUE(same_bits(gradient(), expected)) << threads << " threads";
        EXPECT_EQ(loss.loss, first.loss) << threads << " threads";
        EXPECT_EQ(loss.cross_entropy, first.cross_entropy);
        EXPECT_EQ(loss.correct, first.correct);
    }
}

// Numbers in, numbers out: another first layer, another loss.
TEST_P(Training, TheSameBitsOfNumbers)
{
    options_.task = CAR_REGRESS;
    options_.source_numbers = 3;
    options_.tied = CAR_TIED_NONE;
    model = support::make_model(options_, 1);
    Pairs series(53, options_, 9, 1);
    std::vector<car_real> expected;
    double loss = 0;
    for (int threads : {1, 2, 3, 4, 8}) {
        car_parallel_set_threads(threads);
        Shards fresh(car_shards_new(model.get(), 0));
        const car_batch_loss sum = support::gradient_of(fresh.get(), &series.batch, 0.2, 7, 3);
        if (threads == 1) {
            expected = gradient();
            loss = sum.loss;
        }
        EXPECT_TRUE(same_bits(gradient(), expected)) << threads << " threads";
        EXPECT_EQ(sum.loss, loss) << threads << " threads";
        EXPECT_EQ(sum.words, 53);
    }
    EXPECT_GT(loss, 0);
}

// Normalisation of layers and of batches, recurrent dropout, zoneout and clipping inside the layers.
TEST_P(Training, TheSameBitsWithAllThatTheHostAdds)
{
    for (car_norm norm : {CAR_NORM_LAYER, CAR_NORM_BATCH}) {
        options_.layer = {norm, {0.1, 0.2}, 0.01};
        options_.input_feeding = options_.input_feeding && norm == CAR_NORM_LAYER;
        std::vector<car_real> expected, updated;
        for (int threads : {1, 3}) {
            car_parallel_set_threads(threads);
            model = support::make_model(options_, 1);
            Shards fresh(car_shards_new(model.get(), 0.1));
            support::gradient_of(fresh.get(), &pairs.batch, 0.2, 7, 3, 0.3);
            const car_parameters *p = model->parameters;
            const std::vector<car_real> before(p->value, p->value + p->n);
            car_shards_update_statistics(fresh.get());
            const std::vector<car_real> values(p->value, p->value + p->n);
            int running = 0;
            for (ptrdiff_t i = 0; i < p->n_blocks; i++) {
                const car_block *block = p->block[i];
                running += block->running;
                const ptrdiff_t n = (block->rows - 1) * block->stride + block->columns;
                EXPECT_EQ(std::equal(block->value, block->value + n, before.begin() + block->offset), !block->running)
                    << "block " << i;
            }
            EXPECT_EQ(running > 0, norm == CAR_NORM_BATCH);
            if (threads == 1) {
                expected = gradient();
                updated = values;
            }
            EXPECT_TRUE(same_bits(gradient(), expected)) << threads << " threads";
            EXPECT_TRUE(same_bits(values, updated)) << threads << " threads";
        }
        Shards fresh(car_shards_new(model.get(), 0.1));
        support::gradient_of(fresh.get(), &pairs.batch, 0.2, 7, 4, 0.3);
        EXPECT_FALSE(same_bits(gradient(), expected)) << "another update draws anew";
    }
}

// Neither what was in the buffers nor what was in the gradients plays a part.
TEST_P(Training, TheSameBitsAfterOtherWork)
{
    support::gradient_of(shards.get(), &pairs.batch, 0.2, 7, 3);
    const std::vector<car_real> expected = gradient();
    Pairs others(20, options_.source_words, options_.target_words, 14, 2);
    support::gradient_of(shards.get(), &others.batch, 0.5, 8, 4);
    EXPECT_FALSE(same_bits(gradient(), expected));
    car_shards_score(shards.get(), &pairs.batch, nullptr);
    support::gradient_of(shards.get(), &pairs.batch, 0.2, 7, 3);
    EXPECT_TRUE(same_bits(gradient(), expected));
}

// Every word that is read was written before: a shard on memory full of NaN.
TEST_P(Training, NothingUnwrittenIsRead)
{
    Pairs few(9, options_.source_words, options_.target_words, 9, 3); // one shard
    const car_batch_loss sum = support::gradient_of(shards.get(), &few.batch, 0.2, 7, 3);
    const std::vector<car_real> expected = gradient();
    for (ptrdiff_t i = 0; i < model->parameters->n_tensors; i++) { // gates without a bias have a gap in theirs
        const car_parameter *tensor = &model->parameters->tensor[i];
        for (int r = 0; r < tensor->block->rows; r++)
            std::fill_n(tensor->block->gradient + r * tensor->block->stride + tensor->column, tensor->columns, NAN);
    }

    car_shard shard;
    car_shard_init(&shard);
    shard.arena.poison = true;
    std::vector<int> all(9); // by falling length of both sides, as shards.c deals them
    for (int i = 0; i < 9; i++)
        all[static_cast<size_t>(i)] = i;
    std::stable_sort(all.begin(), all.end(), [&](int a, int b) {
        return few.batch.source[a].length + few.batch.target[a].length >
               few.batch.source[b].length + few.batch.target[b].length;
    });
    car_shard_load(&shard, &model->options, &few.batch, all.data(), 9);
    const car_dropout dropout = {0.2, 0, 7, 3, 0};
    car_shard_forward(&shard, model.get(), &dropout);
    car_output_loss(&model->output, &shard.rows, 1, 0.1, 1.0 / static_cast<double>(sum.words), &shard.arena);
    car_shard_backward(&shard, model.get());
    const car_dues *dues[] = {&shard.dues};
    car_block *started[] = {model->output.matrix};
    car_dues_settle(dues, 1, started, 1, &shard.arena);
    EXPECT_TRUE(same_bits(gradient(), expected));
    car_shard_clear(&shard);
}

// Seed, update and shard each choose masks: two shards of the same pairs lose
// different words.
TEST_P(Training, DropoutIsNewForEverySeedUpdateAndShard)
{
    const std::vector<car_sentence> source(32, pairs.batch.source[0]), target(32, pairs.batch.target[0]);
    const car_batch one = {16, source.data(), target.data(), nullptr, nullptr, false},
                    two = {32, source.data(), target.data(), nullptr, nullptr, false};
    auto loss = [&](const car_batch &batch, double rate, uint64_t seed, uint64_t update) {
        const car_batch_loss sum = support::gradient_of(shards.get(), &batch, rate, seed, update);
        return sum.loss / static_cast<double>(sum.words);
    };
    EXPECT_NEAR(loss(two, 0, 7, 3), loss(one, 0, 7, 3), 1e-6);
    const double first = loss(one, 0.3, 7, 3);
    EXPECT_EQ(loss(one, 0.3, 7, 3), first);
    for (double other : {loss(one, 0.3, 8, 3), loss(one, 0.3, 7, 4), loss(two, 0.3, 7, 3)})
        EXPECT_GT(std::abs(other - first), 1e-5);
}

TEST_P(Training, LossesAgree)
{
    std::vector<double> of_pair(53, NAN);
    const car_batch_loss score = car_shards_score(shards.get(), &pairs.batch, of_pair.data());
    const car_batch_loss trained = support::gradient_of(shards.get(), &pairs.batch, 0, 1, 1);
    EXPECT_EQ(score.loss, trained.loss);
    EXPECT_EQ(score.cross_entropy, trained.cross_entropy);
    int64_t words = 0, source_words = 0;
    double sum = 0;
    for (int i = 0; i < 53; i++) {
        words += pairs.batch.target[i].length;
        source_words += pairs.batch.source[i].length;
        sum += of_pair[static_cast<size_t>(i)];
        car_batch alone = {1, pairs.batch.source + i, pairs.batch.target + i, nullptr, nullptr, false};
        EXPECT_NEAR(car_shards_score(shards.get(), &alone, nullptr).cross_entropy, of_pair[static_cast<size_t>(i)],
                    1e-4)
            << "pair " << i << " alone and in the batch";
    }
    EXPECT_EQ(score.pairs, 53);
    EXPECT_EQ(score.words, words);
    EXPECT_EQ(score.source_words, source_words);
    EXPECT_NEAR(sum, score.cross_entropy, 1e-9 * sum);
    EXPECT_GT(score.loss, 0);
    EXPECT_LE(score.correct, words);
}

INSTANTIATE_TEST_SUITE_P(Cells, Training, ::testing::ValuesIn(support::shipped_cells), [](const auto &cell) {
    std::string name = cell.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

} // namespace
