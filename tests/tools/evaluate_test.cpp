/* evaluate on texts: what it prints, as text and as JSON, and how it ends. */
#include "tools/program.hpp"

#include <cmath>
#include <cstdlib>

using program::Arguments;
using program::join;
using program::Json;
using program::lines;
using program::parse;
using program::Result;

namespace
{

class Evaluate : public program::Program
{
  protected:
    void SetUp() override
    {
        folder.write("hyp", "the cat sat on the mat\nit was a very big dog\nyes\n");
        folder.write("other", "the cat sat on the hat\nit was a dog very big\nno\n");
        folder.write("ref", "the cat sat on the mat\nit was a very large dog\nyes\n");
        folder.write("src", "die Katze saß auf der Matte\nes war ein sehr großer Hund "
                            "und noch einer und noch einer\nja\n");
    }
    Result evaluate(const Arguments &more) { return run(join({"evaluate", "--reference", folder.path("ref")}, more)); }
    Result hyp(const Arguments &more) { return evaluate(join({"--hypothesis", folder.path("hyp")}, more)); }
};

double number(const json_t *object, const char *metric, const char *name = "score")
{
    const json_t *value = json_object_get(json_object_get(object, metric), name);
    EXPECT_TRUE(json_is_real(value)) << metric << " " << name;
    return json_real_value(value);
}

} // namespace

TEST_F(Evaluate, PrintsOneJsonObjectWithAllDigits)
{
    Result r = hyp({"--metrics", "bleu", "chrf", "chrf++", "ter", "wer", "cer", "exact", "accuracy", "--json"});
    ASSERT_EQ(r.code, 0) << r.err;
    Json all = parse(r.out);
    EXPECT_EQ(json_object_size(all.get()), 8u);
    // 12 of 13 words, 8 of 10 pairs, 6 of 8 triples, 4 of 6 quadruples.
    EXPECT_DOUBLE_EQ(number(all.get(), "bleu"), 100 * std::pow(12.0 / 13 * 8 / 10 * 6 / 8 * 4 / 6, 0.25));
    EXPECT_DOUBLE_EQ(number(all.get(), "ter"), 100.0 / 13);
    EXPECT_DOUBLE_EQ(number(all.get(), "wer"), 100.0 / 13);
    EXPECT_DOUBLE_EQ(number(all.get(), "cer"), 100.0 * 4 / 48); // b and i become l, a, r; g stays; e comes
    EXPECT_DOUBLE_EQ(number(all.get(), "exact"), 200.0 / 3);
    EXPECT_DOUBLE_EQ(number(all.get(), "accuracy"), 1200.0 / 13);
    EXPECT_STREQ(json_string_value(json_object_get(json_object_get(all.get(), "bleu"), "signature")),
                 "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:carousel-0.1.0");
    EXPECT_STREQ(json_string_value(json_object_get(json_object_get(all.get(), "ter"), "signature")),
                 "nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:carousel-0.1.0");
}

TEST_F(Evaluate, MeasuresAsTold)
{
    Result r = hyp({"--metrics",
                    "bleu",
                    "chrf",
                    "ter",
                    "--tokenize",
                    "intl",
                    "--smooth",
                    "add-k",
                    "--smooth-value",
                    "2",
                    "--lowercase",
                    "--effective-order",
                    "--chrf-word-order",
                    "1",
                    "--chrf-beta",
                    "3",
                    "--ter-normalized",
                    "--json",
                    "--ter-no-punct",
                    "--ter-asian-support",
                    "--chrf-char-order",
                    "5",
                    "--ter-case-sensitive",
                    "--chrf-whitespace",
                    "--chrf-eps-smoothing"});
    ASSERT_EQ(r.code, 0) << r.err;
    for (const char *signature :
         {"nrefs:1|case:lc|eff:yes|tok:intl|smooth:add-k[2.00]|", "nrefs:1|case:lc|eff:no|nc:5|nw:1|space:yes|",
          "nrefs:1|case:mixed|tok:tercom|norm:yes|punct:no|asian:yes|"})
        EXPECT_NE(r.out.find(signature), std::string::npos) << signature << r.out;
    r = hyp({"--metrics", "ter", "wer"});
    EXPECT_EQ(r.out, "TER|nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:carousel-0.1.0 = 7.69\n"
                     "WER|nrefs:1|case:mixed|version:carousel-0.1.0 = 7.69\n");
}

TEST_F(Evaluate, ScoresEachLine)
{
    Result r = hyp({"--sentence-level", "--metrics", "wer", "exact"});
    std::vector<std::string> rows = lines(r.out);
    ASSERT_EQ(rows.size(), 3u) << r.err;
    EXPECT_EQ(rows[0], "0\t100");
    EXPECT_DOUBLE_EQ(std::stod(rows[1]), 100.0 / 6);
    EXPECT_EQ(rows[2], "0\t100");
    Json all = parse(hyp({"--sentence-level", "--metrics", "ter", "--json"}).out);
    const json_t *each = json_object_get(json_object_get(all.get(), "ter"), "sentences");
    ASSERT_EQ(json_array_size(each), 3u);
    EXPECT_DOUBLE_EQ(json_real_value(json_array_get(each, 1)), 100.0 / 6);
}

TEST_F(Evaluate, ScoresByLengthOfTheSource)
{
    Json all = parse(hyp({"--by-length", "--source", folder.path("src"), "--metrics", "wer", "--json"}).out);
    const json_t *buckets = json_object_get(json_object_get(all.get(), "wer"), "by_length");
    ASSERT_EQ(json_array_size(buckets), 2u);
    const json_t *second = json_array_get(buckets, 1);
    EXPECT_STREQ(json_string_value(json_object_get(second, "length")), "10-19");
    EXPECT_EQ(json_integer_value(json_object_get(second, "lines")), 1);
    EXPECT_DOUBLE_EQ(json_real_value(json_object_get(second, "score")), 100.0 / 6);
    std::string text = hyp({"--by-length", "--source", folder.path("src"), "--metrics", "wer"}).out;
    EXPECT_NE(text.find("    16.67        1  10-19\n"), std::string::npos) << text;
    EXPECT_EQ(hyp({"--by-length"}).code, 2);
    EXPECT_EQ(hyp({"--by-length", "--source", folder.write("short", "x\n")}).code, 65);
}

TEST_F(Evaluate, ComparesSystems)
{
    std::string many, worse, truth;
    for (int i = 0; i < 40; i++) {
        many += "a b c d e " + std::to_string(i) + "\n";
        worse += "a b x d e " + std::to_string(i) + "\n";
    }
    truth = many;
    Arguments both = {"evaluate",
                      "--hypothesis",
                      folder.write("w", worse),
                      folder.write("m", many),
                      "--reference",
                      folder.write("t", truth),
                      "--metrics",
                      "ter",
                      "--json",
                      "--samples",
                      "99"};
    for (const char *test : {"bootstrap", "randomisation"}) {
        Result r = run(join(both, {"--paired", test}));
        ASSERT_EQ(r.code, 0) << r.err;
        Json all = parse(r.out);
        EXPECT_STREQ(json_string_value(json_object_get(json_object_get(all.get(), "paired"), "test")), test);
        const json_t *systems = json_object_get(all.get(), "systems");
        ASSERT_EQ(json_array_size(systems), 2u);
        const json_t *first = json_array_get(systems, 0), *second = json_array_get(systems, 1);
        EXPECT_EQ(json_object_get(json_object_get(first, "ter"), "p"), nullptr);
        EXPECT_DOUBLE_EQ(number(first, "ter"), 100.0 / 6);
        EXPECT_DOUBLE_EQ(number(first, "ter", "low"), 100.0 / 6); // every line is as wrong as every other
        EXPECT_DOUBLE_EQ(number(first, "ter", "high"), 100.0 / 6);
        EXPECT_DOUBLE_EQ(number(second, "ter", "p"), 0.01);
        EXPECT_EQ(run(join(both, {"--paired", test})).out, r.out);
    }
    Result named = evaluate({"--hypothesis", folder.path("other"), "--baseline", folder.path("hyp"), "--paired",
                             "bootstrap", "--metrics", "wer"});
    EXPECT_EQ(named.code, 0) << named.err;
    EXPECT_NE(named.out.find(folder.path("hyp") + " (baseline)"), std::string::npos) << named.out;
    EXPECT_EQ(evaluate({"--hypothesis", folder.path("hyp"), folder.path("other")}).code, 0);
    EXPECT_NE(hyp({"--confidence"}).out.find(", 95% "), std::string::npos);
}

TEST_F(Evaluate, SaysWhatIsWrong)
{
    EXPECT_EQ(hyp({"--metrics", "bleux"}).code, 2);
    EXPECT_NE(hyp({"--metrics", "bleux"}).err.find("did you mean 'bleu'"), std::string::npos);
    EXPECT_EQ(hyp({"--metrics", "nonsense"}).code, 2);
    EXPECT_EQ(hyp({"--metrics", "bleu", "bleu"}).code, 2);
    EXPECT_EQ(hyp({"--metrics"}).code, 2);
    EXPECT_EQ(hyp({"--tokenize", "14a"}).code, 2);
    EXPECT_EQ(hyp({"--paired", "bootstrap"}).code, 2);
    EXPECT_EQ(hyp({"--baseline", folder.path("other")}).code, 2);
    EXPECT_EQ(evaluate({}).code, 2);
    EXPECT_EQ(run({"evaluate", "--hypothesis", folder.path("hyp")}).code, 2);
    Result meaningless = hyp({"--beam-size", "4"});
    EXPECT_EQ(meaningless.code, 2);
    EXPECT_NE(meaningless.err.find("--beam-size has no meaning when translations in files are evaluated"),
              std::string::npos)
        << meaningless.err;
    EXPECT_EQ(evaluate({"--hypothesis", folder.path("none")}).code, 66);
    EXPECT_EQ(hyp({"--paired", "bootstrap", "--baseline", folder.path("none")}).code, 66);
    Result uneven = evaluate({"--hypothesis", folder.write("two", "a\nb\n"), "--metrics", "ter"});
    EXPECT_EQ(uneven.code, 65);
    EXPECT_NE(uneven.err.find("2 lines"), std::string::npos) << uneven.err;
    EXPECT_EQ(uneven.out, "");
    EXPECT_EQ(evaluate({"--hypothesis", folder.write("empty", ""), "--metrics", "wer"}).code, 65);
    EXPECT_EQ(evaluate({"--hypothesis", folder.write("bytes", "a\n\xff\nb\n")}).code, 65);
}
