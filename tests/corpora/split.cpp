#include "corpora/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/handles.hpp"
#include "support/random.hpp"

namespace
{

using Lines = std::vector<std::string>;
using Pair = std::pair<std::string, std::string>;

Lines lines_of(const std::string &text)
{
    Lines lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

class Split : public support::InFolder
{
  protected:
    support::Handle<car_bitext, car_bitext_close> open()
    {
        set.path[CAR_SOURCE] = names[CAR_SOURCE].c_str();
        set.path[CAR_TARGET] = names[CAR_TARGET].c_str();
        return support::Handle<car_bitext, car_bitext_close>(car_bitext_open(&set, 1, &reading, &e));
    }

    void write(const std::vector<Pair> &pairs)
    {
        std::string source, target;
        for (const Pair &pair : pairs) {
            source += pair.first + "\n";
            target += pair.second + "\n";
        }
        names[CAR_SOURCE] = folder.write("all.a", source);
        names[CAR_TARGET] = folder.write("all.b", target);
    }

    support::Handle<car_split, car_split_free> split()
    {
        auto bitext = open();
        return support::Handle<car_split, car_split_free>(car_split_new(bitext.get(), &options, &e));
    }

    /* Splits and writes; what is in the files then. */
    void run()
    {
        const char *const suffix[CAR_SIDES] = {"a", "b"};
        std::filesystem::remove_all(folder.path("out"));
        auto made = split();
        ASSERT_NE(made, nullptr) << e.message;
        counts = car_split_count(made.get());
        auto again = open();
        ASSERT_TRUE(car_split_write(made.get(), again.get(), folder.path("out").c_str(), suffix, &e)) << e.message;
        for (int part = 0; part < CAR_PARTS; part++) {
            Lines side[CAR_SIDES];
            for (int k = 0; k < CAR_SIDES; k++)
                side[k] = lines_of(folder.read(std::string("out/") + car_part_name(part) + "." + suffix[k]));
            ASSERT_EQ(side[0].size(), side[1].size());
            parts[part].clear();
            for (size_t i = 0; i < side[0].size(); i++)
                parts[part].push_back({side[0][i], side[1][i]});
            EXPECT_EQ(static_cast<int64_t>(parts[part].size()), counts.pairs[part]);
        }
        EXPECT_EQ(counts.read, counts.pairs[CAR_PART_TRAIN] + counts.pairs[CAR_PART_VALID] +
                                   counts.pairs[CAR_PART_TEST] + counts.skipped + counts.empty + counts.held_out +
                                   counts.undrawn);
    }

    /* Pairs of sentences of which many occur in several. */
    static std::vector<Pair> many(uint64_t seed, int n, int different)
    {
        support::Random random(seed);
        std::vector<Pair> pairs;
        for (int i = 0; i < n; i++)
            pairs.push_back({"Sentence number " + std::to_string(random.below(different)) + ".",
                             "Satz Nummer " + std::to_string(random.below(different)) + "."});
        return pairs;
    }

    car_text_set set = {};
    car_reading reading = {};
    std::string names[CAR_SIDES];
    car_split_options options = {{0, 2, 2}, 1};
    car_split_counts counts = {};
    std::vector<Pair> parts[CAR_PARTS];
};

TEST_F(Split, NoSentenceIsInTwoParts)
{
    write(many(7, 4000, 8000));
    options = {{0, 100, 300}, 3};
    run();
    EXPECT_EQ(parts[CAR_PART_VALID].size(), 100u);
    EXPECT_EQ(parts[CAR_PART_TEST].size(), 300u);
    EXPECT_GT(counts.held_out, 0);
    for (int side = 0; side < CAR_SIDES; side++) {
        std::map<std::string, int> where;
        for (int part = 0; part < CAR_PARTS; part++)
            for (const Pair &pair : parts[part]) {
                const std::string &line = side == CAR_SOURCE ? pair.first : pair.second;
                auto [at, is_new] = where.insert({line, part});
                EXPECT_EQ(at->second, part) << line;
                EXPECT_TRUE(is_new || part == CAR_PART_TRAIN) << "twice held out: " << line;
            }
    }
}

TEST_F(Split, GroupsReachFromPairToPair)
{
    /* a-x, a-y, b-y, c-z: the first three are one group. */
    write({{"a", "x"}, {"a", "y"}, {"b", "y"}, {"c", "z"}});
    options = {{0, 0, 1}, 1};
    for (options.seed = 1; options.seed < 20; options.seed++) {
        run();
        EXPECT_EQ(counts.groups, 2);
        EXPECT_EQ(parts[CAR_PART_VALID].size(), 0u);
        bool large = parts[CAR_PART_TEST][0].first != "c";
        EXPECT_EQ(parts[CAR_PART_TRAIN].size(), large ? 1u : 3u);
        EXPECT_EQ(counts.held_out, large ? 2 : 0);
    }
}

TEST_F(Split, SpellingsOfOneSentenceAreOne)
{
    write({{"Go!", "Geh."}, {"ＧＯ ！", "Los!"}, {"x", "geh"}, {"y", "z"}});
    options = {{0, 0, 1}, 1};
    run();
    EXPECT_EQ(counts.groups, 2);
}

TEST_F(Split, TheOrderOfTheTextDoesNotMatter)
{
    std::vector<Pair> pairs = many(11, 500, 700);
    options = {{100, 20, 20}, 5};
    write(pairs);
    run();
    std::set<Pair> before[CAR_PARTS];
    for (int part = 0; part < CAR_PARTS; part++)
        before[part] = {parts[part].begin(), parts[part].end()};
    EXPECT_GT(counts.undrawn, 0);
    std::reverse(pairs.begin(), pairs.end());
    write(pairs);
    run();
    for (int part = 0; part < CAR_PARTS; part++)
        EXPECT_EQ(std::set<Pair>(parts[part].begin(), parts[part].end()), before[part]) << part;
    options.seed = 6;
    run();
    EXPECT_NE(std::set<Pair>(parts[CAR_PART_TEST].begin(), parts[CAR_PART_TEST].end()), before[CAR_PART_TEST]);
}

/* Of 20 single pairs and one group of 20, the group should be the test once in 21 times. */
TEST_F(Split, LargeGroupsAreNoLikelier)
{
    std::vector<Pair> pairs;
    for (int i = 0; i < 20; i++) {
        pairs.push_back({"single " + std::to_string(i), "einzeln " + std::to_string(i)});
        pairs.push_back({"of many", "von vielen " + std::to_string(i)});
    }
    write(pairs);
    options = {{0, 0, 1}, 0};
    int times = 0, tries = 2100;
    for (int i = 0; i < tries; i++) {
        options.seed = static_cast<uint64_t>(i);
        auto made = split();
        times += car_split_count(made.get()).held_out > 0;
    }
    EXPECT_NEAR(times, 100, 40) << "of 2100, 4 standard deviations";
}

TEST_F(Split, LinesStayAsTheyAreInTheirOrder)
{
    std::vector<Pair> pairs;
    for (int i = 0; i < 50; i++)
        pairs.push_back({" spaced  out " + std::to_string(i) + " ", "tab\there\u2028" + std::to_string(i) + "\u00A0"});
    write(pairs);
    run();
    std::vector<Pair> left;
    for (const Pair &pair : pairs)
        if (std::count(parts[CAR_PART_VALID].begin(), parts[CAR_PART_VALID].end(), pair) == 0 &&
            std::count(parts[CAR_PART_TEST].begin(), parts[CAR_PART_TEST].end(), pair) == 0)
            left.push_back(pair);
    EXPECT_EQ(left.size(), 46u);
    EXPECT_EQ(parts[CAR_PART_TRAIN], left);
}

TEST_F(Split, PairsWithoutTextAreLeftOut)
{
    reading.utf8 = CAR_UTF8_SKIP;
    write({{"a", "b"}, {"", "c"}, {"d", " \t"}, {"e\xff", "f"}, {"g", "h"}, {"i", "j"}});
    options = {{0, 1, 1}, 1};
    run();
    EXPECT_EQ(counts.empty, 2);
    EXPECT_EQ(counts.skipped, 1);
    EXPECT_EQ(counts.groups, 3);
    EXPECT_EQ(parts[CAR_PART_TRAIN].size(), 1u);
}

TEST_F(Split, TooFewGroups)
{
    write({{"a", "x"}, {"a", "y"}, {"b", "z"}});
    options = {{0, 1, 1}, 1};
    EXPECT_EQ(split(), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_DATA);
    EXPECT_NE(std::string(e.message).find("3 of its pairs have text, in 2 groups"), std::string::npos) << e.message;
    options = {{0, INT64_MAX, INT64_MAX}, 1};
    EXPECT_EQ(split(), nullptr) << "no overflow";
    write({{"a", ""}, {" ", "b"}});
    EXPECT_EQ(split(), nullptr);
    EXPECT_NE(std::string(e.message).find("no pair has text on both sides"), std::string::npos) << e.message;
}

TEST_F(Split, ATextThatChangesIsRefused)
{
    const char *const suffix[CAR_SIDES] = {"a", "b"};
    options = {{0, 1, 1}, 1};
    write({{"a", "u"}, {"b", "v"}, {"c", "w"}});
    auto made = split();
    ASSERT_NE(made, nullptr);
    const std::vector<std::vector<Pair>> others = {
        {{"a", "u"}, {"b", "v"}},
        {{"a", "u"}, {"b", "v"}, {"c", "w"}, {"d", "x"}},
        {{"a", "u"}, {"b", "V"}, {"c", "w"}},
    };
    for (const auto &other : others) {
        write(other);
        auto again = open();
        EXPECT_FALSE(car_split_write(made.get(), again.get(), folder.path("out").c_str(), suffix, &e));
        EXPECT_EQ(e.code, CAR_EXIT_DATA);
        EXPECT_NE(std::string(e.message).find("changed while it was read"), std::string::npos) << e.message;
        EXPECT_TRUE(std::filesystem::is_empty(folder.path("out"))) << "nothing is left behind";
    }
}

} // namespace
