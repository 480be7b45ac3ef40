/* carousel bpe as a user runs it. */
#include "tools/program.hpp"

using program::Program;
using program::Result;

using Bpe = Program;

TEST_F(Bpe, LearnsAppliesAndCounts)
{
    std::string text = "low low low lower lower\nnewest newest\n";
    Result learned = run({"bpe", "learn", "--symbols", "4", "--quiet"}, text);
    ASSERT_EQ(learned.code, 0) << learned.err;
    EXPECT_EQ(learned.out, "#version: 0.2\nl o\nw e\nlo w</w>\nwe s\n");
    EXPECT_EQ(run({"bpe", "learn", "-s", "4", folder.write("a", text)}).out, learned.out);
    EXPECT_EQ(run({"bpe", "learn", "-s", "4", "--dict-input"}, "low 3\nlower 2\nnewest 2\n").out, learned.out);

    std::string codes = folder.write("codes", learned.out);
    Result applied = run({"bpe", "apply", "--codes", codes}, " low  lower\r\n\nwest\n");
    ASSERT_EQ(applied.code, 0) << applied.err;
    EXPECT_EQ(applied.out, " low lo@@ we@@ r\r\n\nwes@@ t\n");
    EXPECT_EQ(run({"bpe", "apply", "--codes", codes, "--cpu-threads", "3"}, " low  lower\r\n\nwest\n").out,
              applied.out);
    EXPECT_EQ(run({"bpe", "apply", "--codes", codes, "--merges", "1"}, "low\n").out, "lo@@ w\n");
    EXPECT_EQ(run({"bpe", "apply", "--codes", codes, "--separator", "~"}, "west\n").out, "wes~ t\n");
    EXPECT_EQ(run({"bpe", "apply", "--codes", codes, "--glossaries", "ow", "x+"}, "low\n").out, "l@@ ow\n");
    EXPECT_EQ(run({"bpe", "apply", "--codes", codes, "--dropout", "1"}, "low\n").out, "l@@ o@@ w\n");

    Result counted = run({"bpe", "vocab"}, applied.out);
    EXPECT_EQ(counted.out, "low 1\nlo@@ 1\nwe@@ 1\nr 1\nwes@@ 1\nt 1\n");
    std::string known = folder.write("known", "low 9\nlo@@ 9\nwe@@ 9\nwes@@ 1\nt 9\n");
    EXPECT_EQ(
        run({"bpe", "apply", "--codes", codes, "--vocabulary", known, "--vocabulary-threshold", "2"}, "low west\n").out,
        "low we@@ s@@ t\n");
    EXPECT_EQ(run({"bpe", "apply", "--codes", codes, "--vocabulary", known}, "low west\n").out, "low wes@@ t\n");
}

TEST_F(Bpe, SaysWhatIsWrong)
{
    EXPECT_EQ(run({"bpe"}).code, 2);
    EXPECT_EQ(run({"bpe", "lern"}).code, 2);
    EXPECT_EQ(run({"bpe", "apply"}).code, 2);
    EXPECT_EQ(run({"bpe", "apply", "--codes", folder.path("none")}).code, 66);
    EXPECT_EQ(run({"bpe", "apply", "--codes", folder.write("text", "no merges\n")}).code, 65);
    EXPECT_EQ(run({"bpe", "learn"}, "good\n\xff\n").code, 65);
    EXPECT_EQ(run({"bpe", "learn", "--dict-input"}, "word\n").code, 65);
    std::string codes = folder.write("codes", "#version: 0.2\n");
    EXPECT_EQ(run({"bpe", "apply", "--codes", codes, "--glossaries", "("}, "a\n").code, 2);
    EXPECT_EQ(run({"bpe", "apply", "--codes", codes, "--vocabulary", folder.write("v", "a\n")}, "a\n").code, 65);
}
