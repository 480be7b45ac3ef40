// Shortlists: what is on them, and searching with the words on them alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "base/parallel.h"
#include "decode/searching.hpp"
#include "math/product.h"

using namespace searching;

namespace
{

// Of some words for each source word.
class List
{
  public:
    List(int target_words, int first, const std::vector<Words> &of) : of_(of)
    {
        list_.source_words = static_cast<int>(of.size());
        list_.target_words = target_words;
        list_.first = first;
        start_.push_back(0);
        for (const Words &words : of) {
            word_.insert(word_.end(), words.begin(), words.end());
            start_.push_back(static_cast<int64_t>(word_.size()));
        }
        list_.start = start_.data();
        list_.word = word_.data();
    }
    const car_shortlist *get() const { return &list_; }

    std::set<int32_t> of(const Words &source) const
    {
        std::set<int32_t> words;
        for (int32_t w = 0; w < std::min(std::max<int>(list_.first, CAR_SPECIALS), list_.target_words); w++)
            words.insert(w);
        for (int32_t s : source)
            words.insert(of_[static_cast<size_t>(s)].begin(), of_[static_cast<size_t>(s)].end());
        return words;
    }

  private:
    std::vector<Words> of_;
    std::vector<int64_t> start_;
    Words word_;
    car_shortlist list_ = {};
};

// Up to three words for each of `words`.
List random_list(int words, int first)
{
    std::mt19937 random(3);
    std::vector<Words> of;
    for (int s = 0; s < words; s++) {
        Words some;
        for (unsigned i = 0; i < random() % 4; i++)
            some.push_back(static_cast<int32_t>(random() % static_cast<unsigned>(words)));
        of.push_back(some);
    }
    return List(words, first, of);
}

} // namespace

TEST(Shortlist, HoldsTheFirstWordsThoseOfTheSourceAndThePrefix)
{
    List list(20, 5, {{}, {7, 6}, {19, 7, 3}});
    car_arena arena;
    car_arena_init(&arena);
    auto take = [&](const car_shortlist *of, const Words &source, const Words &prefix) {
        car_word_list got = car_shortlist_take(of, &arena, source.data(), static_cast<int>(source.size()),
                                               prefix.data(), static_cast<int>(prefix.size()));
        return Words(got.word, got.word + got.n);
    };
    EXPECT_EQ(take(list.get(), {0}, {}), (Words{0, 1, 2, 3, 4}));
    EXPECT_EQ(take(list.get(), {2, 1, 2, 0}, {}), (Words{0, 1, 2, 3, 4, 6, 7, 19}));
    EXPECT_EQ(take(list.get(), {1, 0}, {18, 6}), (Words{0, 1, 2, 3, 4, 6, 7, 18}));
    EXPECT_EQ(take(List(20, 0, {{9}}).get(), {0}, {}), (Words{0, 1, 2, 9})) << "the special ones are always there";
    EXPECT_EQ(take(List(4, 100, {{}}).get(), {0}, {}), (Words{0, 1, 2, 3}));
    const Words a = {1, 5}, b = {0, 5, 9};
    const car_word_list lists[] = {{2, a.data()}, {3, b.data()}};
    car_word_list all = car_word_lists_join(&arena, lists, 2, 10);
    EXPECT_EQ(Words(all.word, all.word + all.n), (Words{0, 1, 5, 9}));
    car_arena_clear(&arena);
}

class ShortlistOfEveryModel : public ::testing::TestWithParam<Kind>
{
};

TEST_P(ShortlistOfEveryModel, AListOfAllWordsChangesNothing)
{
    Model model(GetParam(), 70);
    std::vector<Words> sources = random_sources(9, 70, 7);
    car_search_options o = options(4, 4);
    std::vector<NBest> without = search(model, o, sources);
    List all(70, 70, std::vector<Words>(70));
    o.shortlist = all.get();
    EXPECT_EQ(search(model, o, sources), without);
}

TEST_P(ShortlistOfEveryModel, ProbabilitiesAreSharedOutAmongItsWords)
{
    Model model(GetParam(), 12);
    List list = random_list(12, 4);
    car_search_options o = options(3, 3);
    o.shortlist = list.get();
    o.max_length = 5;
    o.allow_unknown = true;
    for (const Words &source : {Words{5, 9, CAR_END}, Words{11, 3, 4, 7, CAR_END}}) {
        std::set<int32_t> listed = list.of(source);
        ASSERT_LT(listed.size(), 12u);
        const NBest found = search(model, o, {source})[0];
        ASSERT_FALSE(found.empty());
        for (const Hypothesis &h : found) {
            Words before;
            const Words output = h.output();
            for (size_t t = 0; t < output.size(); t++) {
                ASSERT_TRUE(listed.count(output[t]));
                std::vector<Words> longer;
                double sum = 0, own = 0;
                for (int32_t w : listed) {
                    longer.push_back(before);
                    longer.back().push_back(w);
                }
                std::vector<double> log_p = model.log_probability(source, longer);
                for (size_t i = 0; i < longer.size(); i++) {
                    sum += std::exp(log_p[i]);
                    own = longer[i].back() == output[t] ? log_p[i] : own;
                }
                EXPECT_NEAR(h.each[t], own - std::log(sum), 1e-5);
                before.push_back(output[t]);
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ShortlistOfEveryModel, ::testing::ValuesIn(kinds));

TEST(Shortlist, ASentenceHasItsOwnWhateverStandsBesideIt)
{
    Model first(kinds[0], 200, 1), second(kinds[1], 200, 2);
    std::vector<Input> inputs;
    for (const Words &source : random_sources(30, 200, 8))
        inputs.push_back({source, {}, 1});
    List list = random_list(200, 5);
    car_search_options o = options(4, 4);
    o.shortlist = list.get();
    car_model *models[] = {first.get(), second.get()};
    for (int n : {1, 2}) {
        const car_ensemble ensemble = {n, models, nullptr};
        std::vector<NBest> alone;
        for (const Input &input : inputs)
            alone.push_back(search(ensemble, o, {input})[0]);
        for (int threads : {1, 2}) {
            car_parallel_set_threads(threads);
            for (int size : {3, 64}) {
                o.mini_batch = size;
                EXPECT_EQ(search(ensemble, o, inputs), alone) << n << " models, minibatches of " << size;
            }
            car_parallel_set_threads(1);
        }
        for (size_t i = 0; i < inputs.size(); i++) {
            std::set<int32_t> listed = list.of(inputs[i].source);
            for (const Hypothesis &h : alone[i])
                for (int32_t word : h.ids)
                    EXPECT_TRUE(listed.count(word)) << word;
        }
    }
}

TEST(Shortlist, APrefixNeedNotBeOnIt)
{
    Model model(kinds[0], 50);
    List list(50, 4, std::vector<Words>(50, Words{10}));
    car_search_options o = options(2, 2);
    o.shortlist = list.get();
    car_model *only = model.get();
    NBest found = search(car_ensemble{1, &only, nullptr}, o, {{{20, CAR_END}, {40, 41}, 1}})[0];
    ASSERT_FALSE(found.empty());
    for (const Hypothesis &h : found) {
        ASSERT_GE(h.ids.size(), 2u);
        EXPECT_EQ(Words(h.ids.begin(), h.ids.begin() + 2), (Words{40, 41}));
        EXPECT_TRUE(std::isfinite(h.log_probability));
    }
}

// The output layer is taken in pieces of some panels, each by one thread.
TEST(Shortlist, MayBeLongerThanAPieceOfTheOutput)
{
    ASSERT_LE(32 * car_product_width(), 1200) << "two pieces and more";
    Model model(kinds[0], 2500);
    const int32_t late = 2350;
    model.favour(late, 4);
    List list = random_list(2500, 2400);
    car_search_options o = options(4, 4);
    o.shortlist = list.get();
    const std::vector<Words> sources = random_sources(9, 2500, 7);
    const std::vector<NBest> found = search(model, o, sources);
    car_parallel_set_threads(3);
    EXPECT_EQ(search(model, o, sources), found);
    car_parallel_set_threads(1);
    int seen = 0;
    for (size_t i = 0; i < sources.size(); i++) {
        std::vector<Words> first;
        for (const Hypothesis &h : found[i]) {
            first.push_back({h.output()[0]});
            seen += first.back()[0] == late;
        }
        const std::vector<double> log_p = model.log_probability(sources[i], first); // among all words
        for (size_t k = 0; k < first.size(); k++)
            EXPECT_NEAR(found[i][k].each[0] - found[i][0].each[0], log_p[k] - log_p[0], 1e-4);
    }
    EXPECT_GT(seen, 0);
}
