/* How the program answers to what it is told: help, messages and exit codes. */
#include "tools/program.hpp"

#include <cstring>

using program::has;
using program::Program;
using program::Result;

class Usage : public Program
{
};

TEST_F(Usage, HelpIsAResult)
{
    for (const char *help : {"--help", "-h"}) {
        Result r = run({help});
        EXPECT_EQ(r.code, 0);
        EXPECT_EQ(r.err, "");
        for (const char *command : {"train", "translate", "generate", "evaluate", "score", "vocab", "tokenize",
                                    "detokenize", "cell", "corpus"})
            EXPECT_TRUE(has(r.out, command)) << command;
    }
}

TEST_F(Usage, EveryCommandHasHelp)
{
    for (const char *command :
         {"train", "translate", "decode", "evaluate", "score", "vocab", "tokenize", "detokenize", "cell", "corpus"}) {
        Result r = run({command, "--help"});
        EXPECT_EQ(r.code, 0) << command;
        EXPECT_EQ(r.err, "") << command;
        EXPECT_TRUE(has(r.out, "usage: carousel ")) << command;
        EXPECT_TRUE(has(r.out, "--config")) << command;
    }
}

TEST_F(Usage, NoArgument)
{
    Result r = run({});
    EXPECT_EQ(r.code, 2);
    EXPECT_EQ(r.out, "");
    EXPECT_TRUE(has(r.err, "usage: carousel COMMAND"));
}

TEST_F(Usage, Version)
{
    EXPECT_EQ(run({"--version"}).out, "carousel 0.1.0\n");
    Result r = run({"--version", "--verbose"});
    for (const char *part : {"carousel 0.1.0\n", "compiler ", "icu=", "products ", "cell ABI "})
        EXPECT_TRUE(has(r.out, part)) << part;
}

TEST_F(Usage, UnknownCommand)
{
    Result r = run({"trian"});
    EXPECT_EQ(r.code, 2);
    EXPECT_TRUE(has(r.err, "did you mean 'train'?")) << r.err;
}

TEST_F(Usage, UnknownOption)
{
    Result r = run(training("m", {"--dim-rn", "9"}));
    EXPECT_EQ(r.code, 2);
    EXPECT_TRUE(has(r.err, "carousel: unknown option --dim-rn; did you mean --dim-rnn?")) << r.err;
}

TEST_F(Usage, UnknownMetric)
{
    Result r = run(training("m", {"--valid-metrics", "blue"}));
    EXPECT_EQ(r.code, 2);
    EXPECT_TRUE(has(r.err, "'blue' is no metric; did you mean 'bleu'?")) << r.err;
}

TEST_F(Usage, WhatIsMissing)
{
    Result r = run({"train", "--model", folder.path("m")});
    EXPECT_EQ(r.code, 2);
    EXPECT_TRUE(has(r.err, "--train-sets SRC TRG, or a tab-separated file, is missing")) << r.err;
    EXPECT_EQ(run({"translate"}).code, 2);
    EXPECT_EQ(run({"evaluate"}).code, 2);
    EXPECT_EQ(run({"score"}).code, 2);
    EXPECT_EQ(run({"cell"}).code, 2);
    EXPECT_EQ(run({"corpus"}).code, 2);
}

TEST_F(Usage, MissingFiles)
{
    Result r = run({"train", "-m", folder.path("m"), "-t", folder.path("no.en"), corpus("train.cs")});
    EXPECT_EQ(r.code, 66);
    EXPECT_TRUE(has(r.err, "no.en")) << r.err;
    EXPECT_EQ(run({"translate", "-m", folder.path("no-model")}).code, 66);
    EXPECT_EQ(run({"train", "--config", folder.path("no.yml")}).code, 66);
}

TEST_F(Usage, FilesOfDifferentLength)
{
    Result r = run({"train", "-m", folder.path("m"), "-t", corpus("train.en"), corpus("test.cs")});
    EXPECT_EQ(r.code, 65);
    EXPECT_TRUE(has(r.err, "200 lines") && has(r.err, " 20;")) << r.err;
}

TEST_F(Usage, TextThatIsNotUtf8)
{
    std::string bad = folder.write("bad.en", "good\nbad \xff line\n"), good = folder.write("good.cs", "a\nb\n");
    Result r = run({"train", "-m", folder.path("m"), "-t", bad, good});
    EXPECT_EQ(r.code, 65);
    EXPECT_TRUE(has(r.err, "bad.en:2") && has(r.err, "byte 5")) << r.err;
}

TEST_F(Usage, UnknownCell)
{
    Result r = run(training("m", {"--dec-cell", "lstn"}));
    EXPECT_EQ(r.code, 69);
    EXPECT_TRUE(has(r.err, "'lstn'; did you mean 'lstm'?")) << r.err;
    EXPECT_TRUE(has(r.err, "searched"));
    EXPECT_FALSE(std::filesystem::exists(folder.path("m")));
}

TEST_F(Usage, SettingsOfACell)
{
    Result r = run(training("m", {"--enc-cell", "lstm:forget_bias=99"}));
    EXPECT_EQ(r.code, 2);
    EXPECT_TRUE(has(r.err, "forget_bias")) << r.err;
}

TEST_F(Usage, FolderThatCannotBeMade)
{
    folder.write("file", "x");
    Result r = run(training("file/m"));
    EXPECT_EQ(r.code, 73);
    EXPECT_TRUE(has(r.err, "file")) << r.err;
}

TEST_F(Usage, FolderInUse)
{
    train("m", {"--after", "1u"});
    Result r = run(training("m", {"--after", "1u"}));
    EXPECT_EQ(r.code, 73);
    EXPECT_TRUE(has(r.err, "--resume") && has(r.err, "--overwrite")) << r.err;
    EXPECT_EQ(train("m", {"--after", "1u", "--overwrite"}), train("other", {"--after", "1u"}));
}

TEST_F(Usage, AStartThatFailedCanBeRepeated)
{
    EXPECT_EQ(run({"train", "-m", folder.path("m"), "-t", corpus("train.en"), corpus("test.cs")}).code, 65);
    train("m", {"--after", "1u"});
}

TEST_F(Usage, ConfigurationErrors)
{
    Result r = run(training("m", {"--config", folder.write("a.yml", "dim-rn: 9\n")}));
    EXPECT_EQ(r.code, 78);
    EXPECT_TRUE(has(r.err, "a.yml:1") && has(r.err, "did you mean dim-rnn?")) << r.err;
    EXPECT_EQ(run(training("m", {"--config", folder.write("b.yml", "dim-rnn: [\n")})).code, 78);
    EXPECT_EQ(run(training("m", {"--tokenizer", "wrod"})).code, 78);
    EXPECT_EQ(run(training("m", {"--input-feeding", "--attention", "none"})).code, 78);
}

TEST_F(Usage, ModelFilesThatAreNone)
{
    train("m", {"--after", "1u"});
    std::string bytes = model("m");
    uint64_t header = 0; /* behind it come the weights, then Adam's moments, which translating has no use for */
    std::memcpy(&header, bytes.data(), sizeof header);
    const size_t weights = 8 + static_cast<size_t>(header), of_weights = (bytes.size() - weights) / 3;
    for (size_t at : {size_t{0}, size_t{9}, weights - 1, weights, weights + of_weights / 2, weights + of_weights - 1}) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        Result r = run({"translate", "-m", folder.write("damaged.safetensors", damaged)});
        EXPECT_EQ(r.code, 65) << at;
        EXPECT_TRUE(has(r.err, "damaged.safetensors")) << r.err;
    }
    EXPECT_EQ(run({"translate", "-m", folder.write("cut.safetensors", bytes.substr(0, 1000))}).code, 65);
    EXPECT_EQ(run({"translate", "-m", folder.write("empty.safetensors", "")}).code, 65);
}

TEST_F(Usage, EnvironmentOfThreads)
{
    setenv("CAROUSEL_THREADS", "many", 1);
    Result r = run(training("m", {"--cpu-threads", "0"}));
    unsetenv("CAROUSEL_THREADS");
    EXPECT_EQ(r.code, 78);
    EXPECT_TRUE(has(r.err, "CAROUSEL_THREADS")) << r.err;
}

TEST_F(Usage, GeneratesCorpora)
{
    Result all = run({"corpus", "generate"});
    EXPECT_EQ(all.code, 0);
    for (const char *task :
         {"copy", "reverse", "sort", "repeat", "addition", "dates", "numbers", "transliteration", "agreement", "gaps"})
        EXPECT_NE(all.out.find(task), std::string::npos) << task;
    Result made = run({"corpus", "generate", "dates", folder.path("d"), "--languages", "cs", "--difficulty", "1",
                       "--train", "30", "--valid", "2", "--test", "3", "--seed", "5"});
    EXPECT_EQ(made.code, 0) << made.err;
    EXPECT_EQ(program::lines(program::read(folder.path("d/train.src"))).size(), 30u);
    EXPECT_EQ(program::lines(program::read(folder.path("d/test.iso"))).size(), 3u);
    EXPECT_NE(program::read(folder.path("d/corpus.json")).find("\"cs\""), std::string::npos);
    Result slip = run({"corpus", "generate", "revers", folder.path("r")});
    EXPECT_EQ(slip.code, 2);
    EXPECT_NE(slip.err.find("did you mean 'reverse'?"), std::string::npos) << slip.err;
    EXPECT_EQ(run({"corpus", "generate", "copy"}).code, 2);
    EXPECT_EQ(run({"corpus"}).code, 2);
    EXPECT_EQ(run({"corpus", "generate", "agreement", folder.path("a"), "--difficulty", "3"}).code, 2);
}
