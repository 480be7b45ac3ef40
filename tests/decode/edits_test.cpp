// Translation edit rate and the plain error rates, worked out by hand.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decode/error_rates.h"
#include "decode/metrics_helpers.hpp"
#include "decode/ter.h"

namespace
{

// Edits and length of the only line.
std::vector<double> ter(const std::string &hypothesis, const Lines &references, const car_ter_options &options = {})
{
    std::vector<Lines> files;
    for (const std::string &reference : references)
        files.push_back({reference});
    Views v({hypothesis}, files);
    std::vector<double> row(CAR_TER_WIDTH);
    car_error e;
    EXPECT_TRUE(car_ter_rows(&options, &v.hypotheses_view, v.views.data(), v.n(), row.data(), &e)) << e.message;
    return row;
}

std::vector<double> rate(car_error_unit unit, const std::string &hypothesis, const Lines &references,
                         bool lowercase = false)
{
    std::vector<Lines> files;
    for (const std::string &reference : references)
        files.push_back({reference});
    Views v({hypothesis}, files);
    std::vector<double> row(CAR_RATE_WIDTH);
    car_error e;
    EXPECT_TRUE(car_rate_rows(unit, lowercase, &v.hypotheses_view, v.views.data(), v.n(), row.data(), &e)) << e.message;
    return row;
}

using Row = std::vector<double>;

} // namespace

TEST(Ter, CountsWordsPutInTakenOutAndReplaced)
{
    EXPECT_EQ(ter("a b c", {"a b c"}), (Row{0, 3}));
    EXPECT_EQ(ter("a b c", {"a x c"}), (Row{1, 3}));
    EXPECT_EQ(ter("a c", {"a b c"}), (Row{1, 3}));
    EXPECT_EQ(ter("a b b c", {"a b c"}), (Row{1, 3}));
    EXPECT_EQ(ter("", {"a b"}), (Row{2, 2}));
    EXPECT_EQ(ter("a b", {""}), (Row{2, 0}));
}

TEST(Ter, CountsABlockThatMovesOnce)
{
    EXPECT_EQ(ter("d e f a b c", {"a b c d e f"}), (Row{1, 6}));
    EXPECT_EQ(ter("x d e a b c", {"a b c d e"}), (Row{2, 5})); // the block, and x
    // Snover et al. 2006, figure 1: one shift, one insertion, two substitutions, 13 words.
    EXPECT_EQ(ter("THIS WEEK THE SAUDIS denied information published in the new york times",
                  {"SAUDI ARABIA denied THIS WEEK information published in the AMERICAN new york times"}),
              (Row{4, 13}));
}

TEST(Ter, TakesTheBestReferenceAndTheMeanLength) { EXPECT_EQ(ter("a b c", {"a b c d e", "a b"}), (Row{1, 3.5})); }

TEST(Ter, TokenizesAsTold)
{
    EXPECT_EQ(ter("The End.", {"the end."})[0], 0);
    EXPECT_EQ(ter("The End.", {"the end."}, {false, false, false, true})[0], 2);
    EXPECT_EQ(ter("end.", {"end ."})[0], 2);
    EXPECT_EQ(ter("end.", {"end ."}, {true, false, false, false})[0], 0);
    EXPECT_EQ(ter("(end).", {"end"}, {false, true, false, false})[0], 0);
    EXPECT_EQ(ter_tokens({true, false, false, false}, "It's 3.5, well-known &amp; Tom's.", "|"),
              "it|'s|3.5|,|well-known|&|tom's|.");
    EXPECT_EQ(ter_tokens({true, false, true, false}, "漢字とカナ。", "|"), "漢|字|とカナ|。");
    EXPECT_EQ(ter_tokens({true, true, true, false}, "漢字と「カナ」。", "|"), "漢|字|と|カナ");
}

TEST(Ter, DividesEditsByLength)
{
    double some[] = {1, 4}, empty[] = {0, 0}, over_nothing[] = {3, 0};
    EXPECT_EQ(car_ter_of_sums(some), 25);
    EXPECT_EQ(car_ter_of_sums(empty), 0);
    EXPECT_EQ(car_ter_of_sums(over_nothing), 100);
}

TEST(Ter, SaysHowItWasMeasured)
{
    car_ter_options options = {};
    car_string text{};
    car_ter_signature(&options, 1, "v", &text);
    EXPECT_STREQ(text.at, "nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:v");
    car_string_empty(&text);
    options = {true, true, true, true};
    car_ter_signature(&options, 0, "v", &text);
    EXPECT_STREQ(text.at, "nrefs:var|case:mixed|tok:tercom|norm:yes|punct:no|asian:yes|version:v");
    car_string_clear(&text);
}

TEST(ErrorRate, OfWordsKnowsNoMoves)
{
    EXPECT_EQ(rate(CAR_UNIT_WORD, "a b c", {"a  b c "}), (Row{0, 3}));
    EXPECT_EQ(rate(CAR_UNIT_WORD, "c d a b", {"a b c d"}), (Row{4, 4}));
    EXPECT_EQ(rate(CAR_UNIT_WORD, "a x c d", {"a b c"}), (Row{2, 3}));
    EXPECT_EQ(rate(CAR_UNIT_WORD, "", {"a b"}), (Row{2, 2}));
    EXPECT_EQ(rate(CAR_UNIT_WORD, "A", {"a"}), (Row{1, 1}));
    EXPECT_EQ(rate(CAR_UNIT_WORD, "A", {"a"}, true), (Row{0, 1}));
}

TEST(ErrorRate, OfCharactersCountsAsReadersDo)
{
    EXPECT_EQ(rate(CAR_UNIT_CHARACTER, "kitten", {"sitting"}), (Row{3, 7}));
    EXPECT_EQ(rate(CAR_UNIT_CHARACTER, " ab ", {"a b"}), (Row{1, 3}));
    EXPECT_EQ(rate(CAR_UNIT_CHARACTER, "e\u0301te\u0301", {"ete"}), (Row{2, 3}));
    EXPECT_EQ(rate(CAR_UNIT_CHARACTER, "👩‍👩‍👧", {"👩‍👩‍👦x"}), (Row{2, 2}));
}

TEST(ErrorRate, TakesTheNearestReference)
{
    EXPECT_EQ(rate(CAR_UNIT_WORD, "a b", {"a b c d", "a", "a b c"}), (Row{1, 3}));
    double sums[] = {1, 4}, nothing[] = {0, 0}, over_nothing[] = {2, 0};
    EXPECT_EQ(car_rate_of_sums(sums), 25);
    EXPECT_EQ(car_rate_of_sums(nothing), 0);
    EXPECT_EQ(car_rate_of_sums(over_nothing), 100);
}
