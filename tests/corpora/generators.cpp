// Every generated corpus: distinct, repeatable, harder when asked for, and right by a check that
// knows nothing of how it was made.
#include "corpora/generator.h"

#include <algorithm>
#include <ctime>
#include <gtest/gtest.h>
#include <iterator>
#include <jansson.h>
#include <map>
#include <set>
#include <sstream>
#include <unicode/unum.h>
#include <unicode/unistr.h>

#include "support/handles.hpp"

namespace
{

using support::String;
using Words = std::vector<std::string>;

struct Pair {
    std::string source, target;
};

Words words_of(const std::string &line)
{
    std::istringstream in(line);
    return {std::istream_iterator<std::string>(in), {}};
}

std::vector<Pair> examples_of(const std::string &name, int n, int difficulty = 0,
                              std::vector<const char *> languages = {}, uint64_t seed = 1)
{
    car_error e = {};
    const car_generator_options options = {difficulty, languages.data(), static_cast<int>(languages.size())};
    support::Handle<car_examples, car_examples_free> examples(
        car_examples_new(car_generator_find(name.c_str()), &options, seed, &e));
    if (examples == nullptr)
        throw std::runtime_error(e.message);
    std::vector<Pair> pairs;
    String source, target;
    for (int i = 0; i < n; i++) {
        if (!car_examples_next(examples.get(), &source, &target, &e))
            throw std::runtime_error(e.message);
        pairs.push_back({source.text(), target.text()});
    }
    return pairs;
}

std::vector<std::string> all_names()
{
    std::vector<std::string> names;
    for (const car_generator *const *g = car_generators(); *g != nullptr; g++)
        names.push_back((*g)->name);
    return names;
}

class EveryGenerator : public ::testing::TestWithParam<std::string>
{
};

TEST_P(EveryGenerator, MakesDistinctExamplesTheSameAlways)
{
    const std::vector<Pair> pairs = examples_of(GetParam(), 3000), again = examples_of(GetParam(), 3000),
                            others = examples_of(GetParam(), 100, 0, {}, 2);
    const bool has_target = car_generator_find(GetParam().c_str())->suffix[1] != nullptr;
    std::set<std::string> sources;
    int same_as_others = 0;
    for (size_t i = 0; i < pairs.size(); i++) {
        EXPECT_TRUE(sources.insert(pairs[i].source).second) << pairs[i].source;
        EXPECT_EQ(pairs[i].source, again[i].source);
        EXPECT_EQ(pairs[i].target, again[i].target);
        EXPECT_EQ(pairs[i].target.empty(), !has_target);
        EXPECT_EQ(pairs[i].source.find_first_of(has_target ? "\n\t" : "\t"), std::string::npos);
        EXPECT_EQ(pairs[i].target.find_first_of("\n\t"), std::string::npos);
        same_as_others += i < others.size() && pairs[i].source == others[i].source;
    }
    EXPECT_LT(same_as_others, 20) << "another seed makes others";
}

TEST_P(EveryGenerator, KnowsItsLimits)
{
    const car_generator *g = car_generator_find(GetParam().c_str());
    car_error e = {};
    for (int difficulty : {-1, g->most + 1}) {
        const car_generator_options options = {difficulty, nullptr, 0};
        EXPECT_EQ(car_examples_new(g, &options, 1, &e), nullptr);
        EXPECT_EQ(e.code, CAR_EXIT_USAGE) << e.message;
    }
    const std::vector<const char *> unknown(static_cast<size_t>(g->most_languages) + 1, "en");
    const car_generator_options many = {0, unknown.data(), static_cast<int>(unknown.size())};
    EXPECT_EQ(car_examples_new(g, &many, 1, &e), nullptr);
    EXPECT_EQ(e.code, CAR_EXIT_USAGE) << e.message;
    if (g->most_languages > 0) {
        EXPECT_THROW(examples_of(GetParam(), 1, 0, {"nowhere"}), std::runtime_error);
    }
}

TEST_P(EveryGenerator, IsLongerWhenItIsHarder)
{
    const car_generator *g = car_generator_find(GetParam().c_str());
    if (g->difficulty == nullptr)
        GTEST_SKIP() << "there is but one";
    auto mean = [&](int difficulty) {
        double sum = 0;
        for (const Pair &pair : examples_of(GetParam(), 10, difficulty))
            sum += static_cast<double>(pair.source.size() + pair.target.size());
        return sum / 10;
    };
    EXPECT_LT(mean(std::min(g->most, 3) - 1), mean(std::min(g->most, 40)));
}

INSTANTIATE_TEST_SUITE_P(Generators, EveryGenerator, ::testing::ValuesIn(all_names()),
                         [](const auto &test) { return test.param; });

// ---- each by its own rule ---------------------------------------------------------------

std::string joined(const Words &words)
{
    std::string text;
    for (const std::string &word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

TEST(Generators, Sequences)
{
    for (const Pair &pair : examples_of("copy", 2000, 8)) {
        EXPECT_EQ(pair.target, pair.source);
        EXPECT_LE(words_of(pair.source).size(), 8u);
    }
    for (const Pair &pair : examples_of("reverse", 2000)) {
        Words words = words_of(pair.source);
        std::reverse(words.begin(), words.end());
        EXPECT_EQ(pair.target, joined(words));
    }
    for (const Pair &pair : examples_of("sort", 2000)) {
        Words words = words_of(pair.source);
        std::sort(words.begin(), words.end());
        EXPECT_EQ(pair.target, joined(words));
    }
    std::set<std::string> times;
    for (const Pair &pair : examples_of("repeat", 2000)) {
        Words words = words_of(pair.source), repeated;
        times.insert(words[0]);
        for (int i = 0; i < std::stoi(words[0]); i++)
            repeated.insert(repeated.end(), words.begin() + 1, words.end());
        EXPECT_EQ(pair.target, joined(repeated));
    }
    EXPECT_EQ(times, (std::set<std::string>{"2", "3", "4", "5"}));
}

TEST(Generators, Addition)
{
    auto number = [](std::string text) {
        text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
        EXPECT_TRUE(text.size() == 1 || text[0] != '0') << text;
        EXPECT_LE(text.size(), 10u);
        return std::stoll(text);
    };
    for (const Pair &pair : examples_of("addition", 5000, 9)) {
        const size_t plus = pair.source.find(" + ");
        ASSERT_NE(plus, std::string::npos) << pair.source;
        EXPECT_EQ(number(pair.source.substr(0, plus)) + number(pair.source.substr(plus + 3)), number(pair.target))
            << pair.source;
    }
}

TEST(Generators, Dates)
{
    EXPECT_EQ(examples_of("dates", 1, 1, {"en"})[0].source.find_first_of("0123456789") == std::string::npos, false);
    std::set<std::string> months;
    for (const Pair &pair : examples_of("dates", 3000, 3, {"en"})) {
        // an English date, read by another library
        std::tm day = {}, iso = {};
        const char *rest = strptime(pair.target.c_str(), "%Y-%m-%d", &iso);
        ASSERT_TRUE(rest != nullptr && *rest == '\0') << pair.target;
        const bool weekday = pair.source.find("day,") != std::string::npos;
        rest = strptime(pair.source.c_str(), weekday ? "%A, %B %d, %Y" : "%b %d, %Y", &day);
        ASSERT_TRUE(rest != nullptr && *rest == '\0') << pair.source;
        EXPECT_EQ(day.tm_year, iso.tm_year) << pair.source << " " << pair.target;
        EXPECT_EQ(day.tm_mon, iso.tm_mon) << pair.source << " " << pair.target;
        EXPECT_EQ(day.tm_mday, iso.tm_mday) << pair.source << " " << pair.target;
        if (weekday) {
            (void)timegm(&iso);
            EXPECT_EQ(day.tm_wday, iso.tm_wday) << pair.source;
        }
        months.insert(pair.target.substr(5, 2));
        EXPECT_GE(pair.target, "1900-01-01");
        EXPECT_LE(pair.target, "2099-12-31");
    }
    EXPECT_EQ(months.size(), 12u);
    bool german = false, french = false;
    for (const Pair &pair : examples_of("dates", 300)) {
        german = german || pair.source.find("Oktober") != std::string::npos;
        french = french || pair.source.find("octobre") != std::string::npos;
    }
    EXPECT_TRUE(german && french) << "several languages";
}

TEST(Generators, NumbersInWords)
{
    UErrorCode status = U_ZERO_ERROR;
    UNumberFormat *english = unum_open(UNUM_SPELLOUT, nullptr, 0, "en", nullptr, &status);
    ASSERT_TRUE(U_SUCCESS(status));
    for (const Pair &pair : examples_of("numbers", 3000, 12)) {
        const icu::UnicodeString words = icu::UnicodeString::fromUTF8(pair.source);
        const int64_t number = unum_parseInt64(english, words.getBuffer(), words.length(), nullptr, &status);
        EXPECT_EQ(std::to_string(number), pair.target) << pair.source;
        EXPECT_LE(pair.target.size(), 12u);
    }
    unum_close(english);
    for (const Pair &pair : examples_of("numbers", 100, 4, {"de"}))
        EXPECT_EQ(pair.source.find("\u00ad"), std::string::npos) << "no soft hyphens: " << pair.source;
    EXPECT_THROW(examples_of("numbers", 1, 4, {"zu"}), std::runtime_error) << "ICU would speak English";
}

TEST(Generators, Transliterations)
{
    const std::vector<Pair> greek = examples_of("transliteration", 500, 4, {"Greek"});
    for (const Pair &pair : greek) {
        EXPECT_EQ(words_of(pair.source).size(), words_of(pair.target).size());
        for (char c : pair.source)
            EXPECT_TRUE(c == ' ' || (c >= 'a' && c <= 'z')) << pair.source;
        for (char c : pair.target)
            EXPECT_TRUE(c == ' ' || (c & 0x80) != 0) << pair.target;
    }
    // a word has one transliteration
    std::map<std::string, std::string> seen;
    for (const Pair &pair : greek) {
        const Words from = words_of(pair.source), to = words_of(pair.target);
        for (size_t i = 0; i < from.size(); i++)
            EXPECT_EQ(seen.emplace(from[i], to[i]).first->second, to[i]) << from[i];
    }
    EXPECT_EQ(seen.count("ma") == 0 || seen["ma"] == "μα", true) << seen["ma"];
    for (const char *script : {"Cyrillic", "Katakana", "Hangul", "Devanagari", "Hebrew", "Arabic"})
        EXPECT_EQ(examples_of("transliteration", 50, 2, {script}).size(), 50u) << script;
}

TEST(Generators, GapsAreAsLongAsAskedForAndDecidedByTheCue)
{
    std::map<std::string, std::string> language;
    for (int gap : {1, 7, 40}) {
        std::map<std::string, int> answers;
        for (const Pair &pair : examples_of("gaps", gap == 1 ? 300 : 2000, gap)) {
            const Words words = words_of(pair.source);
            ASSERT_EQ(words.size(), static_cast<size_t>(gap) + 8) << pair.source;
            EXPECT_EQ(language.emplace(words[3], pair.target).first->second, pair.target) << pair.source;
            answers[pair.target]++;
        }
        EXPECT_EQ(answers.size(), 16u);
        for (const auto &[answer, n] : answers)
            if (gap > 1) {
                EXPECT_NEAR(n, 125, 60) << answer << ": chance is 1 in 16";
            }
    }
}

// ---- files ---------------------------------------------------------------------------------

class GeneratedFiles : public support::InFolder
{
};

TEST_F(GeneratedFiles, ArePartsThatShareNoSourceAndSayWhatTheyAre)
{
    const car_generator_options options = {4, nullptr, 0};
    support::Handle<car_examples, car_examples_free> examples(
        car_examples_new(car_generator_find("addition"), &options, 7, &e));
    ASSERT_NE(examples, nullptr) << e.message;
    ASSERT_TRUE(car_examples_write(examples.get(), folder.path("a").c_str(), {300, 20, 30}, &e)) << e.message;
    std::set<std::string> sources;
    for (const char *part : {"train", "valid", "test"}) {
        std::istringstream lines(folder.read(std::string("a/") + part + ".src"));
        for (std::string line; std::getline(lines, line);)
            EXPECT_TRUE(sources.insert(line).second) << line;
    }
    EXPECT_EQ(sources.size(), 350u);
    const std::string text = folder.read("a/corpus.json");
    json_t *about = json_loads(text.c_str(), 0, nullptr);
    ASSERT_NE(about, nullptr) << text;
    EXPECT_STREQ(json_string_value(json_object_get(about, "task")), "addition");
    EXPECT_EQ(json_integer_value(json_object_get(about, "seed")), 7);
    EXPECT_EQ(json_integer_value(json_object_get(about, "difficulty")), 4);
    EXPECT_EQ(json_integer_value(json_object_get(about, "train")), 300);
    EXPECT_NE(json_string_value(json_object_get(about, "icu")), nullptr);
    json_decref(about);
}

TEST_F(GeneratedFiles, Refusals)
{
    const car_generator_options easiest = {1, nullptr, 0};
    auto write = [&](const std::string &to, car_parts parts) {
        support::Handle<car_examples, car_examples_free> examples(
            car_examples_new(car_generator_find("copy"), &easiest, 1, &e));
        return car_examples_write(examples.get(), to.c_str(), parts, &e);
    };
    EXPECT_TRUE(write(folder.path("all"), {24, 1, 1}));
    EXPECT_FALSE(write(folder.path("more"), {25, 1, 1})) << "there are 26 letters";
    EXPECT_EQ(e.code, CAR_EXIT_USAGE);
    EXPECT_NE(std::string(e.message).find("26 different"), std::string::npos) << e.message;
    EXPECT_FALSE(write(folder.path("none"), {10, 0, 10}));
    EXPECT_EQ(e.code, CAR_EXIT_USAGE);
    const std::string file = folder.write("file", "x");
    EXPECT_FALSE(write(file + "/in", {10, 1, 1}));
    EXPECT_EQ(e.code, CAR_EXIT_CREATE) << e.message;
    EXPECT_EQ(car_generator_find("none"), nullptr);
}

TEST(Tags, OneForEachWordAndTheWordAloneDoesNotSayWhich)
{
    std::map<std::string, std::set<std::string>> tags_of;
    for (const Pair &pair : examples_of("tags", 3000)) {
        const Words words = words_of(pair.source), tags = words_of(pair.target);
        ASSERT_EQ(words.size(), tags.size()) << pair.source;
        ASSERT_EQ(tags.back(), "PUNCT");
        for (size_t i = 0; i < words.size(); i++) {
            tags_of[words[i]].insert(tags[i]);
            // A clause has a verb before the next begins; a noun ends what a determiner began.
            if (tags[i] == "DET") {
                size_t k = i + 1;
                while (tags[k] == "ADJ")
                    k++;
                EXPECT_EQ(tags[k], "NOUN") << pair.source;
            }
            if (tags[i] == "AUX") {
                EXPECT_TRUE(tags[i + 1] == "VERB" || tags[i + 2] == "VERB") << pair.source;
            }
        }
        EXPECT_EQ(std::count(tags.begin(), tags.end(), "VERB"), std::count(tags.begin(), tags.end(), "CCONJ") + 1);
    }
    const std::set<std::string> noun_or_verb = {"NOUN", "VERB"}, adjective_or_verb = {"ADJ", "VERB"};
    for (const char *word : {"walk", "books", "plants"})
        EXPECT_EQ(tags_of[word], noun_or_verb) << word;
    for (const char *word : {"light", "open"})
        EXPECT_EQ(tags_of[word], adjective_or_verb) << word;
    EXPECT_EQ(tags_of["they"].size(), 1u);
}

// Does the clause praise?  By its last word and whether it is turned round.
bool praises(const std::string &clause)
{
    const std::set<std::string> good = {"great",     "moving",   "funny",    "clever",
                                        "beautiful", "gripping", "charming", "fresh"};
    const Words words = words_of(clause);
    const bool turned = std::any_of(words.begin(), words.end(), [](const std::string &word) {
        return word == "not" || word == "never" || word == "hardly";
    });
    return (good.count(words.back()) > 0) != turned;
}

TEST(Sentiment, TheMainClauseDecides)
{
    int positive = 0, by_the_words = 0;
    const std::vector<Pair> pairs = examples_of("sentiment", 3000);
    for (const Pair &pair : pairs) {
        // The sentence with an opinion: it has a thing that "was" something, no aside does.
        std::string sentence;
        std::istringstream rest(pair.source);
        for (std::string part; std::getline(rest, part, '.');)
            if (part.find("the ") != std::string::npos && part.find(" was ") != std::string::npos &&
                part.find("cinema") == std::string::npos)
                sentence = part;
        std::string decisive = sentence;
        const size_t comma = sentence.find(" , ");
        if (comma != std::string::npos) {
            const bool first = sentence.find(" , although ") != std::string::npos;
            decisive = first ? sentence.substr(0, comma) : sentence.substr(comma + 3);
        }
        EXPECT_EQ(pair.target, praises(decisive) ? "positive" : "negative") << pair.source;
        positive += pair.target == "positive";
        by_the_words += praises(sentence) == (pair.target == "positive");
    }
    EXPECT_NEAR(positive, 1500, 150);
    EXPECT_LT(by_the_words, 2700); // the last word does not decide
}

// What is told of the person, the animal and the place is what was told first.
TEST(Stories, HoldTogether)
{
    const std::set<std::string> women = {"anna", "berta", "clara", "dora", "ella", "frieda", "greta", "hanna"};
    for (const Pair &pair : examples_of("stories", 500)) {
        std::istringstream lines(pair.source);
        std::string line, name, animal, place;
        int n = 0;
        for (; std::getline(lines, line); n++) {
            const Words words = words_of(line);
            ASSERT_EQ(words.back(), ".") << line;
            if (n == 0) {
                name = words[0] == "there" ? words[words.size() - 2] : words[0];
                place = words[0] == "there" ? words[4] : words[5];
            } else if (n == 1) {
                animal = words[words.size() - 2];
            }
            for (const std::string &word : words) {
                for (const std::string other : {"goat", "dog", "cat", "horse", "goose", "donkey"})
                    EXPECT_TRUE(word != other || word == animal) << pair.source;
                for (const std::string other : {"mill", "castle", "lighthouse", "station", "tower", "bakery"})
                    EXPECT_TRUE(word != other || word == place) << pair.source;
                EXPECT_TRUE(women.count(word) == 0 || word == name) << pair.source;
                EXPECT_FALSE((word == "he" || word == "his") && women.count(name) == 1) << pair.source;
                EXPECT_FALSE((word == "she" || word == "her") && women.count(name) == 0) << pair.source;
            }
        }
        EXPECT_GE(n, 4);
        EXPECT_LE(n, 9);
    }
}

} // namespace
