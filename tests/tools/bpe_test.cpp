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

TEST_F(Bpe, ModelsTranslateRawTextFromAlone)
{
    const program::Arguments bpe = {"--after", "20u", "--bpe-symbols", "60", "--dim-vocabs", "600"};
    train("joint", bpe);
    EXPECT_EQ(train("again", program::join(bpe, {"--cpu-threads", "3"})), model("joint"));
    std::string vocabulary = folder.read("joint/vocab.src");
    EXPECT_NE(vocabulary.find("# tokenizer: name=word normalization=nfc bpe=60 bytes=yes\n"), std::string::npos);
    EXPECT_NE(vocabulary.find("# merges: 61\n"), std::string::npos);
    std::string merges = vocabulary.substr(vocabulary.find("#version: 0.2"));
    EXPECT_EQ(folder.read("joint/vocab.trg").substr(folder.read("joint/vocab.trg").find("#version: 0.2")), merges);
    Result translated =
        run({"translate", "-m", folder.path("joint/latest.safetensors")}, "The dog \xf0\x9f\x98\x80.\n");
    EXPECT_EQ(translated.code, 0) << translated.err;
    EXPECT_EQ(program::lines(translated.out).size(), 1u);
    EXPECT_EQ(translated.out.find("<unk>"), std::string::npos);

    Result resumed = run(training("joint", {"--resume", "--after", "25u"}));
    EXPECT_EQ(resumed.code, 0) << resumed.err;

    train("given", {"--after", "5u", "--vocabs", folder.path("joint/vocab.src"), folder.path("joint/vocab.trg")});
    EXPECT_EQ(folder.read("given/vocab.src"), vocabulary);
    EXPECT_EQ(run(training("refused", {"--vocabs", folder.path("joint/vocab.src"), folder.path("joint/vocab.trg"),
                                       "--bpe-symbols", "9"}))
                  .code,
              78);

    std::string codes = folder.write("codes", merges);
    train("loaded", {"--after", "20u", "--bpe-codes", codes, "--dim-vocabs", "600"});
    EXPECT_EQ(folder.read("loaded/vocab.src"), vocabulary);
    train("apart",
          {"--after", "5u", "--tokenizer", "word", "char", "--bpe-symbols", "40", "0", "--byte-fallback=false"});
    EXPECT_NE(folder.read("apart/vocab.src").find("bpe=40 bytes=no\n"), std::string::npos);
    EXPECT_NE(folder.read("apart/vocab.trg").find("# tokenizer: name=char normalization=nfc\n"), std::string::npos);
    train("bytes", {"--after", "5u", "--tokenizer", "byte"});
}

TEST_F(Bpe, VocabulariesHaveTheirMerges)
{
    std::string text = folder.write("text", "low low lower\n");
    Result made = run({"vocab", "--bpe-symbols", "2", text});
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_NE(made.out.find("bpe=2 bytes=yes\n"), std::string::npos);
    EXPECT_EQ(made.out.substr(made.out.find("#version")), "#version: 0.2\nl o\nlo w</w>\n");
    EXPECT_EQ(run({"vocab", "--bpe-codes", folder.write("codes", "#version: 0.2\nl o\nlo w</w>\n"), text}).out,
              made.out);
    EXPECT_EQ(run({"vocab", "--bpe-symbols", "2", "--byte-fallback=false", text}).out.find("<0x"), std::string::npos);
    EXPECT_EQ(run({"vocab", "--bpe-symbols", "2"}, "low\n").code, 2);
    EXPECT_EQ(run({"vocab", "--bpe-codes", text}, "low\n").code, 65);
}
