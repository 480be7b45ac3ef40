#include "corpora/batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "corpora/encoded.hpp"

namespace
{

/* A minibatch, copied: the numbers of its lines, and of each the length of the target
 * and what its first source id was. */
struct Batch {
    std::vector<int64_t> lines;
    std::vector<int> target_lengths, source_lengths;
    bool operator==(const Batch &other) const { return lines == other.lines && target_lengths == other.target_lengths; }
    int words() const { return std::accumulate(target_lengths.begin(), target_lengths.end(), 0); }
};

class Batches : public support::InFolder
{
  protected:
    static constexpr int pairs = 501;

    /* Line i has 1 + i % 11 source pieces and 1 + i * 7 % 13 target pieces. */
    void SetUp() override
    {
        std::string source, target;
        for (int i = 1; i <= pairs; i++) {
            for (int j = 0; j <= i % 11; j++)
                source += (j > 0 ? " s" : "s") + std::to_string(i);
            for (int j = 0; j <= i * 7 % 13; j++)
                target += (j > 0 ? " t" : "t") + std::to_string(i);
            source += "\n";
            target += "\n";
        }
        encoded =
            std::make_unique<corpora::Encoded>(folder.write("a.en", source), folder.write("a.cs", target), "space");
        corpus = encoded->load({});
        ASSERT_TRUE(corpus) << encoded->e.message;
    }

    using Handle = support::Handle<car_batches, car_batches_free>;
    Handle make(const car_batches_options &options)
    {
        Handle batches(car_batches_new(corpus.get(), &options, &e));
        EXPECT_TRUE(batches) << e.message;
        return batches;
    }

    std::vector<Batch> epoch(car_batches *batches, int64_t number, int64_t skip = 0)
    {
        car_batch_source from = car_batches_source(batches);
        EXPECT_TRUE(from.start(from.self, number, skip, &e)) << e.message;
        std::vector<Batch> all;
        car_batch batch;
        int got;
        while ((got = from.next(from.self, &batch, &e)) == 1) {
            Batch copy;
            for (int i = 0; i < batch.rows; i++) {
                copy.lines.push_back(batch.line[i]);
                copy.target_lengths.push_back(batch.target[i].length);
                copy.source_lengths.push_back(batch.source[i].length);
                EXPECT_EQ(batch.source[i].length, batch.line[i] % 11 + 2);
                EXPECT_EQ(batch.target[i].length, batch.line[i] * 7 % 13 + 2);
                EXPECT_EQ(word(CAR_SOURCE, batch.source[i]), "s" + std::to_string(batch.line[i]));
                EXPECT_EQ(word(CAR_TARGET, batch.target[i]), "t" + std::to_string(batch.line[i]));
            }
            all.push_back(copy);
        }
        EXPECT_EQ(got, 0);
        EXPECT_EQ(from.next(from.self, &batch, &e), 0) << "the end stays the end";
        EXPECT_EQ(from.batches_per_epoch(from.self), static_cast<int64_t>(all.size()) + skip);
        return all;
    }

    std::string word(int side, const car_sentence &sentence)
    {
        return car_vocabulary_piece(encoded->vocabulary[side].get(), sentence.ids[0]);
    }

    static void expect_every_pair_once(const std::vector<Batch> &all)
    {
        std::vector<int64_t> lines;
        for (const Batch &batch : all)
            lines.insert(lines.end(), batch.lines.begin(), batch.lines.end());
        std::sort(lines.begin(), lines.end());
        ASSERT_EQ(lines.size(), static_cast<size_t>(pairs));
        for (int i = 0; i < pairs; i++)
            ASSERT_EQ(lines[static_cast<size_t>(i)], i + 1);
    }

    std::unique_ptr<corpora::Encoded> encoded;
    corpora::Corpus corpus;
};

TEST_F(Batches, EpochHoldsEveryPairOnce)
{
    for (int words : {0, 60})
        for (bool sequential : {false, true}) {
            Handle batches = make({8, words, 5, 1, sequential});
            expect_every_pair_once(epoch(batches.get(), 1));
            expect_every_pair_once(epoch(batches.get(), 2));
        }
}

TEST_F(Batches, SameSeedSameOrder)
{
    Handle a = make({8, 0, 5, 7, false}), b = make({8, 0, 5, 7, false}), c = make({8, 0, 5, 8, false});
    std::vector<Batch> first = epoch(a.get(), 3);
    epoch(b.get(), 1); /* what was run before does not matter */
    EXPECT_EQ(epoch(b.get(), 3), first);
    EXPECT_FALSE(epoch(c.get(), 3) == first) << "another seed";
    EXPECT_FALSE(epoch(a.get(), 4) == first) << "another epoch";
}

TEST_F(Batches, SkippingIsIterating)
{
    for (int words : {0, 60}) {
        Handle batches = make({8, words, 5, 2, false});
        std::vector<Batch> whole = epoch(batches.get(), 2);
        for (size_t k : {size_t{0}, size_t{1}, size_t{17}, whole.size() - 1, whole.size()}) {
            Handle resumed = make({8, words, 5, 2, false});
            std::vector<Batch> rest = epoch(resumed.get(), 2, static_cast<int64_t>(k));
            EXPECT_EQ(rest, std::vector<Batch>(whole.begin() + static_cast<ptrdiff_t>(k), whole.end())) << k;
        }
    }
}

TEST_F(Batches, RefusesToSkipMoreThanThereIs)
{
    Handle batches = make({8, 0, 5, 2, false});
    car_batch_source from = car_batches_source(batches.get());
    EXPECT_FALSE(from.start(from.self, 1, from.batches_per_epoch(from.self) + 1, &e));
    EXPECT_EQ(e.code, CAR_EXIT_DATA);
}

TEST_F(Batches, PairsArePutTogetherByNumber)
{
    Handle batches = make({8, 0, 5, 1, false});
    std::vector<Batch> all = epoch(batches.get(), 1);
    EXPECT_EQ(all.size(), 63u); /* 501 / 8, rounded up */
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const Batch &batch) { return batch.lines.size() == 8; }), 62);
}

TEST_F(Batches, TokenBudgetIsKeptAndUsed)
{
    const int budget = 60, longest = 14;
    Handle batches = make({8, budget, 20, 1, false});
    std::vector<Batch> all = epoch(batches.get(), 1);
    int small = 0;
    for (const Batch &batch : all) {
        EXPECT_LE(batch.words(), budget);
        small += batch.words() <= budget - longest;
    }
    EXPECT_LE(small, 4) << "only the last of a window may leave room for one more";

    Handle tight = make({8, 5, 20, 1, false});
    for (const Batch &batch : epoch(tight.get(), 1))
        EXPECT_TRUE(batch.words() <= 5 || batch.lines.size() == 1);
}

TEST_F(Batches, SentencesOfAMinibatchAreOfLikeLength)
{
    auto padding = [](const std::vector<Batch> &all) {
        int padded = 0;
        for (const Batch &batch : all)
            padded += static_cast<int>(batch.lines.size()) *
                          *std::max_element(batch.target_lengths.begin(), batch.target_lengths.end()) -
                      batch.words();
        return padded;
    };
    Handle sorted = make({16, 0, 20, 1, false}), unsorted = make({16, 0, 1, 1, false});
    EXPECT_LT(padding(epoch(sorted.get(), 1)) * 5, padding(epoch(unsorted.get(), 1)));
}

TEST_F(Batches, MinibatchesAreNotInTheOrderOfLength)
{
    Handle batches = make({8, 0, 100, 1, false});
    std::vector<Batch> all = epoch(batches.get(), 1);
    EXPECT_FALSE(std::is_sorted(all.begin(), all.end(), [](const Batch &a, const Batch &b) {
        return a.target_lengths[0] < b.target_lengths[0];
    }));
}

TEST_F(Batches, SequentialIsSortedAndAlwaysTheSame)
{
    Handle batches = make({8, 0, 5, 1, true});
    std::vector<Batch> all = epoch(batches.get(), 1);
    std::vector<std::pair<int, int>> lengths;
    for (const Batch &batch : all)
        for (size_t i = 0; i < batch.lines.size(); i++)
            lengths.emplace_back(batch.target_lengths[i], batch.source_lengths[i]);
    EXPECT_TRUE(std::is_sorted(lengths.begin(), lengths.end()));
    EXPECT_EQ(epoch(batches.get(), 2), all);
    Handle other = make({8, 0, 5, 99, true});
    EXPECT_EQ(epoch(other.get(), 1), all) << "no seed has a say";
}

} // namespace
