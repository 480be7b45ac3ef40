/* Does it learn to translate?  The demo as shipped, and real languages. */
#include <filesystem>
#include <fstream>

#include "tools/program.hpp"

using program::Arguments;
using program::lines;
using program::Result;

namespace
{

class Learning : public program::Program
{
  protected:
    /* The number after `name` in what evaluate printed, such as "exact match". */
    static double figure(const std::string &text, const std::string &name)
    {
        for (const std::string &line : lines(text))
            if (line.compare(0, name.size(), name) == 0)
                return std::stod(line.substr(line.find(" = ") + 3));
        ADD_FAILURE() << "no " << name << " in " << text;
        return 0;
    }

    /* The first n lines of a file, as a file of its own. */
    std::string head(const std::string &from, size_t n, const std::string &name)
    {
        std::ifstream in(from);
        std::string text, line;
        for (size_t i = 0; i < n && std::getline(in, line); i++)
            text += line + "\n";
        return folder.write(name, text);
    }
};

TEST_F(Learning, TheDemoTranslatesHeldOutSentencesExactly)
{
    Result made = run({"corpus", "generate", "agreement", "--train", "12000", "--valid", "300", "--test", "500",
                       folder.path("text")});
    ASSERT_EQ(made.code, 0) << made.err;
    std::string text = folder.path("text/");
    Result trained = run({"train", "--config", CAR_SOURCE_DIR "/tools/demo.yml", "--model", folder.path("model"),
                          "--train-sets", text + "train.en", text + "train.cs", "--valid-sets", text + "valid.en",
                          text + "valid.cs"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    Result r = run({"evaluate", "--models", folder.path("model"), "--test-sets", text + "test.en", text + "test.cs"});
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_GE(figure(r.out, "exact match"), 95) << r.out;
}

/* English and Japanese, which has no spaces between words; a model of seconds, so it
 * is held to the bounds that tell it from one that learnt nothing of the source. */
TEST_F(Learning, RealLanguagesOneWithoutSpaces)
{
    std::string text = CAR_SHARED_DIR "/corpora/tatoeba-en-ja/";
    if (!std::filesystem::exists(text + "train.ja"))
        GTEST_SKIP() << "no " << text << ": the reference corpora are not here";
    Result trained = run({"train", "--model", folder.path("model"), "--train-sets",
                          head(text + "train.en", 12000, "train.en"), head(text + "train.ja", 12000, "train.ja"),
                          "--tokenizer", "word", "--min-count", "2", "2", "--enc-cell", "gru", "--dec-cell", "lstm",
                          "--attention", "general", "--dim-emb", "96", "--dim-rnn", "160", "--learn-rate", "0.003",
                          "--mini-batch", "32", "--after", "5e"});
    ASSERT_EQ(trained.code, 0) << trained.err;

    Result r = run({"evaluate", "--models", folder.path("model"), "--test-sets", text + "test.en", text + "test.ja",
                    "--tokenize", "zh"});
    ASSERT_EQ(r.code, 0) << r.err;
    EXPECT_GE(figure(r.out, "chrF2"), 9) << r.out;
    EXPECT_LE(figure(r.out, "perplexity"), 40) << r.out;

    /* What comes out is Japanese as it is written: no spaces, and the lines of the input. */
    Result translated = run({"translate", "--models", folder.path("model")}, "Don't climb on the wall.\n\nI see her.\n");
    std::vector<std::string> out = lines(translated.out);
    ASSERT_EQ(out.size(), 3u) << translated.out;
    EXPECT_FALSE(out[0].empty());
    EXPECT_TRUE(out[1].empty());
    EXPECT_EQ(out[0].find(' '), std::string::npos) << out[0];
}

} // namespace
