/* carousel cell check: what it prints, for people and for programs. */
#include <filesystem>
#include <set>

#include "support/between.hpp"
#include "tools/program.hpp"

using program::Arguments;
using program::lines;
using program::Program;
using program::read;
using program::Result;

namespace
{

const std::string cells = CAR_BINARY_DIR "/lib/carousel/cells/";
const std::string mistakes = CAR_BINARY_DIR "/tests/mistakes/behaviour/";

class CellCheck : public Program
{
  protected:
    Result check(const std::string &file, const Arguments &more = {})
    {
        return run(program::join({"cell", "check", file, "--insecure-plugins"}, more));
    }
};

TEST_F(CellCheck, AGoodCellPassesInALine)
{
    Result r = check(cells + "lstm.so", {"--seed", "5"});
    EXPECT_EQ(r.code, 0) << r.out << r.err;
    EXPECT_EQ(lines(r.out).size(), 1u) << r.out;
    EXPECT_NE(r.out.find("lstm.so: passed: "), std::string::npos) << r.out;
    EXPECT_NE(r.out.find(", 0 failed, 0 warned, 0 not run; seed 5\n"), std::string::npos) << r.out;
}

TEST_F(CellCheck, ACellIsFoundByItsName)
{
    Result r = run({"cell", "check", "gru", "--insecure-plugins", "--only", "plan"});
    EXPECT_EQ(r.code, 0) << r.out << r.err;
    EXPECT_NE(r.out.find("cells/gru.so: passed"), std::string::npos) << r.out;
}

TEST_F(CellCheck, AFaultIsToldOnceForAllOptions)
{
    Result r = check(mistakes + "overruns.so", {"--only", "forward.bounds"});
    EXPECT_EQ(r.code, 1) << r.err;
    EXPECT_NE(r.out.find("FAILED  forward.bounds  misbehaves, whatever its options\n    the forward kernel of stage 0 "
                         "wrote to the new state h (next[0]), row 0, unit 7"),
              std::string::npos)
        << r.out;
    EXPECT_NE(r.out.find("3 failed"), std::string::npos) << r.out;
}

TEST_F(CellCheck, WhatCannotRunIsSaidTogether)
{
    Result r = check(mistakes + "aborts.so");
    EXPECT_EQ(r.code, 1) << r.err;
    EXPECT_NE(r.out.find("FAILED  forward.runs"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find("forward (42), "), std::string::npos) << r.out;
    EXPECT_NE(r.out.find("\n    needs forward.runs\n"), std::string::npos) << r.out;
}

TEST_F(CellCheck, OneObjectForPrograms)
{
    Result r = check(mistakes + "overruns.so", {"--json", "--only", "forward.bounds"});
    EXPECT_EQ(r.code, 1) << r.err;
    for (const char *part : {"\"file\": \"", "\"seed\": 1", "\"failed\": 3", "\"id\": \"forward.bounds\"",
                             "\"settings\": \"bias=-4\"", "\"verdict\": \"failed\""})
        EXPECT_NE(r.out.find(part), std::string::npos) << part << "\n" << r.out;
}

TEST_F(CellCheck, WhatIsNoPluginIsRefused)
{
    std::string text = folder.write("text.so", "this is no library");
    Result r = check(text);
    EXPECT_EQ(r.code, 1) << r.err;
    EXPECT_NE(r.out.find("FAILED  library.accepted\n    plugin " + text + ": is not a shared object"),
              std::string::npos)
        << r.out;
    EXPECT_EQ(check(folder.path("none.so")).code, 66);
    EXPECT_EQ(check(cells + "lstm.so", {"--twin", folder.path("none.so")}).code, 66);
    Result unknown = check(cells + "lstm.so", {"--only", "forwards"});
    EXPECT_EQ(unknown.code, 2);
    EXPECT_NE(unknown.err.find("there is no check \"forwards\""), std::string::npos) << unknown.err;
    EXPECT_EQ(run({"cell", "check"}).code, 2);
}

TEST_F(CellCheck, TheDocumentDescribesEveryCheckAndNoOther)
{
    std::set<std::string> documented, listed;
    std::string text = read(CAR_SOURCE_DIR "/docs/cell-check.md");
    for (const std::string &id : support::between(text, "\n| `", "` |"))
        EXPECT_TRUE(documented.insert(id).second) << id;
    Result r = run({"cell", "check", "--list"});
    for (const std::string &line : lines(r.out))
        EXPECT_TRUE(listed.insert(line.substr(0, line.find(' '))).second) << line;
    EXPECT_EQ(documented, listed);
    EXPECT_GE(listed.size(), 50u);
}

} // namespace
