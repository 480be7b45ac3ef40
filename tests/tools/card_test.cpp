/* Report cards, of shipped cells and of others. */
#include <filesystem>

#include "tools/program.hpp"

using program::count;
using program::Program;
using program::Result;

namespace
{

class Card : public Program
{
};

/* In a few seconds: gates hold on to what comes 50 steps later, a simple network does not. */
TEST_F(Card, QuickTellsTheLstmFromTheRnn)
{
    if (program::sanitized)
        GTEST_SKIP() << "half a minute under the sanitizer; the page below is learnt there too";
    Result lstm = run({"card", "lstm", "--quick"}), rnn = run({"card", "rnn", "--quick", "--quiet"});
    ASSERT_EQ(lstm.code, 0) << lstm.err;
    ASSERT_EQ(rnn.code, 0) << rnn.err;
    EXPECT_EQ(count(lstm.out, "passed (1 of 1)"), 2) << lstm.out;
    EXPECT_EQ(count(rnn.out, "failed (0 of 1)"), 2) << rnn.out;
    EXPECT_NE(lstm.err.find("adding-50, seed 1: passed with "), std::string::npos) << lstm.err;
    EXPECT_EQ(rnn.err, "");
}

/* Cells nobody here knew when the battery was written; numbers do not depend on threads. */
TEST_F(Card, OfAnyCell)
{
    const bool slow = program::sanitized; // there one seed on one number of threads has to do
    const std::string seeds = slow ? "1" : "2";
    std::string own = folder.path("own.so");
    std::filesystem::copy_file(CAR_BINARY_DIR "/tests/mistakes/honest/leaky.so", own);
    auto page = [&](const char *threads) {
        const std::string path = folder.path(std::string("page.") + threads);
        Result r =
            run({"card", own, "--only", "reber", "--seeds", seeds, "--markdown", path, "--cpu-threads", threads});
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(count(r.out, " of " + seeds + ")\n"), 1) << r.out;
        return program::read(path);
    };
    const std::string on_two = page("2");
    EXPECT_NE(on_two.find("# Card of `honest`"), std::string::npos) << on_two;
    EXPECT_NE(on_two.find("| continual embedded Reber grammar | right answers | 50.0 % |"), std::string::npos)
        << on_two;
    EXPECT_EQ(count(on_two, " of " + seeds + " |\n"), 1) << on_two;
    if (!slow) {
        EXPECT_EQ(page("1"), on_two);
    }

    Result json = run({"card", "rnn:activation=tanh", "--only", "reber", "--seeds", "1", "--json", "--quiet"});
    ASSERT_EQ(json.code, 0) << json.err;
    for (const char *part : {"\"cell\": \"rnn:activation=tanh\"", "\"task\": \"reber\"", "\"hidden\": 64",
                             "\"mark\": 0.99", "\"runs\": ["})
        EXPECT_NE(json.out.find(part), std::string::npos) << part << " in\n" << json.out;
}

TEST_F(Card, WhatCannotBeDoneIsSaidAtOnce)
{
    Result r = run({"card"});
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.err.find("usage: carousel card CELL"), std::string::npos) << r.err;
    r = run({"card", "lstm", "--only", "order-05"});
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.err.find("did you mean 'order-50'?"), std::string::npos) << r.err;
    r = run({"card", "lstn"});
    EXPECT_EQ(r.code, 69);
    EXPECT_NE(r.err.find("lstm"), std::string::npos) << r.err;
    r = run({"card", "lstm:colour=1"});
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.err.find("colour"), std::string::npos) << r.err;
    r = run({"card", "lstm", "--quick", "--only", "reber", "--markdown", "/proc/no/page.md"});
    EXPECT_EQ(r.code, 73) << r.err;
}

} // namespace
