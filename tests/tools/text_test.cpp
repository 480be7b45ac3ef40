/* Text in, text or numbers out: translate, evaluate, score, vocab, cell, corpus. */
#include "support/shipped_cells.hpp"
#include "tools/program.hpp"

using program::lines;
using program::Program;
using program::Result;

class Text : public Program
{
  protected:
    void SetUp() override
    {
        Program::SetUp();
        train("m", {"--after", "60u", "--learn-rate", "0.02", "--dim-emb", "16", "--dim-rnn", "16"});
    }

    Result translate(const std::string &input, const program::Arguments &more = {})
    {
        return run(program::join({"translate", "-m", folder.path("m")}, more), input);
    }
};

TEST_F(Text, LineByLine)
{
    std::string text = "The queen was tired.\n\nThe dog came home.\n   \n\nThe boy slept.\n";
    Result r = translate(text);
    EXPECT_EQ(r.code, 0) << r.err;
    std::vector<std::string> out = lines(r.out);
    ASSERT_EQ(out.size(), 6u);
    for (size_t i : {size_t{1}, size_t{3}, size_t{4}})
        EXPECT_EQ(out[i], "");
    for (size_t i : {size_t{0}, size_t{2}, size_t{5}})
        EXPECT_NE(out[i], "");
    EXPECT_EQ(translate("The dog came home.\n").out, out[2] + "\n");
    EXPECT_EQ(translate(text, {"--line-buffered"}).out, r.out);
    EXPECT_EQ(translate(text, {"--mini-batch", "1", "--cpu-threads", "3"}).out, r.out);
    EXPECT_EQ(run({"decode", "-m", folder.path("m/latest.safetensors"), "-i", folder.write("src", text)}).out, r.out);
}

TEST_F(Text, NothingGivesNothing)
{
    Result r = translate("");
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, "");
}

TEST_F(Text, OddLines)
{
    Result plain = translate("The dog came home.\n"), odd = translate("\xef\xbb\xbfThe dog came home.\r\n");
    EXPECT_EQ(odd.out, plain.out);
    EXPECT_EQ(translate("The dog came home.").out, plain.out);

    std::string endless;
    for (int i = 0; i < 1200; i++)
        endless += "dog ";
    Result r = translate(endless + "\nThe dog came home.\n", {"--beam-size", "1", "--max-length-factor", "0.1"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(lines(r.out).size(), 2u);
    EXPECT_NE(r.err.find(":1: only the first 1000 pieces"), std::string::npos) << r.err;
}

TEST_F(Text, WhatIsNotUtf8)
{
    Result r = translate("The dog came home.\nThe \xc3( queen.\nThe dog.\n");
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("-:2: byte 5 (0xc3) is not UTF-8"), std::string::npos) << r.err;
    EXPECT_EQ(r.out, translate("The dog came home.\n").out);
    EXPECT_EQ(translate(std::string("a\0b\n", 4)).code, 65);
    r = run({"translate", "-m", folder.path("m")}, "\xef\xbb\xbf" "a\xff\n");
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("-:1: byte 5 (0xff) is not UTF-8"), std::string::npos) << "a byte order mark counts: " << r.err;
}

TEST_F(Text, LineNStaysLineNWhateverIsWrongWithIt)
{
    std::string text = "The dog came home.\nThe \xc3( queen.\n" + std::string(3000, 'x') + "\nThe dog came home.\n";
    std::string line = translate("The dog came home.\n").out, odd = translate("The \xef\xbf\xbd( queen.\n").out;
    Result skipped = translate(text, {"--utf8", "skip", "--max-line-bytes", "1000"});
    EXPECT_EQ(skipped.code, 0) << skipped.err;
    EXPECT_EQ(skipped.out, line + "\n\n" + line);
    EXPECT_NE(skipped.err.find("-:2: byte 5 (0xc3) is not UTF-8; the line of the output is empty"), std::string::npos);
    EXPECT_NE(skipped.err.find("-:3: the line is longer than 1000 bytes; the line of the output is empty"), std::string::npos);
    Result replaced = translate(text, {"--utf8", "replace", "--max-line-bytes", "1000"});
    EXPECT_EQ(replaced.code, 0) << replaced.err;
    EXPECT_EQ(replaced.out, line + odd + "\n" + line);
    EXPECT_NE(replaced.err.find("1 line with bytes that are not UTF-8, the first is 2: 1 place in all is U+FFFD now"), std::string::npos);
}

TEST_F(Text, Output)
{
    EXPECT_EQ(translate("The dog came home.\n", {"--output", folder.path("trg")}).out, "");
    EXPECT_EQ(folder.read("trg"), translate("The dog came home.\n").out);
    EXPECT_EQ(translate("The dog.\n", {"--output", folder.path("no/where")}).code, 73);
}

TEST_F(Text, NBest)
{
    Result r = translate("The dog came home.\n\nThe queen was tired.\n", {"--n-best", "--beam-size", "3"});
    ASSERT_EQ(r.code, 0) << r.err;
    std::vector<std::string> out = lines(r.out);
    std::vector<int> of_line(3);
    double before = 0;
    for (const std::string &line : out) {
        size_t text = line.find(" ||| "), features = line.find(" ||| F0= "), total = line.rfind(" ||| ");
        ASSERT_TRUE(text < features && features < total && total != std::string::npos) << line;
        int id = std::stoi(line.substr(0, text));
        ASSERT_TRUE(id >= 0 && id < 3) << line;
        double score = std::stod(line.substr(total + 5));
        EXPECT_LE(std::stod(line.substr(features + 9)), score) << line;
        bool first = of_line[static_cast<size_t>(id)]++ == 0;
        EXPECT_TRUE(first || score <= before) << line;
        before = score;
    }
    EXPECT_EQ(of_line[1], 1);
    EXPECT_TRUE(of_line[0] >= 1 && of_line[0] <= 3 && of_line[2] >= 1 && of_line[2] <= 3);
    std::vector<std::string> best = lines(translate("The dog came home.\n", {"--beam-size", "3"}).out);
    EXPECT_EQ(out[0].substr(0, best[0].size() + 10), "0 ||| " + best[0] + " |||");
}

TEST_F(Text, Alignment)
{
    Result r = translate("The dog came home.\n\n", {"--alignment"});
    std::vector<std::string> out = lines(r.out), plain = lines(translate("The dog came home.\n").out);
    ASSERT_EQ(out.size(), 2u);
    EXPECT_EQ(out[0].substr(0, plain[0].size() + 5), plain[0] + " ||| ");
    EXPECT_EQ(out[1], " ||| ");
    EXPECT_EQ(out[0].find_first_not_of("0123456789- ", plain[0].size() + 5), std::string::npos) << out[0];
}

TEST_F(Text, EvaluateText)
{
    std::string same = corpus("test.cs");
    Result r = run({"evaluate", "--hypothesis", same, "--reference", same});
    EXPECT_EQ(r.code, 0) << r.err;
    for (const char *part : {"|version:carousel-0.1.0 = 100.00 ", "chrF2|", "exact match = 100.00%"})
        EXPECT_NE(r.out.find(part), std::string::npos) << r.out;
    r = run({"evaluate", "--hypothesis", corpus("train.cs"), "--reference", same});
    EXPECT_EQ(r.code, 65);
    EXPECT_TRUE(r.err.find("200") != std::string::npos && r.err.find("20") != std::string::npos) << r.err;
    EXPECT_NE(run({"evaluate", "--hypothesis", same, "--reference", same, same, "--tokenize", "char"})
                  .out.find("nrefs:2|case:mixed|eff:no|tok:char"),
              std::string::npos);
}

TEST_F(Text, EvaluateModels)
{
    std::string m = folder.path("m");
    Result one = run({"evaluate", "-m", m, "-t", corpus("test.en"), corpus("test.cs")});
    ASSERT_EQ(one.code, 0) << one.err;
    folder.write("hypothesis", translate(program::read(corpus("test.en"))).out);
    Result text = run({"evaluate", "--hypothesis", folder.path("hypothesis"), "-r", corpus("test.cs")});
    EXPECT_EQ(one.out.substr(0, text.out.size()), text.out);
    EXPECT_NE(one.out.find("perplexity = "), std::string::npos);

    Result two = run({"evaluate", "-m", m, m, "-t", corpus("test.en"), corpus("test.cs")});
    std::vector<std::string> rows = lines(two.out);
    ASSERT_EQ(rows.size(), 5u) << two.out;
    EXPECT_EQ(rows[1], rows[2]);
    EXPECT_NE(rows[1].find(m), std::string::npos);
}

TEST_F(Text, Scores)
{
    Result r = run({"score", "-m", folder.path("m"), "-t", corpus("test.en"), corpus("test.cs")});
    ASSERT_EQ(r.code, 0) << r.err;
    std::vector<std::string> numbers = lines(r.out);
    ASSERT_EQ(numbers.size(), 20u);
    for (const std::string &number : numbers)
        EXPECT_LT(std::stod(number), 0);
    EXPECT_NE(r.err.find("perplexity"), std::string::npos);

    /* A search reports the same log-probability that scoring its result gives. */
    std::string source = lines(program::read(corpus("test.en")))[0] + "\n";
    std::string best = lines(translate(source, {"--n-best"}).out)[0];
    size_t text = best.find(" ||| ") + 5, features = best.find(" ||| F0= ");
    Result again = run({"score", "-m", folder.path("m"), "-t", folder.write("s", source),
                        folder.write("t", best.substr(text, features - text) + "\n")});
    EXPECT_NEAR(std::stod(again.out), std::stod(best.substr(features + 9)), 1e-3) << best;
}

TEST_F(Text, Vocabulary)
{
    Result r = run({"vocab", "--tokenizer", "space", "--min-count", "2"}, "b a a\nc b a\n");
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out.substr(r.out.size() - 8), "a\t3\nb\t2\n");
    EXPECT_EQ(run({"vocab", "--tokenizer", "space", "--min-count", "2", folder.write("v", "b a a\nc b a\n")}).out,
              r.out);
    EXPECT_EQ(run({"vocab", folder.path("none")}).code, 66);
    EXPECT_EQ(run({"vocab"}, "\xff\n").code, 65);
}

TEST_F(Text, Cells)
{
    Result list = run({"cell", "list"});
    EXPECT_EQ(list.code, 0);
    for (const std::string &name : support::shipped_cells) {
        EXPECT_NE(list.out.find(name + " "), std::string::npos) << name;
        Result info = run({"cell", "info", name, "--dim-emb", "3", "--dim-rnn", "5"});
        EXPECT_EQ(info.code, 0) << info.err;
        EXPECT_NE(info.out.find("for input 3 and width 5"), std::string::npos) << info.out;
    }
    EXPECT_NE(run({"cell", "info", "lstm", "--dim-emb", "3", "--dim-rnn", "5"}).out.find("180 parameters"),
              std::string::npos);
    EXPECT_EQ(run({"cell", "info", "nope"}).code, 69);
}

TEST_F(Text, CorpusIsTheSameAgain)
{
    ASSERT_EQ(run({"corpus", "generate", "agreement", folder.path("again"), "--train", "200", "--valid", "20", "--test",
                   "20", "--quiet"})
                  .err,
              "");
    for (const char *name : {"train.en", "train.cs", "valid.en", "valid.cs", "test.en", "test.cs"})
        EXPECT_EQ(folder.read("again/" + std::string(name)), program::read(corpus(name))) << name;
}
