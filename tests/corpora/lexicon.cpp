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

void add(const Lexicon &lexicon, const Pair &pair)
{
    car_lexicon_add(lexicon.get(), pair.source.data(), static_cast<int>(pair.source.size()), pair.target.data(),
                    static_cast<int>(pair.target.size()));
}

Lexicon learn(int source_words, int target_words, const std::vector<Pair> &text, int rounds)
{
    Lexicon lexicon(car_lexicon_new(source_words, target_words));
    for (const Pair &pair : text)
        add(lexicon, pair);
    car_lexicon_learn(lexicon.get(), rounds);
    return lexicon;
}

std::vector<car_likely> best(const Lexicon &lexicon, int32_t s, int most)
{
    std::vector<car_likely> all(static_cast<size_t>(most));
    all.resize(static_cast<size_t>(car_lexicon_best(lexicon.get(), s, most, all.data())));
    return all;
}

/* Of 40 pairs. */
std::vector<Pair> random_text(size_t sources, size_t targets)
{
    std::mt19937 random(5);
    auto sentence = [&](size_t words) {
        Words ids(random() % 6); /* some are empty, some words come twice */
        for (int32_t &id : ids)
            id = static_cast<int32_t>(random() % words);
        return ids;
    };
    std::vector<Pair> text;
    for (int i = 0; i < 40; i++) {
        Words source = sentence(sources), target = sentence(targets);
        text.push_back({source, target});
    }
    return text;
}

} // namespace

TEST(Lexicon, KeepsTheEquationsOfModel1)
{
    const size_t sources = 9, targets = 11;
    const std::vector<Pair> text = random_text(sources, targets);
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

/* More pairs of words than are sorted at once: the last sentences bring some that were there and some that were not. */
TEST(Lexicon, TextRepeatedIsTheSame)
{
    const size_t sources = 9, targets = 11, early = 30;
    const std::vector<Pair> text = random_text(sources, targets);
    const Lexicon once = learn(sources, targets, text, 1), often(car_lexicon_new(sources, targets));
    size_t pairs = 0;
    for (size_t i = 0; i < early; i++)
        pairs += text[i].target.size() * (text[i].source.size() + 1);
    const size_t times = (size_t(1) << 20) / pairs + 1;
    const auto repeat = [&](size_t from, size_t to) {
        for (size_t time = 0; time < times; time++)
            for (size_t i = from; i < to; i++)
                add(often, text[i]);
    };
    repeat(0, early);
    repeat(early, text.size());
    car_lexicon_learn(often.get(), 1);
    for (int32_t s = 0; s < static_cast<int32_t>(sources); s++) {
        std::vector<double> p(targets), of(targets);
        for (const car_likely &likely : best(once, s, targets))
            p[static_cast<size_t>(likely.word)] = likely.p;
        for (const car_likely &likely : best(often, s, targets))
            of[static_cast<size_t>(likely.word)] += likely.p;
        EXPECT_EQ(best(often, s, 2 * targets).size(), best(once, s, targets).size()) << "each but once";
        for (size_t t = 0; t < targets; t++)
            EXPECT_NEAR(of[t], p[t], 1e-9) << s << " " << t;
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

TEST(LexiconDeathTest, LearnsOnce)
{
    Lexicon lexicon = learn(1, 1, {{{0}, {0}}}, 1);
    EXPECT_DEATH(car_lexicon_learn(lexicon.get(), 1), "start");
}

TEST(Lexicon, AWordThatNeverStoodAnywhereHasNone)
{
    Lexicon lexicon = learn(3, 3, {{{0}, {0}}, {{}, {1}}, {{2}, {}}}, 5), nothing = learn(2, 2, {}, 5);
    EXPECT_EQ(best(lexicon, 1, 3).size(), 0u);
    EXPECT_EQ(best(lexicon, 2, 3).size(), 0u);
    EXPECT_EQ(best(nothing, 0, 3).size(), 0u);
}
