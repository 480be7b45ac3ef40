#include "tokenizing.hpp"

using tokenizing::Strings;
using tokenizing::Tokenizer;

TEST(Normalize, Forms)
{
    const std::string line = "e\u0301 \ufb01 \u00a0STRASSE\u00df\u00ad";
    EXPECT_EQ(Tokenizer("word", CAR_NORMALIZE_NONE).normalize(line), line);
    EXPECT_EQ(Tokenizer("word", CAR_NORMALIZE_NFC).normalize(line), "\u00e9 \ufb01 \u00a0STRASSE\u00df\u00ad");
    EXPECT_EQ(Tokenizer("word", CAR_NORMALIZE_NFKC).normalize(line), "\u00e9 fi  STRASSE\u00df\u00ad");
    EXPECT_EQ(Tokenizer("word", CAR_NORMALIZE_NFKC_CASEFOLD).normalize(line), "\u00e9 fi  strassess");
    EXPECT_EQ(Tokenizer("word", CAR_NORMALIZE_NFKC_CASEFOLD).normalize("ABC"), "abc");
}

TEST(Normalize, GrowsWithWhatOneCharacterBecomes)
{
    std::string line;
    for (int i = 0; i < 1000; i++)
        line += "\ufdfa"; /* 18 characters in NFKC */
    Tokenizer word("word", CAR_NORMALIZE_NFKC);
    EXPECT_EQ(word.normalize(line).size(), 1000U * 33U);
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
        Tokenizer word("word", form);
        EXPECT_EQ(word.normalize("x" + marks(30) + "y"), "x" + marks(30) + "y");
        EXPECT_EQ(word.normalize("x" + marks(31)), "x" + marks(30) + joiner + marks(1));
        EXPECT_EQ(word.normalize("\u00e9" + marks(30)), word.normalize("e\u0301" + marks(30)));
        EXPECT_EQ(word.normalize(marks(61)), marks(30) + joiner + marks(30) + joiner + marks(1));
    }
    Tokenizer folding("word", CAR_NORMALIZE_NFKC_CASEFOLD);
    std::string letters; /* U+0345 combines, but folds to a letter: no run of marks */
    for (int i = 0; i < 20; i++)
        letters += "\u0345\u0340\u0f71\u0f72";
    EXPECT_EQ(folding.normalize(letters).find(joiner), std::string::npos);
    Tokenizer nfkc("word", CAR_NORMALIZE_NFKC);
    EXPECT_EQ(nfkc.normalize("\u00b4" + marks(30)), " " + marks(29) + "\u0301" + joiner + marks(1)); /* U+0020 U+0301 */
    EXPECT_EQ(Tokenizer("word", CAR_NORMALIZE_NONE).normalize(marks(61)), marks(61));
}

TEST(Normalize, LowerCases)
{
    Tokenizer none("word", CAR_NORMALIZE_NONE, nullptr, CAR_CASE_LOWER);
    Tokenizer nfc("word", CAR_NORMALIZE_NFC, nullptr, CAR_CASE_LOWER);
    EXPECT_EQ(none.normalize("THE NATO"), "the nato");
    EXPECT_EQ(nfc.normalize("\u0391\u03a3 \u00c9 \u1e9e \u0130"), "\u03b1\u03c2 \u00e9 \u00df i\u0307");
    EXPECT_EQ(none.normalize("J\u030c"), "j\u030c");
    EXPECT_EQ(nfc.normalize("J\u030c"), "\u01f0"); /* composes once it is small */
    std::string grows;
    for (int i = 0; i < 1000; i++)
        grows += "\u023a"; /* two bytes, its small letter three */
    EXPECT_EQ(none.normalize(grows).size(), 3000U);
}

class Normalized : public tokenizing::UnicodeLines
{
};

TEST_F(Normalized, LowerCaseAsExpected)
{
    Tokenizer lower("word", CAR_NORMALIZE_NONE, nullptr, CAR_CASE_LOWER);
    int n = each("lower", [&](const std::string &line, const std::string &value) {
        EXPECT_EQ(lower.normalize(line), value == "=" ? line : tokenizing::utf8(value));
    });
    EXPECT_GT(n, 200);
}

TEST_F(Normalized, HaveTheExpectedNormalForms)
{
    const std::pair<const char *, car_normalization> forms[] = {
        {"nfc", CAR_NORMALIZE_NFC}, {"nfkc", CAR_NORMALIZE_NFKC}, {"nfkc_cf", CAR_NORMALIZE_NFKC_CASEFOLD}};
    for (auto [name, form] : forms) {
        Tokenizer word("word", form);
        int n = each(name, [&, name = name](const std::string &line, const std::string &value) {
            EXPECT_EQ(word.normalize(line), value == "=" ? line : tokenizing::utf8(value)) << name;
        });
        EXPECT_GT(n, 200);
    }
}
