#include "corpora/batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
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

car_batches_options options(int mini_batch, int words, int maxi_batch, uint64_t seed, bool sequential)
{
    car_batches_options wanted = {};
    wanted.mini_batch = mini_batch;
    wanted.mini_batch_words = words;
    wanted.maxi_batch = maxi_batch;
    wanted.seed = seed;
    wanted.sequential = sequential;
    return wanted;
}

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
        load(0);
    }

    /* The corpus, of which so many bytes may be in memory. */
    void load(int64_t memory)
    {
        car_corpus_options wanted = {};
        wanted.memory = memory;
        wanted.folder = folder.path().c_str();
        corpus = encoded->load(wanted);
        ASSERT_TRUE(corpus) << encoded->e.message;
    }

    using Handle = support::Handle<car_batches, car_batches_free>;
    Handle make(const car_batches_options &wanted) { return Handle(car_batches_new(corpus.get(), &wanted)); }

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
        if (car_corpus_blocks(corpus.get()) == 1) {
            EXPECT_EQ(from.batches_per_epoch(from.self), static_cast<int64_t>(all.size()) + skip);
        }
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
            Handle batches = make(options(8, words, 5, 1, sequential));
            expect_every_pair_once(epoch(batches.get(), 1));
            expect_every_pair_once(epoch(batches.get(), 2));
        }
}

TEST_F(Batches, SameSeedSameOrder)
{
    Handle a = make(options(8, 0, 5, 7, false)), b = make(options(8, 0, 5, 7, false)),
           c = make(options(8, 0, 5, 8, false));
    std::vector<Batch> first = epoch(a.get(), 3);
    epoch(b.get(), 1); /* what was run before does not matter */
    EXPECT_EQ(epoch(b.get(), 3), first);
    EXPECT_FALSE(epoch(c.get(), 3) == first) << "another seed";
    EXPECT_FALSE(epoch(a.get(), 4) == first) << "another epoch";
}

TEST_F(Batches, SkippingIsIterating)
{
    for (int words : {0, 60}) {
        Handle batches = make(options(8, words, 5, 2, false));
        std::vector<Batch> whole = epoch(batches.get(), 2);
        for (size_t k : {size_t{0}, size_t{1}, size_t{17}, whole.size() - 1, whole.size()}) {
            Handle resumed = make(options(8, words, 5, 2, false));
            std::vector<Batch> rest = epoch(resumed.get(), 2, static_cast<int64_t>(k));
            EXPECT_EQ(rest, std::vector<Batch>(whole.begin() + static_cast<ptrdiff_t>(k), whole.end())) << k;
        }
    }
}

TEST_F(Batches, RefusesToSkipMoreThanThereIs)
{
    Handle batches = make(options(8, 0, 5, 2, false));
    car_batch_source from = car_batches_source(batches.get());
    EXPECT_FALSE(from.start(from.self, 1, from.batches_per_epoch(from.self) + 1, &e));
    EXPECT_EQ(e.code, CAR_EXIT_DATA);
}

TEST_F(Batches, PairsArePutTogetherByNumber)
{
    Handle batches = make(options(8, 0, 5, 1, false));
    std::vector<Batch> all = epoch(batches.get(), 1);
    EXPECT_EQ(all.size(), 63u); /* 501 / 8, rounded up */
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const Batch &batch) { return batch.lines.size() == 8; }), 62);
}

TEST_F(Batches, TokenBudgetIsKeptAndUsed)
{
    const int budget = 60, longest = 14;
    Handle batches = make(options(8, budget, 20, 1, false));
    std::vector<Batch> all = epoch(batches.get(), 1);
    int small = 0;
    for (const Batch &batch : all) {
        EXPECT_LE(batch.words(), budget);
        small += batch.words() <= budget - longest;
    }
    EXPECT_LE(small, 4) << "only the last of a window may leave room for one more";

    Handle tight = make(options(8, 5, 20, 1, false));
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
    Handle sorted = make(options(16, 0, 20, 1, false)), unsorted = make(options(16, 0, 1, 1, false));
    EXPECT_LT(padding(epoch(sorted.get(), 1)) * 5, padding(epoch(unsorted.get(), 1)));
}

TEST_F(Batches, MinibatchesAreNotInTheOrderOfLength)
{
    Handle batches = make(options(8, 0, 100, 1, false));
    std::vector<Batch> all = epoch(batches.get(), 1);
    EXPECT_FALSE(std::is_sorted(all.begin(), all.end(), [](const Batch &a, const Batch &b) {
        return a.target_lengths[0] < b.target_lengths[0];
    }));
}

TEST_F(Batches, SequentialIsSortedAndAlwaysTheSame)
{
    Handle batches = make(options(8, 0, 5, 1, true));
    std::vector<Batch> all = epoch(batches.get(), 1);
    std::vector<std::pair<int, int>> lengths;
    for (const Batch &batch : all)
        for (size_t i = 0; i < batch.lines.size(); i++)
            lengths.emplace_back(batch.target_lengths[i], batch.source_lengths[i]);
    EXPECT_TRUE(std::is_sorted(lengths.begin(), lengths.end()));
    EXPECT_EQ(epoch(batches.get(), 2), all);
    Handle other = make(options(8, 0, 5, 99, true));
    EXPECT_EQ(epoch(other.get(), 1), all) << "no seed has a say";
}

/* Of about 45 KB, 16 KiB at a time in blocks of 4 KiB. */
class Spooled : public Batches
{
  protected:
    static constexpr int64_t memory = 16384;

    void SetUp() override
    {
        Batches::SetUp();
        load(memory);
        ASSERT_GT(car_corpus_blocks(corpus.get()), 9);
    }

    Handle make(car_batches_options wanted)
    {
        wanted.memory = memory;
        return Batches::make(wanted);
    }
};

TEST_F(Spooled, EpochHoldsEveryPairOnce)
{
    for (int words : {0, 60})
        for (bool sequential : {false, true}) {
            Handle batches = make(options(8, words, 5, 1, sequential));
            std::vector<Batch> first = epoch(batches.get(), 1);
            expect_every_pair_once(first);
            std::vector<Batch> second = epoch(batches.get(), 2);
            expect_every_pair_once(second);
            EXPECT_EQ(second == first, sequential);
            EXPECT_EQ(epoch(batches.get(), 1), first) << "what was run before does not matter";
        }
}

TEST_F(Spooled, HoldsNoMoreThanAllowed)
{
    Handle batches = make(options(8, 0, 5, 1, false));
    car_batch_source from = car_batches_source(batches.get());
    ASSERT_TRUE(from.start(from.self, 1, 0, &e));
    car_batch batch;
    int32_t most = 0, least = pairs;
    do {
        most = std::max(most, car_corpus_held(corpus.get()));
        least = std::min(least, car_corpus_held(corpus.get()));
    } while (from.next(from.self, &batch, &e) == 1);
    EXPECT_LT(most, pairs / 2);
    EXPECT_GT(most, pairs / 5);
    EXPECT_GT(least, 0);
    EXPECT_NEAR(static_cast<double>(from.batches_per_epoch(from.self)), pairs / 8.0, 12) << "an estimate";
}

TEST_F(Spooled, PairsOfAllTheTextComeTogether)
{
    Handle batches = make(options(8, 0, 5, 1, false));
    std::vector<Batch> first = epoch(batches.get(), 1), second = epoch(batches.get(), 2);
    auto companions = [](const std::vector<Batch> &all, int64_t line) {
        for (const Batch &batch : all)
            if (std::count(batch.lines.begin(), batch.lines.end(), line))
                return batch.lines;
        return std::vector<int64_t>();
    };
    EXPECT_NE(companions(first, 7), companions(second, 7));
    int64_t far = 0;
    for (const Batch &batch : first)
        far = std::max(far, *std::max_element(batch.lines.begin(), batch.lines.end()) -
                                *std::min_element(batch.lines.begin(), batch.lines.end()));
    EXPECT_GT(far, pairs / 2) << "the blocks of a filling are not neighbours";
}

TEST_F(Spooled, SkippingIsIterating)
{
    for (int words : {0, 60}) {
        Handle batches = make(options(8, words, 5, 2, false));
        std::vector<Batch> whole = epoch(batches.get(), 2);
        for (size_t k = 0; k <= whole.size(); k++) {
            Handle resumed = make(options(8, words, 5, 2, false));
            std::vector<Batch> rest = epoch(resumed.get(), 2, static_cast<int64_t>(k));
            ASSERT_EQ(rest, std::vector<Batch>(whole.begin() + static_cast<ptrdiff_t>(k), whole.end())) << k;
        }
        car_batch_source from = car_batches_source(batches.get());
        EXPECT_FALSE(from.start(from.self, 2, static_cast<int64_t>(whole.size()) + 1, &e));
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
        EXPECT_NE(std::string(e.message).find("this corpus has " + std::to_string(whole.size())), std::string::npos)
            << e.message;
    }
}

TEST_F(Spooled, IsTheSameCorpus)
{
    std::string identity = car_corpus_identity_view(corpus.get());
    car_corpus_counts counts = car_corpus_count(corpus.get());
    load(0);
    EXPECT_EQ(identity, car_corpus_identity_view(corpus.get()));
    EXPECT_EQ(counts.kept, car_corpus_count(corpus.get()).kept);
    EXPECT_EQ(counts.ids[CAR_TARGET], car_corpus_count(corpus.get()).ids[CAR_TARGET]);
    std::vector<Batch> all = epoch(Batches::make(options(8, 0, 5, 1, false)).get(), 1);
    load(1 << 20);
    ASSERT_EQ(car_corpus_blocks(corpus.get()), 1) << "a corpus within the memory";
    EXPECT_EQ(epoch(make(options(8, 0, 5, 1, false)).get(), 1), all) << "is what it is without a limit";
}

TEST_F(Spooled, NeedsAFolder)
{
    car_corpus_options wanted = {};
    std::string none = folder.path("none");
    wanted.memory = memory;
    wanted.folder = none.c_str();
    EXPECT_FALSE(encoded->load(wanted));
    EXPECT_EQ(encoded->e.code, CAR_EXIT_CREATE);
    EXPECT_NE(std::string(encoded->e.message).find("--tempdir"), std::string::npos) << encoded->e.message;
    EXPECT_TRUE(std::filesystem::exists(folder.path("a.en")));
}

/* A second set of 200 pairs behind the first. */
class Weighted : public Batches
{
  protected:
    void SetUp() override
    {
        Batches::SetUp();
        std::string text;
        for (int i = pairs + 1; i <= pairs + 200; i++) {
            for (int j = 0; j <= i % 11; j++)
                text += j > 0 ? " s" : "s";
            for (int j = 0; j <= i * 7 % 13; j++)
                text += j > 0 ? " t" : "\tt";
            text += "\n";
        }
        encoded->more = {folder.write("b.tsv", text)};
        load(0);
    }

    /* How often each pair comes in an epoch. */
    std::vector<int> counts(const std::vector<double> &weights, int64_t number, int64_t memory = 0)
    {
        load(memory);
        car_batches_options wanted = options(8, 0, 5, 1, false);
        wanted.weights = weights.data();
        wanted.n_weights = static_cast<int>(weights.size());
        wanted.memory = memory;
        Handle batches = make(wanted);
        car_batch_source from = car_batches_source(batches.get());
        EXPECT_TRUE(from.start(from.self, number, 0, &e)) << e.message;
        std::vector<int> all(pairs + 200);
        car_batch batch;
        while ((last = from.next(from.self, &batch, &e)) == 1)
            for (int i = 0; i < batch.rows; i++)
                all[static_cast<size_t>(batch.line[i] - 1)]++;
        return all;
    }

    int last = 0;
};

TEST_F(Weighted, PairsComeAsOftenAsTheirSetSays)
{
    std::vector<int> once = counts({}, 1), some = counts({1, 2.25}, 1), later = counts({1, 2.25}, 2);
    EXPECT_EQ(once, std::vector<int>(pairs + 200, 1));
    EXPECT_TRUE(std::all_of(some.begin(), some.begin() + pairs, [](int n) { return n == 1; }));
    EXPECT_TRUE(std::all_of(some.begin() + pairs, some.end(), [](int n) { return n == 2 || n == 3; }));
    EXPECT_NEAR(static_cast<double>(std::count(some.begin() + pairs, some.end(), 3)), 50, 25) << "four deviations";
    EXPECT_NE(some, later) << "other pairs in another epoch";
    EXPECT_EQ(some, counts({1, 2.25}, 1));
    EXPECT_EQ(some, counts({1, 2.25}, 1, 16384)) << "whether they are in memory or not";
    EXPECT_EQ(counts({1, 0}, 1)[pairs], 0);
    EXPECT_EQ(last, 0);
}

TEST_F(Weighted, AnEpochOfNothingIsRefused)
{
    counts({0, 0}, 1);
    EXPECT_EQ(last, -1);
    EXPECT_EQ(e.code, CAR_EXIT_DATA);
}

} // namespace
