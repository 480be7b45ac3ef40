// Expectation maximisation of IBM Model 1 against its equations over dense tables.
#include "corpora/lexicon.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "support/handles.hpp"

using Lexicon = support::Handle<car_lexicon, car_lexicon_free>;

namespace
{

using Words = std::vector<int32_t>;

struct Pair {
    Words source, target;
};

Lexicon learn(int source_words, int target_words, const std::vector<Pair> &text, int rounds)
{
    Lexicon lexicon(car_lexicon_new(source_words, target_words));
    for (const Pair &pair : text)
        car_lexicon_add(lexicon.get(), pair.source.data(), static_cast<int>(pair.source.size()), pair.target.data(),
                        static_cast<int>(pair.target.size()));
    car_lexicon_learn(lexicon.get(), rounds);
    return lexicon;
}

std::vector<car_likely> best(const Lexicon &lexicon, int32_t s, int most)
{
    std::vector<car_likely> all(static_cast<size_t>(most));
    all.resize(static_cast<size_t>(car_lexicon_best(lexicon.get(), s, most, all.data())));
    return all;
}

} // namespace

TEST(Lexicon, KeepsTheEquationsOfModel1)
{
    const size_t sources = 9, targets = 11;
    std::mt19937 random(5);
    std::vector<Pair> text;
    auto sentence = [&](size_t words) {
        Words ids(random() % 6); /* some are empty, some words come twice */
        for (int32_t &id : ids)
            id = static_cast<int32_t>(random() % words);
        return ids;
    };
    for (int i = 0; i < 40; i++) {
        Words source = sentence(sources), target = sentence(targets);
        text.push_back({source, target});
    }
    for (int rounds : {1, 2, 7}) {
        std::vector<std::vector<double>> p(sources + 1, std::vector<double>(targets, 1));
        for (int round = 0; round < rounds; round++) {
            std::vector<std::vector<double>> count(sources + 1, std::vector<double>(targets));
            for (const Pair &pair : text) {
                std::vector<size_t> from(pair.source.begin(), pair.source.end());
                from.push_back(sources); /* none */
                for (int32_t word : pair.target) {
                    double sum = 0;
                    const size_t t = static_cast<size_t>(word);
                    for (size_t s : from)
                        sum += p[s][t];
                    for (size_t s : from)
                        count[s][t] += p[s][t] / sum;
                }
            }
            for (size_t s = 0; s <= sources; s++) {
                double sum = 0;
                for (double c : count[s])
                    sum += c;
                for (size_t t = 0; t < targets; t++)
                    p[s][t] = sum > 0 ? count[s][t] / sum : 0;
            }
        }
        Lexicon lexicon = learn(sources, targets, text, rounds);
        for (size_t s = 0; s < sources; s++) {
            std::vector<car_likely> found = best(lexicon, static_cast<int32_t>(s), targets);
            double sum = 0;
            for (size_t k = 0; k < found.size(); k++) {
                EXPECT_NEAR(found[k].p, p[s][static_cast<size_t>(found[k].word)], 1e-12);
                sum += found[k].p;
                if (k > 0) {
                    EXPECT_TRUE(found[k - 1].p > found[k].p ||
                                (found[k - 1].p == found[k].p && found[k - 1].word < found[k].word));
                }
            }
            EXPECT_NEAR(sum, 1, 1e-12) << "of the words that stood with it";
            std::vector<car_likely> few = best(lexicon, static_cast<int32_t>(s), 3);
            ASSERT_EQ(few.size(), std::min<size_t>(3, found.size()));
            for (size_t k = 0; k < few.size(); k++)
                EXPECT_EQ(few[k].word, found[k].word);
        }
    }
}

TEST(Lexicon, FindsOutWhatBelongsTogether)
{
    /* the house, the book, a book */
    Lexicon lexicon = learn(4, 4, {{{0, 1}, {0, 1}}, {{0, 2}, {0, 2}}, {{3, 2}, {3, 2}}}, 20);
    for (int32_t word = 0; word < 4; word++)
        EXPECT_EQ(best(lexicon, word, 1)[0].word, word);
    EXPECT_EQ(best(lexicon, 1, 4).size(), 2u) << "only words that stood with it";
}

TEST(Lexicon, AWordThatNeverStoodAnywhereHasNone)
{
    Lexicon lexicon = learn(3, 3, {{{0}, {0}}, {{}, {1}}, {{2}, {}}}, 5), nothing = learn(2, 2, {}, 5);
    EXPECT_EQ(best(lexicon, 1, 3).size(), 0u);
    EXPECT_EQ(best(lexicon, 2, 3).size(), 0u);
    EXPECT_EQ(best(nothing, 0, 3).size(), 0u);
}
