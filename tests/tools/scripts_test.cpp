/* The scripts beside the program: what they say to mistakes, in one line, and what they leave alone. */
#include <cstdlib>
#include <filesystem>

#include "tools/program.hpp"

using program::has;
using program::lines;
using program::Result;

namespace
{

class Scripts : public program::Shell
{
  protected:
    /* A script of tools/ with these words of the shell, in a folder of its own. */
    Result script(const std::string &words, const std::string &carousel = CAR_BINARY_DIR "/bin/carousel") const
    {
        return shell("CAROUSEL='" + carousel + "' '" CAR_SOURCE_DIR "'/tools/" + words);
    }

    void refused(const std::string &words, int code, const std::string &says,
                 const std::string &carousel = CAR_BINARY_DIR "/bin/carousel") const
    {
        const Result r = script(words, carousel);
        EXPECT_EQ(r.code, code) << words << "\n" << r.err;
        EXPECT_TRUE(has(r.err, says)) << words << "\n" << r.err;
        EXPECT_FALSE(has(r.err, "Traceback")) << words << "\n" << r.err;
    }

    /* A program of the shell in place of carousel. */
    std::string instead(const std::string &commands) const
    {
        const std::string path = folder.write("instead", "#!/bin/sh\n" + commands + "\n");
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path;
    }
};

class PythonScripts : public Scripts
{
  protected:
    void SetUp() override
    {
        if (shell("python3 -c ''").code != 0)
            GTEST_SKIP() << "without python3";
    }
};

TEST_F(PythonScripts, BenchSaysWhatIsMissing)
{
    folder.write("text", "a b\n");
    refused("bench text text text", 66, "bench: no /none; build first", "/none");
    refused("bench text text missing", 66, "bench: missing: No such file or directory\n");
    refused("bench text text text --model model", 66, "bench: model: No such file or directory\n");
    refused("bench text text text --only train lsmt", 2, "no row has 'lsmt' in its name");
    refused("bench text text text --rounds 0", 2, "--rounds");
}

TEST_F(PythonScripts, AWholeNameIsOneRowOfBench)
{
    const Result r = shell("python3 -c \"import runpy; choose = runpy.run_path('" CAR_SOURCE_DIR
                           "/tools/bench')['choose']; print([row[0] for words in (['a'], ['a b'], ['b', 'c']) for row "
                           "in choose([('a b',), ('a',), ('a b c',)], words)])\"");
    EXPECT_EQ(r.out, "['a', 'a b', 'a b', 'a b c']\n") << r.err;
}

TEST_F(PythonScripts, SpeedFiguresKeepsWhatItCannotDraw)
{
    refused("speed-figures --to to", 66, "speed-figures: no /none; build first", "/none");
    refused("speed-figures --try", 2, "--to DIR", instead("exit 3"));
    std::filesystem::create_directory(folder.path("to"));
    folder.write("to/roofline-one.svg", "a figure\n");
    refused("speed-figures --try --to to", 65, "plot` ended with 65\n",
            instead("[ \"$1\" != plot ] || exit 65\nexec '" CAR_BINARY_DIR "/bin/carousel' \"$@\""));
    EXPECT_EQ(folder.read("to/roofline-one.svg"), "a figure\n");
}

TEST_F(Scripts, LongGapsInAFolderWithASpace)
{
    for (const char *more : {"", " --together"}) {
        const Result r = script("long-gaps --dir 'a folder' --gaps '4 8' --cells rnn --train 40 --test 10 --after 1u" +
                                std::string(more));
        EXPECT_EQ(r.code, 0) << r.err;
    }
    EXPECT_EQ(lines(folder.read("a folder/accuracy.tsv")).size(), 3u);
}

TEST_F(Scripts, TheCharacterGeneratorReadsOneSentence)
{
    refused("character-generator --dir out one two", 2, "character-generator [--dir DIR] [SENTENCE]",
            instead("exit 3"));
    refused("character-generator --dir out -- abcde", 3, "", instead("exit 3"));
    EXPECT_EQ(folder.read("out/windows.tsv"), "a b c\td\nb c d\te\n");
}

} // namespace
