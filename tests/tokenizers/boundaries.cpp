/* Where text is cut: by ICU's rules, and by its dictionaries for scripts without spaces. */
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "tokenizing.hpp"

using tokenizing::lines_of;
using tokenizing::Strings;
using tokenizing::Tokenizer;

class Boundaries : public tokenizing::UnicodeLines
{
  protected:
    static bool has_marks(const std::string &line)
    {
        for (const char *mark : {"\u2581", "\uffed", "\u241b"})
            if (line.find(mark) != std::string::npos)
                return true;
        return false;
    }
};

TEST_F(Boundaries, GraphemesAsExpected)
{
    Tokenizer character("char", CAR_NORMALIZE_NONE);
    int n = each("graphemes", [&](const std::string &line, const std::string &value) {
        if (line.find(' ') != std::string::npos || has_marks(line))
            return; /* there the pieces differ from clusters on purpose */
        std::istringstream lengths(value == "=" ? "" : value);
        Strings clusters;
        size_t at = 0;
        for (size_t length; lengths >> length; at += length)
            clusters.push_back(line.substr(at, length));
        EXPECT_EQ(character.apply(line), clusters);
    });
    EXPECT_GT(n, 200);
}

/* Pieces without joiners and without spaces of their own. */
static Strings bare(const Strings &pieces)
{
    const std::string joiner = "\uffed";
    Strings all;
    for (std::string piece : pieces) {
        if (piece.compare(0, joiner.size(), joiner) == 0)
            piece.erase(0, joiner.size());
        if (piece.size() > joiner.size() && piece.compare(piece.size() - joiner.size(), joiner.size(), joiner) == 0)
            piece.erase(piece.size() - joiner.size());
        if (piece != "\u2581")
            all.push_back(piece);
    }
    return all;
}

TEST_F(Boundaries, WordsAsExpected)
{
    Tokenizer word("word", CAR_NORMALIZE_NONE);
    Strings differing;
    int n = each("words", [&](const std::string &line, const std::string &value) {
        if (has_marks(line))
            return;
        std::istringstream segments(value);
        Strings words;
        size_t offset, length;
        int status;
        for (std::string segment; segments >> segment;) {
            ASSERT_EQ(std::sscanf(segment.c_str(), "%zu:%zu:%d", &offset, &length, &status), 3) << segment;
            std::string text = line.substr(offset, length);
            for (size_t at = 0, stop; at < text.size(); at = stop + 1) {
                stop = std::min(text.find(' ', at), text.size());
                if (stop > at)
                    words.push_back(text.substr(at, stop - at));
            }
        }
        if (bare(word.apply(line)) != words)
            differing.push_back(line);
    });
    EXPECT_GT(n, 200);
    /* ICU's dictionaries leave runs of less than four units whole, and the expectations were made from
     * UTF-16: there U+17CD U+17AE U+11C2 is too short to be looked at, here it is not. */
    ASSERT_EQ(differing.size(), 1U);
    EXPECT_NE(differing[0].find("\u17cd\u17ae\u11c2"), std::string::npos) << differing[0];
}

TEST(Words, AddressesAndNumbersAreWholeWhereUnicodeSaysSo)
{
    Tokenizer word("word");
    EXPECT_EQ(word.apply("a@b.com 3.14 10,000.50 1990s x_1 don't l'homme"),
              (Strings{"a@b.com", "3.14", "10,000.50", "1990s", "x_1", "don't", "l'homme"}));
    EXPECT_EQ(word.apply("http://x.org/a?b=c"),
              (Strings{"http", "\uffed:", "\uffed/", "\uffed/\uffed", "x.org", "\uffed/\uffed", "a", "\uffed?\uffed",
                       "b", "\uffed=\uffed", "c"}));
}

/* A few words that only a dictionary can tell apart. */
TEST(Words, ComeFromDictionaries)
{
    Tokenizer word("word");
    const std::map<std::string, Strings> sentences = {
        {"ฉันรักแมว", {"ฉัน", "รัก", "แมว"}},       {"ພາສາລາວເປັນພາສາ", {"ພາສາ", "ລາວ", "ເປັນ", "ພາສາ"}},
        {"ខ្ញុំស្រលាញ់ឆ្មា", {"ខ្ញុំ", "ស្រលាញ់", "ឆ្មា"}}, {"ကျွန်တော်ကြောင်ကိုချစ်တယ်", {"ကျွန်တော်", "ကြောင်", "ကို", "ချစ်", "တယ်"}},
        {"我喜欢苹果", {"我", "喜欢", "苹果"}}, {"私は猫が好きです", {"私", "は", "猫", "が", "好き", "です"}},
    };
    for (const auto &[sentence, words] : sentences) {
        EXPECT_EQ(word.apply(sentence), words);
        EXPECT_EQ(word.join(words), sentence);
    }
}

/* The ends of pieces, in bytes without spaces. */
static std::set<size_t> ends_of(const Strings &pieces)
{
    std::set<size_t> ends;
    size_t at = 0;
    for (const std::string &piece : pieces)
        ends.insert(at += piece.size());
    return ends;
}

/* Boundaries within lines that a treebank has too: the harmonic mean of precision and recall. */
static double agreement(const std::string &language, const char *tokenizer)
{
    const std::string folder = std::string(CAR_SHARED_DIR) + "/corpora/pud/";
    const Strings lines = lines_of(folder + "pud." + language), gold = lines_of(folder + "tok/pud." + language);
    Tokenizer cutter(tokenizer, CAR_NORMALIZE_NONE), space("space", CAR_NORMALIZE_NONE);
    size_t ours = 0, theirs = 0, both = 0;
    for (size_t i = 0; i < lines.size() && i < gold.size(); i++) {
        std::set<size_t> found = ends_of(bare(cutter.apply(lines[i]))), wanted = ends_of(space.apply(gold[i]));
        ours += found.size();
        theirs += wanted.size();
        for (size_t end : found)
            both += wanted.count(end);
    }
    return lines.empty() ? -1 : 2.0 * static_cast<double>(both) / static_cast<double>(ours + theirs);
}

TEST(Words, AgreeWithTreebanks)
{
    if (agreement("en", "word") < 0)
        GTEST_SKIP() << "the reference text pud is not there";
    const std::map<std::string, double> least = {{"zh", 0.91}, {"ja", 0.92}, {"th", 0.89}, {"en", 0.99}};
    for (const auto &[language, bound] : least) {
        double words = agreement(language, "word");
        EXPECT_GT(words, bound) << language;
        EXPECT_GT(words, agreement(language, "char") + 0.1) << language << ": no better than single characters";
    }
}
