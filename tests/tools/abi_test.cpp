/* A released plugin keeps working with later releases of the same ABI major: the
 * binaries of tests/abi, each built against the header of its time and never again. */
#include <algorithm>
#include <filesystem>

#include "tools/program.hpp"

using program::Program;
using program::Result;

static const std::filesystem::path root = CAR_SOURCE_DIR "/tests/abi";

static std::vector<std::string> binaries()
{
    std::vector<std::string> found;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(root))
        if (entry.path().extension() == ".so")
            found.push_back(entry.path().lexically_relative(root));
    std::sort(found.begin(), found.end());
    return found;
}

class Released : public Program, public ::testing::WithParamInterface<std::string>
{
  protected:
    void SetUp() override
    {
#ifndef __x86_64__
        GTEST_SKIP() << "the binaries are for x86-64";
#endif
        Program::SetUp();
        const std::filesystem::path kept = root / GetParam();
        const std::string release = kept.parent_path().filename();
        file = folder.write(kept.filename(), program::read(kept));
        abi = ", ABI " + release + "\n";
        cell = kept.stem();
        (void)setenv("CAROUSEL_PATH", folder.path().c_str(), 1); /* before where the shipped ones are */
    }
    void TearDown() override { (void)unsetenv("CAROUSEL_PATH"); }

    static double cost(const std::string &line)
    {
        const std::string key = "\"loss\":";
        return std::stod(line.substr(line.find(key) + key.size()));
    }
    double last_cost(const std::string &name) const { return cost(metrics(name).back()); }

    std::string file, abi, cell;
};

TEST_P(Released, IsLoadedAndKeepsToTheContract)
{
    Result info = run({"cell", "info", cell});
    EXPECT_EQ(info.code, 0) << info.err;
    EXPECT_NE(info.out.find(abi), std::string::npos) << info.out;
    Result check = run({"cell", "check", file});
    EXPECT_EQ(check.code, 0) << check.out << check.err;
    EXPECT_NE(check.out.find(": passed: "), std::string::npos) << check.out;
}

TEST_P(Released, TrainsAndTranslates)
{
    (void)train("old", {"--enc-cell", cell, "--dec-cell", cell, "--after", "150u", "--learn-rate", "0.01"});
    EXPECT_LT(last_cost("old"), 0.8 * cost(metrics("old").front()));
    Result translated = run({"translate", "--models", folder.path("old")}, program::read(corpus("test.en")));
    EXPECT_EQ(translated.code, 0) << translated.err;
    EXPECT_EQ(program::lines(translated.out).size(), 20u);
}

/* Where the cell is still shipped, it is the same function. */
TEST_P(Released, IsWhatIsShippedToday)
{
    if (cell == "everything")
        GTEST_SKIP() << "this one never was";
    const program::Arguments more = {"--enc-cell", cell, "--dec-cell", cell, "--after", "10u"};
    (void)train("then", more);
    EXPECT_NE(program::read(folder.path("then/train.log")).find(file), std::string::npos) << "not the kept binary";
    (void)unsetenv("CAROUSEL_PATH");
    (void)train("now", more);
    EXPECT_NEAR(last_cost("then"), last_cost("now"), 1e-4);
}

TEST(AbiReleases, EveryBinaryHasItsSource)
{
    for (const std::string &binary : binaries())
        EXPECT_TRUE(std::filesystem::exists(root / std::filesystem::path(binary).replace_extension(".c"))) << binary;
}

INSTANTIATE_TEST_SUITE_P(, Released, ::testing::ValuesIn(binaries()), [](const auto &file) {
    std::string name = file.param;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
});
