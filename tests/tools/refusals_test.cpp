/* What commands say to what cannot be, and that they say it before they work; and what they must not refuse. */
#include "tools/program.hpp"

using program::Arguments;
using program::count;
using program::has;
using program::lines;
using program::Program;
using program::Result;

namespace
{

class Refusals : public Program
{
  protected:
    /* Refused with this code, in words, and with nothing on standard output. */
    void refused(const Arguments &arguments, int code, const std::string &words)
    {
        const Result r = run(arguments);
        EXPECT_EQ(r.code, code) << words << "\n" << r.err;
        EXPECT_TRUE(has(r.err, words)) << words << "\n" << r.err;
        EXPECT_EQ(r.out, "") << words;
    }

    /* The file of what a command with these options dumps. */
    std::string dumped(const std::string &name, const Arguments &arguments)
    {
        const Result r = run(program::join(arguments, {"--dump-config"}));
        EXPECT_EQ(r.code, 0) << r.err;
        return folder.write(name, r.out);
    }
};

class BenchRefusals : public Refusals
{
  protected:
    void SetUp() override {} // no corpus

    const Arguments small = {"bench", "--seconds",    "0", "--dims",       "16", "--dim-emb", "16", "--dim-rnn",
                             "16",    "--mini-batch", "4", "--dim-vocabs", "50"};
};

TEST_F(BenchRefusals, AModelThatDivergesIsNoBug)
{
    refused(program::join(small, {"--only", "training", "--enc-cell", "irnn:identity=2", "--length", "300", "--json"}),
            76, "after 0 updates the model has no finite gradient");
}

TEST_F(BenchRefusals, MoreThanCanBeCounted)
{
    for (const char *part : {"products", "cells"})
        refused({"bench", "--only", part, "--rows", "65536", "--steps", "65535"}, 2,
                "--rows 65536 times --steps 65535 is more than can be held");
    refused({"bench", "--only", "training", "--mini-batch", "65536", "--length", "65535"}, 2,
            "--mini-batch 65536 times --length 65535 is more than can be held");
    refused({"cell", "bench", "lstm", "--rows", "65536", "--steps", "65535"}, 2, "--rows 65536 times --steps 65535");
}

TEST_F(BenchRefusals, CellsAndModelsBeforeAnythingIsMeasured)
{
    refused(program::join(small, {"--only", "roof", "cells", "--cells", "lstm", "lstn"}), 69, "did you mean 'lstm'?");
    for (const char *side : {"--enc-cell", "--dec-cell"})
        refused(program::join(small, {"--only", "roof", "decoding", side, "lstn"}), 69,
                std::string(side) + ": there is no cell 'lstn'");
    refused(program::join(small, {"--only", "roof", "training", "--attention", "none", "--input-feeding"}), 78, "");
}

TEST_F(BenchRefusals, WhatTrainRefuses)
{
    refused(program::join(small, {"--only", "training", "--layer-normalization", "--batch-normalization"}), 78,
            "leave out one of them");
}

TEST_F(BenchRefusals, ThreadsThatThereAreNot)
{
    const bool one = has(run({"--version", "--verbose"}).out, "threads     one");
    const Result r = run(program::join(small, {"--only", "training", "--length", "4", "--cpu-threads", "2"}));
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(has(r.out, one ? ", 1 thread," : ", 2 threads,")) << r.out;
}

TEST_F(Refusals, ADumpedConfigurationIsNotRefused)
{
    const std::string generate = dumped("corpus.yml", {"corpus", "generate"});
    Result r = run({"corpus", "generate", "copy", folder.path("copy"), "--config", generate, "--train", "9"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(run({"corpus", "audit", corpus("test.en"), corpus("test.cs"), "--config", generate}).code, 0);
    refused({"corpus", "generate", "copy", folder.path("other"), "--json"}, 2, "--json is an option of corpus audit");

    const std::string vocab = dumped("vocab.yml", {"vocab"}),
                      marian = folder.write("v.yml", "</s>: 0\n<unk>: 1\na: 2\n");
    r = run({"vocab", "--convert", marian, "--config", vocab});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out, run({"vocab", "--convert", marian}).out);
    refused({"vocab", "--convert", marian, "--min-count", "2"}, 2, "leave out --min-count");

    const std::string bpe = dumped("bpe.yml", {"bpe", "learn"}), codes = folder.path("codes"),
                      text = corpus("train.en");
    folder.write("codes", run({"bpe", "learn", "--symbols", "50", text}).out);
    const std::string all = run({"bpe", "apply", "--codes", codes, text}).out;
    EXPECT_TRUE(run({"bpe", "apply", text, "--codes", codes, "--config", bpe}).out == all);
    EXPECT_FALSE(run({"bpe", "apply", text, "--codes", codes, "--merges", "0"}).out == all);
}

TEST_F(Refusals, WordsThatNoCommandAskedFor)
{
    for (const char *command : {"score", "lexicon", "gradients"})
        refused({command, "a.en", "-m", "m"}, 2,
                std::string("'a.en' is no option of ") + command + "; --sets names files");
    for (const char *command : {"translate", "generate", "gates", "forecast"})
        refused({command, "a.en", "-m", "m"}, 2,
                std::string("'a.en' is no option of ") + command + "; --input names a file");
    refused({"train", "a.en", "-m", folder.path("m")}, 2, "'a.en' is no option of train; --train-sets names files");
    refused({"evaluate", "a.en", "-m", "m"}, 2, "'a.en' is no option of evaluate; --test-sets names files");
    refused({"bench", "cells"}, 2, "'cells' is no option of bench; --only names parts");
}

TEST_F(Refusals, BarsHaveNoLogarithmsAndNoPoints)
{
    const std::string table = folder.write("t.tsv", "kind\ta\nverb\t50\nnoun\t25\n");
    for (const Arguments &more : {Arguments{"--log-x"}, Arguments{"--log-y"}, Arguments{"--points", "a"}})
        refused(program::join({"plot", table, "--bars"}, more), 2, more[0] + " is of curves");
    EXPECT_EQ(run({"plot", table, "--bars", "--from-zero"}).code, 0);
}

TEST_F(Refusals, OptionsWithoutAMeaningWhereTextIsEvaluated)
{
    const std::string text = folder.write("text", "a b\n");
    for (const Arguments &more : {Arguments{"--precision", "bf16"}, Arguments{"--insecure-plugins"}})
        refused(program::join({"evaluate", "--hypothesis", text, "--reference", text}, more), 2,
                more[0] + " has no meaning when translations in files are evaluated");
}

TEST_F(Refusals, OfAModelThatTags)
{
    const std::string words = folder.write("words", "a b c\nd e\n"), tags = folder.write("tags", "X Y X\nX X\n");
    const Result trained = run({"train", "--task", "tag", "--model", folder.path("tagger"), "--train-sets", words, tags,
                                "--tokenizer", "space", "--dim-emb", "8", "--dim-rnn", "8", "--after", "1u"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    for (const Arguments &more : {Arguments{"--beam-size", "4"}, Arguments{"--normalize", "1"}})
        refused(program::join({"evaluate", "-m", folder.path("tagger"), "--test-sets", words, tags}, more), 2,
                more[0] + " has no meaning when models that tag or classify are evaluated");
    EXPECT_EQ(run({"evaluate", "-m", folder.path("tagger"), "--test-sets", words, tags, "--mini-batch", "1"}).code, 0);
    refused({"lexicon", "-m", folder.path("tagger"), "--sets", words, tags}, 78, "translates no words");
}

/* Words are parted at spaces, so that a tab may be within one. */
TEST_F(Refusals, AShortlistIsReadWhateverThePieces)
{
    const std::string source = folder.write("source", "a\tb c\nc d\nd\n"),
                      target = folder.write("target", "x\ty z\nz w\nw\n");
    const Result trained = run({"train", "--model", folder.path("m"), "--train-sets", source, target, "--tokenizer",
                                "space", "--dim-emb", "8", "--dim-rnn", "8", "--after", "1u"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    const Result table = run({"lexicon", "-m", folder.path("m"), "--sets", source, target});
    ASSERT_EQ(table.code, 0) << table.err;
    EXPECT_TRUE(has(table.out, "\td\t")) << table.out;
    for (const std::string &line : lines(table.out))
        EXPECT_EQ(count(line, "\t"), 2) << line;
    const Result r =
        run({"translate", "-m", folder.path("m"), "--shortlist", folder.write("table", table.out)}, "a\tb c\n");
    EXPECT_EQ(r.code, 0) << r.err;
    const std::string exact = "w\td\t0." + std::string(200, '3') + "\n", model = folder.path("m");
    EXPECT_EQ(run({"translate", "-m", model, "--shortlist", folder.write("exact", exact)}, "d\n").code, 0);
    const std::string wrong = folder.write("wrong", exact + "w\td\t1.5\n");
    const Result no = run({"translate", "-m", model, "--shortlist", wrong}, "d\n");
    EXPECT_EQ(no.code, 65);
    EXPECT_TRUE(has(no.err, wrong + ":2: this is no target word")) << no.err;
}

} // namespace
