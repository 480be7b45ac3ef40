/* carousel corpus split. */
#include "tools/program.hpp"

#include <set>

using program::Program;
using program::Result;

class CorpusSplit : public Program
{
  protected:
    /* 30 pairs that share nothing, with tabs between. */
    static std::string table()
    {
        std::string text;
        for (int i = 0; i < 30; i++)
            text += "ident" + std::to_string(i) + "\tHouse " + std::to_string(i) + "\tHaus " + std::to_string(i) + "\n";
        return text;
    }
    size_t count(const std::string &name) const { return program::lines(program::read(folder.path(name))).size(); }
};

TEST_F(CorpusSplit, OfTwoFiles)
{
    Result r = run({"corpus", "split", corpus("train.en"), corpus("train.cs"), folder.path("parts"), "--test", "10",
                    "--valid", "5"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out, "");
    EXPECT_NE(r.err.find("200 pairs in "), std::string::npos) << r.err;
    EXPECT_NE(r.err.find("valid 5, test 10 pairs are in " + folder.path("parts")), std::string::npos) << r.err;
    EXPECT_EQ(count("parts/test.en"), 10u);
    EXPECT_EQ(count("parts/test.cs"), 10u);
    EXPECT_EQ(count("parts/valid.cs"), 5u);
    Result audit = run({"corpus", "audit", folder.path("parts/train.en"), folder.path("parts/train.cs"), "--json",
                        "--test-sets", folder.path("parts/test.en"), folder.path("parts/test.cs"),
                        folder.path("parts/valid.en"), folder.path("parts/valid.cs")});
    EXPECT_EQ(audit.out.find("\"test_set\""), std::string::npos) << "the audit finds an overlap\n" << audit.out;
}

TEST_F(CorpusSplit, OfColumns)
{
    std::string tsv = folder.write("pairs.txt", table());
    Result r = run({"corpus", "split", tsv, folder.path("parts"), "--tsv", "--tsv-columns", "2", "3", "--suffixes", "en",
                    "de", "--test", "3", "--valid", "0", "--train", "20", "--quiet"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.err, "");
    EXPECT_EQ(count("parts/test.en"), 3u);
    EXPECT_EQ(count("parts/train.de"), 20u);
    EXPECT_EQ(program::read(folder.path("parts/train.de")).compare(0, 5, "Haus "), 0);
    EXPECT_NE(access(folder.path("parts/valid.en").c_str(), F_OK), 0) << "no empty files";
    ASSERT_EQ(run({"corpus", "split", tsv, folder.path("other"), "--tsv", "--test", "3", "--valid", "1"}).code, 0);
    EXPECT_EQ(count("other/valid.src"), 1u);
    EXPECT_EQ(count("other/valid.trg"), 1u);
}

TEST_F(CorpusSplit, NamesOfFiles)
{
    std::string a, b;
    for (int i = 0; i < 5; i++) {
        a += "x" + std::to_string(i) + "\n";
        b += "y" + std::to_string(i) + "\n";
    }
    struct {
        const char *source, *target, *written;
    } cases[] = {
        {"c.en", "c.pt_BR", "test.pt_BR"}, {"d.x/source", "d.x/target", "test.trg"}, {"s.txt", "t.txt", "test.src"}};
    mkdir(folder.path("d.x").c_str(), 0777);
    for (const auto &c : cases) {
        Result r = run({"corpus", "split", folder.write(c.source, a), folder.write(c.target, b), folder.path("parts"),
                        "--test", "1", "--valid", "1"});
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_EQ(count(std::string("parts/") + c.written), 1u) << c.written;
    }
}

TEST_F(CorpusSplit, NeverReplacesWhatItReads)
{
    std::string before = program::read(corpus("train.en"));
    Result r = run({"corpus", "split", corpus("train.en"), corpus("train.cs"), folder.path("corpus"), "--test", "1",
                    "--valid", "1"});
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.err.find("would be replaced by a part of itself"), std::string::npos) << r.err;
    EXPECT_EQ(program::read(corpus("train.en")), before);
}

TEST_F(CorpusSplit, WrongUsage)
{
    std::string tsv = folder.write("pairs.tsv", table());
    struct {
        program::Arguments arguments;
        int code;
        const char *message;
    } cases[] = {
        {{tsv}, 2, "corpus split SRC TRG DIR"},
        {{corpus("train.en"), folder.path("parts")}, 2, "has no partner"},
        {{"-", folder.path("parts"), "--tsv"}, 2, "reads its text twice"},
        {{tsv, folder.path("parts"), "--suffixes", "en"}, 2, "--suffixes needs 2 values"},
        {{tsv, folder.path("parts"), "--suffixes", "en", "en"}, 2, "the two are one"},
        {{tsv, folder.path("parts"), "--suffixes", "../en", "de"}, 2, "cannot end the name of a file"},
        {{tsv, folder.path("parts"), "--tsv-columns", "1", "4"}, 65, "column 4 is wanted"},
        {{tsv, folder.path("parts"), "--test", "20", "--valid", "10"}, 65, "leave none to train with"},
        {{folder.path("none.tsv"), folder.path("parts")}, 66, "none.tsv"},
        {{folder.write("e.tsv", ""), folder.path("parts")}, 65, "is empty"},
        {{tsv, tsv + "/out", "--test", "1", "--valid", "1"}, 73, "pairs.tsv"},
    };
    for (const auto &c : cases) {
        Result r = run(program::join({"corpus", "split"}, c.arguments));
        EXPECT_EQ(r.code, c.code) << c.message << "\n" << r.err;
        EXPECT_NE(r.err.find(c.message), std::string::npos) << c.message << "\n" << r.err;
        EXPECT_EQ(program::lines(r.err).size(), 1u) << r.err;
    }
    EXPECT_NE(access(folder.path("parts").c_str(), F_OK), 0) << "nothing is made";
}
