/* tools/get-corpus: the public layouts, with text of our own in them. */
#include "tools/program.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

using program::Result;

namespace
{

class Recipe : public program::Shell
{
  protected:
    Result get(const std::string &arguments) { return shell(script + arguments); }
    static bool has(const std::string &program)
    {
        return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
    }
    std::vector<std::string> lines(const std::string &name) const { return program::lines(folder.read(name)); }
    std::string sum(const std::string &name)
    {
        return shell("sha256sum <" + name + " | cut -d' ' -f1 | tr -d '\\n'").out;
    }

    /* What was laid out as tatoeba-en-de: 6 + 2 + 2 pairs of these sentences, none in two parts. */
    void expect_split(const std::string &to)
    {
        std::set<std::string> seen;
        for (const char *part : {"train", "valid", "test"}) {
            std::vector<std::string> source = lines(to + "/" + part + ".en"), target = lines(to + "/" + part + ".de");
            EXPECT_EQ(source.size(), part == std::string("train") ? 6u : 2u) << part;
            ASSERT_EQ(source.size(), target.size());
            for (size_t i = 0; i < source.size(); i++) {
                EXPECT_EQ(source[i].compare(0, 11, "We counted "), 0) << source[i];
                EXPECT_EQ(target[i], "Wir zählten " + source[i].substr(11));
                EXPECT_TRUE(seen.insert(source[i]).second) << source[i];
            }
        }
    }
    static std::string english(int i) { return "We counted " + std::to_string(i) + "."; }
    static std::string german(int i) { return "Wir zählten " + std::to_string(i) + "."; }

    /* A list as ManyThings has it. */
    static std::string many_things()
    {
        std::string list;
        for (int i = 0; i < 10; i++)
            list +=
                english(i) + "\t" + german(i) + "\tCC-BY 2.0 (France) Attribution: nobody #" + std::to_string(i) + "\n";
        return list;
    }

    const std::string script = "'" CAR_SOURCE_DIR "/tools/get-corpus' ";
    const std::string split = " --valid 2 --test 2 ";
};

TEST_F(Recipe, Multi30kFromAFolderAndFromAMirror)
{
    std::filesystem::create_directory(folder.path("raw"));
    for (const char *language : {"en", "de"}) {
        std::string end = std::string(".") + language;
        folder.write("raw/train" + end, "A dog runs.\nTwo men.\nRain.\n");
        folder.write("raw/val" + end, "A cat.\n");
        folder.write("raw/test_2016_flickr" + end, "A horse.\nA bird.\n");
    }
    std::string accept = " --accept " + sum("raw/train.en") + " --accept " + sum("raw/val.en") + " --accept " +
                         sum("raw/test_2016_flickr.en");
    Result r = get("multi30k-en-de --from raw --to out" + accept);
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(lines("out/train.de").size(), 3u);
    EXPECT_EQ(folder.read("out/valid.en"), "A cat.\n");
    EXPECT_EQ(folder.read("out/test.de"), "A horse.\nA bird.\n");
    EXPECT_NE(folder.read("out/ORIGIN").find(sum("raw/train.en") + "  train.en"), std::string::npos);

    if (!has("curl"))
        GTEST_SKIP() << "no curl to download with";
    ASSERT_EQ(shell("gzip raw/*").code, 0);
    r = get("multi30k-en-de --from 'file://" + folder.path("raw") + "/' --to mirrored" + accept);
    EXPECT_EQ(r.code, 0) << r.err;
    for (const char *name : {"train.en", "train.de", "valid.en", "valid.de", "test.en", "test.de"})
        EXPECT_EQ(folder.read(std::string("mirrored/") + name), folder.read(std::string("out/") + name)) << name;
    EXPECT_NE(folder.read("mirrored/ORIGIN").find(sum("out/train.en") + "  train.en"), std::string::npos)
        << "the sum is of what was unpacked";
}

TEST_F(Recipe, AnotherSumIsRefused)
{
    std::filesystem::create_directory(folder.path("raw"));
    folder.write("raw/train.en", "A dog.\n");
    Result r = get("multi30k-en-de --from raw --to out");
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("train.en: its sha256 is " + sum("raw/train.en") + " and not 460a15fb"), std::string::npos)
        << r.err;
    EXPECT_NE(r.err.find("--accept " + sum("raw/train.en")), std::string::npos) << r.err;
    EXPECT_FALSE(std::filesystem::exists(folder.path("out")));
    r = get("multi30k-en-de --from raw --to out --accept " + sum("raw/train.en"));
    EXPECT_EQ(r.code, 66) << r.err;
    EXPECT_NE(r.err.find("no train.en(.gz) and train.de(.gz) there"), std::string::npos) << r.err;
}

TEST_F(Recipe, TatoebaAsManyThingsHasIt)
{
    std::filesystem::create_directory(folder.path("raw"));
    folder.write("raw/deu.txt", many_things());
    Result r = get("tatoeba-en-de --from raw --to out" + split);
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("no release of it is known here"), std::string::npos) << r.err;
    std::string accept = " --accept " + sum("raw/deu.txt");
    r = get("tatoeba-en-de --from raw --to out" + split + accept);
    EXPECT_EQ(r.code, 0) << r.err;
    expect_split("out");
    EXPECT_NE(r.out.find("10 pairs in 10 groups"), std::string::npos) << r.out;
    EXPECT_EQ(get("tatoeba-en-de --from raw --to other --seed 2" + split + accept).code, 0);
    EXPECT_NE(folder.read("other/test.en"), folder.read("out/test.en"));

    if (!has("zip") || !has("unzip"))
        GTEST_SKIP() << "no zip and unzip";
    ASSERT_EQ(shell("cd raw && echo about >_about.txt && zip -q deu-eng.zip _about.txt deu.txt && rm deu.txt").code, 0);
    for (const char *from : {"raw", "raw/deu-eng.zip"}) {
        r = get(std::string("tatoeba-en-de --to zipped --from ") + from + split + accept);
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(folder.read("zipped/test.en"), folder.read("out/test.en")) << from;
    }
    folder.write("raw/deu-eng.zip", "PK\x03\x04 no more than that");
    r = get("tatoeba-en-de --from raw --to zipped" + split + accept);
    EXPECT_EQ(r.code, 65);
    EXPECT_NE(r.err.find("get-corpus: raw/deu-eng.zip is damaged"), std::string::npos) << r.err;
}

TEST_F(Recipe, TatoebaAsSentencesAndLinks)
{
    std::string sentences, translations, links;
    for (int i = 9; i >= 0; i--) {
        sentences += std::to_string(100 + 7 * i) + "\teng\t" + english(i) + "\n";
        translations += std::to_string(90 + i) + "\tdeu\t" + german(i) + "\n";
        links += std::to_string(100 + 7 * i) + "\t" + std::to_string(90 + i) + "\n";
    }
    std::filesystem::create_directories(folder.path("raw/eng"));
    std::filesystem::create_directories(folder.path("raw/deu"));
    folder.write("raw/eng/eng_sentences.tsv", sentences + "5\teng\tNobody translated this.\n");
    folder.write("raw/deu/deu_sentences.tsv", translations + "6\tdeu\tDies hat niemand übersetzt.\n");
    folder.write("raw/eng/eng-deu_links.tsv", links + "5\t4\n3\t6\n");
    std::string accept = " --accept " + sum("raw/eng/eng_sentences.tsv") + " --accept " +
                         sum("raw/deu/deu_sentences.tsv") + " --accept " + sum("raw/eng/eng-deu_links.tsv");
    Result r = get("tatoeba-en-de --from raw --to out" + split + accept);
    EXPECT_EQ(r.code, 0) << r.err;
    expect_split("out");
    if (!has("bzip2") || !has("curl"))
        GTEST_SKIP() << "no bzip2 and curl";
    ASSERT_EQ(shell("bzip2 raw/*/*").code, 0);
    r = get("tatoeba-en-de --from 'file://" + folder.path("raw") + "' --to mirrored" + split + accept);
    EXPECT_EQ(r.code, 0) << r.err;
    expect_split("mirrored");
}

TEST_F(Recipe, TatoebaAsOneFileOfPairs)
{
    std::string numbered = "\xef\xbb\xbf", swapped;
    for (int i = 0; i < 10; i++) {
        numbered += std::to_string(i) + "\t" + english(i) + "\t" + std::to_string(50 + i) + "\t" + german(i) + "\n";
        swapped += german(i) + "\t" + english(i) + "\n";
    }
    folder.write("pairs.tsv", numbered);
    Result r = get("tatoeba-en-de --from pairs.tsv --to out" + split + " --accept " + sum("pairs.tsv"));
    EXPECT_EQ(r.code, 0) << r.err;
    expect_split("out");
    folder.write("swapped.tsv", swapped);
    r = get("tatoeba-en-de --from swapped.tsv --to two --columns 2 1" + split + " --accept " + sum("swapped.tsv"));
    EXPECT_EQ(r.code, 0) << r.err;
    expect_split("two");
    folder.write("short.tsv", "one column\n");
    r = get("tatoeba-en-de --from short.tsv --to three" + split + " --accept " + sum("short.tsv"));
    EXPECT_EQ(r.code, 65) << "the splitter's message and code";
    EXPECT_NE(r.err.find("column 2 is wanted"), std::string::npos) << r.err;
}

TEST_F(Recipe, WrongUsage)
{
    struct {
        const char *arguments;
        int code;
        const char *message;
    } cases[] = {
        {"", 2, "tools/get-corpus - a public corpus"},
        {"multi30k-en-de --from x", 2, "--to is missing"},
        {"multi30k-en-de --to x", 2, "--from is missing"},
        {"multi30k-en-xx --from . --to x", 2, "there is no corpus 'multi30k-en-xx'"},
        {"tatoeba-en-tlh --from . --to x", 2, "Tatoeba pairs in 'tlh'"},
        {"multi30k-en-de --from . --mirror x", 2, "there is no option --mirror"},
        {"multi30k-en-de --from", 2, "--from needs a value"},
        {"multi30k-en-de --from none --to x", 66, "get-corpus: none: there is no such folder or file"},
        {"tatoeba-en-de --from said.err --to x", 66, "neither a folder nor"},
        {"tatoeba-en-de --from . --to x", 66, "get-corpus: .: no train.en, deu-eng.zip"},
    };
    for (const auto &c : cases) {
        Result r = get(c.arguments);
        EXPECT_EQ(r.code, c.code) << c.arguments << "\n" << r.err;
        EXPECT_NE(r.err.find(c.message), std::string::npos) << c.arguments << "\n" << r.err;
    }
    if (has("curl")) {
        Result r = get("multi30k-en-de --to x --from file://" + folder.path("none"));
        EXPECT_EQ(r.code, 66) << r.err;
        EXPECT_NE(r.err.find("curl"), std::string::npos) << "what the downloader said: " << r.err;
    }
    EXPECT_FALSE(std::filesystem::exists(folder.path("x")));
}

TEST_F(Recipe, WithoutADownloader)
{
    std::filesystem::create_directory(folder.path("few"));
    for (const char *name : {"sh", "dirname", "mktemp", "rm", "mkdir", "sha256sum", "printf", "sed"})
        shell(std::string("ln -s \"$(command -v ") + name + ")\" few/" + name);
    Result r = shell(script + "multi30k-en-de --from http://localhost:1/x --to x", folder.path("few"));
    EXPECT_EQ(r.code, 69) << r.err;
    EXPECT_NE(r.err.find("neither curl nor wget"), std::string::npos) << r.err;
}

TEST_F(Recipe, CopiesThatAreHere)
{
    const std::string shared = CAR_SHARED_DIR "/corpora/";
    if (!std::filesystem::exists(shared))
        GTEST_SKIP() << "no " << shared;
    struct {
        const char *name, *from;
        size_t train, test;
    } cases[] = {{"multi30k-en-de", "multi30k", 29000, 1000},
                 {"tatoeba-en-de", "tatoeba-en-de", 100000, 1000},
                 {"tatoeba-en-fr", "tatoeba-en-fr", 100000, 1000},
                 {"tatoeba-en-ja", "tatoeba-en-ja", 50000, 1000},
                 {"tatoeba-en-zh", "tatoeba-en-zh", 18022, 500}};
    for (const auto &c : cases) {
        Result r = get(std::string(c.name) + " --from '" + shared + c.from + "' --to " + c.name);
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(lines(std::string(c.name) + "/train.en").size(), c.train) << c.name;
        EXPECT_EQ(lines(std::string(c.name) + "/test.en").size(), c.test) << c.name;
    }
}

} // namespace
