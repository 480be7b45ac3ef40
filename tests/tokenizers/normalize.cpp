#include <cstdlib>
#include <sstream>

#include "tokenizing.hpp"

using tokenizing::Strings;
using tokenizing::Tokenizer;

TEST(Normalize, Forms)
{
    const std::string line = "e\u0301 \ufb01 \u00a0STRASSE\u00df\u00ad";
    EXPECT_EQ(Tokenizer("space", CAR_NORMALIZE_NONE).normalize(line), line);
    EXPECT_EQ(Tokenizer("space", CAR_NORMALIZE_NFC).normalize(line), "\u00e9 \ufb01 \u00a0STRASSE\u00df\u00ad");
    EXPECT_EQ(Tokenizer("space", CAR_NORMALIZE_NFKC).normalize(line), "\u00e9 fi  STRASSE\u00df\u00ad");
    EXPECT_EQ(Tokenizer("space", CAR_NORMALIZE_NFKC_CASEFOLD).normalize(line), "\u00e9 fi  strassess");
    EXPECT_EQ(Tokenizer("space", CAR_NORMALIZE_NFKC_CASEFOLD).normalize("ABC"), "abc");
}

TEST(Normalize, GrowsWithWhatOneCharacterBecomes)
{
    std::string line;
    for (int i = 0; i < 1000; i++)
        line += "\ufdfa"; /* 18 characters in NFKC */
    Tokenizer space("space", CAR_NORMALIZE_NFKC);
    EXPECT_EQ(space.normalize(line).size(), 1000U * 33U);
}

static std::string marks(int n)
{
    std::string all;
    for (int i = 0; i < n; i++)
        all += "\u0316"; /* composes with nothing */
    return all;
}

TEST(Normalize, CutsRunsOfMoreThanThirtyMarks)
{
    const std::string joiner = "\u034f";
    for (car_normalization form : {CAR_NORMALIZE_NFC, CAR_NORMALIZE_NFKC, CAR_NORMALIZE_NFKC_CASEFOLD}) {
        Tokenizer space("space", form);
        EXPECT_EQ(space.normalize("x" + marks(30) + "y"), "x" + marks(30) + "y");
        EXPECT_EQ(space.normalize("x" + marks(31)), "x" + marks(30) + joiner + marks(1));
        EXPECT_EQ(space.normalize("\u00e9" + marks(30)), space.normalize("e\u0301" + marks(30)));
        EXPECT_EQ(space.normalize(marks(61)), marks(30) + joiner + marks(30) + joiner + marks(1));
    }
    EXPECT_EQ(Tokenizer("space", CAR_NORMALIZE_NONE).normalize(marks(61)), marks(61));
}

/* ---- what ICU makes of the reference lines ----------------------------------- */

class UnicodeLines : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        const std::string folder = std::string(CAR_SHARED_DIR) + "/corpora/unicode/";
        lines = tokenizing::lines_of(folder + "valid.txt");
        expected = tokenizing::lines_of(folder + "expected.tsv");
        if (lines.empty() || expected.empty())
            GTEST_SKIP() << folder << " is not there";
    }
    static std::string utf8(const std::string &hex)
    {
        std::istringstream words(hex);
        std::string text;
        for (std::string word; words >> word;) {
            unsigned long c = std::strtoul(word.c_str(), nullptr, 16);
            auto put = [&text](unsigned long byte) { text += static_cast<char>(byte); };
            if (c < 0x80) {
                put(c);
            } else if (c < 0x800) {
                put(0xc0 | c >> 6), put(0x80 | (c & 63));
            } else if (c < 0x10000) {
                put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
            } else {
                put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
            }
        }
        return text;
    }
    /* Calls check(line, value) for each expectation of the operation. */
    template <class Check> int each(const std::string &operation, Check check)
    {
        int n = 0;
        for (const std::string &row : expected) {
            size_t first = row.find('\t'), second = row.find('\t', first + 1);
            if (row.substr(first + 1, second - first - 1) != operation)
                continue;
            check(lines.at(std::stoul(row.substr(0, first)) - 1), row.substr(second + 1));
            n++;
        }
        return n;
    }
    Strings lines, expected;
};

TEST_F(UnicodeLines, HaveTheExpectedNormalForms)
{
    const std::pair<const char *, car_normalization> forms[] = {
        {"nfc", CAR_NORMALIZE_NFC}, {"nfkc", CAR_NORMALIZE_NFKC}, {"nfkc_cf", CAR_NORMALIZE_NFKC_CASEFOLD}};
    for (auto [name, form] : forms) {
        Tokenizer space("space", form);
        int n = each(name, [&, name = name](const std::string &line, const std::string &value) {
            EXPECT_EQ(space.normalize(line), value == "=" ? line : utf8(value)) << name;
        });
        EXPECT_GT(n, 200);
    }
}

TEST_F(UnicodeLines, HaveTheExpectedGraphemes)
{
    Tokenizer character("char", CAR_NORMALIZE_NONE);
    int n = each("graphemes", [&](const std::string &line, const std::string &value) {
        if (line.find(' ') != std::string::npos || line.find("\u2581") != std::string::npos)
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
