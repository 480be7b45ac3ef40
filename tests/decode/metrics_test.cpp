// Scores small enough to be worked out by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "decode/bleu.h"
#include "decode/chrf.h"
#include "decode/metrics.h"
#include "decode/metrics_helpers.hpp"

namespace
{

car_bleu_score bleu(const Lines &hypotheses, const std::vector<Lines> &references,
                    const car_bleu_options &options = car_bleu_defaults())
{
    Views v(hypotheses, references);
    car_bleu_score score{};
    car_error e;
    EXPECT_TRUE(car_bleu_corpus(&options, &v.hypotheses_view, v.views.data(), v.n(), &score, &e)) << e.message;
    return score;
}

car_chrf_score chrf(const Lines &hypotheses, const std::vector<Lines> &references,
                    const car_chrf_options &options = car_chrf_defaults())
{
    Views v(hypotheses, references);
    car_chrf_score score{};
    car_error e;
    EXPECT_TRUE(car_chrf_corpus(&options, &v.hypotheses_view, v.views.data(), v.n(), &score, &e)) << e.message;
    return score;
}

std::string tokens(car_bleu_tokenizer tokenizer, const std::string &line)
{
    return bleu_tokens(tokenizer, line, false, "|");
}

} // namespace

TEST(Bleu, IsAHundredForEqualTexts)
{
    car_bleu_score score =
        bleu({"the cat sat on the mat", "so it did there"}, {{"the cat sat on the mat", "so it did there"}});
    EXPECT_NEAR(score.score, 100, 1e-9);
    EXPECT_EQ(score.hypothesis_length, 10);
    EXPECT_EQ(score.totals[3], 4);
    EXPECT_EQ(score.matches[3], 4);
}

TEST(Bleu, MultipliesPrecisionsAndBrevity)
{
    // 5 of 6 words, 3 of 5 pairs, 2 of 4 triples, 1 of 3 quadruples; 6 words for 7.
    car_bleu_score score = bleu({"a b c d x f"}, {{"a b c d e f g"}});
    EXPECT_NEAR(score.precisions[0], 500.0 / 6, 1e-12);
    EXPECT_NEAR(score.precisions[1], 60, 1e-12);
    EXPECT_NEAR(score.precisions[2], 50, 1e-12);
    EXPECT_NEAR(score.precisions[3], 100.0 / 3, 1e-12);
    EXPECT_NEAR(score.brevity_penalty, std::exp(1 - 7.0 / 6), 1e-15);
    EXPECT_NEAR(score.score, 100 * std::exp(1 - 7.0 / 6) * std::pow(5.0 / 6 * 3 / 5 * 2 / 4 / 3, 0.25), 1e-9);
}

TEST(Bleu, ClipsByTheReferenceThatHasMost)
{
    // Papineni et al. 2002, section 2.1: "the" counts twice at most.
    car_bleu_score score =
        bleu({"the the the the the the the"}, {{"the cat is on the mat"}, {"there is a cat on the mat"}});
    EXPECT_EQ(score.matches[0], 2);
    EXPECT_EQ(score.totals[0], 7);
    EXPECT_EQ(score.matches[1], 0);
}

TEST(Bleu, TakesTheClosestReferenceLength)
{
    EXPECT_EQ(bleu({"a b c d"}, {{"a b"}, {"a b c d e"}}).reference_length, 5);
    EXPECT_EQ(bleu({"a b c d"}, {{"a b c d e"}, {"a b c"}}).reference_length, 3); // a tie: the shorter
    EXPECT_EQ(bleu({"a b c d"}, {{"a b c"}, {"a b c d e"}}).reference_length, 3);
}

TEST(Bleu, Smooths)
{
    // 3 of 4 words, 1 of 3 pairs, 0 of 2 triples, 0 of 1 quadruple.
    Lines h{"a b x c"}, r{"a b y c"};
    car_bleu_options options = car_bleu_defaults();
    EXPECT_NEAR(bleu(h, {r}, options).score, 100 * std::pow(3.0 / 4 * 1 / 3 / (2 * 2) / (4 * 1), 0.25), 1e-9);
    options.smoothing = CAR_BLEU_SMOOTH_FLOOR;
    EXPECT_NEAR(bleu(h, {r}, options).score, 100 * std::pow(3.0 / 4 * 1 / 3 * 0.1 / 2 * 0.1, 0.25), 1e-9);
    options.smooth_value = 0.5;
    EXPECT_NEAR(bleu(h, {r}, options).score, 100 * std::pow(3.0 / 4 * 1 / 3 * 0.5 / 2 * 0.5, 0.25), 1e-9);
    options.smooth_value = -1;
    options.smoothing = CAR_BLEU_SMOOTH_ADD_K;
    EXPECT_NEAR(bleu(h, {r}, options).score, 100 * std::pow(3.0 / 4 * 2 / 4 * 1 / 3 * 1 / 2, 0.25), 1e-9);
    options.smoothing = CAR_BLEU_SMOOTH_NONE;
    EXPECT_EQ(bleu(h, {r}, options).score, 0);
}

TEST(Bleu, IsNothingWhereNothingIsInCommon)
{
    for (car_bleu_smoothing smoothing :
         {CAR_BLEU_SMOOTH_EXP, CAR_BLEU_SMOOTH_FLOOR, CAR_BLEU_SMOOTH_ADD_K, CAR_BLEU_SMOOTH_NONE}) {
        car_bleu_options options = car_bleu_defaults();
        options.smoothing = smoothing;
        EXPECT_EQ(bleu({"a b c d e"}, {{"v w x y z"}}, options).score, 0);
        EXPECT_EQ(bleu({""}, {{"v w"}}, options).score, 0);
        EXPECT_EQ(bleu({""}, {{""}}, options).score, 0);
    }
}

TEST(Bleu, LeavesOutOrdersTooLongForASentence)
{
    car_bleu_options options = car_bleu_defaults();
    EXPECT_EQ(bleu({"a b"}, {{"a b"}}, options).score, 0);
    options.effective_order = true;
    EXPECT_NEAR(bleu({"a b"}, {{"a b"}}, options).score, 100, 1e-9);
}

TEST(Bleu, LowerCases)
{
    car_bleu_options options = car_bleu_defaults();
    options.order = 1;
    EXPECT_EQ(bleu({"ÉTÉ ΟΔΟΣ"}, {{"été οδος"}}, options).matches[0], 0);
    options.lowercase = true;
    EXPECT_EQ(bleu({"ÉTÉ ΟΔΟΣ"}, {{"été οδος"}}, options).matches[0], 2); // a final sigma
}

TEST(Bleu, ScoresLinesAsCorporaOfOne)
{
    Views v({"a b c d", "a b x d e"}, {{"a b c d", "a b c d e"}});
    car_bleu_options options = car_bleu_defaults();
    std::vector<car_bleu_score> lines(2);
    car_error e;
    ASSERT_TRUE(car_bleu_lines(&options, &v.hypotheses_view, v.views.data(), 1, lines.data(), &e)) << e.message;
    EXPECT_EQ(lines[0].score, bleu({"a b c d"}, {{"a b c d"}}).score);
    EXPECT_EQ(lines[1].score, bleu({"a b x d e"}, {{"a b c d e"}}).score);
}

TEST(Bleu, SaysHowItWasMeasured)
{
    car_bleu_options options = car_bleu_defaults();
    car_bleu_score score{};
    car_string text{};
    score.score = 20.84;
    score.order = 4;
    score.n_references = 1;
    score.precisions[0] = 54.4;
    score.precisions[1] = 26.6;
    score.precisions[2] = 14.9;
    score.precisions[3] = 8.7;
    score.brevity_penalty = 1;
    score.hypothesis_length = 62880;
    score.reference_length = 61287;
    car_bleu_text(&options, &score, "carousel-0.1.0", 1, &text);
    EXPECT_STREQ(text.at, "BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:carousel-0.1.0 = 20.8 "
                          "54.4/26.6/14.9/8.7 (BP = 1.000 ratio = 1.026 hyp_len = 62880 ref_len = 61287)");
    car_string_empty(&text);
    options.lowercase = options.effective_order = true;
    options.tokenizer = CAR_BLEU_TOK_CHAR;
    options.smoothing = CAR_BLEU_SMOOTH_FLOOR;
    score.n_references = 0;
    car_bleu_text(&options, &score, "v", 2, &text);
    EXPECT_EQ(std::string(text.at).substr(0, 75),
              "BLEU|nrefs:var|case:lc|eff:yes|tok:char|smooth:floor[0.10]|version:v = 20.8");
    car_string_clear(&text);
}

TEST(Bleu, KnowsItsWordsByName)
{
    car_error e;
    for (car_bleu_tokenizer each :
         {CAR_BLEU_TOK_13A, CAR_BLEU_TOK_INTL, CAR_BLEU_TOK_CHAR, CAR_BLEU_TOK_ZH, CAR_BLEU_TOK_NONE}) {
        car_bleu_tokenizer found;
        ASSERT_TRUE(car_bleu_tokenizer_named(car_bleu_tokenizer_name(each), &found, &e));
        EXPECT_EQ(found, each);
    }
    for (car_bleu_smoothing each :
         {CAR_BLEU_SMOOTH_EXP, CAR_BLEU_SMOOTH_FLOOR, CAR_BLEU_SMOOTH_ADD_K, CAR_BLEU_SMOOTH_NONE}) {
        car_bleu_smoothing found;
        ASSERT_TRUE(car_bleu_smoothing_named(car_bleu_smoothing_name(each), &found, &e));
        EXPECT_EQ(found, each);
    }
    car_bleu_tokenizer tokenizer;
    car_bleu_smoothing smoothing;
    EXPECT_FALSE(car_bleu_tokenizer_named("14a", &tokenizer, &e));
    EXPECT_EQ(e.code, CAR_EXIT_USAGE);
    EXPECT_FALSE(car_bleu_smoothing_named("", &smoothing, &e));
    EXPECT_EQ(e.code, CAR_EXIT_USAGE);
}

TEST(BleuTokens, FollowTheirRules)
{
    EXPECT_EQ(tokens(CAR_BLEU_TOK_13A, "Hello, world (3.14), 1-2 well-known."),
              "Hello|,|world|(|3.14|)|,|1|-|2|well-known|.");
    EXPECT_EQ(tokens(CAR_BLEU_TOK_13A, "a&amp;lt;<skipped>b &quot;c&quot; 5.x"), "a|<|b|\"|c|\"|5|.|x");
    EXPECT_EQ(tokens(CAR_BLEU_TOK_13A, "«oui»"), "«oui»");
    EXPECT_EQ(tokens(CAR_BLEU_TOK_INTL, "«oui», 3.14 well-known 5€ &amp;"), "«|oui|»|,|3.14|well|-|known|5|€|&|amp|;");
    EXPECT_EQ(tokens(CAR_BLEU_TOK_CHAR, "a b\u3000cé"), "a|b|c|é");
    EXPECT_EQ(tokens(CAR_BLEU_TOK_ZH, "我爱NLP,3.5"), "我|爱|NLP|,|3.5");
    EXPECT_EQ(tokens(CAR_BLEU_TOK_NONE, " a,  b.\u00a0c "), "a,|b.|c");
}

TEST(Chrf, IsTheFScoreOfCharacters)
{
    EXPECT_NEAR(chrf({"a cat"}, {{"a cat"}}).score, 100, 1e-9);
    EXPECT_EQ(chrf({"abc"}, {{"xyz"}}).score, 0);
    EXPECT_EQ(chrf({""}, {{"xyz"}}).score, 0);
    EXPECT_EQ(chrf({""}, {{""}}).score, 0);
    // "abcd" for "abxde": characters 3 of 4 and of 5, pairs 1 of 3 and of 4.
    car_chrf_options options = car_chrf_defaults();
    options.char_order = 2;
    double p = (3.0 / 4 + 1.0 / 3) / 2, r = (3.0 / 5 + 1.0 / 4) / 2;
    EXPECT_NEAR(chrf({"abcd"}, {{"a bx de"}}, options).score, 100 * 5 * p * r / (4 * p + r), 1e-9);
    options.beta = 1;
    EXPECT_NEAR(chrf({"abcd"}, {{"a bx de"}}, options).score, 100 * 2 * p * r / (p + r), 1e-9);
    options.effective_order = false; // the mean of both F-scores
    EXPECT_NEAR(chrf({"abcd"}, {{"a bx de"}}, options).score,
                50 * (2 * 0.75 * 0.6 / (0.75 + 0.6) + 2.0 / 3 * 0.25 / (1.0 / 3 + 0.25)), 1e-9);
}

TEST(Chrf, CountsWhiteSpaceWhenTold)
{
    car_chrf_options options = car_chrf_defaults();
    EXPECT_NEAR(chrf({"ab c"}, {{"a bc"}}, options).score, 100, 1e-9);
    options.whitespace = true;
    options.char_order = 2; // characters 4 of 4; pairs "ab" "b " " c" and "a " " b" "bc"
    EXPECT_NEAR(chrf({"ab c"}, {{"a bc"}}, options).score, 50, 1e-9);
}

TEST(Chrf, AddsWordsWithOneMarkSplitOff)
{
    car_chrf_options options = car_chrf_defaults();
    options.char_order = 1;
    options.word_order = 1;
    double words_p = 3.0 / 6, words_r = 3.0 / 5; // ( a b) , c .  for  ( a b c !
    double chars_p = 4.0 / 7, chars_r = 4.0 / 5; // (ab),c.  for  (abc!
    double p = (words_p + chars_p) / 2, r = (words_r + chars_r) / 2;
    EXPECT_NEAR(chrf({"(a b), c."}, {{"(a b c!"}}, options).score, 100 * 5 * p * r / (4 * p + r), 1e-9);
}

TEST(Chrf, TakesTheBestReferenceOfEachLine)
{
    EXPECT_NEAR(chrf({"abc", "xyz"}, {{"abc", "q"}, {"q", "xyz"}}).score, 100, 1e-9);
    EXPECT_LT(chrf({"abc", "xyz"}, {{"abc", "q"}}).score, 100);
}

TEST(Chrf, SaysHowItWasMeasured)
{
    car_chrf_options options = car_chrf_defaults();
    car_chrf_score score{52.44, 1};
    car_string text{};
    car_chrf_text(&options, &score, "carousel-0.1.0", 1, &text);
    EXPECT_STREQ(text.at, "chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:carousel-0.1.0 = 52.4");
    car_string_empty(&text);
    options = {4, 2, 3, true, true, false};
    score.n_references = 0;
    car_chrf_text(&options, &score, "v", 2, &text);
    EXPECT_STREQ(text.at, "chrF3++|nrefs:var|case:lc|eff:no|nc:4|nw:2|space:yes|version:v = 52.44");
    car_string_clear(&text);
}

TEST(ExactMatch, IsTheShareOfIdenticalLines)
{
    Views v({"a b", "c", "d", "e "}, {{"a b", "x", "d", "e"}, {"y", "c", "d", "e"}});
    std::vector<double> rows(4 * CAR_SHARE_WIDTH);
    car_error e;
    ASSERT_TRUE(car_exact_rows(&v.hypotheses_view, v.views.data(), 1, rows.data(), &e)) << e.message;
    EXPECT_EQ(rows, (std::vector<double>{1, 1, 0, 1, 1, 1, 0, 1}));
    ASSERT_TRUE(car_exact_rows(&v.hypotheses_view, v.views.data(), 2, rows.data(), &e)) << e.message;
    EXPECT_EQ(rows, (std::vector<double>{1, 1, 1, 1, 1, 1, 0, 1}));
}

TEST(TokenAccuracy, ComparesPlaceByPlace)
{
    Views v({"a  b c", "x", "", " "}, {{"a b d", "x y z", "q", ""}});
    std::vector<double> rows(4 * CAR_SHARE_WIDTH);
    car_error e;
    ASSERT_TRUE(car_accuracy_rows(&v.hypotheses_view, v.views.data(), rows.data(), &e)) << e.message;
    EXPECT_EQ(rows, (std::vector<double>{2, 3, 1, 3, 0, 1, 0, 0}));
    EXPECT_DOUBLE_EQ(car_share_of_sums(&rows[0]), 2.0 / 3);
    EXPECT_EQ(car_share_of_sums(&rows[6]), 1);
}

TEST(MetricCheck, NamesWhatDoesNotFit)
{
    car_error e;
    Views counts({"a", "b"}, {{"a", "b"}, {"a"}});
    EXPECT_FALSE(car_metric_check(&counts.hypotheses_view, counts.views.data(), 2, &e));
    EXPECT_EQ(e.code, CAR_EXIT_DATA);
    EXPECT_NE(std::string(e.message).find("hyp has 2 lines and ref1 has 1"), std::string::npos) << e.message;

    Views none({}, {{}});
    EXPECT_FALSE(car_metric_check(&none.hypotheses_view, none.views.data(), 1, &e));
    EXPECT_EQ(e.code, CAR_EXIT_DATA);

    Views bytes({"a", "b"}, {{"a", "b\xff"}});
    EXPECT_FALSE(car_metric_check(&bytes.hypotheses_view, bytes.views.data(), 1, &e));
    EXPECT_NE(std::string(e.message).find("ref0: line 2: byte 2"), std::string::npos) << e.message;

    MetricText h("hyp", {"a", "b"}), r("ref", {"a", ""}, {false, true});
    car_metric_text hypotheses = h.view(), references = r.view();
    EXPECT_FALSE(car_metric_check(&hypotheses, &references, 1, &e));
    EXPECT_NE(std::string(e.message).find("line 2 has no reference"), std::string::npos) << e.message;
}
