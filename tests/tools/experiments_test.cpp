/* tools/learn-tasks and tools/compare-cells, as short as can be: tables with a row for everything. */
#include "tools/program.hpp"

#include <regex>

using program::lines;
using program::Result;

namespace
{

class Experiments : public program::Shell
{
  protected:
    static std::string tool(const std::string &name) { return "'" CAR_SOURCE_DIR "/tools/" + name + "' "; }

    static void expect_row(const std::string &line, const std::string &form)
    {
        EXPECT_TRUE(std::regex_match(line, std::regex(form))) << line << " is not " << form;
    }

    const std::string tiny = " -- --dim-emb 8 --dim-rnn 8";
};

TEST_F(Experiments, SayWhatTheyNeed)
{
    for (const char *name : {"learn-tasks", "compare-cells"}) {
        Result r = shell(tool(name) + "--nonsense 1");
        EXPECT_EQ(r.code, 2) << name;
        EXPECT_EQ(r.err.find("tools/" + std::string(name) + " - "), 0u) << r.err;
        r = shell("CAROUSEL=/none " + tool(name) + "--dir out 1 2 3 4 5 6");
        EXPECT_EQ(r.code, 66) << name;
        EXPECT_EQ(r.err, std::string(name) + ": no /none; build first, or set CAROUSEL\n");
    }
    EXPECT_EQ(shell(tool("compare-cells") + "--dir out 1 2 3 4 5").code, 2);
}

TEST_F(Experiments, LearnATask)
{
    const std::string command = tool("learn-tasks") + "--dir out --train 50 --test 5 --after 1u copy tags" + tiny;
    Result r = shell(command);
    ASSERT_EQ(r.code, 0) << r.err;
    const std::vector<std::string> rows = lines(r.out);
    ASSERT_EQ(rows.size(), 4u) << r.out;
    EXPECT_EQ(rows[0], "| task | exact | right words | seconds |");
    const std::string percent = R"( \d+\.\d+ % \|)";
    expect_row(rows[2], R"(\| copy \|)" + percent + percent + R"( \d+ \|)");
    expect_row(rows[3], R"(\| tags \|)" + percent + percent + R"( \d+ \|)");
    r = shell(command);
    EXPECT_EQ(lines(r.out), rows) << r.err;
    EXPECT_EQ(r.err, "") << "what is finished is not trained again";
}

TEST_F(Experiments, CompareACell)
{
    Result r = shell("\"$CAROUSEL\" corpus generate copy data --train 40 --valid 5 --test 5 -q");
    ASSERT_EQ(r.code, 0) << r.err;
    r = shell(tool("compare-cells") +
              "--dir out --after 1e --cells rnn data/train.src data/train.trg data/valid.src "
              "data/valid.trg data/test.src data/test.trg" +
              tiny);
    ASSERT_EQ(r.code, 0) << r.err;
    const std::vector<std::string> rows = lines(r.out);
    ASSERT_EQ(rows.size(), 4u) << r.out;
    EXPECT_EQ(rows[0], "| model | parameters | perplexity | BLEU | words/s | seconds |");
    const std::string figures = R"( \| 0\.\d\d M \| [1-9]\d*\.\d\d \| \d+\.\d \| [1-9]\d* \| \d+ \|)";
    expect_row(rows[2], R"(\| rnn)" + figures);
    expect_row(rows[3], R"(\| lstm-fixed-context)" + figures);
}

} // namespace
