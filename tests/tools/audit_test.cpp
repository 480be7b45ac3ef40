/* carousel corpus audit. */
#include "tools/program.hpp"

using program::Program;
using program::Result;

class CorpusAudit : public Program
{
};

TEST_F(CorpusAudit, OfCleanText)
{
    Result r = run({"corpus", "audit", corpus("train.en"), corpus("train.cs"), "--test-sets", corpus("test.en"),
                    corpus("test.cs")});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.err, "");
    EXPECT_NE(r.out.find("\nNo errors, no warnings.\n"), std::string::npos) << r.out;
    EXPECT_LT(program::lines(r.out).size(), 40u) << "one screen";
}

TEST_F(CorpusAudit, OfDamagedText)
{
    std::string source = folder.write("a", "A caf\xe9.\nTwo\xc2\xa0words.\nThree.\n");
    std::string target = folder.write("b", "Ein Kaffee.\nZwei W\xc3\xb6rter.\n");
    Result r = run({"corpus", "audit", source, target, "-t", folder.write("t", "New.\n"),
                    folder.write("u", "Zwei w\xc3\xb6rter\n")});
    EXPECT_EQ(r.code, 1) << "the answer is: no";
    EXPECT_EQ(r.err, "");
    for (const char *expected : {"Errors:", "source: lines that are not UTF-8", "A caf[0xe9].", "Two[U+00A0]words.",
                                 "lines without a partner", "line 1=2; scores will be too good"})
        EXPECT_NE(r.out.find(expected), std::string::npos) << expected << "\n" << r.out;
    EXPECT_LT(r.out.find("Errors:"), r.out.find("Warnings:"));
    EXPECT_LT(r.out.find("Warnings:"), r.out.find("Notes:"));
}

TEST_F(CorpusAudit, AsJson)
{
    std::string target = folder.write("b", "x \"y\" \\\nz\xff\n");
    Result r = run({"corpus", "audit", "-", target, "--json"}, "a  b\nc\n");
    EXPECT_EQ(r.code, 1) << r.err;
    EXPECT_EQ(r.out.front(), '{');
    EXPECT_EQ(r.out.substr(r.out.size() - 2), "}\n");
    for (const char *expected :
         {"\"kind\": \"malformed\"", "\"gravity\": \"error\"", "\"kind\": \"double-space\"",
          "\"text\": \"a [U+0020]b\"", "\"pairs\": 2", "\"script\": \"Latin\"", "\"text\": \"z[0xff]\""})
        EXPECT_NE(r.out.find(expected), std::string::npos) << expected << "\n" << r.out;
    EXPECT_EQ(run({"corpus", "audit", "-", target, "--json", "--cpu-threads", "3"}, "a  b\nc\n").out, r.out);
}

TEST_F(CorpusAudit, OfColumns)
{
    std::string tsv = folder.write("pairs.tsv", "1\tone\teins\n2\ttwo\tzwei\n3\tthree\n");
    Result r = run({"corpus", "audit", tsv, "--tsv-columns", "2", "3", "-t", tsv});
    EXPECT_EQ(r.code, 1) << r.err;
    for (const std::string &expected :
         {"source " + tsv + ", column 2\ntarget " + tsv + ", column 3\n",
          std::string("target: lines with too few columns between tabs\n                  line 3; mend the lines"),
          "[" + tsv + "]", std::string("one  |  eins")})
        EXPECT_NE(r.out.find(expected), std::string::npos) << expected << "\n" << r.out;
    r = run({"corpus", "audit", tsv, "--tsv-columns", "2", "3", "-t", tsv, "--json"});
    EXPECT_NE(r.out.find("\"column\": 3"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find("\"kind\": \"columns\""), std::string::npos) << r.out;
    EXPECT_EQ(run({"corpus", "audit", tsv, tsv}).code, 2) << "two texts";
    EXPECT_EQ(run({"corpus", "audit", "-", "--tsv"}, "a\tb\n").code, 2);
}

TEST_F(CorpusAudit, OfNothing)
{
    std::string empty = folder.write("empty", "");
    Result r = run({"corpus", "audit", empty, empty});
    EXPECT_EQ(r.code, 1);
    EXPECT_NE(r.out.find("0  "
                         "  0.00%  no pair has proper text on both sides\n"),
              std::string::npos)
        << r.out;
    EXPECT_NE(r.out.find(" are these the files you mean?\n"), std::string::npos) << r.out;
    EXPECT_EQ(r.out.find("line"), r.out.find("lines  ")) << "there is none to be named\n" << r.out;
    r = run({"corpus", "audit", empty, empty, "--json"});
    EXPECT_NE(r.out.find("\"first\": []"), std::string::npos) << r.out;
}

/* What would change nothing is refused. */
TEST_F(CorpusAudit, OptionsAreOfSomeActions)
{
    const std::string en = corpus("train.en"), cs = corpus("train.cs"), out = folder.path("out");
    Result r = run({"corpus", "audit", en, cs, "--utf8", "skip"});
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.err.find("--utf8 is an option of corpus split, not of corpus audit"), std::string::npos) << r.err;
    r = run({"corpus", "audit", en, cs, "--seed", "2"});
    EXPECT_NE(r.err.find("--seed is an option of corpus generate and corpus split, not"), std::string::npos) << r.err;
    for (const program::Arguments &wrong : {program::Arguments{"generate", "copy", out, "--utf8", "skip"},
                                            {"generate", "copy", out, "--tsv"},
                                            {"split", en, cs, out, "--json"},
                                            {"split", en, cs, out, "--difficulty", "3"}}) {
        EXPECT_EQ(run(program::join({"corpus"}, wrong)).code, 2) << wrong[0];
        EXPECT_FALSE(std::filesystem::exists(out));
    }
}

TEST_F(CorpusAudit, WrongUsage)
{
    Result slip = run({"corpus", "adit", "a", "b"});
    EXPECT_EQ(slip.code, 2);
    EXPECT_NE(slip.err.find("there is no `carousel corpus adit`; did you mean 'audit'?"), std::string::npos)
        << slip.err;
    Result odd = run({"corpus", "audit", corpus("train.en"), corpus("train.cs"), "-t", "a", "b", "c"});
    EXPECT_NE(odd.err.find("'c' has no partner"), std::string::npos) << odd.err;
    EXPECT_EQ(run({"corpus", "audit", "one"}).code, 2);
    EXPECT_EQ(run({"corpus", "audit", "-", "-"}).code, 2);
    EXPECT_EQ(run({"corpus", "audit", corpus("train.en"), corpus("train.cs"), "-t", "x"}).code, 2);
    Result r = run({"corpus", "audit", folder.path("none"), corpus("train.cs")});
    EXPECT_EQ(r.code, 66);
    EXPECT_NE(r.err.find("none"), std::string::npos);
}
